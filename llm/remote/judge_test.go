package remote_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/remote"
	"github.com/tailgate-bench/tailgate/llm/wire"
)

// verdict is what becomes of a call.
type verdict struct {
	Kind      llm.Kind // unknown: a success
	Retryable bool
	After     string // when to come back, "" if the server did not say
	Estimated bool   // the usage
}

// judged returns what a model in the format makes of a server.
func judged(t *testing.T, cfg remote.Config, h http.HandlerFunc) verdict {
	t.Helper()
	ans, failure, _ := call(t.Context(), serve(t, cfg, h))
	v := verdict{Estimated: ans.Usage.Estimated}
	if failure != nil {
		v.Kind, v.Retryable = failure.Kind, failure.Retryable()
		if failure.RetryAfter.Given {
			v.After = failure.RetryAfter.After.String()
		}
	}
	return v
}

// says is a server that answers every request with the same status, header (as
// "name: value" lines) and body.
func says(status int, header, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for line := range strings.Lines(header) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		w.Write([]byte(body))
	}
}

const (
	eventStream = "Content-Type: text/event-stream"
	asJSON      = "Content-Type: application/json"
)

// The verdicts that tables repeat.
var (
	truncated = verdict{Kind: llm.Truncated, Retryable: true, Estimated: true}
	malformed = verdict{Kind: llm.Malformed, Retryable: true, Estimated: true}
	inBand    = verdict{Kind: llm.InStreamError, Retryable: true, Estimated: true}
	success   = verdict{}
)

// TestJudge_brokenStreams holds what is made of a stream with status 200 that is
// not whole, row by row and in every format. Of most of them the vendors' own
// clients make a success.
func TestJudge_brokenStreams(t *testing.T) {
	t.Parallel()
	for _, f := range wire.Formats() {
		s := f.NewStream(head())
		start := s.AppendStart(nil)
		one := s.AppendPiece(start, "Quite")
		end := s.AppendEnd(nil, llm.StopEnd, usage)
		whole := string(one) + string(end)
		atEnd := verdict{Kind: llm.Truncated, Retryable: true, Estimated: f == wire.Gemini || f == wire.OpenAIResponses} // else counted before
		said := strings.TrimRight(whole, "\r\n")
		silent := string(f.NewStream(head()).AppendEnd(bytes.Clone(start), llm.StopEnd, usage))
		broken := string(f.NewStream(head()).AppendError(bytes.Clone(start), &llm.Error{Kind: llm.Overloaded}))
		for name, c := range map[string]struct {
			body string
			want verdict
		}{
			"whole":                        {whole, success},
			"no bytes":                     {"", truncated},
			"nothing but the start":        {string(start), truncated},
			"one delta":                    {string(one), truncated},
			"cut inside an event":          {string(one) + string(end[:len(end)/3]), truncated},
			"cut inside the last event":    {said[:len(said)-1], atEnd},
			"no blank line at the end":     {said, success},
			"an error before the answer":   {broken, inBand},
			"an error and no blank line":   {strings.TrimRight(broken, "\r\n"), inBand},
			"an error after half of it":    {string(f.NewStream(head()).AppendError(bytes.Clone(one), &llm.Error{Kind: llm.Overloaded})), inBand},
			"a bare error, not an event":   {string(one) + string(f.EncodeError(head(), &llm.Error{Kind: llm.Overloaded}).Body), inBand},
			"an event that does not parse": {string(one) + "data: {\"a\n\n", malformed},
			"whole but empty":              {silent, verdict{Kind: llm.Malformed, Retryable: true}},
		} {
			t.Run(fmt.Sprint(f, " ", name), func(t *testing.T) {
				t.Parallel()
				got := judged(t, remote.Config{Format: f}, says(200, eventStream, c.body))
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Errorf("verdict (-want +got):\n%s\nof %s", diff, c.body)
				}
			})
		}
	}
}

// TestJudge_brokenConnections: a connection that breaks is told from a clean end.
func TestJudge_brokenConnections(t *testing.T) {
	t.Parallel()
	for _, f := range wire.Formats() {
		t.Run(f.String(), func(t *testing.T) {
			t.Parallel()
			got := judged(t, remote.Config{Format: f}, func(w http.ResponseWriter, _ *http.Request) {
				begin(w, f, 1)
				panic(http.ErrAbortHandler)
			})
			if want := (verdict{Kind: llm.Connection, Retryable: true, Estimated: true}); got != want {
				t.Errorf("verdict %+v, want %+v", got, want)
			}
		})
	}
}

