package wire

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
)

var openAI = codec{
	keyHeader: "Authorization",
	keyPrefix: "Bearer ",
	baseURL:   "https://api.openai.com",

	encodeRequest: encodeOpenAIRequest,
	decodeAnswer:  decodeOpenAIAnswer,
	decodeEvent:   decodeOpenAIEvent,
	parseError:    parseOpenAIError,

	decodeRequest: decodeOpenAIRequest,
	setHeader:     setOpenAIHeader,
	limits:        openAILimits,
	reset:         resetOpenAI,
	appendAnswer:  appendOpenAIAnswer,
	frames:        openAIFrames,
	describe:      describeOpenAI,
	appendProblem: appendOpenAIProblem,
	setRetry:      setOpenAIRetry,
}

// openAIRequest is a request as it is read.
type openAIRequest struct {
	Model               string               `json:"model"`
	Messages            []openAIMessage      `json:"messages"`
	MaxCompletionTokens *int                 `json:"max_completion_tokens"`
	MaxTokens           *int                 `json:"max_tokens"` // the older name
	Stream              bool                 `json:"stream"`
	StreamOptions       *openAIStreamOptions `json:"stream_options"`
}

type openAIStreamOptions struct {
	IncludeUsage bool `json:"include_usage"`
}

type openAIMessage struct {
	Role    string `json:"role"`
	Content prose  `json:"content"`
}

func encodeOpenAIRequest(model string, r *llm.Request, stream bool) (path string, body []byte) {
	return encodeOpenAIRequestWith(`,"max_completion_tokens":`, model, r, stream)
}

// encodeOpenAIRequestWith is encodeOpenAIRequest with a key of its own for the
// limit of tokens.
func encodeOpenAIRequestWith(limit, model string, r *llm.Request, stream bool) (path string, body []byte) {
	body = make([]byte, 0, 256+len(r.System)+len(r.Prompt))
	body = appendString(append(body, `{"model":`...), model)
	body = append(body, `,"messages":[`...)
	if r.System != "" {
		body = appendString(append(body, `{"role":"system","content":`...), r.System)
		body = append(body, "},"...)
	}
	body = appendString(append(body, `{"role":"user","content":`...), r.Prompt)
	body = append(body, "}]"...)
	if r.MaxTokens != 0 {
		body = strconv.AppendInt(append(body, limit...), int64(r.MaxTokens), 10)
	}
	if stream {
		body = append(body, `,"stream":true,"stream_options":{"include_usage":true}`...)
	}
	return "/v1/chat/completions", append(body, '}')
}

func decodeOpenAIRequest(_ *url.URL, body []byte) (Incoming, error) {
	q, err := decode[openAIRequest](body)
	if err != nil {
		return Incoming{}, unreadableOpenAI(err)
	}
	switch {
	case q.Model == "":
		return Incoming{}, invalid("you must provide a model parameter")
	case q.Messages == nil:
		return Incoming{}, missingOpenAI("messages")
	case len(q.Messages) == 0:
		return Incoming{}, complain("messages", "empty_array", "Invalid 'messages': empty array. "+
			"Expected an array with minimum length 1, but got an empty array instead.")
	case tooFew(q.MaxCompletionTokens):
		return Incoming{}, tooFewOpenAI("max_completion_tokens", *q.MaxCompletionTokens)
	case tooFew(q.MaxTokens):
		return Incoming{}, tooFewOpenAI("max_tokens", *q.MaxTokens)
	}
	in := Incoming{Model: q.Model, Stream: q.Stream}
	in.Usage = q.StreamOptions != nil && q.StreamOptions.IncludeUsage
	in.Request.MaxTokens = max(orNone(q.MaxCompletionTokens), orNone(q.MaxTokens))
	var system, prompt lines
	for _, m := range q.Messages {
		switch m.Role {
		case "system", "developer":
			system.add(string(m.Content))
		default:
			prompt.add(string(m.Content))
		}
	}
	in.Request.System, in.Request.Prompt = system.String(), prompt.String()
	return in, nil
}

// openAINotJSON is what OpenAI says of a body that does not parse.
const openAINotJSON = "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your " +
	"HTTP library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON. If you have " +
	"trouble figuring out how to fix this, please contact us through our help center at help.openai.com.)"

// unreadableOpenAI returns the error for a body that cannot be read.
func unreadableOpenAI(err error) *llm.Error {
	if m, ok := mistyped(err); ok {
		return m.openAI()
	}
	return invalid(openAINotJSON)
}

// missingOpenAI returns the error for a parameter that is not there.
func missingOpenAI(param string) *llm.Error {
	return complain(param, "missing_required_parameter", "Missing required parameter: '"+param+"'.")
}

// tooFew says whether a limit of tokens leaves room for none.
func tooFew(limit *int) bool { return limit != nil && *limit < 1 }

// orNone returns a limit of tokens as a request has it: 0 is none.
func orNone(limit *int) int {
	if limit == nil {
		return 0
	}
	return *limit
}

// tooFewOpenAI returns the error for a limit of tokens below 1.
func tooFewOpenAI(param string, n int) *llm.Error {
	return complain(param, "integer_below_min_value", fmt.Sprintf("Invalid '%s': integer below minimum value. "+
		"Expected a value >= 1, but got %d instead.", param, n))
}

