package conformance_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"google.golang.org/genai"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/wire"
)

func geminiSDK() library {
	return library{format: wire.Gemini, ask: askGemini, read: readGemini, stop: "STOP", length: "MAX_TOKENS"}
}

func askGemini(ctx context.Context, q question) reply {
	opts := genai.HTTPOptions{BaseURL: q.url}
	switch q.retries {
	case always:
		opts.RetryOptions = new(genai.HTTPRetryOptions)
	case many:
		opts.RetryOptions = &genai.HTTPRetryOptions{Attempts: new(int32(often))}
	default:
	}
	if q.perTry > 0 {
		opts.Timeout = &q.perTry
	}
	client, err := genai.NewClient(ctx, &genai.ClientConfig{
		APIKey: "key", Backend: genai.BackendGeminiAPI, HTTPClient: q.client, HTTPOptions: opts,
	})
	if err != nil {
		return reply{err: err}
	}
	config := &genai.GenerateContentConfig{
		SystemInstruction: genai.NewContentFromText(system, ""), MaxOutputTokens: int32(q.maxTokens),
	}
	if q.stream {
		return streamGemini(ctx, client, q.model, config)
	}
	got, err := client.Models.GenerateContent(ctx, q.model, genai.Text(prompt), config)
	if err != nil {
		return reply{err: err}
	}
	var r reply
	r.add(got)
	return r
}

func streamGemini(ctx context.Context, client *genai.Client, model string, config *genai.GenerateContentConfig) reply {
	var all reply
	for part, err := range client.Models.GenerateContentStream(ctx, model, genai.Text(prompt), config) {
		if err != nil {
			all.err = err
			return all
		}
		all.add(part)
	}
	return all
}

// add takes in an answer, or a part of one.
func (r *reply) add(part *genai.GenerateContentResponse) {
	r.Text += part.Text()
	if part.ModelVersion != "" {
		r.Model = part.ModelVersion
	}
	if len(part.Candidates) > 0 {
		r.Stop = string(part.Candidates[0].FinishReason)
	}
	if u := part.UsageMetadata; u != nil {
		r.Usage = llm.Usage{Input: int(u.PromptTokenCount), Output: int(u.CandidatesTokenCount)}
	}
}

func readGemini(err error) failure {
	if said, ok := errors.AsType[genai.APIError](err); ok {
		return failure{Kind: api, Status: said.Code, Label: said.Status}
	}
	return plain(err)
}

// tenacity are the waits between five tries, where it is asked for them: a
// second, doubled, and up to one more.
func tenacity() []wait {
	var all []wait
	for d := time.Second; d <= 8*time.Second; d *= 2 {
		all = append(all, wait{d, d + time.Second})
	}
	return all
}

// TestGemini_byDefault: the library tries once, whatever happens.
func TestGemini_byDefault(t *testing.T) {
	t.Parallel()
	limited := failure{api, 429, "RESOURCE_EXHAUSTED", ""}
	geminiSDK().test(t, byDefault, []bool{false, true}, []row{
		{"calm", failure{}, nil},
		{"status-400", failure{api, 400, "INVALID_ARGUMENT", ""}, nil},
		{"status-401", failure{api, 401, "UNAUTHENTICATED", ""}, nil},
		{"nosuch", failure{api, 404, "NOT_FOUND", ""}, nil},
		{"status-500", failure{api, 500, "INTERNAL", ""}, nil},
		{"status-502", failure{api, 502, "502 Bad Gateway", ""}, nil}, // the page has no status of its own
		{"status-503", failure{api, 503, "UNAVAILABLE", ""}, nil},
		{"status-504", failure{api, 504, "DEADLINE_EXCEEDED", ""}, nil},
		{"status-400-again", failure{api, 400, "INVALID_ARGUMENT", ""}, nil},
		{"limited", limited, nil},
		{"limited-1s", limited, nil},
		{"exhausted", limited, nil},
		{"reset", failure{Kind: transport}, nil},
		{"refuse", failure{Kind: transport}, nil},
		{"hang", failure{Kind: deadline}, nil},
		{"reset-half", failure{Kind: transport}, nil},
		{"malformed", failure{Kind: garbage}, nil},
	})
	geminiSDK().test(t, byDefault, []bool{false}, []row{
		{"truncate", failure{Kind: garbage}, nil},
		{"in-stream", failure{api, 500, "INTERNAL", ""}, nil},
	})
	geminiSDK().test(t, byDefault, []bool{true}, []row{
		{"stall", failure{Kind: deadline}, nil},
		{"truncate", failure{}, nil}, // taken for whole: only the missing reason tells
		{"in-stream", failure{api, 500, "INTERNAL", ""}, nil},
		{"in-stream-0", failure{api, 500, "INTERNAL", ""}, nil},
	})
}

// TestGemini_retries: what it does where it is asked to try again. It does not
// read when to come back.
func TestGemini_retries(t *testing.T) {
	t.Parallel()
	limited := failure{api, 429, "RESOURCE_EXHAUSTED", ""}
	geminiSDK().test(t, always, []bool{false, true}, []row{
		{"status-400", failure{api, 400, "INVALID_ARGUMENT", ""}, nil},
		{"status-408", failure{api, 408, "DEADLINE_EXCEEDED", ""}, tenacity()},
		{"status-409", failure{api, 409, "ABORTED", ""}, nil},
		{"status-500", failure{api, 500, "INTERNAL", ""}, tenacity()},
		{"status-502", failure{api, 502, "502 Bad Gateway", ""}, tenacity()},
		{"status-503", failure{api, 503, "UNAVAILABLE", ""}, tenacity()},
		{"status-504", failure{api, 504, "DEADLINE_EXCEEDED", ""}, tenacity()},
		{"status-529", failure{api, 529, "UNAVAILABLE", ""}, nil},
		{"status-500-final", failure{api, 500, "INTERNAL", ""}, tenacity()}, // nor whether to come back
		{"status-400-again", failure{api, 400, "INVALID_ARGUMENT", ""}, nil},
		{"limited", limited, tenacity()},
		{"limited-1h", limited, tenacity()},
		{"exhausted", limited, tenacity()},
		{"reset", failure{Kind: transport}, tenacity()},
		{"refuse", failure{Kind: transport}, tenacity()},
	})
}
