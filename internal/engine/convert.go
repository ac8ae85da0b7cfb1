package engine

import (
	"fmt"
	"time"

	"github.com/tailgate-bench/tailgate/internal/record"
	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/mockprovider"
	"github.com/tailgate-bench/tailgate/scenarios"
	"github.com/tailgate-bench/tailgate/strategies"
)

// converter turns outcomes into records. It reuses its buffers: what it returns
// is valid until the next call.
type converter struct {
	models   []string
	workload *mockprovider.Workload
	tasked   bool // see [tasked]
	scale    float64
	trial    *scenarios.Trial // nil: the strategy is no A/B test
	q        record.Request
	shadow   record.Shadow
}

// convert returns the record of o, which was due and sent at the given times
// and began at began, all from the run's start on the clock that o went by.
func (c *converter) convert(o *strategies.Outcome, due, sent, began time.Duration) *record.Request {
	q := &c.q
	*q = record.Request{
		ID: o.Request.ID, Due: c.time(due), Sent: c.time(sent), End: c.time(began + o.Took),
		HasFirstToken: o.HasSpoken, FirstToken: c.time(began + o.Spoke), OK: o.Succeeded(), Winner: -1,
		Attempts: q.Attempts[:0], Votes: q.Votes[:0], Ballots: q.Ballots[:0], Transitions: q.Transitions[:0],
		Task: o.Request.Task, Scores: q.Scores[:0],
	}
	if o.Err != nil {
		q.Kind = o.Err.Kind
	} else {
		q.Correct = c.check(o)
	}
	c.attempts(o, began)
	if c.trial != nil {
		c.assign(o, began)
	}
	for i := range o.Notes {
		c.note(&o.Notes[i], began)
	}
	return q
}

// time returns a time in the scenario's own measure.
func (c *converter) time(d time.Duration) time.Duration {
	if c.scale == 1 {
		return d
	}
	return time.Duration(float64(d) * c.scale)
}

// check says whether the answer is right.
func (c *converter) check(o *strategies.Outcome) record.Truth {
	return c.truth(o.Answer.Text, c.workload.Item(o.Request.ID))
}

// truth says whether text answers an item rightly.
func (c *converter) truth(text string, item *mockprovider.Item) record.Truth {
	right, known := c.workload.Correct(text, item)
	switch {
	case !known:
		return record.Unknown
	case right:
		return record.Right
	default:
		return record.Wrong
	}
}

// attempts copies the calls to models; nested strategies are only their frame.
func (c *converter) attempts(o *strategies.Outcome, began time.Duration) {
	q := &c.q
	for i := range o.Attempts {
		a := &o.Attempts[i]
		if !a.Leaf {
			continue
		}
		if a.State == strategies.Won {
			q.Winner = len(q.Attempts)
		}
		if a.Role == strategies.AsRetry {
			q.RetriesMade++
		}
		to := record.Attempt{
			Model: c.model(a.Target), Role: a.Role.String(), State: a.State.String(),
			Start: c.time(began + a.Start), End: c.time(began + a.End),
			FirstToken: c.time(began + a.Spoke), HasFirstToken: a.HasSpoken,
			Usage: a.Usage, Whole: a.Whole, Shadow: c.trial != nil && shadowed(o, i),
		}
		if a.Err != nil {
			to.Kind = a.Err.Kind
		}
		q.Attempts = append(q.Attempts, to)
	}
}

func (c *converter) model(name string) int {
	for i, m := range c.models {
		if m == name {
			return i
		}
	}
	return -1
}

func (c *converter) note(n *strategies.Note, began time.Duration) {
	q := &c.q
	switch n.Kind {
	case strategies.HedgeFired:
		q.HedgesFired++
	case strategies.HedgeDenied:
		q.HedgesDenied++
	case strategies.RetryDenied:
		q.RetriesDenied++
	case strategies.Restarted:
		q.Restarts++
	case strategies.Voted:
		c.vote(n)
	case strategies.Escalated:
		q.Escalated = true
	case strategies.Agreed:
		q.Quorum = record.Agreed
	case strategies.Disagreed:
		q.Quorum = record.Disagreed
	case strategies.BreakerChanged:
		q.Transitions = append(q.Transitions, record.Transition{
			Target: n.Target, At: c.time(began + n.At), From: n.From.String(), To: n.To.String(), Why: cause(n),
		})
	case strategies.CallRejected:
		q.Attempts = append(q.Attempts, record.Attempt{
			Model: c.model(n.Target), Role: strategies.AsFirst.String(), State: record.StateRejected,
			Start: c.time(began + n.At), End: c.time(began + n.At), Kind: llm.Rejected,
		})
	case strategies.Scored, strategies.Unreadable, strategies.JudgeFailed:
		c.score(n)
	case strategies.Picked:
		q.Picked = c.right(n.Text)
	case strategies.Routed:
		c.route(n)
	case strategies.MovedOn, strategies.Assigned:
	}
}

// cause says in words what made a breaker change.
func cause(n *strategies.Note) string {
	switch {
	case n.To == strategies.HalfOpen:
		return "the open time is over"
	case n.To == strategies.Closed:
		return fmt.Sprintf("%d of %d probes succeeded", n.Count, n.Of)
	case n.From == strategies.HalfOpen:
		return "a probe failed"
	default:
		return fmt.Sprintf("%d of %d calls failed", n.Count, n.Of)
	}
}