// openAIAnswer is a whole answer. The fields without omitempty are those that
// the API's specification shows in every answer.
type openAIAnswer struct {
	ID          string         `json:"id"`
	Object      string         `json:"object"`
	Created     int64          `json:"created"`
	Model       string         `json:"model"`
	Choices     []openAIChoice `json:"choices"`
	Usage       *openAIUsage   `json:"usage,omitempty"`
	ServiceTier string         `json:"service_tier,omitempty"`
	Error       *openAIProblem `json:"error,omitempty"`
}

type openAIChoice struct {
	Index   int `json:"index"`
	Message struct {
		Role        string   `json:"role"`
		Content     prose    `json:"content"`
		Refusal     *string  `json:"refusal"`
		Annotations []string `json:"annotations"`
	} `json:"message"`
	Logprobs     *struct{} `json:"logprobs"`
	FinishReason *string   `json:"finish_reason"`
}

type openAIUsage struct {
	PromptTokens     int `json:"prompt_tokens"`
	CompletionTokens int `json:"completion_tokens"`
	TotalTokens      int `json:"total_tokens"`

	PromptDetails     openAIPromptDetails     `json:"prompt_tokens_details"`
	CompletionDetails openAICompletionDetails `json:"completion_tokens_details"`
}

type openAIPromptDetails struct {
	Cached int `json:"cached_tokens"`
	Audio  int `json:"audio_tokens"`
}

type openAICompletionDetails struct {
	Reasoning int `json:"reasoning_tokens"`
	Audio     int `json:"audio_tokens"`
	Accepted  int `json:"accepted_prediction_tokens"`
	Rejected  int `json:"rejected_prediction_tokens"`
}

// newOpenAIUsage returns nil for an estimate.
func newOpenAIUsage(u llm.Usage) *openAIUsage {
	if u.Estimated {
		return nil
	}
	return &openAIUsage{PromptTokens: u.Input, CompletionTokens: u.Output, TotalTokens: u.Input + u.Output}
}

func appendOpenAIAnswer(b []byte, head Head, a llm.Answer) []byte {
	choice := openAIChoice{FinishReason: new(openAIReason(a.Stop))}
	choice.Message.Role, choice.Message.Content = "assistant", prose(a.Text)
	choice.Message.Annotations = []string{}
	return appendJSON(b, openAIAnswer{
		ID: "chatcmpl-" + head.ID, Object: "chat.completion", Created: head.Created.Unix(), Model: head.Model,
		Choices: []openAIChoice{choice}, Usage: newOpenAIUsage(a.Usage), ServiceTier: "default",
	})
}

func decodeOpenAIAnswer(s *state, body []byte) error {
	var a struct {
		Model   string `json:"model"`
		Choices []struct {
			Message struct {
				Content prose   `json:"content"`
				Refusal *string `json:"refusal"`
			} `json:"message"`
			FinishReason *string `json:"finish_reason"`
		} `json:"choices"`
		Usage  *openAIUsage   `json:"usage"`
		Error  *openAIProblem `json:"error"`
		Object string         `json:"object"`
	}
	if err := json.Unmarshal(body, &a); err != nil {
		return malformed("the answer", err)
	}
	if e := openAIError(a.Error, a.Object, body); e != nil {
		return e.problem().inStream()
	}
	s.model = a.Model
	s.countOpenAI(a.Usage)
	if len(a.Choices) == 0 {
		return &llm.Error{Kind: llm.Malformed, Status: http.StatusOK, Message: "the answer has no choices"}
	}
	choice := a.Choices[0]
	s.text.WriteString(string(choice.Message.Content))
	s.finishOpenAI(choice.FinishReason)
	if text := choice.Message.Refusal; text != nil && *text != "" {
		s.refuse(*text)
	}
	return nil
}

func (s *state) countOpenAI(u *openAIUsage) {
	if u != nil {
		s.usage, s.counted = llm.Usage{Input: u.PromptTokens, Output: u.CompletionTokens}, true
	}
}

// finishOpenAI takes in a reason to stop. Services that imitate the format send
// an empty one with every piece.
func (s *state) finishOpenAI(reason *string) {
	if reason != nil && *reason != "" {
		s.finish(openAIVerdict(*reason))
	}
}

func openAIReason(stop llm.Stop) string {
	switch stop {
	case llm.StopLength:
		return "length"
	case llm.StopRefused:
		return "content_filter"
	default:
		return "stop"
	}
}

func openAIVerdict(reason string) verdict {
	switch reason {
	case "length":
		return verdict{stop: llm.StopLength}
	case "content_filter":
		return verdict{refusal: reason}
	case "error": // a router's word for a provider that broke
		return verdict{garbled: "the model stopped with an error"}
	default:
		return verdict{stop: llm.StopEnd}
	}
}

func setOpenAIHeader(h *fields, head Head) {
	setEdge(h, head)
	h.set("X-Request-Id", "req_"+head.ID)
	h.set("Openai-Organization", "org-tailgate")
	h.set("Openai-Processing-Ms", strconv.FormatInt(head.Took.Milliseconds(), 10))
	h.set("Openai-Version", "2020-10-01")
	h.set("Strict-Transport-Security", "max-age=31536000; includeSubDomains; preload")
	h.set("X-Content-Type-Options", "nosniff")
}

var openAILimits = limitFields{
	{"X-Ratelimit-Limit-Requests", "X-Ratelimit-Remaining-Requests", "X-Ratelimit-Reset-Requests"},
	{"X-Ratelimit-Limit-Tokens", "X-Ratelimit-Remaining-Tokens", "X-Ratelimit-Reset-Tokens"},
}

// resetOpenAI writes a time as Go does, such as "6m0s".
func resetOpenAI(_ time.Time, left time.Duration) string {
	return left.Round(time.Millisecond).String()
}
