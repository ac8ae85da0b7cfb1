package wire

import (
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
)

const anthropicVersion = "2023-06-01"

var anthropic = codec{
	keyHeader: "X-Api-Key",
	baseURL:   "https://api.anthropic.com",

	encodeRequest: encodeAnthropicRequest,
	decodeAnswer:  decodeAnthropicAnswer,
	decodeEvent:   decodeAnthropicEvent,
	parseError:    parseAnthropicError,

	decodeRequest: decodeAnthropicRequest,
	setHeader:     setAnthropicHeader,
	limits:        anthropicLimits,
	reset:         resetAnthropic,
	appendAnswer:  appendAnthropicAnswer,
	frames:        anthropicFrames,
	describe:      describeAnthropic,
	appendProblem: appendAnthropicProblem,
	setRetry:      setAnthropicRetry,
}

type anthropicRequest struct {
	Model     string             `json:"model"`
	MaxTokens *int               `json:"max_tokens"`
	System    prose              `json:"system,omitempty"`
	Messages  []anthropicMessage `json:"messages"`
	Stream    bool               `json:"stream,omitempty"`
}

type anthropicMessage struct {
	Role    string `json:"role"`
	Content prose  `json:"content"`
}

func encodeAnthropicRequest(model string, r *llm.Request, stream bool) (path string, body []byte) {
	limit := r.MaxTokens
	if limit <= 0 {
		limit = DefaultMaxTokens
	}
	return "/v1/messages", appendJSON(nil, anthropicRequest{
		Model: model, MaxTokens: &limit, System: prose(r.System), Stream: stream,
		Messages: []anthropicMessage{{Role: "user", Content: prose(r.Prompt)}},
	})
}

func decodeAnthropicRequest(_ *url.URL, body []byte) (Incoming, error) {
	var q anthropicRequest
	if err := json.Unmarshal(body, &q); err != nil {
		if m, ok := mistyped(err); ok {
			return Incoming{}, m.anthropic()
		}
		return Incoming{}, invalid("The request body is not valid JSON: " + syntax(err))
	}
	switch {
	case q.Model == "":
		return Incoming{}, invalid("model: Field required")
	case q.MaxTokens == nil:
		return Incoming{}, invalid("max_tokens: Field required")
	case *q.MaxTokens < 1:
		return Incoming{}, invalid("max_tokens: Input should be greater than or equal to 1")
	case len(q.Messages) == 0:
		return Incoming{}, invalid("messages: at least one message is required")
	}
	in := Incoming{Model: q.Model, Stream: q.Stream, Usage: true}
	in.Request.System, in.Request.MaxTokens = string(q.System), *q.MaxTokens
	var prompt lines
	for _, m := range q.Messages {
		prompt.add(string(m.Content))
	}
	in.Request.Prompt = prompt.String()
	return in, nil
}

// anthropicAnswer is a whole answer, and the start of a streamed one. What is
// null, here and in its parts, tells of features that are not carried; the
// vendor's own libraries call it required.
type anthropicAnswer struct {
	ID           string            `json:"id"`
	Type         string            `json:"type"`
	Role         string            `json:"role"`
	Model        string            `json:"model"`
	Content      []anthropicBlock  `json:"content"`
	StopReason   *string           `json:"stop_reason"`
	StopSequence *string           `json:"stop_sequence"`
	StopDetails  null              `json:"stop_details"`
	Container    null              `json:"container"`
	Diagnostics  null              `json:"diagnostics"`
	Usage        *anthropicUsage   `json:"usage,omitzero"`
	Error        *anthropicProblem `json:"error,omitempty"`
}

type anthropicBlock struct {
	Type      string `json:"type"`
	Text      string `json:"text"`
	Citations null   `json:"citations"`
}

