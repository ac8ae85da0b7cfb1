package llm_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/tailgate-bench/tailgate/llm"
)

// What each kind means: its name, whether to ask the same target again, and
// whether it speaks against the provider.
var kinds = []struct {
	kind             llm.Kind
	name             string
	retryable, fault bool
}{
	{llm.Unknown, "unknown", true, true},
	{llm.RateLimited, "rate_limited", true, true},
	{llm.Overloaded, "overloaded", true, true},
	{llm.ServerError, "server_error", true, true},
	{llm.Timeout, "timeout", true, true},
	{llm.Connection, "connection", true, true},
	{llm.Truncated, "truncated", true, true},
	{llm.InStreamError, "in_stream_error", true, true},
	{llm.Malformed, "malformed", true, true},
	{llm.RefusedContent, "refused_content", false, false},
	{llm.InvalidRequest, "invalid_request", false, false},
	{llm.Auth, "auth", false, true},
	{llm.NotFound, "not_found", false, true},
	{llm.QuotaExhausted, "quota_exhausted", false, true},
	{llm.ContextTooLong, "context_too_long", false, false},
	{llm.Rejected, "rejected", false, false},
	{llm.Disagreement, "disagreement", false, false},
	{llm.Canceled, "canceled", false, false},
	{llm.Internal, "internal", false, false},
}

func TestKinds(t *testing.T) {
	t.Parallel()
	if n := len(llm.Kinds()); n != len(kinds) {
		t.Fatalf("there are %d kinds, the table has %d", n, len(kinds))
	}
	for i, c := range kinds {
		if llm.Kinds()[i] != c.kind || c.kind.String() != c.name {
			t.Errorf("kind %d is %s, want %s", i, c.kind, c.name)
		}
		if got, ok := llm.ParseKind(c.name); !ok || got != c.kind {
			t.Errorf("ParseKind(%q) = %v, %v", c.name, got, ok)
		}
		if c.kind.Retryable() != c.retryable || c.kind.ProviderFault() != c.fault {
			t.Errorf("%s: retryable %v, provider's fault %v", c.name, c.kind.Retryable(), c.kind.ProviderFault())
		}
		text, err := json.Marshal(map[llm.Kind]llm.Kind{c.kind: c.kind})
		if want := fmt.Sprintf(`{%q:%q}`, c.name, c.name); err != nil || string(text) != want {
			t.Errorf("as JSON: %s, %v; want %s", text, err, want)
		}
		var back map[llm.Kind]llm.Kind
		if err := json.Unmarshal(text, &back); err != nil || back[c.kind] != c.kind {
			t.Errorf("%s read back: %v, %v", text, back, err)
		}
	}
}

func TestKindUnknownNames(t *testing.T) {
	t.Parallel()
	k := llm.Auth
	err := k.UnmarshalText([]byte("rate-limited"))
	if err == nil || !strings.Contains(err.Error(), `"rate-limited"`) || !strings.Contains(err.Error(), "rate_limited") || k != llm.Auth {
		t.Errorf("%v, kind %s; want an error with the name and what is allowed, and the kind left alone", err, k)
	}
	if s := llm.Kind(200).String(); s != "kind(200)" {
		t.Errorf("a number that is no kind is called %q", s)
	}
	if _, ok := llm.ParseKind("kind(200)"); ok {
		t.Error("a number that is no kind can be parsed")
	}
}

func TestErrorRetryable(t *testing.T) {
	t.Parallel()
	for _, c := range kinds {
		for _, o := range []struct {
			override llm.Override
			want     bool
		}{{llm.NoOverride, c.retryable}, {llm.ForceRetry, true}, {llm.ForbidRetry, false}} {
			e := &llm.Error{Kind: c.kind, Override: o.override}
			if e.Retryable() != o.want {
				t.Errorf("%s with override %d: retryable %v, want %v", c.name, o.override, e.Retryable(), o.want)
			}
		}
	}
}

func TestErrorText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  llm.Error
		want string
	}{
		{llm.Error{Kind: llm.Auth}, "auth"},
		{llm.Error{Kind: llm.Overloaded, Status: 529}, "overloaded (status 529)"},
		{llm.Error{Kind: llm.RateLimited, Status: 429, Message: "slow down", Cause: io.EOF}, "rate_limited (status 429): slow down"},
		{llm.Error{Kind: llm.Connection, Cause: io.ErrUnexpectedEOF}, "connection: unexpected EOF"},
	} {
		if got := c.err.Error(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func TestAsError(t *testing.T) {
	t.Parallel()
	e := &llm.Error{Kind: llm.NotFound, Cause: io.EOF}
	if got := llm.AsError(nil); got != nil {
		t.Errorf("AsError(nil) = %v", got)
	}
	for _, err := range []error{e, fmt.Errorf("model x: %w", e), errors.Join(io.ErrNoProgress, e)} {
		if got := llm.AsError(err); got != e {
			t.Errorf("AsError(%v) = %v, want the one inside", err, got)
		}
	}
	got := llm.AsError(io.EOF)
	if got.Kind != llm.Unknown || !errors.Is(got, io.EOF) {
		t.Errorf("AsError(EOF) = %v, want kind unknown around it", got)
	}
	if !errors.Is(e, io.EOF) {
		t.Error("an error hides its cause")
	}
}
