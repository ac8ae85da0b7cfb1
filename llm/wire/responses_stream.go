package wire

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/tailgate-bench/tailgate/llm"
)

// responsesEvent is any event of a stream.
type responsesEvent struct {
	Type     string         `json:"type"`
	Delta    loose          `json:"delta"`
	Refusal  loose          `json:"refusal"`
	Response *response      `json:"response"`
	Error    *openAIProblem `json:"error"`
}

// loose is a string; what is none, as in events that are not known, is "".
type loose string

// UnmarshalJSON implements [json.Unmarshaler].
func (l *loose) UnmarshalJSON(data []byte) error {
	if len(data) == 0 || data[0] != '"' {
		return nil
	}
	return json.Unmarshal(data, (*string)(l))
}

func decodeResponsesEvent(s *state, data []byte) error {
	ev, err := decode[responsesEvent](data)
	if err != nil {
		return malformed("an event", err)
	}
	switch ev.Type {
	case "response.output_text.delta":
		s.text.WriteString(string(ev.Delta))
	case "response.refusal.done":
		s.refuse(string(ev.Refusal))
	case "response.created", "response.in_progress":
		if ev.Response != nil && ev.Response.Model != "" {
			s.model = ev.Response.Model
		}
	case "response.completed", "response.incomplete", "response.failed":
		if ev.Response == nil {
			ev.Response = new(response)
		}
		s.done = true
		return s.readResponse(ev.Response, strings.TrimPrefix(ev.Type, "response."))
	case "error":
		return eventProblem(ev.Error, data).inStream()
	default: // items, parts and what may come in future; an error may have no type
		if ev.Error != nil {
			return ev.Error.problem().inStream()
		}
	}
	return nil
}

// eventProblem returns what an error event tells, in an envelope as it has been
// seen or without one as the specification has it.
func eventProblem(enveloped *openAIProblem, data []byte) problem {
	p := openAIError(enveloped, "error", data).problem()
	if p.label == "" || p.label == "error" { // the type of the event itself
		p.label = p.code
	}
	return p
}

// responsesStream writes the events of one answer, numbered, and keeps the text,
// which the last ones repeat.
type responsesStream struct {
	head Head
	n    int
	text []byte
}

func responsesFrames(head Head) frames {
	s := &responsesStream{head: head, n: head.Sent}
	return frames{start: s.start, piece: s.piece, end: s.end, fail: s.fail}
}

// open begins the next event.
func (s *responsesStream) open(b []byte, name string) []byte {
	b = append(append(b, "event: "...), name...)
	b = append(append(b, "\ndata: {\"type\":\""...), name...)
	b = strconv.AppendInt(append(b, `","sequence_number":`...), int64(s.n), 10)
	s.n++
	return b
}

// object appends an event about the whole response.
func (s *responsesStream) object(b []byte, name string, r *responseObject) []byte {
	b = appendJSON(append(s.open(b, name), `,"response":`...), r)
	return append(b, "}\n\n"...)
}

// item appends an event about the message.
func (s *responsesStream) item(b []byte, name string, item responsesMessage) []byte {
	b = appendJSON(append(s.open(b, name), `,"output_index":0,"item":`...), item)
	return append(b, "}\n\n"...)
}

// inItem begins an event about the message's only part, up to the value of key.
func (s *responsesStream) inItem(b []byte, name, key string) []byte {
	b = append(s.open(b, name), `,"item_id":"msg_`...)
	b = append(appendInner(b, s.head.ID), `","output_index":0,"content_index":0,"`...)
	return append(append(b, key...), `":`...)
}

func (s *responsesStream) start(b []byte) []byte {
	r := newResponse(s.head)
	b = s.object(b, "response.created", r)
	b = s.object(b, "response.in_progress", r)
	b = s.item(b, "response.output_item.added", newResponsesMessage(s.head, "in_progress"))
	b = appendJSON(s.inItem(b, "response.content_part.added", "part"), newResponsesOutput(""))
	return append(b, "}\n\n"...)
}

func (s *responsesStream) piece(b []byte, text string) []byte {
	s.text = append(s.text, text...)
	b = appendString(s.inItem(b, "response.output_text.delta", "delta"), text)
	return append(b, `,"logprobs":[]}`+"\n\n"...)
}

func (s *responsesStream) end(b []byte, stop llm.Stop, u llm.Usage) []byte {
	text, r := string(s.text), newResponse(s.head)
	r.end(s.head, text, stop, u)
	b = appendString(s.inItem(b, "response.output_text.done", "text"), text)
	b = append(b, `,"logprobs":[]}`+"\n\n"...)
	b = appendJSON(s.inItem(b, "response.content_part.done", "part"), newResponsesOutput(text))
	b = append(b, "}\n\n"...)
	b = s.item(b, "response.output_item.done", r.Output[0])
	return s.object(b, "response."+r.Status, r)
}

// fail appends an error as it has been seen, an event of that name and a
// response that failed, or as the specification has it, the event alone.
func (s *responsesStream) fail(b []byte, p problem) []byte {
	e := openAIProblem{Type: p.label, Code: code(p.code), Message: p.message}
	switch {
	case e.Code != "":
	case p.label == "invalid_request_error":
		e.Code = "invalid_prompt"
	default:
		e.Code = "server_error"
	}
	b = append(b, "event: error\ndata: {\"type\":\"error\","...)
	if s.head.Flat {
		b = appendString(append(b, `"code":`...), string(e.Code))
		b = appendString(append(b, `,"message":`...), e.Message)
		return s.number(append(b, `,"param":null`...))
	}
	b = appendString(append(b, `"error":{"type":`...), e.Type)
	b = appendString(append(b, `,"code":`...), string(e.Code))
	b = appendString(append(b, `,"message":`...), e.Message)
	b = s.number(append(b, `,"param":null}`...))
	r := newResponse(s.head)
	r.Status, r.Error = "failed", &responsesFailure{Code: string(e.Code), Message: e.Message}
	return s.object(b, "response.failed", r)
}

// number ends an event whose number comes last.
func (s *responsesStream) number(b []byte) []byte {
	b = strconv.AppendInt(append(b, `,"sequence_number":`...), int64(s.n), 10)
	s.n++
	return append(b, "}\n\n"...)
}
