package mockprovider

import (
	"slices"

	"github.com/tailgate-bench/tailgate/llm"
)

// ListPrice is what a model was listed at: for short prompts, without caching,
// batching or priority.
type ListPrice struct {
	// Model is the vendor's name for it.
	Model string
	Price llm.Price
	// Listed is when, as a year, a month or a day of ISO 8601.
	Listed string
	// Source is where, without the scheme.
	Source string
	// Secondhand is set when the source is not the vendor but quotes its page.
	Secondhand bool
}

// The sources.
const (
	ofDeepSeek        = "api-docs.deepseek.com/quick_start/pricing"
	quotesOpenAI      = "deploybase.ai/articles/openai-pricing"
	quotesHaiku55     = "github.com/TheKrush/PromptFuel/releases/tag/v1.0.23"
	quotesSonnet55    = "github.com/uttamdeb/agent-telemetry/releases/tag/v1.6.4"
	quotesAnthropic4  = "deploybase.ai/articles/claude-api-pricing"
	quotesGoogle      = "morphllm.com/gemini-api-pricing"
	quotesGoogle25    = "deploybase.ai/articles/gemini-api-pricing-2026"
	quotesGoogle25Lit = "aifreeapi.com/en/posts/gemini-api-pricing-2026"
)

// Prices returns the list prices this package knows, sorted by model. They age:
// a scenario that is about money gives its own, which take their place.
func Prices() []ListPrice {
	return []ListPrice{
		{"claude-haiku-4-5", llm.Price{Input: 1, Output: 5}, "2026-03-21", quotesAnthropic4, true},
		{"claude-haiku-5-5", llm.Price{Input: 0.10, Output: 0.50}, "2026-10-07", quotesHaiku55, true},
		{"claude-opus-4-5", llm.Price{Input: 5, Output: 25}, "2026-03-21", quotesAnthropic4, true},
		{"claude-opus-4-6", llm.Price{Input: 5, Output: 25}, "2026-03-21", quotesAnthropic4, true},
		{"claude-sonnet-4-5", llm.Price{Input: 3, Output: 15}, "2026-03-21", quotesAnthropic4, true},
		{"claude-sonnet-4-6", llm.Price{Input: 3, Output: 15}, "2026-03-21", quotesAnthropic4, true},
		{"claude-sonnet-5-5", llm.Price{Input: 2, Output: 10}, "2026-09-29", quotesSonnet55, true},
		{"deepseek-v3", llm.Price{Input: 0.27, Output: 1.10}, "2025-08", ofDeepSeek, false},
		{"deepseek-v3.1", llm.Price{Input: 0.56, Output: 1.68}, "2025-09-05", ofDeepSeek, false},
		{"gemini-2.5-flash", llm.Price{Input: 0.30, Output: 2.50}, "2026-03", quotesGoogle25, true},
		{"gemini-2.5-flash-lite", llm.Price{Input: 0.10, Output: 0.40}, "2026-01", quotesGoogle25Lit, true},
		{"gemini-2.5-pro", llm.Price{Input: 1.25, Output: 10}, "2026-03", quotesGoogle25, true},
		{"gemini-3.1-flash-lite", llm.Price{Input: 0.25, Output: 1.50}, "2026", quotesGoogle, true},
		{"gemini-3.1-pro", llm.Price{Input: 2, Output: 12}, "2026", quotesGoogle, true},
		{"gemini-3.5-flash", llm.Price{Input: 1.50, Output: 9}, "2026", quotesGoogle, true},
		{"gpt-4.1", llm.Price{Input: 2, Output: 8}, "2026-03", quotesOpenAI, true},
		{"gpt-4.1-mini", llm.Price{Input: 0.40, Output: 1.60}, "2026-03", quotesOpenAI, true},
		{"gpt-4.1-nano", llm.Price{Input: 0.10, Output: 0.40}, "2026-03", quotesOpenAI, true},
		{"gpt-4o", llm.Price{Input: 2.50, Output: 10}, "2026-03", quotesOpenAI, true},
		{"gpt-4o-mini", llm.Price{Input: 0.15, Output: 0.60}, "2026-03", quotesOpenAI, true},
		{"gpt-5", llm.Price{Input: 1.25, Output: 10}, "2026-03", quotesOpenAI, true},
		{"gpt-5-mini", llm.Price{Input: 0.25, Output: 2}, "2026-03", quotesOpenAI, true},
		{"gpt-5-nano", llm.Price{Input: 0.05, Output: 0.40}, "2026-03", quotesOpenAI, true},
		{"gpt-5.1", llm.Price{Input: 1.25, Output: 10}, "2026-03", quotesOpenAI, true},
		{"gpt-5.4", llm.Price{Input: 2.50, Output: 15}, "2026-03", quotesOpenAI, true},
		{"o3", llm.Price{Input: 2, Output: 8}, "2026-03", quotesOpenAI, true},
		{"o4-mini", llm.Price{Input: 1.10, Output: 4.40}, "2026-03", quotesOpenAI, true},
	}
}

// PriceOf returns the list price of the model of that name.
func PriceOf(model string) (p ListPrice, ok bool) {
	all := Prices()
	i := slices.IndexFunc(all, func(p ListPrice) bool { return p.Model == model })
	if i < 0 {
		return ListPrice{}, false
	}
	return all[i], true
}
