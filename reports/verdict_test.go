package reports_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/reports"
)

// contender is a strategy as far as the verdict looks at it.
type contender struct {
	name             string
	p95, half        float64 // P95 and half the width of its interval; 0 means that it fails
	cost, costHalf   float64
	failed           int
	passes, misses   int // objectives with that verdict
	opens            int
	missBy           float64 // measured over limit
	undecidedNearby  bool    // one objective whose interval crosses the limit
	undecidedNothing bool    // one objective without a value
}

func (c contender) objectives() []reports.Objective {
	var list []reports.Objective
	for range c.passes {
		list = append(list, goal(c.name+".p95 <= 2s", "pass", "ms", 1000, 990, 1010, 2000, c.name))
	}
	for range c.misses {
		v := 2000 * c.missBy
		list = append(list, goal(c.name+".p95 <= 2s", "fail", "ms", v, v-10, v+10, 2000, c.name))
	}
	if c.undecidedNearby {
		list = append(list, goal(c.name+".p95 <= 2s", "undecided", "ms", 1950, 1850, 2050, 2000, c.name))
	}
	if c.undecidedNothing {
		o := goal(c.name+".p95 <= 2s", "undecided", "ms", 0, 0, 0, 2000, c.name)
		o.Value, o.Low, o.High, o.Why = nil, nil, nil, "nothing was measured"
		list = append(list, o)
	}
	return list
}

func (c contender) strategy(requests int) reports.Strategy {
	s := reports.Strategy{Name: c.name, Requests: requests, Succeeded: requests - c.failed}
	s.LatencyMS.P95 = stats.Between(c.p95, c.p95-c.half, c.p95+c.half)
	if c.p95 == 0 {
		s.LatencyMS.P95 = stats.Missing("8 % of requests failed")
	}
	s.Cost.Multiplier.Value = c.cost
	s.Cost.MultiplierCI = stats.Between(c.cost, c.cost-c.costHalf, c.cost+c.costHalf)
	if c.opens > 0 {
		s.Breakers = []reports.Breaker{{Target: "atlas", Opens: c.opens}}
	}
	return s
}

// contest is a document of contenders; the first is the baseline, called base.
func contest(requests int, list ...contender) *reports.Document {
	base := contender{name: "base", p95: 3000, half: 50, cost: 1}
	if list[0].name == "base" {
		base, list = list[0], list[1:]
	}
	d := &reports.Document{Baseline: "base", Planned: requests}
	for _, c := range append([]contender{base}, list...) {
		s := c.strategy(requests)
		if c.name != "base" {
			diff := c.p95 - base.p95
			s.VersusBaseline = &reports.VersusBaseline{P95MS: reports.Delta{
				Delta: new(diff), Low: new(diff - c.half - base.half), High: new(diff + c.half + base.half),
			}}
		}
		d.Strategies = append(d.Strategies, s)
		d.Objectives = append(d.Objectives, c.objectives()...)
	}
	return d
}

