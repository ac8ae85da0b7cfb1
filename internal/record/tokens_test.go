package record_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/internal/record"
)

// A hedged request: 200 of model a's 400 tokens are billed and not used, 100 of
// model b's are the answer.
func TestRecorder_Tokens(t *testing.T) {
	t.Parallel()
	r := record.NewRecorder(record.Config{Models: models()})
	r.Add(hedged(0, 0))
	r.Add(request(1, 100*ms, 1000*ms))
	check(t, "tokens", r.Tokens(), record.Tokens{Input: 300, Output: 500, Unused: 200})
	want := []record.ModelTokens{
		{Tokens: record.Tokens{Input: 200, Output: 400, Unused: 200}, MeanOutput: 200},
		{Tokens: record.Tokens{Input: 100, Output: 100}, MeanOutput: 100},
	}
	for i, m := range r.Models() {
		if diff := cmp.Diff(want[i], m.Tokens); diff != "" {
			t.Errorf("model %s (-want +got)\n%s", m.Name, diff)
		}
	}
}

// The gap between tokens is (end - first token) / (tokens - 1), of answers that
// were returned and came in pieces.
func TestRecorder_InterToken(t *testing.T) {
	t.Parallel()
	r := record.NewRecorder(record.Config{Models: models()})
	whole := request(0, 0, 1000*ms) // its first token was not noticed
	r.Add(whole)
	if _, ok := r.InterToken(); ok {
		t.Error("a gap between tokens without a first token")
	}
	for id, tokens := range []int{1, 11, 11, 21} {
		q := request(uint64(id)+1, 0, 1500*ms)
		a := &q.Attempts[0]
		a.FirstToken, a.HasFirstToken, a.Usage.Output = 500*ms, true, tokens
		r.Add(q)
	}
	atOnce := request(9, 0, 800*ms)
	atOnce.Attempts[0].FirstToken, atOnce.Attempts[0].HasFirstToken = 800*ms, true
	r.Add(atOnce)
	l, ok := r.InterToken()
	if !ok || !near(l.Mean.Value, (100.0+100+50)/3, 0.2) || !near(*l.Max, 100, 0.2) {
		t.Errorf("mean %v, max %v, want 83.3 and 100 ms", l.Mean, l.Max)
	}
}

func TestRecorder_Restarts(t *testing.T) {
	t.Parallel()
	r := record.NewRecorder(record.Config{Models: models()})
	q := request(0, 0, 100*ms)
	q.Restarts = 2
	r.Add(q)
	r.Add(request(1, 0, 100*ms))
	check(t, "restarts", r.Restarts(), 2)
}
