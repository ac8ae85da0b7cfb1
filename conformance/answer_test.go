package conformance_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/wire"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
	"github.com/tailgate-bench/tailgate/mockprovider/mocktest"
)

// planned returns what the mock is going to answer.
func planned(t *testing.T, srv *mocktest.Server, model string, maxTokens int) fault.Plan {
	t.Helper()
	for _, m := range srv.Models {
		if m.Name() == model {
			var p fault.Plan
			m.Plan(&p, &llm.Request{ID: traced, System: system, Prompt: prompt, MaxTokens: maxTokens}, 0, 0)
			return p
		}
	}
	t.Fatalf("no model %q", model)
	return fault.Plan{}
}

// bubble runs a subtest of each way to ask, on the fake clock.
func bubble(t *testing.T, f func(t *testing.T, stream bool)) {
	t.Helper()
	for _, stream := range []bool{false, true} {
		t.Run(way(stream), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { f(t, stream) })
		})
	}
}

// testAnswers: the library reads exactly what the mock meant to say, up to its
// end or the limit of tokens.
func (l library) testAnswers(t *testing.T) {
	t.Helper()
	for name, limit := range map[string]int{"to its end": 0, "to the limit": 5} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T, stream bool) {
				t.Helper()
				srv := mocktest.StartInBubble(t, weather())
				got, _ := l.send(t, srv, question{model: "calm", stream: stream, maxTokens: limit})
				plan := planned(t, srv, "calm", limit)
				want := reply{
					Text: plan.Text, Model: "calm", Stop: l.stop,
					Usage: llm.Usage{Input: plan.Input, Output: plan.Tokens},
				}
				if limit > 0 {
					want.Stop = l.length
				}
				if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(reply{})); diff != "" || got.err != nil || plan.Text == "" {
					t.Errorf("error %v (-want +got):\n%s", got.err, diff)
				}
			})
		})
	}
}

// testTruncated: the library takes a stream that ends before its terminator for
// a whole one. Only the reason why it ended, which is not there, tells.
func (l library) testTruncated(t *testing.T) {
	t.Helper()
	t.Run("truncated", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			srv := mocktest.StartInBubble(t, weather())
			got, _ := l.send(t, srv, question{model: "truncate", stream: true})
			all := planned(t, srv, "truncate", 0).Text
			if got.err != nil || got.Stop != "" || got.Text == "" || got.Text == all || !strings.HasPrefix(all, got.Text) {
				t.Errorf("error %v, reason %q, text %q of %q", got.err, got.Stop, got.Text, all)
			}
		})
	})
}

// testTimeout: what a limit to the time of a try does to a model that hangs.
func (l library) testTimeout(t *testing.T, waits []wait) {
	t.Helper()
	const limit = 5 * time.Second
	bubble(t, func(t *testing.T, stream bool) {
		t.Helper()
		srv := mocktest.StartInBubble(t, weather())
		got, _ := l.send(t, srv, question{model: "hang", stream: stream, perTry: limit})
		if f := l.read(got.err); f.Kind != deadline {
			t.Errorf("error %v", got.err)
		}
		tries := srv.Journal.Entries(0)
		holdWaits(t, tries, waits)
		for i, e := range tries {
			if e.Lasted != limit.Seconds() || !e.Cancelled {
				t.Errorf("try %d lasts %v s, cancelled %v", i, e.Lasted, e.Cancelled)
			}
		}
	})
}

// libraries are all of them, by name.
func libraries() map[string]library {
	return map[string]library{
		"openai": openAI(), "responses": openAIResponses(), "anthropic": anthropicSDK(), "gemini": geminiSDK(),
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	for name, l := range libraries() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l.testAnswers(t)
			l.testTruncated(t)
		})
	}
}

// TestTimeout: the time of a try is that of the whole call to the libraries of
// OpenAI and Google: when it is over, so is the call. Anthropic's tries again.
func TestTimeout(t *testing.T) {
	t.Parallel()
	for name, l := range libraries() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var waits []wait
			if l.format == wire.Anthropic {
				waits = backoff()
			}
			l.testTimeout(t, waits)
		})
	}
}

// TestNever: a library that is told not to try again does not.
func TestNever(t *testing.T) {
	t.Parallel()
	for name, l := range map[string]library{"openai": openAI(), "anthropic": anthropicSDK()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T, stream bool) {
				t.Helper()
				srv := mocktest.StartInBubble(t, weather())
				got, _ := l.send(t, srv, question{model: "status-500", stream: stream, retries: never})
				if tries := srv.Journal.Entries(0); len(tries) != 1 || l.read(got.err).Status != 500 {
					t.Errorf("%d tries, error %v", len(tries), got.err)
				}
			})
		})
	}
}

// TestLongWaits: the waits of the libraries of OpenAI and Anthropic grow to eight
// seconds, less a quarter at most, and those of Google's to a minute.
func TestLongWaits(t *testing.T) {
	t.Parallel()
	for name, l := range libraries() {
		first, most := 500*time.Millisecond, 8*time.Second
		if name == "gemini" {
			first, most = time.Second, time.Minute
		}
		var waits []wait
		for d := first; len(waits) < often-1; d *= 2 {
			d = min(d, most)
			waits = append(waits, wait{d * 3 / 4, d})
			if name == "gemini" {
				waits[len(waits)-1] = wait{d, min(d+time.Second, most)}
			}
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := mocktest.StartInBubble(t, weather())
				got, _ := l.send(t, srv, question{model: "status-500", retries: many})
				if l.read(got.err).Status != 500 {
					t.Error(got.err)
				}
				holdWaits(t, srv.Journal.Entries(0), waits)
			})
		})
	}
}

// TestReset: over a real connection a reset is one to every library, before the
// headers and in the middle of an answer.
func TestReset(t *testing.T) {
	t.Parallel()
	for name, l := range libraries() {
		for _, model := range []string{"reset", "reset-half", "refuse"} {
			for _, stream := range []bool{false, true} {
				t.Run(name+"/"+model+"/"+way(stream), func(t *testing.T) {
					t.Parallel()
					srv := mocktest.Start(t, weather())
					got := l.ask(t.Context(), question{
						url: srv.URL, client: srv.Client(), model: model, stream: stream, retries: never,
					})
					if l.read(got.err).Kind != transport {
						t.Errorf("error %v", got.err)
					}
				})
			}
		}
	}
}