func TestDecide(t *testing.T) {
	t.Parallel()
	a := contender{name: "a", p95: 1000, half: 20, cost: 1.10, costHalf: 0.002, passes: 2}
	b := contender{name: "b", p95: 1500, half: 20, cost: 1.02, costHalf: 0.002, passes: 1}
	with := func(c contender, change func(*contender)) contender { change(&c); return c }
	fails := func(c contender, by float64) contender {
		c.passes, c.misses, c.missBy = 0, 1, by
		return c
	}
	tests := []struct {
		name      string
		d         *reports.Document
		recommend string
		headline  string
		detail    string // a part of it
	}{
		{
			"cheapest of two", contest(10_000, a, b), "b", "Adopt b.",
			"Of the 2 strategies that pass all their objectives, b has the lowest cost: P95 falls from 3.00 s to 1.50 s",
		},
		{
			"within 3 % the faster", contest(10_000, with(a, func(c *contender) { c.cost = 1.04 }), b), "a", "Adopt a.",
			"the lowest P95 within 3% of the lowest cost",
		},
		{
			"beyond 3 % the cheaper", contest(10_000, with(a, func(c *contender) { c.cost = 1.06 }), b), "b", "Adopt b.", "the lowest cost",
		},
		{"only one passes", contest(10_000, a, fails(b, 2)), "a", "Adopt a.", "the only strategy that passes all its objectives (2 of 2)"},
		{
			"cost overlaps, P95 does not", contest(10_000, a, with(b, func(c *contender) { c.cost, c.costHalf = 1.05, 0.1 })), "b", "Adopt b.",
			"the lowest estimated cost",
		},
		{
			"not asked for", contest(10_000, a, contender{name: "fast", p95: 10, cost: 0.1}), "a", "Adopt a.", "only strategy",
		},
		{
			"tie", contest(10_000, a, with(a, func(c *contender) { c.name, c.p95, c.cost = "c", 990, 1.101 })), "c", "Adopt c or a.",
			"This run cannot tell them apart on P95.",
		},
		{
			"baseline wins", contest(10_000, contender{name: "base", p95: 1000, half: 20, cost: 1, passes: 1}, b, fails(a, 1.2)), "base",
			"Keep base.", "base has the lowest cost: P95 is 1.00 s, 0 of 10,000 requests failed.",
		},
		{
			"tie with the baseline", contest(10_000,
				contender{name: "base", p95: 1500, half: 20, cost: 1.02, passes: 1}, with(b, func(c *contender) { c.p95 = 1490 })), "base",
			"Keep base.", "This run cannot tell b from it on P95 or cost.",
		},
		{
			"none passes", contest(10_000, fails(a, 1.5), fails(b, 1.12)), "", "No strategy passes every objective.",
			"b comes closest: it misses p95 ≤ 2s by 12%.",
		},
		{
			"fewest missed comes closest", contest(10_000, fails(a, 1.5), contender{name: "b", p95: 1, cost: 1, misses: 2, missBy: 1.01}), "",
			"No strategy passes every objective.", "a comes closest: it misses p95 ≤ 2s by 50%.",
		},
		{"few requests", contest(999, a, b), "", "Too few requests to decide.", "It takes 2,000 requests per strategy for a.p95 <= 2s; this run has 999."},
		{"few beyond the percentile", contest(1999, a, b), "", "Too few requests to decide.", "this run has 1,999"},
		{"enough", contest(2000, a, b), "b", "Adopt b.", ""},
		{"no requests", contest(0, a, b), "", "Too few requests to decide.", "this run has 0"},
		{
			"undecided", contest(10_000, fails(a, 1.5), contender{name: "b", p95: 1950, half: 100, cost: 1, undecidedNearby: true}), "",
			"Too few requests to decide.", "b might: the interval of b.p95 <= 2s, 1.85 s to 2.05 s, crosses the limit of 2.00 s; about 40,000 requests",
		},
		{
			"undecided without a value", contest(10_000, contender{name: "b", cost: 1, undecidedNothing: true}), "",
			"Too few requests to decide.", "b.p95 <= 2s is undecided, nothing was measured",
		},
		{"undecided does not stop another", contest(10_000, a, contender{name: "b", p95: 1950, cost: 1, undecidedNearby: true}), "a", "Adopt a.", ""},
		{
			"more failures said", contest(10_000, with(a, func(c *contender) { c.failed = 12 })), "a", "Adopt a.",
			"failed requests rise from 0 to 12 of 10,000, for 10% more spend.",
		},
		{
			"baseline fails", contest(10_000, contender{name: "base", failed: 900, cost: 1}, a), "a", "Adopt a.", "P95 is 1.00 s (base: fails)",
		},
		{
			"no clear gain", contest(10_000, with(a, func(c *contender) { c.p95, c.half = 2990, 40 })), "a", "Adopt a.",
			"P95 is 2.99 s, not clearly different from 3.00 s",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := reports.Decide(tt.d)
			if v.Recommend != tt.recommend || v.Headline != tt.headline || !strings.Contains(v.Detail, tt.detail) {
				t.Errorf("got %q, %q, %q;\nwant %q, %q, %q", v.Recommend, v.Headline, v.Detail, tt.recommend, tt.headline, tt.detail)
			}
			if v.Rule == "" || v.Findings == nil {
				t.Error("no rule or no findings")
			}
		})
	}
}

