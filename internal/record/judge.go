package record

import (
	"strconv"

	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/llm"
)

// Score is what a judge made of one candidate's answer.
type Score struct {
	// Target is the candidate's name.
	Target string
	// Value is the score, from 1 to 10; 0 if the judge failed.
	Value float64
	// Unreadable is set when the judge did not give a number, and Value is the
	// default.
	Unreadable bool
	// Kind is why the judge failed, if Value is 0.
	Kind llm.Kind
	// Correct says whether the answer was right.
	Correct Truth
}

// judge counts what judges made of the answers of candidates.
type judge struct {
	requests   int // with at least one score asked for
	scored     int
	unreadable int
	failed     int
	degraded   int // requests whose answer was picked without any score
	all        stats.Mean
	byTruth    [Wrong + 1]stats.Mean
	winnable   int     // requests with a right answer among the candidates'
	won        int     // those whose picked answer is right
	blind      float64 // the sum of the shares of right answers in them
}

func (j *judge) add(q *Request) {
	if len(q.Scores) == 0 {
		return
	}
	j.requests++
	right, known, scored := 0, 0, 0
	for i := range q.Scores {
		s := &q.Scores[i]
		j.score(s)
		if s.Value > 0 {
			scored++
		}
		if s.Correct != Unknown {
			known++
		}
		if s.Correct == Right {
			right++
		}
	}
	if scored == 0 {
		j.degraded++
	}
	if right > 0 && q.Picked != Unknown {
		j.winnable++
		j.blind += float64(right) / float64(known)
		if q.Picked == Right {
			j.won++
		}
	}
}

func (j *judge) score(s *Score) {
	switch {
	case s.Value == 0:
		j.failed++
	case s.Unreadable:
		j.unreadable++
	default:
		j.scored++
		j.all.Add(s.Value)
		j.byTruth[s.Correct].Add(s.Value)
	}
}

// Judge says how a judge did.
type Judge struct {
	// Requests is the number of requests with an answer that a judge was asked
	// about.
	Requests int
	// Scores, Unreadable and Failures count what came of asking: a number, words
	// without one, nothing.
	Scores, Unreadable, Failures int
	// UnreadableShare is that of all replies.
	UnreadableShare stats.Estimate
	// Degraded is the number of requests whose answer was picked without a
	// single score.
	Degraded int
	// MeanScore is of the numbers that were given; MeanRight and MeanWrong are
	// of those given to answers known to be right and wrong.
	MeanScore, MeanRight, MeanWrong stats.Estimate
	// PickedRight is the share of right picks among the requests in which at
	// least one candidate was right, and AtRandom what blind picks among the
	// same answers would make.
	PickedRight, AtRandom stats.Estimate
}

// Judge returns how the judge of a strategy did, or nil if it has none.
func (r *Recorder) Judge() *Judge {
	j := &r.judge
	if j.requests == 0 {
		return nil
	}
	out := &Judge{
		Requests: j.requests, Scores: j.scored, Unreadable: j.unreadable, Failures: j.failed, Degraded: j.degraded,
		UnreadableShare: stats.Missing("the judge never replied"), MeanScore: j.all.Estimate(),
		MeanRight: j.byTruth[Right].Estimate(), MeanWrong: j.byTruth[Wrong].Estimate(),
		PickedRight: stats.Missing("no candidate is known to have been right"),
		AtRandom:    stats.Missing("no candidate is known to have been right"),
	}
	if replies := j.scored + j.unreadable; replies > 0 {
		out.UnreadableShare = stats.Wilson(j.unreadable, replies)
	}
	if j.winnable > 0 {
		out.PickedRight = stats.Wilson(j.won, j.winnable)
		out.AtRandom = stats.Exactly(j.blind / float64(j.winnable))
	}
	return out
}

func appendScore(b []byte, s *Score) []byte {
	b = appendString(append(b, `{"target":`...), s.Target)
	if s.Value > 0 {
		b = strconv.AppendFloat(append(b, `,"score":`...), s.Value, 'g', 6, 64)
	} else {
		b = appendString(append(b, `,"error":`...), s.Kind.String())
	}
	if s.Unreadable {
		b = append(b, `,"unreadable":true`...)
	}
	if s.Correct != Unknown {
		b = strconv.AppendBool(append(b, `,"correct":`...), s.Correct == Right)
	}
	return append(b, '}')
}
