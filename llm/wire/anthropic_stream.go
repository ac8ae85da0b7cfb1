package wire

import (
	"strconv"

	"github.com/tailgate-bench/tailgate/llm"
)

// anthropicEvent is any event of a stream.
type anthropicEvent struct {
	Type    string               `json:"type"`
	Message anthropicAnswer      `json:"message"`
	Block   anthropicBlock       `json:"content_block"`
	Delta   anthropicDelta       `json:"delta"`
	Usage   *anthropicUsageSoFar `json:"usage"`
	Error   *anthropicProblem    `json:"error"`
}

type anthropicDelta struct {
	Type       string  `json:"type"`
	Text       string  `json:"text"`
	StopReason *string `json:"stop_reason"`
}

// anthropicUsageSoFar is cumulative. Gateways may know the prompt's tokens here only.
type anthropicUsageSoFar struct {
	Input       int  `json:"input_tokens"`
	CacheWrites int  `json:"cache_creation_input_tokens"`
	CacheReads  int  `json:"cache_read_input_tokens"`
	Output      *int `json:"output_tokens"`
}

func decodeAnthropicEvent(s *state, data []byte) error {
	ev, err := decode[anthropicEvent](data)
	if err != nil {
		return malformed("an event", err)
	}
	switch ev.Type {
	case "message_start":
		s.model, s.usage = ev.Message.Model, ev.Message.Usage.usage()
	case "content_block_start":
		if ev.Block.Type == "text" {
			s.text.WriteString(ev.Block.Text)
		}
	case "content_block_delta":
		if ev.Delta.Type == "text_delta" {
			s.text.WriteString(ev.Delta.Text)
		}
	case "message_delta":
		if u := ev.Usage; u != nil && u.Output != nil {
			s.usage.Input = max(s.usage.Input, u.Input+u.CacheWrites+u.CacheReads)
			s.usage.Output, s.counted = *u.Output, true
		}
		if ev.Delta.StopReason != nil {
			s.finish(anthropicVerdict(*ev.Delta.StopReason))
		}
	case "message_stop":
		s.done = true
	case "error":
		if ev.Error == nil {
			ev.Error = new(anthropicProblem)
		}
		return ev.Error.problem().inStream()
	default: // ping, content_block_stop, what may come in future; an error may have no type
		if ev.Error != nil {
			return ev.Error.problem().inStream()
		}
	}
	return nil
}

func anthropicFrames(head Head) frames {
	first := []byte("event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":")
	first = appendString(first, "msg_"+head.ID)
	first = append(first, `,"type":"message","role":"assistant","content":[],"model":`...)
	first = appendString(first, head.Model)
	first = append(first, `,"stop_reason":null,"stop_sequence":null,"stop_details":null,"container":null,"diagnostics":null,"usage":`...)
	first = appendJSON(first, anthropicUsage{Input: head.Input, Output: 1, ServiceTier: "standard"})
	first = append(first, "}}\n\n"...)
	const (
		block = "event: content_block_start\n" +
			`data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":"","citations":null}}` + "\n\n"
		ping     = "event: ping\n" + `data: {"type": "ping"}` + "\n\n"
		blockEnd = "event: content_block_stop\n" + `data: {"type":"content_block_stop","index":0}` + "\n\n"
		end      = "event: message_stop\n" + `data: {"type":"message_stop"}` + "\n\n"
	)
	return frames{
		start: always(string(first) + block + ping),
		piece: around("event: content_block_delta\n"+
			`data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"`, `"}}`+"\n\n"),
		ping: ping,
		end: func(b []byte, stop llm.Stop, u llm.Usage) []byte {
			b = append(b, blockEnd+"event: message_delta\n"+`data: {"type":"message_delta","delta":{"stop_reason":"`...)
			b = append(append(b, anthropicReason(stop)...), `","stop_sequence":null,"stop_details":null,"container":null}`...)
			if !u.Estimated {
				b = appendAnthropicDeltaUsage(b, u)
			}
			return append(b, "}\n\n"+end...)
		},
		fail: func(b []byte, p problem) []byte {
			b = appendAnthropicEvent(append(b, "event: error\ndata: "...), head, p)
			return append(b, "\n\n"...)
		},
	}
}

// appendAnthropicDeltaUsage is the count of tokens at the end of a stream.
func appendAnthropicDeltaUsage(b []byte, u llm.Usage) []byte {
	b = strconv.AppendInt(append(b, `,"usage":{"input_tokens":`...), int64(u.Input), 10)
	b = append(b, `,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":`...)
	b = strconv.AppendInt(b, int64(u.Output), 10)
	return append(b, `,"output_tokens_details":null,"server_tool_use":null}`...)
}
