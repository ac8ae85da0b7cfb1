package mockprovider_test

import (
	"slices"
	"testing"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/mockprovider"
)

// TestPresets_percentiles: what the presets draw has the percentiles that were
// published, within what the fit leaves (its P99 is the loosest).
func TestPresets_percentiles(t *testing.T) {
	t.Parallel()
	published := map[string][3]float64{ // P50, P95, P99 in ms
		"gemini-2.5-flash-lite": {311, 1142, 3080}, "gemini-2.5-flash": {477, 776, 1309},
		"gpt-4o-mini": {536, 844, 4461}, "claude-haiku-4-5": {541, 1591, 4117}, "gpt-4o": {639, 1144, 4517},
		"gpt-4.1-mini": {661, 1087, 2169}, "gpt-4.1": {726, 1220, 1946}, "claude-sonnet-4-6": {941, 2939, 4787},
		"deepseek-v3": {1479, 1926, 2492}, "claude-opus-4-6": {1626, 2420, 3797},
	}
	all := mockprovider.Presets()
	if len(all) != len(published) {
		t.Fatalf("%d presets, want %d", len(all), len(published))
	}
	for _, m := range models(t, mockprovider.Config{Seed: 1, Models: all}) {
		want, ok := published[m.Name()]
		if !ok {
			t.Errorf("preset %q is not among the published", m.Name())
			continue
		}
		const n = 50_000
		firsts := make([]float64, n)
		for i := range firsts {
			p := planned(m, &llm.Request{ID: uint64(i)})
			firsts[i] = p.FirstToken.Seconds() * 1000
		}
		slices.Sort(firsts)
		for i, q := range []float64{0.50, 0.95, 0.99} {
			got := firsts[int(q*n)]
			if tolerance := []float64{0.05, 0.08, 0.10}[i]; got < want[i]*(1-tolerance) || got > want[i]*(1+tolerance) {
				t.Errorf("%s: P%v is %.0f ms, published %.0f", m.Name(), 100*q, got, want[i])
			}
		}
	}
}

func TestPreset(t *testing.T) {
	t.Parallel()
	for _, want := range mockprovider.Presets() {
		got, ok := mockprovider.Preset(want.Name)
		if !ok || got.Name != want.Name || got.Price != want.Price {
			t.Errorf("preset %q: %+v, %v", want.Name, got, ok)
		}
		if perToken := got.PerToken.Quantile(0.5); perToken < float64(5*ms) || perToken > float64(40*ms) {
			t.Errorf("preset %q: %v between tokens", want.Name, time.Duration(perToken))
		}
		if got.Price.Input <= 0 || got.Price.Output <= got.Price.Input {
			t.Errorf("preset %q: price %+v", want.Name, got.Price)
		}
	}
	if _, ok := mockprovider.Preset("nonesuch"); ok {
		t.Error("there is a preset of any name")
	}
}
