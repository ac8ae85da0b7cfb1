package wire

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/tailgate-bench/tailgate/llm"
)

var openAIResponses = codec{
	keyHeader: openAI.keyHeader,
	keyPrefix: openAI.keyPrefix,
	baseURL:   openAI.baseURL,

	encodeRequest: encodeResponsesRequest,
	decodeAnswer:  decodeResponsesAnswer,
	decodeEvent:   decodeResponsesEvent,
	parseError:    parseOpenAIError,

	decodeRequest: decodeResponsesRequest,
	setHeader:     setOpenAIHeader,
	limits:        openAILimits,
	reset:         resetOpenAI,
	appendAnswer:  appendResponsesAnswer,
	frames:        responsesFrames,
	describe:      describeResponses,
	appendProblem: appendOpenAIProblem,
	setRetry:      setOpenAIRetry,
}

type responsesRequest struct {
	Model           string         `json:"model"`
	Instructions    string         `json:"instructions,omitempty"`
	Input           responsesInput `json:"input"`
	MaxOutputTokens *int           `json:"max_output_tokens,omitempty"`
	Stream          bool           `json:"stream,omitempty"`
}

// responsesInput is what a model is asked: a text, or a conversation.
type responsesInput []responsesTurn

// responsesTurn is a part of a conversation. Those that are not messages, such
// as the results of tools, have no content.
type responsesTurn struct {
	Role    string `json:"role"`
	Content prose  `json:"content"`
}

// MarshalJSON implements [json.Marshaler]: it writes the text of one turn.
func (in responsesInput) MarshalJSON() ([]byte, error) {
	return appendString(nil, string(in[0].Content)), nil
}

// UnmarshalJSON implements [json.Unmarshaler].
func (in *responsesInput) UnmarshalJSON(data []byte) error {
	switch {
	case len(data) == 0 || data[0] == 'n':
		return nil
	case data[0] == '"':
		*in = make(responsesInput, 1)
		return json.Unmarshal(data, (*string)(&(*in)[0].Content))
	case data[0] == '[':
		return json.Unmarshal(data, (*[]responsesTurn)(in))
	default:
		return notText(data)
	}
}

func encodeResponsesRequest(model string, r *llm.Request, stream bool) (path string, body []byte) {
	q := responsesRequest{
		Model: model, Instructions: r.System, Input: responsesInput{{Content: prose(r.Prompt)}}, Stream: stream,
	}
	if r.MaxTokens != 0 {
		q.MaxOutputTokens = &r.MaxTokens
	}
	return "/v1/responses", appendJSON(nil, q)
}

func decodeResponsesRequest(_ *url.URL, body []byte) (Incoming, error) {
	var q responsesRequest
	if err := json.Unmarshal(body, &q); err != nil {
		return Incoming{}, unreadableOpenAI(err)
	}
	switch {
	case q.Model == "":
		return Incoming{}, missingOpenAI("model")
	case q.Input == nil:
		return Incoming{}, missingOpenAI("input")
	case tooFew(q.MaxOutputTokens):
		return Incoming{}, tooFewOpenAI("max_output_tokens", *q.MaxOutputTokens)
	}
	in := Incoming{Model: q.Model, Stream: q.Stream, Usage: true}
	in.Request.MaxTokens = orNone(q.MaxOutputTokens)
	var system, prompt lines
	system.add(q.Instructions)
	for _, turn := range q.Input {
		switch turn.Role {
		case "system", "developer":
			system.add(string(turn.Content))
		default:
			prompt.add(string(turn.Content))
		}
	}
	in.Request.System, in.Request.Prompt = system.String(), prompt.String()
	return in, nil
}

// describeResponses differs from Chat Completions where the request is named.
func describeResponses(head Head, e *llm.Error) problem {
	p := describeOpenAI(head, e)
	switch e.Kind {
	case llm.ContextTooLong:
		p.param = "input"
		p.message = "Your input exceeds the context window of this model. Please adjust your input and try again."
	case llm.RefusedContent:
		p.code = "invalid_prompt"
		p.message = "Invalid prompt: your prompt was flagged as potentially violating our usage policy. " +
			"Please try again with a different prompt."
	default:
	}
	return p
}

