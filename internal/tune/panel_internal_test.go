package tune

import (
	"testing"

	"github.com/tailgate-bench/tailgate/scenarios"
)

// What is evaluated on votes is exactly what a run of the panel gives: every
// member's vote is the same, and a decision that comes early is never another.
func TestPanel_exact(t *testing.T) {
	t.Parallel()
	sc, err := scenarios.Load("classification")
	if err != nil {
		t.Fatal(err)
	}
	p := &Panel{
		Study: Study{Scenario: sc, Seed: 1, Seeds: 3, Evaluator: EvaluatorOptions{Requests: 400}}, Accuracy: 0.8, Size: 4,
		Models: []string{"claude-haiku-4-5", "gpt-4.1-mini", "gemini-2.5-flash", "gpt-4o-mini"},
	}
	if err := p.prepare(); err != nil {
		t.Fatal(err)
	}
	if p.votes, err = p.collect(t.Context(), p.choice); err != nil {
		t.Fatal(err)
	}
	if err := p.choose(); err != nil {
		t.Fatal(err)
	}
	for i, s := range p.panels {
		if i%7 != 0 {
			continue
		}
		y, err := p.play(t.Context(), "panel", s.changes("panel", p), p.choice[0])
		if err != nil {
			t.Fatal(err)
		}
		f := s.figures
		if y.right != f.right[0] || y.success != f.success[0] {
			t.Errorf("%s: right %v and success %v on votes, %v and %v in a run", s, f.right[0], f.success[0], y.right, y.success)
		}
		if y.cost > f.cost[0]*(1+1e-6) {
			t.Errorf("%s costs %v, and all its members %v", s, y.cost, f.cost[0])
		}
	}
}
