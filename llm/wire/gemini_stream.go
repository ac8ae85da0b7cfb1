package wire

import (
	"github.com/tailgate-bench/tailgate/llm"
)

// decodeGeminiEvent takes in a piece.
func decodeGeminiEvent(s *state, data []byte) error { return s.readGemini("an event", data) }

// geminiFrames makes events that end in \r\n\r\n throughout: the vendor's own
// Go client cannot take a mixture of line ends.
func geminiFrames(head Head) frames {
	about := append([]byte(`,"modelVersion":`), appendString(nil, head.Model)...)
	about = append(append(about, `,"responseId":`...), appendString(nil, head.ID)...)
	usage := appendJSON(nil, geminiUsage{
		Prompt: head.Input, Total: head.Input,
		Details: []geminiCount{{Modality: "TEXT", Tokens: head.Input}},
	})
	f := frames{open: "data: ", join: "data: "}
	finish := "\r\n\r\n"
	if head.Array {
		f.open, f.join, f.tail, finish = "[", ",\r\n", "]", ""
	}
	const content = `{"candidates":[{"content":{"parts":[{"text":"`
	f.piece = around(content, `"}],"role":"model"},"index":0}],"usageMetadata":`+string(usage)+string(about)+"}"+finish)
	f.end = func(b []byte, stop llm.Stop, u llm.Usage) []byte {
		if u == (llm.Usage{Input: u.Input}) { // nothing was said: no content either
			b = append(b, `{"candidates":[{`...)
		} else {
			b = append(b, content+`"}],"role":"model"},`...)
		}
		b = append(b, `"finishReason":"`+geminiReason(stop)+`","index":0}]`...)
		if !u.Estimated {
			b = appendJSON(append(b, `,"usageMetadata":`...), newGeminiUsage(u))
		}
		return append(append(append(b, about...), '}'), finish...)
	}
	f.fail = func(b []byte, p problem) []byte {
		return append(appendGeminiProblem(b, head, p), finish...)
	}
	return f
}
