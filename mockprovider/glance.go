package mockprovider

import (
	"encoding/json"
	"slices"

	"github.com/tailgate-bench/tailgate/llm"
)

// glance is what can be told of a request or an answer while it passes: JSON, or
// events with JSON in them, in any pieces. It keeps nothing but the last short
// string, and guesses where a parser would refuse.
type glance struct {
	// texts are the keys whose strings are text.
	texts []string

	model  string // at the top level
	stream bool   // asked for
	bytes  int    // of text
	input  int    // tokens of the prompt, as told
	output int    // tokens of the answer, as told last
	hidden int    // thoughts that output leaves out
	since  int    // bytes of text when output was told

	depth  int
	word   []byte // the latest string, cut off
	inside bool   // a string
	slash  bool   // before this byte
	named  bool   // a string has just ended, so a colon makes it a key
	valued bool   // a value is next, or being read
	topic  topic  // of that value
}

// topic is what a value is about, by its key.
type topic uint8

const (
	anything topic = iota
	aboutModel
	aboutStream
	aboutText
	aboutInput
	aboutOutput
	aboutThoughts
)

// topicOf returns the topic of the key just read.
func (g *glance) topicOf() topic {
	switch string(g.word) {
	case "model":
		return aboutModel
	case "stream":
		return aboutStream
	case "prompt_tokens", "input_tokens", "promptTokenCount":
		return aboutInput
	case "completion_tokens", "output_tokens", "candidatesTokenCount":
		return aboutOutput
	case "thoughtsTokenCount":
		return aboutThoughts
	}
	if slices.Contains(g.texts, string(g.word)) {
		return aboutText
	}
	return anything
}

// read takes in what passes next.
func (g *glance) read(b []byte) {
	for _, c := range b {
		if g.inside {
			g.string(c)
		} else {
			g.between(c)
		}
	}
}

// string takes in a byte of a string. One that holds a line's end is none.
func (g *glance) string(c byte) {
	text := g.valued && g.topic == aboutText
	switch {
	case c == '"' && !g.slash, c == '\n':
		g.inside, g.named = false, true
		if g.valued && g.topic == aboutModel && g.depth == 1 && g.model == "" {
			g.model = unquoted(g.word)
		}
		return
	case text:
		g.bytes++
	case len(g.word) <= maxName:
		g.word = append(g.word, c)
	}
	g.slash = c == '\\' && !g.slash
}

// unquoted returns the string that stands between quotes in JSON.
func unquoted(word []byte) (s string) {
	quoted := append(append([]byte{'"'}, word...), '"')
	if json.Unmarshal(quoted, &s) != nil {
		return string(word)
	}
	return s
}

// between takes in a byte between strings.
func (g *glance) between(c byte) {
	named := g.named
	switch c {
	case ' ', '\t', '\r', '\n':
		return
	default:
		g.named = false
	}
	switch c {
	case '"':
		g.inside, g.slash, g.word = true, false, g.word[:0]
	case ':':
		if g.valued = named; named { // not that of "data:"
			g.topic = g.topicOf()
			g.tell(0)
		}
	case '{', '[':
		g.depth++
		g.valued = false
	case '}', ']':
		g.depth--
		g.valued = false
	case ',':
		g.valued = false
	case 't':
		g.stream = g.stream || g.valued && g.topic == aboutStream
	case '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		g.digit(int(c - '0'))
	}
}

// tell sets the number that the value's topic is about.
func (g *glance) tell(n int) {
	if !g.valued || n > maxTold {
		return
	}
	switch g.topic {
	case aboutInput:
		g.input = n
	case aboutOutput:
		g.output, g.since = n, g.bytes
	case aboutThoughts:
		g.hidden = n
	default:
	}
}

// maxTold bounds numbers of tokens that are believed.
const maxTold = 1 << 30

// digit takes in one more digit of a number.
func (g *glance) digit(d int) {
	switch g.topic {
	case aboutInput:
		g.tell(g.input*10 + d)
	case aboutOutput:
		g.tell(g.output*10 + d)
	case aboutThoughts:
		g.tell(g.hidden*10 + d)
	default:
	}
}

// tokens returns how many tokens an answer has come to, and whether that is an
// estimate: the answer tells, as a rule at its end.
func (g *glance) tokens() (n int, estimated bool) {
	guess := llm.EstimateBytes(g.bytes)
	if told := g.output + g.hidden; told > 0 && g.since == g.bytes {
		return told, false
	}
	return max(guess, g.output), true
}