// TestJudge_wholeAnswers holds what is made of an answer with status 200 that is
// not streamed, or ought to have been.
func TestJudge_wholeAnswers(t *testing.T) {
	t.Parallel()
	for _, f := range wire.Formats() {
		answer := func(text string) string {
			return string(f.AppendAnswer(nil, head(), llm.Answer{Text: text, Usage: usage}))
		}
		failed := string(f.EncodeError(head(), &llm.Error{Kind: llm.Overloaded}).Body)
		for name, c := range map[string]struct {
			header, body string
			want         verdict
		}{
			"whole":               {asJSON, answer("Quite"), success},
			"no bytes":            {asJSON, "", malformed},
			"an empty object":     {asJSON, "{}", malformed},
			"half":                {asJSON, answer("Quite")[:40], malformed},
			"no word":             {asJSON, answer(""), verdict{Kind: llm.Malformed, Retryable: true}},
			"nothing but space":   {asJSON, answer(" \n"), verdict{Kind: llm.Malformed, Retryable: true}},
			"an error":            {asJSON, failed, inBand},
			"the gateway's page":  {"Content-Type: text/html", "<html><body>Please sign in</body></html>", malformed},
			"an error, as a list": {asJSON, "[" + failed + "]", listed(f)},
		} {
			for way, whole := range map[string]bool{"asked whole": true, "asked as a stream": false} {
				t.Run(fmt.Sprint(f, " ", name, " ", way), func(t *testing.T) {
					t.Parallel()
					got := judged(t, remote.Config{Format: f, Whole: whole}, says(200, c.header, c.body))
					if diff := cmp.Diff(c.want, got); diff != "" {
						t.Errorf("verdict (-want +got):\n%s\nof %s", diff, c.body)
					}
				})
			}
		}
	}
}

// listed is what is made of a list with an error in it: only Gemini sends such.
func listed(f wire.Format) verdict {
	if f == wire.Gemini {
		return inBand
	}
	return malformed
}

