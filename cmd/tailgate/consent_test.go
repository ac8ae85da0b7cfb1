package main

import (
	"strings"
	"testing"

	"github.com/tailgate-bench/tailgate/internal/engine"
	"github.com/tailgate-bench/tailgate/llm"
)

// What to look at when a model cannot be used depends on how it failed.
func TestRealHint(t *testing.T) {
	t.Parallel()
	for kind, want := range map[llm.Kind]string{
		llm.Auth:           "key_env",
		llm.NotFound:       "model, base_url and path",
		llm.Connection:     "whether the service runs",
		llm.Malformed:      "format",
		llm.Truncated:      "stream: false",
		llm.QuotaExhausted: "credit",
		llm.InvalidRequest: "nothing but",
	} {
		hint, ok := realHint(&engine.ProbeError{Model: "m", Err: &llm.Error{Kind: kind}})
		if !ok || !strings.Contains(hint, want) {
			t.Errorf("%v: %q, want something about %q", kind, hint, want)
		}
	}
}
