package reports

import (
	"fmt"

	"github.com/tailgate-bench/tailgate/internal/stats"
)

// Judge says how the judge of a strategy did.
type Judge struct {
	// Requests is the number of requests with an answer that a judge was asked
	// about.
	Requests int `json:"requests"`
	// Scores, Unreadable and Failures count what came of asking: a number, words
	// without one, nothing.
	Scores          int            `json:"scores"`
	Unreadable      int            `json:"unreadable"`
	Failures        int            `json:"failures"`
	UnreadableShare stats.Estimate `json:"unreadable_share"` // of all replies
	// Degraded is the number of requests whose answer was picked without a
	// single score.
	Degraded int `json:"degraded"`
	// MeanScore is of the numbers given, from 1 to 10; MeanRight and MeanWrong
	// are of those given to answers known to be right and wrong.
	MeanScore stats.Estimate `json:"mean_score"`
	MeanRight stats.Estimate `json:"mean_right"`
	MeanWrong stats.Estimate `json:"mean_wrong"`
	// PickedRight is the share of right picks among the requests in which at
	// least one candidate was right; AtRandom is what blind picks among the same
	// answers would make.
	PickedRight stats.Estimate `json:"picked_right"`
	AtRandom    stats.Estimate `json:"at_random"`
}

// sentence says how the judge did in words.
func (j *Judge) sentence() string {
	out := "no right answers are known"
	if j.PickedRight.Known() {
		out = fmt.Sprintf("picked a right answer in %s of the requests that had one (%s at random)",
			formatShare(j.PickedRight.Value), shareText(j.AtRandom))
	}
	score := ""
	if j.MeanScore.Known() {
		score = "mean score " + formatScore(j.MeanScore.Value)
	}
	return join(out, score, shareText(j.UnreadableShare)+" unreadable",
		some(j.Failures, "failed"), some(j.Degraded, "picked without a score"))
}

func formatScore(v float64) string { return digits(v, 2) }

// judgeRow says how a strategy's judge did.
type judgeRow struct {
	Look                                                           look
	Picked, Random, Score, Right, Wrong, Unreadable, Failed, Blind string
}

func judgeRows(d *Document, looks []look) []judgeRow {
	var rows []judgeRow
	for _, l := range looks {
		j := d.Strategies[l.Index].Judge
		if j == nil {
			continue
		}
		rows = append(rows, judgeRow{
			Look: l, Picked: estimateText(j.PickedRight, formatShare), Random: estimateText(j.AtRandom, formatShare),
			Score: estimateText(j.MeanScore, formatScore), Right: estimateText(j.MeanRight, formatScore), Wrong: estimateText(j.MeanWrong, formatScore),
			Unreadable: shareText(j.UnreadableShare), Failed: formatCount(j.Failures), Blind: formatCount(j.Degraded),
		})
	}
	return rows
}
