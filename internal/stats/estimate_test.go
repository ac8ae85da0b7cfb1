package stats_test

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tailgate-bench/tailgate/internal/stats"
)

func TestEstimate_JSON(t *testing.T) {
	t.Parallel()
	inf := math.Inf(1)
	for _, c := range []struct {
		name string
		e    stats.Estimate
		want string
	}{
		{"interval", stats.Between(1.5, 1, 2), `{"value":1.5,"low":1,"high":2}`},
		{"no interval", stats.Exactly(3), `{"value":3}`},
		{"no upper bound", stats.Between(1.5, 1, inf), `{"value":1.5,"low":1}`},
		{"no lower bound", stats.Between(1.5, -inf, 2), `{"value":1.5,"high":2}`},
		{"missing", stats.Missing("needs 6 requests, has 2"), `{"value":null,"why":"needs 6 requests, has 2"}`},
		{"nine digits", stats.Exactly(0.1 + 0.2), `{"value":0.3}`},
		{"zero", stats.Between(0, 0, 0.1), `{"value":0,"low":0,"high":0.1}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := json.Marshal(c.e)
			if err != nil || string(got) != c.want {
				t.Fatalf("got %s, %v, want %s", got, err, c.want)
			}
			var back stats.Estimate
			if err := json.Unmarshal(got, &back); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.e, back, cmpopts.EquateNaNs(), cmpopts.EquateApprox(1e-9, 0)); diff != "" {
				t.Errorf("read back (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEstimate_Over(t *testing.T) {
	t.Parallel()
	e := stats.Between(2, 1, math.Inf(1)).Over(0.1)
	if e.Value != 20 || e.Low != 10 || !math.IsInf(e.High, 1) || !e.HasInterval() {
		t.Errorf("got %+v", e)
	}
	if m := stats.Missing("why").Over(0.1); m.Known() || m.Why != "why" {
		t.Errorf("got %+v", m)
	}
}

// Whatever is read, writing and reading it again changes nothing.
func FuzzEstimate_JSON(f *testing.F) {
	for _, s := range []string{`{"value":1,"low":0.5}`, `{"value":null}`, `{"value":1e300,"low":-1e-300,"high":2}`, `{}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		var first, second stats.Estimate
		if json.Unmarshal([]byte(in), &first) != nil {
			return
		}
		once, err := json.Marshal(first)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(once, &second); err != nil {
			t.Fatal(err)
		}
		if twice, _ := json.Marshal(second); string(once) != string(twice) {
			t.Errorf("%s became %s", once, twice)
		}
	})
}
