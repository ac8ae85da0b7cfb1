package compare

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tailgate-bench/tailgate/internal/record"
	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/reports"
)

// pairing says what makes requests of the same number the same in both runs, or
// what stands against it.
func pairing(before, after Run) (how, against string) {
	a, b := before.Report, after.Report
	switch {
	case weather(a.Scenario.Source) != weather(b.Scenario.Source):
		return "", "the scenarios have other load, workload, models or faults"
	case a.Spending != nil || b.Spending != nil:
		return "", "real models do not meet the same weather twice"
	case a.Repeats != nil || b.Repeats != nil:
		return "", "a report of several seeds has no requests to pair"
	case a.Seed != b.Seed:
		return "", fmt.Sprintf("the seeds are %d and %d", a.Seed, b.Seed)
	case a.Scenario.RatePerS != b.Scenario.RatePerS, a.Planned != b.Planned, a.Scenario.DurationMS != b.Scenario.DurationMS:
		return "", "the loads are of other rate or length"
	case before.Requests == "":
		return "", "the old run has no " + requestsFile
	case after.Requests == "":
		return "", "the new run has no " + requestsFile
	}
	return "same scenario, seed and workload, compared request by request", ""
}

const requestsFile = "requests.ndjson.gz"

// weather returns the parts of a scenario file that requests meet, without those
// that say what is done with them (name, about, strategies, baseline, objectives)
// and the seed, which the report has. Top-level keys are those that stand at the beginning of a line.
func weather(source string) string {
	var kept strings.Builder
	keep := true
	for line := range strings.Lines(source) {
		if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if !strings.ContainsAny(line[:1], " \t-]}") {
			key, _, _ := strings.Cut(line, ":")
			keep = !slices.Contains([]string{"name", "about", "seed", "strategies", "baseline", "objectives"}, strings.TrimSpace(key))
		}
		if keep {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

// pairs are the requests of both runs.
type pairs struct {
	before, after []*record.Log
	key           draw.Key
	of            map[string]*record.Replicates // by strategy
}

func readPairs(before, after Run) (*pairs, error) {
	p := &pairs{key: draw.New(before.Report.Seed).Name("compare"), of: map[string]*record.Replicates{}}
	faults := windows(before.Report)
	var err error
	if p.before, err = record.ReadLogs(before.Requests, faults); err != nil {
		return nil, err
	}
	if p.after, err = record.ReadLogs(after.Requests, faults); err != nil {
		return nil, err
	}
	return p, nil
}

func windows(d *reports.Document) (all []record.Window) {
	at := func(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }
	for _, f := range d.Scenario.Faults {
		w := record.Window{Name: f.Name, From: at(f.FromMS), To: at(f.ToMS)}
		if f.Incidents != nil {
			w.Incidents = []record.Span{}
		}
		for _, s := range f.Incidents {
			w.Incidents = append(w.Incidents, record.Span{From: at(s.FromMS), To: at(s.ToMS)})
		}
		all = append(all, w)
	}
	return all
}

// test compares the requests that both runs have.
func (p *pairs) test(before, after *reports.Strategy, m metric) tested {
	t := unpaired(before, after, m)
	r := p.replicates(before.Name)
	if r == nil || r.Requests() == 0 || t.delta.Delta == nil {
		return t
	}
	was, were, _ := r.Vector(0, m.name)
	is, are, _ := r.Vector(1, m.name)
	if number(was) == nil || number(is) == nil {
		return t
	}
	differences := make([]float64, len(are))
	for i := range are {
		differences[i] = are[i] - were[i]
	}
	t.before, t.after = orInterval(t.before, r, were), orInterval(t.after, r, are)
	if slices.Equal(were, are) && was == is {
		t.delta = reports.Delta{Delta: new(0.0), Low: new(0.0), High: new(0.0)} // nothing to test
		return t
	}
	e := r.Interval(is-was, differences)
	t.delta = reports.Delta{
		Delta: number(e.Value), Low: number(e.Low), High: number(e.High), P: number(r.PValue(is-was, differences)),
	}
	return t
}

// orInterval gives an estimate that has no interval that of its replicates.
func orInterval(e stats.Estimate, r *record.Replicates, replicates []float64) stats.Estimate {
	if e.HasInterval() {
		return e
	}
	return r.Interval(e.Value, replicates)
}

// replicates pairs a strategy in both runs, nil if a file does not have it.
func (p *pairs) replicates(strategy string) *record.Replicates {
	if r, done := p.of[strategy]; done {
		return r
	}
	is := func(g *record.Log) bool { return g.Strategy == strategy }
	a, b := slices.IndexFunc(p.before, is), slices.IndexFunc(p.after, is)
	if a >= 0 && b >= 0 {
		p.of[strategy] = record.PairLogs([]*record.Log{p.before[a], p.after[b]}, record.Resamples, p.key)
	}
	return p.of[strategy]
}
