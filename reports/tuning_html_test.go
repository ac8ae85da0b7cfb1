package reports_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/reports"
)

func tuningHTML(t *testing.T, d *reports.Tuning) string {
	t.Helper()
	var b bytes.Buffer
	must(t, reports.WriteTuningHTML(&b, d))
	return b.String()
}

// hedged is what a search for the time to hedge has found.
func hedged() *reports.Tuning {
	d := &reports.Tuning{
		Schema: reports.TuningSchema, Kind: reports.TuneHedge, Tool: reports.Tool{Version: "v1"},
		Command:  "tailgate tune hedge shop --target p95 --budget 5%",
		Goal:     reports.TuningGoal{Metric: "tuned.p95", Unit: "ms", Constraints: []string{"tuned.hedge_rate <= 5%"}},
		Scenario: reports.TuningScenario{Name: "shop", About: "a slow primary", Requests: 1000, Baseline: "alone", Source: "models: {}\n"},
		Seeds:    reports.TuningSeeds{Choice: []uint64{1, 2, 3}, Fresh: []uint64{1001, 1002, 1003}}, Settled: true,
		Metrics: []reports.TuningMetric{
			{Name: "tuned.p95", Unit: "ms"},
			{Name: "tuned.hedge_rate", Unit: "ratio"},
			{Name: "tuned.success", Unit: "ratio"},
			{Name: "tuned.attempts", Unit: "count"},
			{Name: "tuned.cost", Unit: "multiple"},
		},
		Recommended: new(2), Current: new(1), Tied: []int{}, Knobs: []reports.TuningKnob{},
		YAML: "hedge: {hedge: {targets: [a, b], delay: 1.83s, probability: 0.11}}\n",
		Hedge: &reports.TuningHedge{
			Primary: "a", Backup: "b", Percentile: 0.95, Of: "answer", Budget: 0.05, BudgetOf: "requests", Samples: 10_000,
			AloneMS: new(3600.0), SingleR: reports.TuningPolicy{DelayMS: 1830, Probability: 0.11, ValueMS: new(3100.0), Extra: 0.047},
			Pure: reports.TuningPolicy{DelayMS: 3600, Probability: 1, Extra: 0.05}, Correlation: new(0.21),
		},
		Warnings: []string{"tuned.p99 gets worse: 5s instead of 4s"},
	}
	for i, s := range []struct {
		name, state string
		p95, extra  float64
	}{
		{"no hedge", reports.TuneBeaten, 3600, 0},
		{"hedge", reports.TuneBeaten, 3500, 0.06},
		{"SingleR", reports.TuneInRace, 3150, 0.047},
		{"pure delay", reports.TuneBeaten, 3590, 0.048},
		{"race", reports.TuneReference, 1860, 1},
		{"after 2s", reports.TuneBeaten, 3300, 0.046},
	} {
		figures := func(v float64) map[string]stats.Estimate {
			return map[string]stats.Estimate{
				"tuned.p95": stats.Between(v, v-60, v+60), "tuned.hedge_rate": stats.Exactly(s.extra), "tuned.success": stats.Exactly(1),
				"tuned.attempts": stats.Between(1+s.extra, 1+s.extra*0.95, 1+s.extra*1.05), "tuned.cost": stats.Exactly(1 + s.extra/10),
			}
		}
		setting := reports.TuningSetting{Name: s.name, State: s.state, Seeds: 3, Predicted: figures(s.p95), Values: []reports.TuningValue{{Key: "strategies.tuned", Value: "{…}"}}}
		if i < 5 {
			setting.Realised = figures(s.p95 + 40)
			setting.Constraints = []reports.TuningConstraint{{Text: "tuned.hedge_rate <= 5%", Verdict: "pass", Margin: stats.Between(-0.003, -0.004, -0.002), Unit: "ratio"}}
			if i != 1 {
				setting.VersusCurrent = &reports.Delta{Delta: new(s.p95 - 3500), Low: new(s.p95 - 3550), High: new(s.p95 - 3450), Significant: true}
			}
		}
		d.Settings = append(d.Settings, setting)
	}
	for _, extra := range []float64{0, 0.01, 0.05, 0.1, 0.5, 1} {
		d.TradeOff = append(d.TradeOff, reports.TuningPoint{Extra: extra, Value: 3600 - 1700*extra, Pure: new(3600 - 1500*extra), Values: []reports.TuningValue{{Key: "delay", Value: "1.8s"}}})
	}
	along := reports.TuningSensitivity{Key: "delay", From: "1.5s", To: "2s"}
	for _, ms := range []float64{0, 500, 1000, 1500, 1830, 2000, 2500, 3000} {
		along.Points = append(along.Points, reports.TuningSensitivePt{
			Value: strings.TrimSuffix(fmt.Sprintf("%gs", ms/1000), "."), Goal: 3150 + (ms-1830)*(ms-1830)/5000, Here: ms == 1830,
		})
	}
	d.Sensitivity = []reports.TuningSensitivity{along}
	reports.ConcludeTuning(d)
	d.Headline = "Adopt SingleR: {hedge: {targets: [a, b], delay: 1.83s, probability: 0.11}}."
	return d
}

