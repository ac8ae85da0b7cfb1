package reports

import "github.com/tailgate-bench/tailgate/internal/stats"

// Task is how a strategy fared with one kind of work.
type Task struct {
	// Task is the task's name; "" for requests that do not say theirs.
	Task      string         `json:"task"`
	Requests  int            `json:"requests"`
	Succeeded int            `json:"succeeded"`
	Success   stats.Estimate `json:"success"`
	// P50MS and P95MS count from due time over all of the task's requests; a
	// failure is slower than any success.
	P50MS    stats.Estimate `json:"p50_ms"`
	P95MS    stats.Estimate `json:"p95_ms"`
	Attempts float64        `json:"attempts_per_request"`
	CostUSD  float64        `json:"cost_usd"`
	Accuracy stats.Estimate `json:"accuracy"`
}

// label names the task in print.
func (t *Task) label() string {
	if t.Task == "" {
		return "(none said)"
	}
	return t.Task
}

// latency prints a percentile of the task; one among its failures has no value.
func (t *Task) latency(e stats.Estimate, percent float64) string {
	text := latencyText(e, &Strategy{Requests: t.Requests, Succeeded: t.Succeeded}, percent)
	if text == "unknown" {
		return "–"
	}
	return text
}

// perThousand is the money for a thousand requests of the task.
func (t *Task) perThousand() string {
	return formatUSD(1000 * t.CostUSD / float64(max(1, t.Requests)))
}

// taskRow is a task of a strategy in the table of tasks.
type taskRow struct {
	Look                                                            look
	Task, Requests, Success, P50, P95, PerThousand, Calls, Accuracy string
}

// taskRows has the tasks in order, and for each the strategies, so that those
// that are compared stand together.
func taskRows(d *Document, looks []look) []taskRow {
	var rows []taskRow
	for _, name := range taskNames(d) {
		for _, l := range looks {
			for i := range d.Strategies[l.Index].Tasks {
				if t := &d.Strategies[l.Index].Tasks[i]; t.Task == name {
					rows = append(rows, taskRow{
						Look: l, Task: t.label(), Requests: formatCount(t.Requests), Success: shareText(t.Success),
						P50: t.latency(t.P50MS, 50), P95: t.latency(t.P95MS, 95), PerThousand: t.perThousand(),
						Calls: digits(t.Attempts, 3), Accuracy: knownShare(t.Accuracy.Known(), t.Accuracy.Value),
					})
				}
			}
		}
	}
	return rows
}

// taskNames lists the tasks that any strategy has met, in order of appearance.
func taskNames(d *Document) []string {
	var names []string
	known := make(map[string]bool)
	for i := range d.Strategies {
		for _, t := range d.Strategies[i].Tasks {
			if !known[t.Task] {
				known[t.Task] = true
				names = append(names, t.Task)
			}
		}
	}
	return names
}
