package strategies

import (
	"time"

	"github.com/tailgate-bench/tailgate/llm"
)

// contest is one request's way through a [BestOf].
type contest struct {
	x        *Exchange
	judging  llm.Request // Prompt is the question
	judge    Target
	limit    time.Duration
	stopAt   float64
	entrants []entrant
	first    int        // place of the first entrant to answer, if any has
	answers  int        // so far
	failed   int        // entrants
	stopped  bool       // by a score that is high enough
	failure  *llm.Error // the last one
}

// entrant is one candidate.
type entrant struct {
	target  string
	attempt int
	judged  int // attempt of the judge; -1 before there is one
	answer  llm.Answer
	score   float64 // 0: none
	settled bool    // scored, without hope of a score, or failed
}

// note returns a note about the entrant's answer.
func (e *entrant) note(kind NoteKind) Note {
	return Note{Kind: kind, Target: e.target, Attempt: e.attempt, Text: e.answer.Text}
}

// over says whether nothing more is to be waited for.
func (c *contest) over() bool {
	if c.stopped || c.answers == 1 && c.failed == len(c.entrants)-1 {
		return true
	}
	for i := range c.entrants {
		if !c.entrants[i].settled {
			return false
		}
	}
	return true
}

// take takes in the end of an attempt, a candidate's or the judge's.
func (c *contest) take(ev Event) {
	for i := range c.entrants {
		switch e := &c.entrants[i]; ev.Attempt {
		case e.attempt:
			c.answered(i, ev)
		case e.judged:
			c.scored(e, ev)
		}
	}
}

// answered takes in the end of a candidate.
func (c *contest) answered(i int, ev Event) {
	e := &c.entrants[i]
	if ev.Kind == Failed {
		e.settled, c.failure = true, ev.Err
		c.failed++
		return
	}
	if c.answers++; c.answers == 1 {
		c.first = i
		if left, ok := c.x.Left(); ok {
			c.x.After(left - left/10)
		}
	}
	e.answer = ev.Answer
	if c.over() { // the only one left
		return
	}
	ask := c.judging
	ask.Prompt = llm.Judging{Question: ask.Prompt, Answer: e.answer.Text}.Prompt()
	e.judged = c.x.Start(c.judge, Start{Role: AsJudge, Timeout: c.limit, Request: &ask})
}

// scored takes in the end of a call to the judge.
func (c *contest) scored(e *entrant, ev Event) {
	if ev.Kind == Failed {
		c.unscored(e, ev.Err.Kind)
		return
	}
	e.settled = true
	note := e.note(Scored)
	score, ok := readScore(ev.Answer.Text)
	if !ok {
		note.Kind, score = Unreadable, unreadableScore
	}
	e.score, note.Score = score, score
	c.x.Note(note)
	c.stopped = ok && c.stopAt > 0 && score >= c.stopAt
}

// unscored notes that the judge failed over an entrant.
func (c *contest) unscored(e *entrant, why llm.Kind) {
	e.settled = true
	note := e.note(JudgeFailed)
	note.Why = why
	c.x.Note(note)
}

// close gives up on the calls of the judge that have not come back in time.
func (c *contest) close() {
	for i := range c.entrants {
		if e := &c.entrants[i]; e.judged >= 0 && !e.settled {
			c.unscored(e, llm.Timeout)
		}
	}
}

// result returns the best known answer.
func (c *contest) result() (llm.Answer, error) {
	if c.answers == 0 {
		if c.failure == nil {
			return llm.Answer{}, ErrNoTarget
		}
		return llm.Answer{}, c.failure
	}
	best, scored := &c.entrants[c.first], 0
	for i := range c.entrants {
		e := &c.entrants[i]
		if e.score > 0 {
			scored++
		}
		if e.score > best.score || e.score == best.score && e.score > 0 && e.attempt < best.attempt {
			best = e
		}
	}
	note := best.note(Picked)
	note.Score, note.Count, note.Of = best.score, scored, c.answers
	c.x.Note(note)
	return best.answer, nil
}
