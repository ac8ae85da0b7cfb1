package conformance_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/packages/ssestream"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/wire"
)

func openAI() library {
	return library{format: wire.OpenAI, ask: askOpenAI, read: readOpenAI, counts: true, stop: "stop", length: "length"}
}

func newOpenAI(q question) openai.Client {
	opts := []option.RequestOption{
		option.WithAPIKey("key"), option.WithBaseURL(q.url + "/v1"), option.WithHTTPClient(q.client),
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
	return openai.NewClient(opts...)
}

func askOpenAI(ctx context.Context, q question) reply {
	client := newOpenAI(q)
	params := openai.ChatCompletionNewParams{
		Model: q.model,
		Messages: []openai.ChatCompletionMessageParamUnion{
			openai.SystemMessage(system), openai.UserMessage(prompt),
		},
	}
	if q.maxTokens > 0 {
		params.MaxCompletionTokens = openai.Int(int64(q.maxTokens))
	}
	if q.stream {
		return streamOpenAI(ctx, client, params)
	}
	got, err := client.Chat.Completions.New(ctx, params)
	if err != nil {
		return reply{err: err}
	}
	return readCompletion(got)
}

func streamOpenAI(ctx context.Context, client openai.Client, params openai.ChatCompletionNewParams) reply {
	params.StreamOptions = openai.ChatCompletionStreamOptionsParam{IncludeUsage: openai.Bool(true)}
	stream := client.Chat.Completions.NewStreaming(ctx, params)
	var all openai.ChatCompletionAccumulator
	for stream.Next() {
		if !all.AddChunk(stream.Current()) {
			return reply{err: errors.New("a chunk does not fit the others")}
		}
	}
	got := readCompletion(&all.ChatCompletion)
	got.err = stream.Err()
	return got
}

func readCompletion(c *openai.ChatCompletion) reply {
	r := reply{Model: c.Model, Usage: llm.Usage{Input: int(c.Usage.PromptTokens), Output: int(c.Usage.CompletionTokens)}}
	if len(c.Choices) > 0 {
		r.Text, r.Stop = c.Choices[0].Message.Content, c.Choices[0].FinishReason
	}
	return r
}

func readOpenAI(err error) failure {
	if said, ok := errors.AsType[*openai.Error](err); ok {
		return failure{api, said.StatusCode, said.Type, said.Code}
	}
	if _, ok := errors.AsType[*ssestream.StreamError](err); ok {
		return failure{Kind: inStream}
	}
	return plain(err)
}

// TestOpenAI_status holds both of OpenAI's formats, which have the same errors.
func TestOpenAI_status(t *testing.T) {
	t.Parallel()
	const invalid = "invalid_request_error"
	limited := failure{api, 429, "tokens", "rate_limit_exceeded"}
	rows := []row{
		{"calm", failure{}, nil},
		{"status-400", failure{api, 400, invalid, ""}, nil},
		{"status-401", failure{api, 401, invalid, "invalid_api_key"}, nil},
		{"nosuch", failure{api, 404, invalid, "model_not_found"}, nil},
		{"status-408", failure{api, 408, "server_error", ""}, backoff()},
		{"status-409", failure{api, 409, "server_error", ""}, backoff()},
		{"status-500", failure{api, 500, "server_error", ""}, backoff()},
		{"status-502", failure{api, 502, "", ""}, backoff()},
		{"status-503", failure{api, 503, "service_unavailable_error", "server_is_overloaded"}, backoff()},
		{"status-504", failure{api, 504, "server_error", ""}, backoff()},
		{"status-500-final", failure{api, 500, "server_error", ""}, nil},
		{"status-400-again", failure{api, 400, invalid, ""}, backoff()},
		{"status-529", failure{api, 529, "service_unavailable_error", "server_is_overloaded"}, backoff()},
		{"limited", limited, backoff()},
		{"limited-250ms", limited, []wait{exactly(250 * time.Millisecond), exactly(250 * time.Millisecond)}},
		{"limited-1s", limited, []wait{exactly(time.Second), exactly(time.Second)}},
		{"limited-90s", limited, []wait{exactly(90 * time.Second), exactly(90 * time.Second)}},
		{"limited-2m", limited, []wait{exactly(2 * time.Minute), exactly(2 * time.Minute)}},
		{"limited-121s", limited, nil}, // more than two minutes are not waited for
		{"limited-1h", limited, nil},
		{"exhausted", failure{api, 429, "insufficient_quota", "insufficient_quota"}, backoff()},
	}
	for name, l := range map[string]library{"chat": openAI(), "responses": openAIResponses()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l.test(t, byDefault, []bool{false, true}, rows)
		})
	}
}

func TestOpenAI_broken(t *testing.T) {
	t.Parallel()
	whole, stream := []bool{false}, []bool{true}
	openAI().test(t, byDefault, []bool{false, true}, []row{
		{"reset", failure{Kind: transport}, backoff()},
		{"refuse", failure{Kind: transport}, backoff()},
		{"hang", failure{Kind: deadline}, nil},
	})
	openAI().test(t, byDefault, whole, []row{
		{"reset-half", failure{Kind: transport}, nil},
		{"truncate", failure{Kind: garbage}, nil},
		{"malformed", failure{Kind: garbage}, nil},
		{"in-stream", failure{api, 500, "server_error", ""}, backoff()},
	})
	openAI().test(t, byDefault, stream, []row{
		{"reset-half", failure{Kind: transport}, nil},
		{"stall", failure{Kind: deadline}, nil},
		{"truncate", failure{}, nil}, // taken for whole: only the missing reason tells
		{"malformed", failure{Kind: garbage}, nil},
		{"in-stream", failure{Kind: inStream}, nil},
		{"in-stream-0", failure{Kind: inStream}, nil},
	})
}
