package mockprovider

import (
	"time"

	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/llm/wire"
)

// preset holds the numbers of one published model.
//
// The time to the first token is a body and a tail,
//
//	(1-ε)·LogN(ln P50, σ) + ε·LogN(ln k·P50, 0.4)
//
// fitted to P50, P95 and P99 that modelstats.ai published for 24 hours of one
// probe every five minutes from one American data centre (about 288 probes per
// model, read in 2026). One lognormal through P50 and P95 would put P99 up to
// 4.4 times too low. With 288 probes P99 itself is known only to lie between
// the 282nd and the largest, so these are presets, not facts.
//
// Speeds are assumptions of the right order: published probes of such models
// (llmprobe by Jonathan Wrede, 7 days through OpenRouter) range from 26 to 192
// tokens per second. Prices are those of [Prices].
type preset struct {
	name     string
	format   wire.Format
	p50      float64 // ms
	sigma    float64
	tail     float64 // ε, the share of calls in the tail
	times    float64 // k, how much slower the tail is
	perToken float64 // ms, median over replicas
}

func presets() []preset {
	return []preset{
		{"claude-haiku-4-5", wire.Anthropic, 541, 0.56, 0.02, 8, 8},
		{"claude-opus-4-6", wire.Anthropic, 1626, 0.24, 0.01, 5, 20},
		{"claude-sonnet-4-6", wire.Anthropic, 941, 0.64, 0.015, 4, 16},
		{"deepseek-v3", wire.OpenAI, 1479, 0.16, 0.01, 3, 33},
		{"gemini-2.5-flash", wire.Gemini, 477, 0.28, 0.01, 6, 5.5},
		{"gemini-2.5-flash-lite", wire.Gemini, 311, 0.64, 0.03, 8, 5.2},
		{"gpt-4.1", wire.OpenAI, 726, 0.28, 0.01, 6, 13},
		{"gpt-4.1-mini", wire.OpenAI, 661, 0.28, 0.015, 4, 14},
		{"gpt-4o", wire.OpenAI, 639, 0.28, 0.03, 6, 12},
		{"gpt-4o-mini", wire.OpenAI, 536, 0.12, 0.05, 6, 16},
	}
}

// The parts all presets share.
const (
	tailSigma    = 0.4
	replicaSigma = 0.10 // spread of speed over replicas: 5-15 % in llm-d's profiles
	medianOutput = 180  // tokens, a short support answer
	p95Output    = 420
)

// Presets returns the settings of the published models this package knows,
// sorted by name. How their numbers were come by is said in this file.
func Presets() []Settings {
	all := make([]Settings, 0, len(presets()))
	for _, p := range presets() {
		all = append(all, p.settings())
	}
	return all
}

// Preset returns the settings of the published model with the given name, such
// as "gpt-4.1-mini".
func Preset(name string) (s Settings, ok bool) {
	for _, p := range presets() {
		if p.name == name {
			return p.settings(), true
		}
	}
	return Settings{}, false
}

func (p preset) settings() Settings {
	p50 := p.p50 * float64(time.Millisecond)
	listed, _ := PriceOf(p.name) // a test holds every preset to having one
	return Settings{
		Name:   p.name,
		Format: p.format,
		FirstToken: draw.NewMixture(
			[]draw.Dist{
				draw.Lognormal{Median: p50, Sigma: p.sigma},
				draw.Lognormal{Median: p.times * p50, Sigma: tailSigma},
			},
			[]float64{1 - p.tail, p.tail},
		),
		PerToken:     draw.Lognormal{Median: p.perToken * float64(time.Millisecond), Sigma: replicaSigma},
		OutputTokens: draw.LognormalP95(medianOutput, p95Output),
		Price:        listed.Price,
	}
}