// tunings are documents of every kind that must render.
func tunings() map[string]*reports.Tuning {
	concluded := func(change func(*reports.Tuning)) *reports.Tuning {
		d := found()
		d.Knobs = []reports.TuningKnob{{Key: "hedge.delay", Range: "500ms..4s", Current: "4s"}}
		for i, ms := range []string{"500ms", "900ms", "1s", "1.1s", "2s", "4s"} {
			d.Sensitivity[0].Points = append(d.Sensitivity[0].Points, reports.TuningSensitivePt{Value: ms, Goal: 2000 + float64((i-2)*(i-2)*30), Here: ms == "1s"})
		}
		d.Metrics = append(d.Metrics, reports.TuningMetric{Name: "hedge.attempts", Unit: "count"})
		for i := range d.Settings {
			s, calls := &d.Settings[i], stats.Between(1+0.1*float64(i), 0.99+0.1*float64(i), 1.01+0.1*float64(i))
			s.Predicted["hedge.attempts"] = calls
			if s.Realised != nil {
				s.Realised["hedge.attempts"] = calls
			}
		}
		change(d)
		reports.ConcludeTuning(d)
		return d
	}
	return map[string]*reports.Tuning{
		"hedge":     hedged(),
		"knob":      concluded(func(d *reports.Tuning) { d.Settled, d.Tied = true, []int{} }),
		"undecided": concluded(func(*reports.Tuning) {}),
		"missed": concluded(func(d *reports.Tuning) {
			d.Settings[1].Constraints = []reports.TuningConstraint{{Text: "hedge.cost <= 1.1", Verdict: "fail", Margin: stats.Between(0.02, 0.01, 0.03), Unit: "multiple"}}
		}),
		"interrupted": concluded(func(d *reports.Tuning) {
			d.Interrupted = true
			for i := range d.Settings {
				d.Settings[i].Realised, d.Settings[i].Constraints = nil, nil
			}
		}),
		"nothing": concluded(func(d *reports.Tuning) {
			d.Interrupted, d.Recommended, d.Current, d.Tied, d.Settings = true, nil, nil, []int{}, []reports.TuningSetting{}
			d.YAML, d.TradeOff, d.Sensitivity = "", nil, nil
		}),
		"kept":    concluded(func(d *reports.Tuning) { d.Recommended, d.YAML, d.Settings[0].Values = d.Current, "", nil }),
		"breaker": ofKind(reports.TuneBreaker), "budget": ofKind(reports.TuneBudget), "panel": ofKind(reports.TunePanel),
		"hostile": hostileTuning(),
		"zero":    {},
	}
}

