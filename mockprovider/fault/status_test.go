package fault_test

import (
	"testing"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

func TestStatus_kind(t *testing.T) {
	t.Parallel()
	for code, want := range map[int]llm.Kind{
		400: llm.InvalidRequest, 401: llm.Auth, 402: llm.QuotaExhausted, 403: llm.Auth, 404: llm.NotFound,
		408: llm.Timeout, 413: llm.ContextTooLong, 429: llm.RateLimited,
		500: llm.ServerError, 502: llm.ServerError, 503: llm.Overloaded, 504: llm.Timeout, 529: llm.Overloaded,
	} {
		p := apply(fault.Status{Code: code})
		if p.End != fault.EndFail || p.Failure.Kind != want || p.Failure.Status != code {
			t.Errorf("status %d: end %d, failure %v, want kind %v", code, p.End, p.Failure, want)
		}
		if p.Failure.Message == "" {
			t.Errorf("status %d has no message", code)
		}
	}
}

func TestStatus_settings(t *testing.T) {
	t.Parallel()
	p := apply(fault.Status{
		Code: 429, RetryAfter: llm.HintAfter(7 * time.Second), After: 3 * ms, Kind: llm.QuotaExhausted,
	})
	if d, ok := p.Lasts(); d != 3*ms || !ok {
		t.Errorf("lasts %v, %v", d, ok)
	}
	if p.Failure.Kind != llm.QuotaExhausted || p.Failure.RetryAfter != llm.HintAfter(7*time.Second) {
		t.Errorf("failure %+v", p.Failure)
	}
	if d, _ := new(apply(fault.Status{Code: 500})).Lasts(); d != fault.DefaultAfter {
		t.Errorf("an error comes after %v, want %v", d, fault.DefaultAfter)
	}
}

func TestStatus_freshIsSharedAndEqual(t *testing.T) {
	t.Parallel()
	f := fault.Status{Code: 503}.Fresh()
	a, b := apply(f), apply(f)
	if a.Failure != b.Failure {
		t.Error("two hits have two errors")
	}
	if want := apply(fault.Status{Code: 503}); *want.Failure != *a.Failure {
		t.Errorf("fresh %+v, else %+v", a.Failure, want.Failure)
	}
}

// A reason says which kind of failure it is.
func TestStatus_Reason(t *testing.T) {
	t.Parallel()
	for _, r := range llm.Reasons() {
		p := apply(fault.Status{Code: 429, Reason: r, Override: llm.ForbidRetry, Page: true})
		if p.Failure.Kind != r.Kind() || p.Failure.Reason != r || p.Failure.Retryable() || !p.Page {
			t.Errorf("%s: %+v", r, p.Failure)
		}
	}
	if p := apply(fault.Status{Code: 429, Reason: llm.ReasonQuota, Kind: llm.RateLimited}); p.Failure.Kind != llm.RateLimited {
		t.Errorf("a kind of its own is %v", p.Failure.Kind)
	}
}