type anthropicUsage struct {
	Input         int    `json:"input_tokens"`
	CacheWrites   int    `json:"cache_creation_input_tokens"`
	CacheReads    int    `json:"cache_read_input_tokens"`
	CacheCreation null   `json:"cache_creation"`
	Output        int    `json:"output_tokens"`
	OutputDetails null   `json:"output_tokens_details"`
	ServerTools   null   `json:"server_tool_use"`
	ServiceTier   string `json:"service_tier,omitempty"`
	InferenceGeo  null   `json:"inference_geo"`
	Speed         null   `json:"speed"`
}

// usage returns the tokens; those of the prompt that went through the cache are
// counted apart on the wire.
func (u *anthropicUsage) usage() llm.Usage {
	if u == nil {
		return llm.Usage{}
	}
	return llm.Usage{Input: u.Input + u.CacheWrites + u.CacheReads, Output: u.Output}
}

func newAnthropicAnswer(head Head) anthropicAnswer {
	return anthropicAnswer{
		ID: "msg_" + head.ID, Type: "message", Role: "assistant", Model: head.Model,
		Content: []anthropicBlock{}, Usage: &anthropicUsage{ServiceTier: "standard"},
	}
}

func appendAnthropicAnswer(b []byte, head Head, a llm.Answer) []byte {
	m := newAnthropicAnswer(head)
	m.Content = append(m.Content, anthropicBlock{Type: "text", Text: a.Text})
	m.StopReason = new(anthropicReason(a.Stop))
	m.Usage.Input, m.Usage.Output = a.Usage.Input, a.Usage.Output
	if a.Usage.Estimated {
		m.Usage = nil
	}
	return appendJSON(b, m)
}

func decodeAnthropicAnswer(s *state, body []byte) error {
	var m anthropicAnswer
	if err := json.Unmarshal(body, &m); err != nil {
		return malformed("the answer", err)
	}
	if m.Error != nil {
		return m.Error.problem().inStream()
	}
	if m.Type != "message" {
		return &llm.Error{Kind: llm.Malformed, Status: http.StatusOK, Message: "the answer is not a message"}
	}
	s.model, s.usage, s.counted = m.Model, m.Usage.usage(), m.Usage != nil
	for _, block := range m.Content {
		if block.Type == "text" {
			s.text.WriteString(block.Text)
		}
	}
	if m.StopReason != nil {
		s.finish(anthropicVerdict(*m.StopReason))
	}
	return nil
}

func anthropicReason(stop llm.Stop) string {
	switch stop {
	case llm.StopLength:
		return "max_tokens"
	case llm.StopRefused:
		return "refusal"
	default:
		return "end_turn"
	}
}

func anthropicVerdict(reason string) verdict {
	switch reason {
	case "max_tokens", "model_context_window_exceeded":
		return verdict{stop: llm.StopLength}
	case "refusal":
		return verdict{refusal: reason}
	default:
		return verdict{stop: llm.StopEnd}
	}
}

func setAnthropicHeader(h *fields, head Head) {
	setEdge(h, head)
	h.set("Request-Id", "req_"+head.ID)
	h.set("Via", "1.1 google")
	h.set("X-Robots-Tag", "none")
}

var anthropicLimits = limitFields{
	{"Anthropic-Ratelimit-Requests-Limit", "Anthropic-Ratelimit-Requests-Remaining", "Anthropic-Ratelimit-Requests-Reset"},
	{"Anthropic-Ratelimit-Tokens-Limit", "Anthropic-Ratelimit-Tokens-Remaining", "Anthropic-Ratelimit-Tokens-Reset"},
	{"Anthropic-Ratelimit-Input-Tokens-Limit", "Anthropic-Ratelimit-Input-Tokens-Remaining", "Anthropic-Ratelimit-Input-Tokens-Reset"},
	{"Anthropic-Ratelimit-Output-Tokens-Limit", "Anthropic-Ratelimit-Output-Tokens-Remaining", "Anthropic-Ratelimit-Output-Tokens-Reset"},
}

// resetAnthropic writes the second in which a time is over for sure.
func resetAnthropic(now time.Time, left time.Duration) string {
	return now.Add(left + time.Second - 1).UTC().Format(time.RFC3339)
}