// ofKind is what a search of a later kind has found.
func ofKind(kind string) *reports.Tuning {
	d := &reports.Tuning{
		Schema: reports.TuningSchema, Kind: kind, Tool: reports.Tool{Version: "v1"}, Command: "tailgate tune " + kind,
		Scenario: reports.TuningScenario{Name: "shop", Requests: 1000}, Seeds: reports.TuningSeeds{Choice: []uint64{1, 2, 3}, Fresh: []uint64{1001, 1002}},
		Recommended: new(1), Current: new(0), Tied: []int{}, Settled: true, YAML: "s: {}\n",
	}
	names := map[string][]string{
		reports.TuneBreaker: {"regret", "rejected", "wasted"}, reports.TuneBudget: {"recovered", "took", "after"},
		reports.TunePanel: {"usd_per_1000", "right", "success"},
	}[kind]
	units := map[string]string{"rejected": "ratio", "wasted": "ratio", "recovered": "ratio", "took": "ms", "usd_per_1000": "usd", "right": "ratio", "success": "ratio"}
	d.Goal = reports.TuningGoal{Metric: names[0], Unit: units[names[0]], Maximize: kind == reports.TuneBudget}
	for _, name := range names {
		d.Metrics = append(d.Metrics, reports.TuningMetric{Name: name, Unit: units[name]})
	}
	for i, name := range []string{"as it is", "the best", "another"} {
		figures := map[string]stats.Estimate{}
		for k, metric := range names {
			v := 0.9 - 0.1*float64(i) - 0.2*float64(k)
			figures[metric] = stats.Between(v, v-0.01, v+0.01)
		}
		d.Settings = append(d.Settings, reports.TuningSetting{Name: name, State: reports.TuneInRace, Seeds: 3, Predicted: figures, Realised: figures})
	}
	cell := func(i int) map[string]stats.Estimate {
		return map[string]stats.Estimate{"regret": stats.Between(float64(i), float64(i)-0.5, float64(i)+0.5)}
	}
	switch kind {
	case reports.TuneBreaker:
		d.Breaker = &reports.TuningBreaker{FailureWorth: 10, Front: []int{0, 1}, Scenarios: []reports.TuningBreakerScenario{
			{Name: "outage", Target: "a", Best: 1}, {Name: "flapping", Target: "a", Best: 2},
		}}
		for i := range 6 {
			d.Breaker.Cells = append(d.Breaker.Cells, reports.TuningCell{Setting: i / 2, Scenario: i % 2, Predicted: cell(i), Realised: cell(i + 1)})
		}
	case reports.TuneBudget:
		subject := reports.TuningBudgetSubject{Strategy: "hedge", Kind: "hedge", Recommended: new("20%"), PerSeed: []*string{new("20%"), nil}}
		for i, share := range []float64{0, 0.2, 0.8} {
			for level := range 2 {
				subject.Cells = append(subject.Cells, reports.TuningBudgetCell{
					Budget: []string{"0%", "20%", "80%"}[i], Share: new(share), Level: level, Sound: stats.Exactly(1 - float64(i/2*level)),
					Recovered: stats.Exactly(1 - share*float64(level+i)/4), TookMS: stats.Exactly(1000 * share), Before: stats.Exactly(1), After: stats.Exactly(1 + share), Success: stats.Exactly(0.99),
				})
			}
		}
		d.Budget = &reports.TuningBudget{Trigger: reports.TuningTrigger{What: "peak of 32/s", FromMS: 180_000, ToMS: 300_000}, WithinMS: 60_000, Levels: []float64{1, 1.1, 1.2}, Strategies: []reports.TuningBudgetSubject{subject}}
		d.Recommended, d.Current = nil, nil
	case reports.TunePanel:
		member := func(name string, right, usd float64) reports.TuningPanelMember {
			return reports.TuningPanelMember{Name: name, Right: stats.Exactly(right), Silent: stats.Exactly(0), Weight: 2, USDPer1000: stats.Exactly(usd)}
		}
		d.Panel = &reports.TuningPanel{
			Accuracy: 0.75, Requests: 3000, FreshRequests: 2000, Tried: 12, Front: []int{2, 1, 0}, Independent: new(0.95),
			Models: []reports.TuningPanelMember{member("a", 0.9, 1), member("b", 0.85, 0.3), member("c", 0.8, 0.1)},
			Pairs:  []reports.TuningErrorPair{{A: 0, B: 1, Correlation: new(0.2), Both: 0.03, Independent: 0.015, Same: 0.01}, {A: 0, B: 2}, {A: 1, B: 2, Correlation: new(-0.1)}},
		}
	}
	reports.ConcludeTuning(d)
	if kind == reports.TuneBudget {
		d.Headline, d.Detail = "Set hedge.budget=20%.", "To be as before within 60s of the end of the trigger."
	}
	return d
}

