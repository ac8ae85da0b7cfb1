package tune_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/tailgate-bench/tailgate/internal/tune"
	"github.com/tailgate-bench/tailgate/reports"
)

// jury are three models that are right four times of five.
func jury(correlation string) string {
	return `
load: {rate: 50/s, requests: 4000}
workload: {prompts: tickets-400, correlation: ` + correlation + `}
models:
  a: {latency: {constant: 100ms}, accuracy: 0.8, price: {input: 1, output: 1}}
  b: {latency: {constant: 200ms}, accuracy: 0.8, price: {input: 1, output: 1}}
  c: {latency: {constant: 300ms}, accuracy: 0.8, price: {input: 1, output: 1}}
strategies: {single: {single: {target: a}}}
`
}

func panel(t *testing.T, text string, accuracy float64) *tune.Panel {
	t.Helper()
	return &tune.Panel{Study: tune.Study{Scenario: parse(t, text), Seed: 1, Seeds: 4, Fresh: 4}, Accuracy: accuracy}
}

// Two of three that are right with p = 0.8 independently are right with
// 3p²(1-p) + p³ = 0.896; if they copy each other, with 0.8.
func TestPanel_binomial(t *testing.T) {
	t.Parallel()
	p := panel(t, jury("0"), 0.88)
	f, err := p.Run(t.Context())
	must(t, err)
	d := f.Document
	text := written(t, d)
	best := d.Settings[*d.Recommended]
	// 16,000 requests: a standard error of 0.0024.
	for where, e := range map[string]float64{"predicted": best.Predicted["right"].Value, "realised": best.Realised["right"].Value, "independent": *d.Panel.Independent} {
		if math.Abs(e-0.896) > 0.01 && strings.Contains(best.Name, "2 of 3") {
			t.Errorf("%s: %v of %q are right, theory 0.896", where, e, best.Name)
		}
	}
	for _, q := range d.Panel.Pairs {
		if math.Abs(*q.Correlation) > 0.04 || math.Abs(q.Both-0.04) > 0.006 {
			t.Errorf("independent errors have a correlation of %v, both err in %v", *q.Correlation, q.Both)
		}
	}
	if best.Realised["usd_per_1000"].Value > best.Predicted["usd_per_1000"].Value*1.01 {
		t.Errorf("a panel costs more than its members: %v", best)
	}
	again := panel(t, jury("0"), 0.88)
	again.Evaluator.Workers = 1
	g, err := again.Run(t.Context())
	must(t, err)
	if written(t, g.Document) != text {
		t.Error("one worker finds something else")
	}
}

func TestPanel_correlated(t *testing.T) {
	t.Parallel()
	f, err := panel(t, jury("0.9"), 0.7).Run(t.Context())
	must(t, err)
	d := f.Document
	written(t, d)
	if best := d.Settings[*d.Recommended]; !strings.HasSuffix(best.Name, " alone") {
		t.Errorf("one model is right often enough, and %q is recommended", best.Name)
	}
	for _, q := range d.Panel.Pairs {
		if *q.Correlation < 0.7 || q.Both < 3*q.Independent || q.Same > q.Both {
			t.Errorf("errors made together: %+v", q)
		}
	}
	for _, s := range d.Settings {
		if s.State != reports.TuneReference && s.Predicted["right"].Value > 0.85 {
			t.Errorf("%s: %v are right, though models err together", s.Name, s.Predicted["right"])
		}
	}
	if _, err = panel(t, jury("0.9"), 0.95).Run(t.Context()); !errors.Is(err, tune.ErrInput) || !strings.Contains(err.Error(), "answers 95% of requests rightly: the best, ") {
		t.Errorf("got %v", err)
	}
}

func TestPanel_mistakes(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*tune.Panel){
		"accuracy is 2":                func(p *tune.Panel) { p.Accuracy = 2 },
		`there is no model "x" in`:     func(p *tune.Panel) { p.Models = []string{"x"} },
		`model "a" is given twice`:     func(p *tune.Panel) { p.Models = []string{"a", "a"} },
		"size is -1":                   func(p *tune.Panel) { p.Size = -1 },
		"must be exact, normalized, {": func(p *tune.Panel) { p.Extract = "x" },
	} {
		p := panel(t, jury("0"), 0.8)
		change(p)
		_, err := p.Run(t.Context())
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