func TestDecide_withoutObjectives(t *testing.T) {
	t.Parallel()
	race := contender{name: "race", p95: 900, half: 10, cost: 2, costHalf: 0.01}
	hedge := contender{name: "hedge", p95: 915, half: 10, cost: 1.1, costHalf: 0.01}
	tests := []struct {
		name, want string
		d          *reports.Document
	}{
		{"clear", "Fastest at P95: race. Cheapest: base.", contest(1000, race)},
		{"overlap", "Fastest at P95: race or hedge. Cheapest: base.", contest(1000, race, hedge)},
		{"few", "Too few requests to decide.", contest(999, race)},
		{"all fail", "Every strategy fails at P95. Cheapest: base.", contest(1000, contender{name: "base", cost: 1, failed: 900}, contender{name: "x", cost: 2, failed: 900})},
		{"alone", "base: P95 3.00 s.", contest(1000, contender{name: "base", p95: 3000, cost: 1})},
		{"nothing", "Nothing was measured.", &reports.Document{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := reports.Decide(tt.d)
			if v.Headline != tt.want || v.Recommend != "" || !strings.Contains(v.Detail, "No objectives were given") {
				t.Errorf("got %+v, want %q", v, tt.want)
			}
		})
	}
}

func TestDecide_interrupted(t *testing.T) {
	t.Parallel()
	d := contest(4100, contender{name: "a", p95: 1000, half: 20, cost: 1.1, passes: 1})
	d.Interrupted, d.Planned = true, 10_000
	v := reports.Decide(d)
	if v.Headline != "Adopt a." || !strings.HasPrefix(v.Detail, "Provisional: the run stopped after 41% of the planned requests. ") {
		t.Errorf("got %q, %q", v.Headline, v.Detail)
	}
}

func TestDecide_findings(t *testing.T) {
	t.Parallel()
	a := contender{name: "a", p95: 1000, half: 20, cost: 1.1, passes: 1}
	b := contender{name: "b", p95: 1500, half: 20, cost: 1.2, passes: 1}
	tests := []struct {
		want   string
		change func(*reports.Document)
		list   []contender
	}{
		{"runner-up", nil, []contender{a, b}},
		{"percentile-lost-to-failures", nil, []contender{a, {name: "c", cost: 1, failed: 900}}},
		{"fastest-but-fails-gate", nil, []contender{a, {name: "c", p95: 100, half: 1, cost: 3, misses: 1, missBy: 2}}},
		{"interval-crosses-gate", nil, []contender{a, {name: "c", p95: 1950, cost: 3, undecidedNearby: true}}},
		{"breaker-flapping", nil, []contender{a, {name: "c", p95: 1950, cost: 3, opens: 4}}},
		{"load-generator-saturated", func(d *reports.Document) {
			d.SendLag = &reports.SendLag{P99: 200}
			d.Strategies[0].LatencyMS.P50 = stats.Exactly(1000)
		}, []contender{a}},
		{"slow-recovery", func(d *reports.Document) {
			d.Strategies[1].Faults = []reports.Fault{{Name: "outage", Recovery: "not_by_the_end"}}
		}, []contender{a}},
		{"hedge-rate-high", func(d *reports.Document) { d.Strategies[1].Hedges.Fired = 2600 }, []contender{a}},
		{"agreement-low", func(d *reports.Document) {
			d.Strategies[1].Agreement = &reports.Agreement{Rate: stats.Between(0.5, 0.48, 0.52)}
		}, []contender{a}},
	}
	for _, tt := range tests {
		t.Run(tt.want, func(t *testing.T) {
			t.Parallel()
			d := contest(10_000, tt.list...)
			if tt.change != nil {
				tt.change(d)
			}
			findings := reports.Decide(d).Findings
			if !slices.ContainsFunc(findings, func(f reports.Finding) bool { return f.ID == tt.want }) {
				t.Errorf("got %+v", findings)
			}
			calm := reports.Decide(contest(10_000, a)).Findings
			if len(calm) > 0 {
				t.Errorf("remarks on a calm run: %+v", calm)
			}
		})
	}
}

// TestDecide_threeFindings checks the number and the order.
func TestDecide_threeFindings(t *testing.T) {
	t.Parallel()
	d := contest(10_000,
		contender{name: "a", p95: 1000, half: 20, cost: 1.1, passes: 1, opens: 9},
		contender{name: "b", p95: 1500, half: 20, cost: 1.2, passes: 1, failed: 300},
		contender{name: "c", p95: 100, half: 1, cost: 3, misses: 1, missBy: 2})
	d.Strategies[1].Faults = []reports.Fault{{Name: "outage", Recovery: "not_by_the_end"}}
	findings := reports.Decide(d).Findings
	if len(findings) != 3 || findings[0].Severity != "high" || findings[2].Severity != "medium" {
		t.Errorf("got %+v", findings)
	}
}
