package wire

import (
	"strconv"

	"github.com/tailgate-bench/tailgate/llm"
)

const openAIDone = "data: [DONE]\n\n"

// openAIChunk is a piece of an answer.
type openAIChunk struct {
	Object  string           `json:"object"`
	Model   string           `json:"model"`
	Choices []openAIProgress `json:"choices"`
	Usage   *openAIUsage     `json:"usage"`
	Error   *openAIProblem   `json:"error"`
}

type openAIProgress struct {
	Index int `json:"index"`
	Delta struct {
		Content string  `json:"content"`
		Refusal *string `json:"refusal"`
	} `json:"delta"`
	FinishReason *string `json:"finish_reason"`
}

func decodeOpenAIEvent(s *state, data []byte) error {
	if string(data) == "[DONE]" {
		s.done = true
		return nil
	}
	chunk, err := decode[openAIChunk](data)
	if err != nil {
		return malformed("an event", err)
	}
	if e := openAIError(chunk.Error, chunk.Object, data); e != nil {
		return e.problem().inStream()
	}
	if chunk.Model != "" {
		s.model = chunk.Model
	}
	s.countOpenAI(chunk.Usage)
	for _, c := range chunk.Choices {
		if c.Index != 0 {
			continue
		}
		s.text.WriteString(c.Delta.Content)
		s.finishOpenAI(c.FinishReason)
		if text := c.Delta.Refusal; text != nil && *text != "" {
			s.refuse(*text)
		}
	}
	return nil
}

func openAIFrames(head Head) frames {
	event := append(make([]byte, 0, 256), `data: {"id":"chatcmpl-`...)
	event = appendInner(event, head.ID)
	event = append(event, `","object":"chat.completion.chunk","created":`...)
	event = strconv.AppendInt(event, head.Created.Unix(), 10)
	event = append(event, `,"model":`...)
	event = appendString(event, head.Model)
	event = append(event, `,"system_fingerprint":"fp_44709d6fcb","choices":[`...)
	open := string(event)
	tail := "]}\n\n"
	if head.Usage {
		tail = `],"usage":null}` + "\n\n"
	}
	const delta, going = `{"index":0,"delta":{`, `},"logprobs":null,"finish_reason":null}`
	return frames{
		start: always(open + delta + `"role":"assistant","content":""` + going + tail),
		piece: around(open+delta+`"content":"`, `"`+going+tail),
		end: func(b []byte, stop llm.Stop, u llm.Usage) []byte {
			b = append(append(b, open...), delta...)
			b = append(b, `},"logprobs":null,"finish_reason":"`+openAIReason(stop)+`"}`+tail...)
			if head.Usage && !u.Estimated {
				b = append(append(b, open...), `],"usage":`...)
				b = append(appendJSON(b, newOpenAIUsage(u)), "}\n\n"...)
			}
			return append(b, openAIDone...)
		},
		fail: func(b []byte, p problem) []byte {
			b = appendOpenAIProblem(append(b, "data: "...), head, p)
			return append(b, "\n\n"+openAIDone...)
		},
	}
}
