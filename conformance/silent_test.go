package conformance_test

import (
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/mockprovider/mocktest"
)

// outcome is what a library makes of one ask, in so far as weather that is no
// error response can change it.
type outcome struct {
	Kind  kind
	Tries int
	// Text says that there is any, Stop that the answer gives a reason for its end.
	Text, Stop bool
	Model      string
	Usage      llm.Usage
	// Lasted is how long the last try took, in seconds.
	Lasted float64
}

// silent are the rows of weather with status 200, whole and streamed, where all
// libraries agree.
func silent() map[string][2]outcome {
	used, half := llm.Usage{Input: 6, Output: tokens}, 0.025
	good := func(model string, lasted float64) [2]outcome {
		o := outcome{Tries: 1, Text: true, Stop: true, Model: model, Usage: used, Lasted: lasted}
		return [2]outcome{o, o}
	}
	empty := outcome{Tries: 1, Stop: true, Model: "empty", Usage: llm.Usage{Input: 6}, Lasted: 0.02}
	uncounted := outcome{Tries: 1, Text: true, Stop: true, Model: "no-usage", Lasted: 0.031}
	return map[string][2]outcome{
		"blank":           {{Kind: garbage, Tries: 1, Lasted: 0.02}, {Tries: 1, Lasted: 0.02}},
		"truncate-inside": {{Kind: garbage, Tries: 1, Lasted: half}, {Tries: 1, Text: true, Model: "truncate-inside", Lasted: half}},
		"empty":           {empty, empty},
		"no-usage":        {uncounted, uncounted},
		"refusal":         good("refusal", 0.031),
		"wrong-model":     good("another-model", 0.031),
		"slow-first":      good("slow-first", 10.031),
		"pause":           good("pause", 30.031),
	}
}

// differences are the rows in which one library differs.
func differences(library string) map[string][2]outcome {
	rows := silent()
	with := func(model string, change func(whole, stream *outcome)) {
		r := rows[model]
		change(&r[0], &r[1])
		rows[model] = r
	}
	switch library {
	case "anthropic":
		with("no-usage", func(_, s *outcome) { s.Usage = llm.Usage{Input: 6} }) // the start has told
		with("truncate-inside", func(_, s *outcome) { s.Usage = llm.Usage{Input: 6, Output: 1} })
	case "gemini":
		with("blank", func(w, _ *outcome) { w.Kind = none })
		with("no-usage", func(_, s *outcome) { s.Usage = llm.Usage{Input: 6} })
		with("truncate-inside", func(_, s *outcome) { s.Kind, s.Usage = garbage, llm.Usage{Input: 6} })
	case "responses": // only the end of a stream tells the model
		with("truncate-inside", func(_, s *outcome) { s.Model = "" })
	}
	return rows
}

// TestSilent: what has status 200 and is no good answer passes for one to most
// libraries.
func TestSilent(t *testing.T) {
	t.Parallel()
	for name, l := range libraries() {
		for model, want := range differences(name) {
			for i, stream := range []bool{false, true} {
				t.Run(name+"/"+model+"/"+way(stream), func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) { l.holdSilent(t, question{model: model, stream: stream}, want[i]) })
				})
			}
		}
	}
}

func (l library) holdSilent(t *testing.T, q question, want outcome) {
	t.Helper()
	srv := mocktest.StartInBubble(t, weather())
	got, sent := l.send(t, srv, q)
	entries := srv.Journal.Entries(0)
	seen := outcome{
		Kind: l.read(got.err).Kind, Tries: len(sent), Text: got.Text != "", Stop: got.Stop != "",
		Model: got.Model, Usage: got.Usage, Lasted: entries[len(entries)-1].Lasted,
	}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("error %v (-want +got):\n%s", got.err, diff)
	}
}

// TestKeyLimit: a key that has used up its minute is told when the next begins,
// which the libraries of OpenAI and Anthropic wait for.
func TestKeyLimit(t *testing.T) {
	t.Parallel()
	for name, l := range libraries() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := mocktest.StartInBubble(t, weather())
				first, _ := l.send(t, srv, question{model: "key-limit"})
				second, sent := l.send(t, srv, question{model: "key-limit"})
				if first.err != nil {
					t.Error(first.err)
				}
				tries, failed := 2, false
				if name == "gemini" { // is not asked to retry
					tries, failed = 1, true
				}
				if len(sent) != tries || (second.err != nil) != failed {
					t.Errorf("%d tries, error %v; want %d", len(sent), second.err, tries)
				}
			})
		})
	}
}
