package wire_test

import (
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/wire"
)

// TestUsualLimits: the figures of the captured header, 24 of 160000 tokens back
// after 9 ms, come from the same arithmetic; a request larger than the limit
// leaves nothing.
func TestUsualLimits(t *testing.T) {
	t.Parallel()
	got := wire.OpenAI.UsualLimits(llm.Usage{Input: 20, Output: 10})
	want := wire.Limits{
		Requests: wire.Limit{Max: 5000, Remaining: 4999, Reset: 12 * time.Millisecond},
		Tokens:   wire.Limit{Max: 200_000, Remaining: 199_970, Reset: 9 * time.Millisecond},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("limits (-want +got):\n%s", diff)
	}
	huge := wire.Anthropic.UsualLimits(llm.Usage{Input: 1 << 40, Output: -1})
	if huge.Input.Remaining != 0 || huge.Input.Reset != time.Minute || huge.Output.Remaining != huge.Output.Max {
		t.Errorf("after a huge request: %+v", huge)
	}
	if got := wire.Gemini.UsualLimits(llm.Usage{Input: 1}); got != (wire.Limits{}) {
		t.Errorf("Gemini tells %+v", got)
	}
}

func TestVendorOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		path, field string
		want        wire.Format
	}{
		{"/v1/models", "", wire.OpenAI},
		{"/v1/models", "Authorization", wire.OpenAI},
		{"/v1/models", "Anthropic-Version", wire.Anthropic},
		{"/v1/models", "X-Api-Key", wire.Anthropic},
		{"/v1beta/models", "", wire.Gemini},
		{"/v1/models", "X-Goog-Api-Key", wire.Gemini},
		{"/gemini/v1beta/models", "", wire.Gemini},
		{"/v1beta/openai/models", "", wire.OpenAI},
		{"/v1/models/v1beta", "", wire.OpenAI},
	} {
		h := http.Header{}
		if c.field != "" {
			h.Set(c.field, "x")
		}
		if got := wire.VendorOf(&url.URL{Path: c.path}, h); got != c.want {
			t.Errorf("%s with %q: %v, want %v", c.path, c.field, got, c.want)
		}
	}
}

// TestRateLimit_addsUp: the numbers of OpenAI's message are those of a limit that
// is not exceeded yet and would be: wait = (used + requested - limit) / limit minutes.
func TestRateLimit_addsUp(t *testing.T) {
	t.Parallel()
	for _, input := range []int{0, 1, 7592, 199_999, 1 << 40} {
		for _, hint := range []llm.Hint{{}, llm.HintAfter(0), llm.HintAfter(976 * time.Millisecond), llm.HintAfter(time.Hour)} {
			r := wire.OpenAI.EncodeError(head("m", input), &llm.Error{Kind: llm.RateLimited, RetryAfter: hint})
			var limit, used, requested int
			_, numbers, _ := strings.Cut(string(r.Body), "(TPM): ")
			if _, err := fmt.Sscanf(numbers, "Limit %d, Used %d, Requested %d", &limit, &used, &requested); err != nil {
				t.Fatalf("%v in %s", err, r.Body)
			}
			back := float64(used+requested-limit) / float64(limit)
			if used < 0 || used > limit || requested < 1 || hint.Given && hint.After <= time.Minute && math.Abs(back-hint.After.Minutes()) > 1e-5 {
				t.Errorf("%d tokens, %+v: limit %d, used %d, requested %d", input, hint, limit, used, requested)
			}
		}
	}
}

// TestReset_notEarly: Anthropic tells whole seconds, none of them before the limit
// is there again.
func TestReset_notEarly(t *testing.T) {
	t.Parallel()
	for now, want := range map[time.Duration]string{
		0: "2026-07-01T12:00:01Z", time.Nanosecond: "2026-07-01T12:00:02Z", 999 * time.Millisecond: "2026-07-01T12:00:02Z",
	} {
		h := http.Header{}
		wire.Anthropic.SetHeader(h, wire.Head{
			Created: noon.Add(now), Limits: wire.Limits{Requests: wire.Limit{Max: 5, Remaining: 4, Reset: time.Second}},
		}, false)
		if got := h.Get("Anthropic-Ratelimit-Requests-Reset"); got != want {
			t.Errorf("a second after %v: %s, want %s", now, got, want)
		}
	}
}
