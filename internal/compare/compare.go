package compare

import (
	"math"
	"path/filepath"
	"slices"

	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/reports"
)

// Run is one side of a comparison.
type Run struct {
	// Path is what the user calls it.
	Path string
	// Report is what was measured.
	Report *reports.Document
	// Requests is the path of its requests.ndjson.gz; "" if there is none.
	Requests string
}

// metric is what is compared.
type metric struct {
	name   string
	unit   string
	better float64 // 1 if more is better, -1 if less is
	of     func(s *reports.Strategy) stats.Estimate
}

var metrics = [...]metric{
	{"success", "ratio", 1, func(s *reports.Strategy) stats.Estimate { return s.Success }},
	{"p50", "ms", -1, func(s *reports.Strategy) stats.Estimate { return s.LatencyMS.P50 }},
	{"p95", "ms", -1, func(s *reports.Strategy) stats.Estimate { return s.LatencyMS.P95 }},
	{"p99", "ms", -1, func(s *reports.Strategy) stats.Estimate { return s.LatencyMS.P99 }},
	{"cost", "usd", -1, func(s *reports.Strategy) stats.Estimate { return perRequest(s, s.Cost.USD.Value) }},
	{"attempts", "count", -1, func(s *reports.Strategy) stats.Estimate { return perRequest(s, float64(s.Attempts.Total)) }},
}

func metricNames() (names []string) {
	for _, m := range metrics {
		names = append(names, m.name)
	}
	return names
}

func perRequest(s *reports.Strategy, total float64) stats.Estimate {
	if s.Requests == 0 {
		return stats.Missing("there were no requests")
	}
	return stats.Exactly(total / float64(s.Requests))
}

// Reports compares the runs, strategy by strategy. Its error is that of reading
// the requests; reports that cannot be paired are no error.
func Reports(before, after Run, tolerance Tolerance) (*reports.Comparison, error) {
	c := &reports.Comparison{
		Schema: reports.ComparisonSchema, Old: name(before), New: name(after), Changes: []reports.Change{},
		OnlyOld: missing(before.Report, after.Report), OnlyNew: missing(after.Report, before.Report),
		OldReport: before.Report, NewReport: after.Report,
	}
	how, against := pairing(before, after)
	c.Paired, c.How = against == "", how
	test := unpaired
	if c.Paired {
		pairs, err := readPairs(before, after)
		if err != nil {
			return nil, err
		}
		test = pairs.test
	} else {
		c.How = against
	}
	for i := range before.Report.Strategies {
		s := &before.Report.Strategies[i]
		if other := find(after.Report, s.Name); other != nil {
			c.Changes = append(c.Changes, changes(s, other, test, tolerance)...)
		}
	}
	decide(c)
	return c, nil
}

func name(r Run) reports.ComparedRun {
	d := r.Report
	return reports.ComparedRun{
		Path: filepath.ToSlash(r.Path), Scenario: d.Scenario.Name, Seed: d.Seed, Clock: d.Clock, Version: d.Tool.Version,
	}
}

func find(d *reports.Document, name string) *reports.Strategy {
	i := slices.IndexFunc(d.Strategies, func(s reports.Strategy) bool { return s.Name == name })
	if i < 0 {
		return nil
	}
	return &d.Strategies[i]
}

// missing returns the names of the strategies of d that other does not have.
func missing(d, other *reports.Document) []string {
	names := []string{}
	for i := range d.Strategies {
		if name := d.Strategies[i].Name; find(other, name) == nil {
			names = append(names, name)
		}
	}
	return names
}

// tested is a metric on both sides and their difference, new minus old.
type tested struct {
	before, after stats.Estimate
	delta         reports.Delta
}

// changes compares one strategy in all metrics.
func changes(before, after *reports.Strategy, test func(before, after *reports.Strategy, m metric) tested, tolerance Tolerance) []reports.Change {
	all := make([]reports.Change, len(metrics))
	for i, m := range metrics {
		t := test(before, after, m)
		all[i] = reports.Change{
			Strategy: before.Name, Metric: m.name, Unit: m.unit, Old: t.before, New: t.after, Delta: t.delta,
			Tolerance: tolerance.of(m.name),
		}
	}
	return all
}

// familyLevel is the probability with which any difference may be called
// significant if there were none at all.
const familyLevel = 0.05

// decide tests all differences as one family and finds the regressions.
func decide(c *reports.Comparison) {
	var p []float64
	var family []*reports.Change
	for i := range c.Changes {
		x := &c.Changes[i]
		x.Verdict = reports.NotTested
		switch d := x.Delta; {
		case d.P == nil && d.Delta != nil && d.Low != nil && d.High != nil: // see pairs.test
			x.Verdict = reports.Same
		case d.P != nil:
			p, family = append(p, *x.Delta.P), append(family, x)
		}
	}
	c.Comparisons = len(p)
	for i, adjusted := range stats.Holm(p) {
		family[i].Delta.Significant = adjusted <= familyLevel
		judge(family[i])
	}
	for i := range c.Changes {
		x := &c.Changes[i]
		switch success := verdictOn(c, x.Strategy, "success"); {
		case x.Unit != "ms":
		case x.Old.Known() && !x.New.Known() && success == reports.Worse: // slower than any number
			x.Verdict, x.Regression = reports.Worse, true
		case !x.Old.Known() && x.New.Known() && success == reports.Better:
			x.Verdict = reports.Better
		}
		if x.Regression {
			c.Regressions++
		}
	}
}

// judge gives the verdict on a tested difference.
func judge(x *reports.Change) {
	gain := *x.Delta.Delta * direction(x.Metric)
	switch {
	case !x.Delta.Significant:
		x.Verdict = reports.Unclear
	case gain > 0:
		x.Verdict = reports.Better
	default:
		x.Verdict = reports.Worse
		scale := math.Abs(x.Old.Value)
		if x.Unit == "ratio" {
			scale = 1
		}
		x.Regression = -gain > x.Tolerance*scale
	}
}

func direction(name string) float64 {
	i := slices.IndexFunc(metrics[:], func(m metric) bool { return m.name == name })
	return metrics[i].better
}

// verdictOn returns the verdict on a metric of a strategy. On success it decides
// what it means if a percentile comes to lie among the failures, or leaves them.
func verdictOn(c *reports.Comparison, strategy, metric string) string {
	i := slices.IndexFunc(c.Changes, func(o reports.Change) bool { return o.Strategy == strategy && o.Metric == metric })
	if i < 0 {
		return reports.NotTested
	}
	return c.Changes[i].Verdict
}

// number returns a finite value, or nil.
func number(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	v = stats.Round(v)
	return &v
}
