package record

import (
	"cmp"
	"slices"

	"github.com/tailgate-bench/tailgate/internal/stats"
)

// mostTasks is how many tasks are told apart; the rest are one.
const mostTasks = 255

// otherTasks is the name of the tasks beyond [mostTasks].
const otherTasks = "(others)"

// taskTotal is a task and what its requests have cost. The rest is in the rows.
type taskTotal struct {
	name string
	cost float64 // US dollars
}

// task returns the number of the named task.
func (r *Recorder) task(name string) uint8 {
	if i := slices.IndexFunc(r.tasks, func(t taskTotal) bool { return t.name == name }); i >= 0 {
		return uint8(i) //nolint:gosec // there are at most 256
	}
	if len(r.tasks) == mostTasks {
		name = otherTasks
	}
	if len(r.tasks) <= mostTasks {
		r.tasks = append(r.tasks, taskTotal{name: name})
	}
	return uint8(len(r.tasks) - 1) //nolint:gosec // there are at most 256
}

// Task is how a strategy fared with one kind of work.
type Task struct {
	// Name is the task's; "" is that of requests that do not say theirs.
	Name      string
	Requests  int
	Succeeded int
	Success   stats.Estimate
	// P50 and P95 are of the latency in milliseconds, from due time; a failure
	// is slower than any success.
	P50, P95 stats.Estimate
	// Attempts is calls to models per request.
	Attempts float64
	// CostUSD is the money spent on its requests.
	CostUSD float64
	// Accuracy is the share of right answers where the truth is known.
	Accuracy stats.Estimate
}

// Tasks returns how the strategy fared with each kind of work, by name; nil if
// all requests are of the same.
func (r *Recorder) Tasks() []Task {
	if len(r.tasks) < 2 {
		return nil
	}
	sums := make([]taskSum, len(r.tasks))
	for i := range r.rows {
		if w := &r.rows[i]; w.is(present) {
			sums[w.task].add(w)
		}
	}
	tasks := make([]Task, len(sums))
	for i := range sums {
		tasks[i] = sums[i].task(r.tasks[i])
	}
	slices.SortFunc(tasks, func(a, b Task) int { return cmp.Compare(a.Name, b.Name) })
	return tasks
}

// taskSum adds up the requests of one task.
type taskSum struct {
	requests, attempts, right, known int
	ok                               []uint32 // latencies of successes
}

func (s *taskSum) add(w *row) {
	s.requests++
	s.attempts += int(w.attempts)
	if w.is(succeeded) {
		s.ok = append(s.ok, w.latency)
	}
	if w.is(isRight) {
		s.right++
	}
	if w.is(isRight | isWrong) {
		s.known++
	}
}

func (s *taskSum) task(t taskTotal) Task {
	slices.Sort(s.ok)
	percentile := func(p float64) stats.Estimate {
		return stats.Percentile(s.ok, s.requests-len(s.ok), p).Over(1e3)
	}
	out := Task{
		Name: t.name, Requests: s.requests, Succeeded: len(s.ok), Success: stats.Wilson(len(s.ok), s.requests),
		P50: percentile(0.5), P95: percentile(0.95), Attempts: stats.Round(float64(s.attempts) / float64(max(1, s.requests))),
		CostUSD: stats.Round(t.cost), Accuracy: stats.Missing("no right answers are known"),
	}
	if s.known > 0 {
		out.Accuracy = stats.Wilson(s.right, s.known)
	}
	return out
}

// appendTask appends what the line of a request says about its task and about
// what a judge made of its answers.
func appendTask(b []byte, q *Request) []byte {
	if q.Task != "" {
		b = appendString(append(b, `,"task":`...), q.Task)
	}
	if q.Route != "" {
		b = appendString(append(b, `,"route":`...), q.Route)
	}
	if len(q.Scores) > 0 {
		b = append(b, `,"scores":[`...)
		for i := range q.Scores {
			b = appendScore(separate(b, i), &q.Scores[i])
		}
		b = append(b, ']')
	}
	return b
}
