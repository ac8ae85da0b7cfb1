package conformance_test

import (
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/mockprovider/mocktest"
)

// blamed returns what mocktest finds in the libraries as they are by default, by
// library, weather and way to ask; it has to find nothing else. All of it is true:
// they try again where nothing can come of it, and take for an answer what is none.
func blamed() map[string]mocktest.Fault {
	all := map[string]mocktest.Fault{
		"responses/in-stream/stream": mocktest.AcceptedBroken, // in the shape that it does not know
	}
	for name := range libraries() {
		all[name+"/refusal/whole"] = mocktest.AcceptedBroken
		all[name+"/refusal/stream"] = mocktest.AcceptedBroken
		all[name+"/truncate/stream"] = mocktest.AcceptedBroken
		if name == "gemini" { // tries once, and knows an event that is cut
			continue
		}
		all[name+"/truncate-inside/stream"] = mocktest.AcceptedBroken
		all[name+"/exhausted/whole"] = mocktest.RetriedPermanent
		all[name+"/exhausted/stream"] = mocktest.RetriedPermanent
	}
	return all
}

// TestVerdict: a verdict finds in the vendors' libraries what they do, and nothing
// that they do not: whoever tests a service that is built on them sees no other.
func TestVerdict(t *testing.T) {
	t.Parallel()
	for name, l := range libraries() {
		for model := range faults() {
			for _, stream := range []bool{false, true} {
				row := name + "/" + model + "/" + way(stream)
				t.Run(row, func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) { l.judge(t, question{model: model, stream: stream}, blamed()[row]) })
				})
			}
		}
	}
}

// judge asks once and compares what mocktest finds.
func (l library) judge(t *testing.T, q question, want mocktest.Fault) {
	t.Helper()
	srv := mocktest.StartInBubble(t, weather())
	var rules mocktest.Rules
	if got, _ := l.send(t, srv, q); got.err == nil && got.Text != "" {
		rules.Accepted = []string{prompt}
	}
	found := make(map[mocktest.Fault]bool)
	for _, f := range srv.Verdict(deaf{t}, rules) {
		found[f.Fault] = true
	}
	expected := make(map[mocktest.Fault]bool)
	if want != "" {
		expected[want] = true
	}
	if diff := cmp.Diff(expected, found); diff != "" {
		t.Error(diff)
	}
}

// deaf is a test that a verdict does not fail.
type deaf struct{ testing.TB }

// Errorf implements [testing.TB].
func (deaf) Errorf(string, ...any) {}

// Helper implements [testing.TB].
func (deaf) Helper() {}