// hostileTuning has names that want out of their place.
func hostileTuning() *reports.Tuning {
	d := hedged()
	long := strings.Repeat("a-very-long-name ", 12)
	for i, name := range []string{attack, "מודל ראשון \u202Eevil", long, `" onload="x`, "{{.}}", attack + long} {
		d.Settings[i].Name = name
		d.Settings[i].Constraints = []reports.TuningConstraint{{Text: attack, Verdict: "undecided", Margin: stats.Missing(attack)}}
	}
	d.Scenario = reports.TuningScenario{Name: attack, About: attack, Baseline: attack, Source: attack}
	d.Command, d.YAML, d.Warnings = attack, attack, []string{attack}
	d.Goal = reports.TuningGoal{Metric: attack + ".p95", Unit: "ms", Constraints: []string{attack}}
	d.Metrics[0].Name = d.Goal.Metric
	for i := range d.Settings {
		s := &d.Settings[i]
		s.Predicted[d.Goal.Metric] = s.Predicted["tuned.p95"]
		if s.Realised != nil {
			s.Realised[d.Goal.Metric] = s.Realised["tuned.p95"]
		}
	}
	d.Hedge.Primary, d.Sensitivity[0].Key, d.TradeOff[1].Values[0].Value = attack, attack, attack
	d.Sensitivity[0].Points[0].Value = attack
	d.Settled, d.Tied = false, []int{0, 1, 3}
	reports.ConcludeTuning(d)
	return d
}

func TestWriteTuningHTML(t *testing.T) {
	t.Parallel()
	for name, d := range tunings() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			page := tuningHTML(t, d)
			keep(t, "tune-"+name, page)
			markup := element.ReplaceAllString(payload.ReplaceAllString(page, ""), "<$1>…</$1>")
			golden(t, "tune.html", []byte(digest.ReplaceAllString(markup, "sha256-…")))
			checkLinks(t, page)
			if bad := numbers.FindString(payload.ReplaceAllString(page, "")); bad != "" {
				t.Errorf("%q on the page", bad)
			}
			if bad := external.FindString(page); bad != "" && name != "hostile" {
				t.Errorf("%q on the page", bad)
			}
			if strings.Contains(page, "<img") || strings.Count(page, "</script>") != 2 {
				t.Error("a name became markup")
			}
			var got, want any
			must(t, json.Unmarshal([]byte(payload.FindStringSubmatch(page)[1]), &got))
			data, err := json.Marshal(d)
			must(t, err)
			must(t, json.Unmarshal(data, &want))
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the data on the page are not the document (-want +got):\n%s", diff)
			}
		})
	}
}

// What is said comes first, and what was realised stands beside what was
// predicted.
func TestWriteTuningHTML_words(t *testing.T) {
	t.Parallel()
	page := tuningHTML(t, tunings()["hedge"])
	for _, want := range []string{
		`<p class="kick">Settled <span><bdi>shop, for the smallest p95</bdi></span></p>`,
		`<h1 id="v">Adopt SingleR.</h1>`,
		`<p class="setting"><code>{hedge: {targets: [a, b], delay: 1.83s, probability: 0.11}}</code></p>`,
		`<pre id="yaml" tabindex="0" role="region" aria-label="YAML to paste">hedge: {hedge: {targets: [a, b], delay: 1.83s, probability: 0.11}}`,
		`Where it was chosen, its p95 was 3.15 s; on fresh seeds it is 3.19 s (&#43;1%).`,
		`within 2% of the best from 1.5s to 2s`,
		`tuned.p99 gets worse`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
}

// A page of thousands of settings stays small, and says what it leaves out.
func TestWriteTuningHTML_size(t *testing.T) {
	t.Parallel()
	d := tunings()["knob"]
	for i := range 9_000 {
		s := d.Settings[2]
		s.Name = fmt.Sprintf("hedge.delay=%dms", i)
		s.Values = slices.Clone([]reports.TuningValue{{Key: "hedge.delay", Value: fmt.Sprintf("%dms", i)}})
		d.Settings = append(d.Settings, s)
	}
	page := tuningHTML(t, d)
	if n := len(page); n > 500_000 {
		t.Errorf("%d bytes", n)
	}
	for _, want := range []string{"The JSON in this page leaves out the settings; tune.json beside it has them", "And 8701 more, which tune.json has"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}