// response is an answer as it is read.
type response struct {
	Status     string               `json:"status"`
	Error      *openAIProblem       `json:"error"`
	Incomplete *responsesIncomplete `json:"incomplete_details"`
	Model      string               `json:"model"`
	Output     []responsesItem      `json:"output"`
	Usage      *responsesUsage      `json:"usage"`
}

type responsesIncomplete struct {
	Reason string `json:"reason"`
}

// responsesItem is a message of the model; other items, such as its reasoning,
// are not looked into.
type responsesItem struct {
	Type    string          `json:"type"`
	Content []responsesPart `json:"content"`
}

type responsesPart struct {
	Type    string `json:"type"`
	Text    string `json:"text"`
	Refusal string `json:"refusal"`
}

type responsesUsage struct {
	Input         int                    `json:"input_tokens"`
	InputDetails  responsesInputDetails  `json:"input_tokens_details"`
	Output        int                    `json:"output_tokens"`
	OutputDetails responsesOutputDetails `json:"output_tokens_details"`
	Total         int                    `json:"total_tokens"`
}

type responsesInputDetails struct {
	Cached      int `json:"cached_tokens"`
	CacheWrites int `json:"cache_write_tokens"`
}

type responsesOutputDetails struct {
	Reasoning int `json:"reasoning_tokens"`
}

func decodeResponsesAnswer(s *state, body []byte) error {
	var a struct {
		response
		Object string `json:"object"`
	}
	if err := json.Unmarshal(body, &a); err != nil {
		return malformed("the answer", err)
	}
	a.Error = openAIError(a.Error, a.Object, body)
	if a.Status == "" && a.Output == nil && a.Error == nil {
		return &llm.Error{Kind: llm.Malformed, Status: http.StatusOK, Message: "the answer is not a response"}
	}
	return s.readResponse(&a.response, a.Status)
}

// readResponse takes in a response that has come to an end with the status. A
// stream has brought the text before; where it has not, it is here.
func (s *state) readResponse(r *response, status string) error {
	if r.Model != "" {
		s.model = r.Model
	}
	if u := r.Usage; u != nil {
		s.usage, s.counted = llm.Usage{Input: u.Input, Output: u.Output}, true
	}
	spoken := s.text.Len() > 0
	for _, part := range r.parts() {
		switch {
		case part.Type == "refusal":
			s.refuse(part.Refusal)
		case part.Type == "output_text" && !spoken:
			s.text.WriteString(part.Text)
		}
	}
	switch {
	case status == "failed" || r.Error != nil:
		return r.failure().inStream()
	case status == "completed":
		s.finish(verdict{stop: llm.StopEnd})
	case status == "incomplete":
		s.finish(responsesVerdict(r.Incomplete))
	default: // queued, in_progress, cancelled: this is not the end of an answer
	}
	return nil
}

// parts returns what the model's messages consist of.
func (r *response) parts() (all []responsesPart) {
	for _, item := range r.Output {
		if item.Type == "message" {
			all = append(all, item.Content...)
		}
	}
	return all
}

// failure returns why a response failed.
func (r *response) failure() problem {
	if r.Error == nil {
		return problem{message: "the response failed"}
	}
	p := r.Error.problem()
	p.label = cmp.Or(p.label, p.code) // which is all there is of a type
	return p
}

func responsesVerdict(why *responsesIncomplete) verdict {
	switch {
	case why == nil || why.Reason == "max_output_tokens":
		return verdict{stop: llm.StopLength}
	case why.Reason == "content_filter":
		return verdict{refusal: why.Reason}
	default:
		return verdict{garbled: "the response is incomplete: " + clip(why.Reason)}
	}
}
