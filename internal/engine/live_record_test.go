package engine_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/internal/engine"
	"github.com/tailgate-bench/tailgate/internal/trace"
)

// Real models are recorded like mocks, and then replayed in virtual time; the key
// and, unless they are asked for, the answers stay out of the trace.
func TestReal_record(t *testing.T) {
	t.Parallel()
	s := serve(t, time.Millisecond)
	path := filepath.Join(t.TempDir(), "x.trace.ndjson.gz")
	sum, err := engine.Record(t.Context(), realOnes(t, s.URL, "rate: 200/s, requests: 20"), engine.Options{Env: env(goodKey), MaxCost: 10}, path, false)
	if err != nil || sum.Requests != 20 || sum.Interrupted || sum.Spending.Calls != 63 { // a probe for each model
		t.Fatalf("recording is %+v (%v)", sum, err)
	}
	tr, err := trace.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	var providers []string
	for _, m := range tr.Models {
		providers = append(providers, m.Name+" by "+m.Provider)
		for i := range tr.Len() {
			if c := m.Call(i); c.Failure != nil || c.Usage.Output != 9 || c.Text != "" {
				t.Errorf("%s: %+v", m.Name, c)
			}
		}
	}
	if diff := cmp.Diff([]string{"claude by ezai", "gpt by openai", "gemini by gemini"}, providers); diff != "" {
		t.Error(diff)
	}
	if text := strings.Join(readRequests(t, path), "\n"); strings.Contains(text, "SECRET") || strings.Contains(text, s.URL) {
		t.Error("the trace tells the key or the address")
	}
	d := runIt(t, in(t, filepath.Dir(path), `
load: {arrivals: trace}
models: {claude: {provider: trace, file: x.trace.ndjson.gz}, gpt: {provider: trace, file: x.trace.ndjson.gz}}
strategies: {race: {race: {targets: [claude, gpt]}}}`), engine.Options{})
	if r := strategy(t, d, "race"); r.Succeeded != 20 {
		t.Errorf("%d of 20 were answered again", r.Succeeded)
	}
}

// A recording ends before it can cost more than it may, and keeps the requests that
// every model was asked, those under way at the end included.
func TestReal_recordMaxCost(t *testing.T) {
	t.Parallel()
	s := serve(t, 250*time.Millisecond)
	path := filepath.Join(t.TempDir(), "x.gz")
	sum, err := engine.Record(t.Context(), realOnes(t, s.URL, "rate: 40/s, requests: 400"), engine.Options{Env: env(goodKey), MaxCost: 0.02}, path, false)
	if err != nil || !sum.Spending.Stopped || sum.Spending.USD.High > 0.02 || sum.Requests == 0 || sum.Requests == 400 {
		t.Fatalf("recording is %+v (%v)", sum, err)
	}
	tr, err := trace.Load(path)
	if err != nil || tr.Len() != sum.Requests {
		t.Fatal(err)
	}
	for i := range tr.Len() {
		for _, c := range tr.Row(i).Calls {
			if c.Failure != nil {
				t.Errorf("row %d: %v", i, c.Failure)
			}
		}
	}
	if lost := sum.Spending.Calls - 3 - 3*sum.Requests; lost > 15 { // of ten requests under way; a few could be paid in part
		t.Errorf("%d calls were made for nothing: %+v", lost, sum)
	}
	_, err = engine.Record(t.Context(), realOnes(t, s.URL, "requests: 5"), engine.Options{Env: env("sk-SECRET-wrong")}, path+"2", false)
	if _, ok := errors.AsType[*engine.ProbeError](err); !ok {
		t.Errorf("error is %v", err)
	}
}