// TestJudge_shapes holds the shapes that only some vendor has.
func TestJudge_shapes(t *testing.T) {
	t.Parallel()
	event := func(data string) string { return "data: " + data + "\n\n" }
	permanent := verdict{Kind: llm.InStreamError, Estimated: true}
	const (
		delta  = `{"choices":[{"index":0,"delta":{"content":"Quite"},"finish_reason":null}]}`
		stop   = `{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`
		piece  = `{"candidates":[{"content":{"parts":[{"text":"Quite"}],"role":"model"},"index":0}]}`
		spoken = `{"type":"response.output_text.delta","delta":"Quite","sequence_number":4}`
	)
	for name, c := range map[string]struct {
		format wire.Format
		body   string
		want   verdict
	}{
		"openai: finish_reason without [DONE]":  {wire.OpenAI, event(delta) + event(stop), truncated},
		"openai: [DONE] without finish_reason":  {wire.OpenAI, event(delta) + event("[DONE]"), truncated},
		"openai: an empty finish_reason":        {wire.OpenAI, event(strings.Replace(delta, "null", `""`, 1)) + event("[DONE]"), truncated},
		"openai: no usage":                      {wire.OpenAI, event(delta) + event(stop) + event("[DONE]"), verdict{Estimated: true}},
		"openai: an error, then [DONE]":         {wire.OpenAI, event(delta) + event(`{"error":{"message":"m","type":"server_error","param":null,"code":null}}`) + event("[DONE]"), inBand},
		"openai: an error that is a string":     {wire.OpenAI, event(`{"error":"overloaded"}`), inBand},
		"openai: an error without an envelope":  {wire.OpenAI, event(`{"object":"error","message":"m","type":"x","code":503}`), inBand},
		"openai: a used-up quota":               {wire.OpenAI, event(`{"error":{"message":"m","type":"insufficient_quota","code":"insufficient_quota"}}`), permanent},
		"openai: a wrong request":               {wire.OpenAI, event(`{"error":{"message":"m","type":"invalid_request_error","code":null}}`), permanent},
		"openai: declined by a filter":          {wire.OpenAI, event(delta) + event(strings.Replace(stop, "stop", "content_filter", 1)) + event("[DONE]"), verdict{Kind: llm.RefusedContent, Estimated: true}},
		"responses: the flat error":             {wire.OpenAIResponses, event(spoken) + event(`{"type":"error","code":"server_error","message":"m","param":null,"sequence_number":5}`), inBand},
		"responses: the nested error":           {wire.OpenAIResponses, event(`{"type":"error","error":{"type":"service_unavailable_error","code":"server_is_overloaded","message":"m","param":null},"sequence_number":2}`), inBand},
		"responses: response.failed":            {wire.OpenAIResponses, event(spoken) + event(`{"type":"response.failed","response":{"status":"failed","error":{"code":"server_error","message":"m"},"usage":null}}`), inBand},
		"responses: failed for good":            {wire.OpenAIResponses, event(`{"type":"response.failed","response":{"status":"failed","error":{"code":"invalid_prompt","message":"m"}}}`), permanent},
		"responses: response.incomplete":        {wire.OpenAIResponses, event(spoken) + event(`{"type":"response.incomplete","response":{"incomplete_details":{"reason":"max_output_tokens"},"usage":{"input_tokens":9,"output_tokens":4}}}`), success},
		"responses: declined by a filter":       {wire.OpenAIResponses, event(spoken) + event(`{"type":"response.incomplete","response":{"incomplete_details":{"reason":"content_filter"}}}`), verdict{Kind: llm.RefusedContent, Estimated: true}},
		"responses: no usage":                   {wire.OpenAIResponses, event(spoken) + event(`{"type":"response.completed","response":{"status":"completed","usage":null}}`), verdict{Estimated: true}},
		"responses: [DONE] is no terminator":    {wire.OpenAIResponses, event(spoken) + event(`{"type":"response.output_text.done","text":"Quite"}`), truncated},
		"anthropic: message_stop, no reason":    {wire.Anthropic, event(`{"type":"content_block_delta","delta":{"type":"text_delta","text":"Quite"}}`) + event(`{"type":"message_stop"}`), truncated},
		"anthropic: a reason, no message_stop":  {wire.Anthropic, event(`{"type":"content_block_delta","delta":{"type":"text_delta","text":"Quite"}}`) + event(`{"type":"message_delta","delta":{"stop_reason":"end_turn"}}`), truncated},
		"anthropic: an error with null details": {wire.Anthropic, event(`{"type":"error","error":{"details":null,"type":"overloaded_error","message":"Overloaded"},"request_id":"req_1"}`), inBand},
		"anthropic: a wrong request":            {wire.Anthropic, event(`{"type":"error","error":{"type":"invalid_request_error","message":"m"}}`), permanent},
		"gemini: no finishReason":               {wire.Gemini, event(piece), truncated},
		"gemini: STOP without content":          {wire.Gemini, event(`{"candidates":[{"content":{"role":"model"},"finishReason":"STOP","index":0}]}`), malformed},
		"gemini: STOP without content at last":  {wire.Gemini, event(piece) + event(`{"candidates":[{"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":4}}`), success},
		"gemini: no usage":                      {wire.Gemini, event(piece) + event(`{"candidates":[{"finishReason":"STOP","index":0}]}`), verdict{Estimated: true}},
		"gemini: a blocked prompt":              {wire.Gemini, event(`{"promptFeedback":{"blockReason":"SAFETY"}}`), verdict{Kind: llm.RefusedContent, Estimated: true}},
		"gemini: an error with its delay":       {wire.Gemini, event(`{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"7s"}]}}`), verdict{Kind: llm.InStreamError, Retryable: true, After: "7s", Estimated: true}},
		"gemini: a wrong request":               {wire.Gemini, event(`{"error":{"code":400,"message":"m","status":"INVALID_ARGUMENT"}}`), permanent},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := judged(t, remote.Config{Format: c.format}, says(200, eventStream, c.body))
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("verdict (-want +got):\n%s\nof %s", diff, c.body)
			}
		})
	}
}

