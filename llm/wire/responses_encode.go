package wire

import (
	"encoding/json"

	"github.com/tailgate-bench/tailgate/llm"
)

// responseObject is an answer as it is written, with all that the API's
// specification shows.
type responseObject struct {
	ID                 string               `json:"id"`
	Object             string               `json:"object"`
	AccessPrograms     null                 `json:"access_programs"`
	CreatedAt          int64                `json:"created_at"`
	Status             string               `json:"status"`
	Error              *responsesFailure    `json:"error"`
	Incomplete         *responsesIncomplete `json:"incomplete_details"`
	Instructions       *string              `json:"instructions"`
	MaxOutputTokens    *int                 `json:"max_output_tokens"`
	Model              string               `json:"model"`
	Output             []responsesMessage   `json:"output"`
	ParallelToolCalls  bool                 `json:"parallel_tool_calls"`
	PreviousResponseID *string              `json:"previous_response_id"`
	Reasoning          responsesReasoning   `json:"reasoning"`
	Store              bool                 `json:"store"`
	Temperature        json.Number          `json:"temperature"`
	Text               responsesText        `json:"text"`
	ToolChoice         string               `json:"tool_choice"`
	Tools              []struct{}           `json:"tools"`
	TopP               json.Number          `json:"top_p"`
	Truncation         string               `json:"truncation"`
	Usage              *responsesUsage      `json:"usage"`
	User               *string              `json:"user"`
	Metadata           struct{}             `json:"metadata"`
}

type responsesFailure struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

type responsesReasoning struct {
	Effort  *string `json:"effort"`
	Summary *string `json:"summary"`
}

type responsesText struct {
	Format struct {
		Type string `json:"type"`
	} `json:"format"`
}

// newResponse returns a response of which nothing is known but the request.
func newResponse(head Head) *responseObject {
	r := &responseObject{
		ID: "resp_" + head.ID, Object: "response", CreatedAt: head.Created.Unix(), Status: "in_progress",
		Model: head.Model, Output: []responsesMessage{}, ParallelToolCalls: true, Store: true,
		Temperature: "1.0", ToolChoice: "auto", Tools: []struct{}{}, TopP: "1.0", Truncation: "disabled",
	}
	r.Text.Format.Type = "text"
	if q := head.Request; q != nil && q.System != "" {
		r.Instructions = &q.System
	}
	if q := head.Request; q != nil && q.MaxTokens > 0 {
		r.MaxOutputTokens = &q.MaxTokens
	}
	return r
}

// end completes the response.
func (r *responseObject) end(head Head, text string, stop llm.Stop, u llm.Usage) {
	r.Status = "completed"
	switch stop {
	case llm.StopLength:
		r.Status, r.Incomplete = "incomplete", &responsesIncomplete{Reason: "max_output_tokens"}
	case llm.StopRefused:
		r.Status, r.Incomplete = "incomplete", &responsesIncomplete{Reason: "content_filter"}
	default:
	}
	r.Output = []responsesMessage{newResponsesMessage(head, r.Status, newResponsesOutput(text))}
	if !u.Estimated {
		r.Usage = &responsesUsage{Input: u.Input, Output: u.Output, Total: u.Input + u.Output}
	}
}

// responsesMessage is what the model says.
type responsesMessage struct {
	ID      string            `json:"id"`
	Type    string            `json:"type"`
	Status  string            `json:"status"`
	Role    string            `json:"role"`
	Content []responsesOutput `json:"content"`
}

type responsesOutput struct {
	Type        string     `json:"type"`
	Text        string     `json:"text"`
	Annotations []struct{} `json:"annotations"`
	Logprobs    []struct{} `json:"logprobs"`
}

func newResponsesMessage(head Head, status string, content ...responsesOutput) responsesMessage {
	return responsesMessage{
		ID: "msg_" + head.ID, Type: "message", Status: status, Role: "assistant",
		Content: append([]responsesOutput{}, content...),
	}
}

func newResponsesOutput(text string) responsesOutput {
	return responsesOutput{Type: "output_text", Text: text, Annotations: []struct{}{}, Logprobs: []struct{}{}}
}

func appendResponsesAnswer(b []byte, head Head, a llm.Answer) []byte {
	r := newResponse(head)
	r.end(head, a.Text, a.Stop, a.Usage)
	return appendJSON(b, r)
}
