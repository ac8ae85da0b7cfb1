package engine

import (
	"github.com/tailgate-bench/tailgate/internal/record"
	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/mockprovider"
	"github.com/tailgate-bench/tailgate/reports"
	"github.com/tailgate-bench/tailgate/strategies"
)

// tasked says whether any item of a workload says its task. If none does, a
// request's task is what a route finds.
func tasked(w *mockprovider.Workload) bool {
	for i := range w.Items {
		if w.Items[i].Task != "" {
			return true
		}
	}
	return false
}

// route takes in where a route sent the request. In a tree of routes the first,
// the outermost, counts.
func (c *converter) route(n *strategies.Note) {
	if c.q.Route != "" {
		return
	}
	c.q.Route = n.Target
	if !c.tasked {
		c.q.Task = n.Text
	}
}

// score takes in what a judge made of an answer.
func (c *converter) score(n *strategies.Note) {
	c.q.Scores = append(c.q.Scores, record.Score{
		Target: n.Target, Value: n.Score, Unreadable: n.Kind == strategies.Unreadable, Kind: n.Why, Correct: c.right(n.Text),
	})
}

// right says whether text answers the request at hand rightly.
func (c *converter) right(text string) record.Truth {
	return c.truth(text, c.workload.Item(c.q.ID))
}

func judge(j *record.Judge) *reports.Judge {
	if j == nil {
		return nil
	}
	out := reports.Judge(*j)
	return &out
}

func tasks(all []record.Task) []reports.Task {
	var out []reports.Task
	for _, t := range all {
		out = append(out, reports.Task{
			Task: t.Name, Requests: t.Requests, Succeeded: t.Succeeded, Success: t.Success, P50MS: t.P50, P95MS: t.P95,
			Attempts: t.Attempts, CostUSD: t.CostUSD, Accuracy: t.Accuracy,
		})
	}
	return out
}

// pickedRight is how often a judge picked a right answer where there was one.
func pickedRight(r *record.Recorder) stats.Estimate {
	if j := r.Judge(); j != nil {
		return j.PickedRight
	}
	return stats.Missing("no judge was asked")
}
