package conformance_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/option"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/wire"
	"github.com/tailgate-bench/tailgate/mockprovider/mocktest"
)

func anthropicSDK() library {
	return library{
		format: wire.Anthropic, ask: askAnthropic, read: readAnthropic,
		counts: true, stop: "end_turn", length: "max_tokens",
	}
}

func newAnthropic(q question) anthropic.Client {
	opts := []option.RequestOption{
		option.WithAPIKey("key"), option.WithBaseURL(q.url), option.WithHTTPClient(q.client),
	}
	switch q.retries {
	case never:
		opts = append(opts, option.WithMaxRetries(0))
	case many:
		opts = append(opts, option.WithMaxRetries(often-1))
	default:
	}
	if q.perTry > 0 {
		opts = append(opts, option.WithRequestTimeout(q.perTry))
	}
	return anthropic.NewClient(opts...)
}

func askAnthropic(ctx context.Context, q question) reply {
	client := newAnthropic(q)
	params := anthropic.MessageNewParams{
		Model:     anthropic.Model(q.model),
		MaxTokens: int64(max(q.maxTokens, 0)),
		System:    []anthropic.TextBlockParam{{Text: system}},
		Messages:  []anthropic.MessageParam{anthropic.NewUserMessage(anthropic.NewTextBlock(prompt))},
	}
	if q.maxTokens == 0 {
		params.MaxTokens = 64 // which must be given
	}
	if q.stream {
		return streamAnthropic(ctx, client, params)
	}
	got, err := client.Messages.New(ctx, params)
	if err != nil {
		return reply{err: err}
	}
	return readMessage(got)
}

func streamAnthropic(ctx context.Context, client anthropic.Client, params anthropic.MessageNewParams) reply {
	stream := client.Messages.NewStreaming(ctx, params)
	var all anthropic.Message
	for stream.Next() {
		if err := all.Accumulate(stream.Current()); err != nil {
			return reply{err: err}
		}
	}
	got := readMessage(&all)
	got.err = stream.Err()
	return got
}

func readMessage(m *anthropic.Message) reply {
	r := reply{
		Model: string(m.Model), Stop: string(m.StopReason),
		Usage: llm.Usage{Input: int(m.Usage.InputTokens), Output: int(m.Usage.OutputTokens)},
	}
	for _, block := range m.Content {
		r.Text += block.Text
	}
	return r
}

func readAnthropic(err error) failure {
	if said, ok := errors.AsType[*anthropic.Error](err); ok {
		return failure{Kind: api, Status: said.StatusCode, Label: string(said.Type())}
	}
	return plain(err)
}

func TestAnthropic_status(t *testing.T) {
	t.Parallel()
	anthropicSDK().test(t, byDefault, []bool{false, true}, []row{
		{"calm", failure{}, nil},
		{"status-400", failure{api, 400, "invalid_request_error", ""}, nil},
		{"status-401", failure{api, 401, "authentication_error", ""}, nil},
		{"nosuch", failure{api, 404, "not_found_error", ""}, nil},
		{"status-408", failure{api, 408, "timeout_error", ""}, backoff()},
		{"status-409", failure{api, 409, "api_error", ""}, backoff()},
		{"status-500", failure{api, 500, "api_error", ""}, backoff()},
		{"status-502", failure{api, 502, "", ""}, backoff()},
		{"status-503", failure{api, 503, "overloaded_error", ""}, backoff()},
		{"status-504", failure{api, 504, "timeout_error", ""}, backoff()},
		{"status-500-final", failure{api, 500, "api_error", ""}, nil},
		{"status-400-again", failure{api, 400, "invalid_request_error", ""}, backoff()},
		{"status-529", failure{api, 529, "overloaded_error", ""}, backoff()},
	})
}

func TestAnthropic_limits(t *testing.T) {
	t.Parallel()
	limited := failure{api, 429, "rate_limit_error", ""}
	anthropicSDK().test(t, byDefault, []bool{false, true}, []row{
		{"limited", limited, backoff()},
		{"limited-250ms", limited, []wait{exactly(time.Second), exactly(time.Second)}}, // the format has whole seconds
		{"limited-1s", limited, []wait{exactly(time.Second), exactly(time.Second)}},
		{"limited-90s", limited, []wait{exactly(90 * time.Second), exactly(90 * time.Second)}},
		{"limited-1h", limited, []wait{exactly(time.Hour), exactly(time.Hour)}}, // it waits as long as it is told to
		{"exhausted", limited, backoff()},
	})
}

func TestAnthropic_broken(t *testing.T) {
	t.Parallel()
	anthropicSDK().test(t, byDefault, []bool{false, true}, []row{
		{"reset", failure{Kind: transport}, backoff()},
		{"refuse", failure{Kind: transport}, backoff()},
	})
	anthropicSDK().test(t, byDefault, []bool{false}, []row{
		{"hang", failure{Kind: deadline}, backoff()}, // each try has ten minutes
		{"reset-half", failure{Kind: transport}, backoff()},
		{"truncate", failure{Kind: garbage}, nil},
		{"malformed", failure{Kind: garbage}, nil},
		{"in-stream", failure{api, 500, "api_error", ""}, backoff()},
	})
	anthropicSDK().test(t, byDefault, []bool{true}, []row{
		{"hang", failure{Kind: deadline}, nil},
		{"reset-half", failure{Kind: transport}, nil},
		{"stall", failure{Kind: deadline}, nil},
		{"truncate", failure{}, nil}, // taken for whole: only the missing reason tells
		{"malformed", failure{Kind: garbage}, nil},
		{"in-stream", failure{api, 200, "api_error", ""}, nil},
		{"in-stream-0", failure{api, 200, "api_error", ""}, nil},
	})
}

// TestAnthropic_long: an answer that may take longer than ten minutes has to be
// streamed; the library does not even ask for it otherwise.
func TestAnthropic_long(t *testing.T) {
	t.Parallel()
	for _, stream := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			srv := mocktest.StartInBubble(t, weather())
			got, sent := anthropicSDK().send(t, srv, question{model: "calm", stream: stream, maxTokens: 32_000})
			if refused := got.err != nil && len(sent) == 0; refused == stream {
				t.Errorf("stream %v: error %v after %d tries", stream, got.err, len(sent))
			}
		})
	}
}

// TestAnthropic_hang: each try of a call that is not streamed has ten minutes.
func TestAnthropic_hang(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := mocktest.StartInBubble(t, weather())
		anthropicSDK().send(t, srv, question{model: "hang"})
		for i, e := range srv.Journal.Entries(0) {
			if e.Lasted != 600 {
				t.Errorf("try %d lasts %v s, want 600 s", i, e.Lasted)
			}
		}
	})
}
