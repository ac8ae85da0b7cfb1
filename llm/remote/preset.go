package remote

import (
	"slices"

	"github.com/tailgate-bench/tailgate/llm/wire"
)

// Preset is a service whose address, format and key are usual.
type Preset struct {
	// Name is what scenario files call it.
	Name   string
	Format wire.Format
	// BaseURL is as in [Config].
	BaseURL string
	// KeyEnv names the environment variable that usually holds the key; "" if
	// the service wants none.
	KeyEnv string
	// OldMaxTokens is as in [Config].
	OldMaxTokens bool
	// Free is set if calls cost nothing, as on a machine of one's own.
	Free bool
}

// The compatible services are sent max_tokens, the older name and so the safer
// one: vLLM's protocol has it beside the newer name, as a deprecated one, and
// TokenMix does not list its parameters.

// Presets returns the services this package knows, sorted by name.
func Presets() []Preset {
	return []Preset{
		{Name: "anthropic", Format: wire.Anthropic, BaseURL: wire.Anthropic.BaseURL(), KeyEnv: "ANTHROPIC_API_KEY"},
		{Name: "ezai", Format: wire.Anthropic, BaseURL: "https://ezaiapi.com", KeyEnv: "EZAI_API_KEY"},
		{Name: "gemini", Format: wire.Gemini, BaseURL: wire.Gemini.BaseURL(), KeyEnv: "GEMINI_API_KEY"},
		{Name: "ollama", BaseURL: "http://127.0.0.1:11434/v1", OldMaxTokens: true, Free: true},
		{Name: "openai", BaseURL: wire.OpenAI.BaseURL(), KeyEnv: "OPENAI_API_KEY"},
		{Name: "openrouter", BaseURL: "https://openrouter.ai/api/v1", KeyEnv: "OPENROUTER_API_KEY", OldMaxTokens: true},
		{Name: "tokenmix", BaseURL: "https://api.tokenmix.ai/v1", KeyEnv: "TOKENMIX_API_KEY", OldMaxTokens: true},
		{Name: "vllm", BaseURL: "http://127.0.0.1:8000/v1", OldMaxTokens: true, Free: true},
	}
}

// PresetOf returns the preset of that name.
func PresetOf(name string) (p Preset, ok bool) {
	all := Presets()
	i := slices.IndexFunc(all, func(p Preset) bool { return p.Name == name })
	if i < 0 {
		return Preset{}, false
	}
	return all[i], true
}