// TestJudge_statuses holds which error responses are worth another try, and when.
func TestJudge_statuses(t *testing.T) {
	t.Parallel()
	const (
		limited   = `{"error":{"message":"Rate limit reached. Please try again in 976ms.","type":"tokens","param":null,"code":"rate_limit_exceeded"}}`
		quota     = `{"error":{"message":"m","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}`
		credit    = `{"error":{"message":"m","type":"insufficient_quota","param":null,"code":"credit_balance_exhausted"}}`
		slowDown  = `{"error":{"message":"m","type":"rate_limit_error","param":null,"code":"slow_down"}}`
		spend     = `{"type":"error","error":{"details":{"error_code":"enforced_spend_limit_reached"},"type":"rate_limit_error","message":"m"}}`
		perDay    = `{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaId":"GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]},{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"36s"}]}}`
		perMinute = `{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"45.837906927s"}]}}`
		keyless   = `{"error":{"code":400,"message":"m","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"}]}}`
		overload  = `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":null}`
	)
	for name, c := range map[string]struct {
		format       wire.Format
		status       int
		header, body string
		want         verdict
	}{
		"429":                              {wire.OpenAI, 429, "Retry-After: 2", limited, verdict{Kind: llm.RateLimited, Retryable: true, After: "2s"}},
		"429, Retry-After-Ms first":        {wire.OpenAI, 429, "Retry-After: 5\nRetry-After-Ms: 250", limited, verdict{Kind: llm.RateLimited, Retryable: true, After: "250ms"}},
		"429, the wait in its words":       {wire.OpenAI, 429, "", limited, verdict{Kind: llm.RateLimited, Retryable: true, After: "976ms"}},
		"429 without any hint":             {wire.OpenAI, 429, "", slowDown, verdict{Kind: llm.RateLimited, Retryable: true}},
		"429, x-should-retry: false":       {wire.OpenAI, 429, "X-Should-Retry: false", slowDown, verdict{Kind: llm.RateLimited}},
		"429, a used-up quota":             {wire.OpenAI, 429, "", quota, verdict{Kind: llm.QuotaExhausted}},
		"429, no credit":                   {wire.OpenAIResponses, 429, "", credit, verdict{Kind: llm.QuotaExhausted}},
		"429, a spend limit":               {wire.Anthropic, 429, "", spend, verdict{Kind: llm.QuotaExhausted}},
		"429, a day's quota":               {wire.Gemini, 429, "", perDay, verdict{Kind: llm.QuotaExhausted, After: "36s"}},
		"429, RetryInfo":                   {wire.Gemini, 429, "", perMinute, verdict{Kind: llm.RateLimited, Retryable: true, After: "45.837906927s"}},
		"429 that is no JSON":              {wire.Gemini, 429, "", "slow down", verdict{Kind: llm.RateLimited, Retryable: true}},
		"400, x-should-retry: true":        {wire.OpenAI, 400, "X-Should-Retry: true", "{}", verdict{Kind: llm.InvalidRequest, Retryable: true}},
		"500, x-should-retry: false":       {wire.Anthropic, 500, "X-Should-Retry: false", "{}", verdict{Kind: llm.ServerError}},
		"400, a wrong key":                 {wire.Gemini, 400, "", keyless, verdict{Kind: llm.Auth}},
		"401":                              {wire.OpenAI, 401, "", "{}", verdict{Kind: llm.Auth}},
		"402":                              {wire.Anthropic, 402, "", "{}", verdict{Kind: llm.QuotaExhausted}},
		"403":                              {wire.Gemini, 403, "", "{}", verdict{Kind: llm.Auth}},
		"404":                              {wire.OpenAIResponses, 404, "", "{}", verdict{Kind: llm.NotFound}},
		"408":                              {wire.OpenAI, 408, "", "{}", verdict{Kind: llm.Timeout, Retryable: true}},
		"409":                              {wire.OpenAI, 409, "", "{}", verdict{Kind: llm.ServerError, Retryable: true}},
		"413":                              {wire.Anthropic, 413, "", "{}", verdict{Kind: llm.ContextTooLong}},
		"422":                              {wire.OpenAI, 422, "", "{}", verdict{Kind: llm.InvalidRequest}},
		"500":                              {wire.Gemini, 500, "", "{}", verdict{Kind: llm.ServerError, Retryable: true}},
		"502, the edge's page":             {wire.OpenAI, 502, "Content-Type: text/html", "<html></html>", verdict{Kind: llm.ServerError, Retryable: true}},
		"503 with a date":                  {wire.Anthropic, 503, "Retry-After: Mon, 01 Jan 2001 00:00:00 GMT", overload, verdict{Kind: llm.Overloaded, Retryable: true, After: "0s"}},
		"504":                              {wire.Gemini, 504, "", "{}", verdict{Kind: llm.Timeout, Retryable: true}},
		"529":                              {wire.Anthropic, 529, "X-Should-Retry: true", overload, verdict{Kind: llm.Overloaded, Retryable: true}},
		"302 is not followed, and no good": {wire.OpenAI, 302, "Location: /elsewhere", "", verdict{Kind: llm.InvalidRequest}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := judged(t, remote.Config{Format: c.format}, says(c.status, c.header, c.body))
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("verdict (-want +got):\n%s", diff)
			}
		})
	}
}

// TestJudge_flatErrors: both shapes of an error that Responses have are one.
func TestJudge_flatErrors(t *testing.T) {
	t.Parallel()
	for _, flat := range []bool{false, true} {
		h := head()
		h.Flat = flat
		s := wire.OpenAIResponses.NewStream(h)
		body := s.AppendError(s.AppendPiece(s.AppendStart(nil), "Quite"), &llm.Error{Kind: llm.Overloaded})
		srv := httptest.NewServer(says(200, eventStream, string(body)))
		defer srv.Close()
		_, failure, _ := call(t.Context(), newModel(t, remote.Config{Format: wire.OpenAIResponses, BaseURL: srv.URL}))
		if failure == nil || failure.Kind != llm.InStreamError || !strings.Contains(failure.Message, "currently overloaded") {
			t.Errorf("flat %v: %v", flat, failure)
		}
	}
}
