package mockprovider

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func glanceAt(text string, keys ...string) *glance {
	g := &glance{texts: keys}
	g.read([]byte(text))
	return g
}

func TestGlance_request(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]glance{
		`{"model":"m","stream":true,"messages":[{"role":"user","content":"four"}]}`:                       {model: "m", stream: true, bytes: 4},
		`{"messages":[{"model":"no","content":[{"type":"text","text":"a\"b"}]}], "model" : "a\/b\u00e9"}`: {model: "a/bé", bytes: 4},
		`{"metadata":{"model":"no"},"stream":false,"input":"hi"}`:                                         {bytes: 2},
		`{"model":7,"x":["model","y"]}`:                                                                   {},
		`no JSON: "model":"m"`:                                                                            {},
	} {
		g := glanceAt(text, "content", "text", "input")
		if g.model != want.model || g.stream != want.stream || g.bytes != want.bytes {
			t.Errorf("%s: model %q, stream %v, %d bytes of text; want %q, %v, %d",
				text, g.model, g.stream, g.bytes, want.model, want.stream, want.bytes)
		}
	}
}

func TestGlance_tokens(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct {
		key       string
		output    int
		estimated bool
	}{
		"data: {\"choices\":[{\"delta\":{\"content\":\"four five\"}}],\"usage\":null}\n\n":                                                 {"content", 3, true},
		"data: {\"delta\":{\"content\":\"four\"}}\n\ndata: {\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":12}}\n\ndata: [DONE]\n\n": {"content", 12, false},
		// What message_start tells is not the end.
		"event: message_start\ndata: {\"usage\":{\"output_tokens\":1}}\n\ndata: {\"delta\":{\"text\":\"eight by\"}}\n\n": {"text", 2, true},
		`[{"parts":[{"text":"x"}],"usageMetadata":{"candidatesTokenCount":5,"thoughtsTokenCount":30}}]`:                  {"text", 35, false},
		`<html><a href="x>`: {"text", 0, true},
	} {
		n, estimated := glanceAt(text, want.key).tokens()
		if n != want.output || estimated != want.estimated {
			t.Errorf("%s: %d tokens, estimated %v; want %d, %v", text, n, estimated, want.output, want.estimated)
		}
	}
}

// Whatever the pieces, and whatever stands in the strings, a glance sees the same.
func TestGlance_pieces(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		model, content := rapid.StringN(1, 20, maxName/2).Draw(t, "model"), rapid.String().Draw(t, "content")
		body, err := json.Marshal(map[string]any{
			"a": rapid.String().Draw(t, "other"), "messages": []any{map[string]any{"content": content}}, "model": model, "stream": true,
		})
		if err != nil {
			t.Fatal(err)
		}
		g := &glance{texts: []string{"content"}}
		for rest := body; len(rest) > 0; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "piece")
			g.read(rest[:n])
			rest = rest[n:]
		}
		var text, name string
		quoted, _ := json.Marshal(content)
		text = strings.TrimSuffix(strings.TrimPrefix(string(quoted), `"`), `"`)
		again, _ := json.Marshal(model)
		if err := json.Unmarshal(again, &name); err != nil {
			t.Fatal(err)
		}
		if g.model != name || !g.stream || g.bytes != len(text) || g.depth != 0 {
			t.Fatalf("%s: model %q, stream %v, %d bytes, depth %d", body, g.model, g.stream, g.bytes, g.depth)
		}
	})
}
