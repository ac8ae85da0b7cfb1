package wire_test

import (
	"bytes"
	"net/url"
	"runtime"
	"strings"
	"testing"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/wire"
)

// TestDecodeRequest_longConversation is not parallel: it counts what the process
// allocates, which must not grow with the square of the messages.
func TestDecodeRequest_longConversation(t *testing.T) { //nolint:paralleltest // counts bytes of the process
	const turns = 4000
	for _, f := range wire.Formats() {
		path, body := f.EncodeRequest("m", &llm.Request{Prompt: "PROMPT"}, false)
		u, err := url.Parse(path)
		if err != nil {
			t.Fatal(err)
		}
		turn := []byte(`{"role":"user","content":"PROMPT"}`)
		switch f {
		case wire.OpenAIResponses:
			body = bytes.Replace(body, []byte(`"PROMPT"`), []byte("[{\"role\":\"user\",\"content\":\"PROMPT\"}]"), 1)
		case wire.Gemini:
			turn = []byte(`{"role":"user","parts":[{"text":"PROMPT"}]}`)
			body = bytes.Replace(body, []byte(`{"parts":[{"text":"PROMPT"}],"role":"user"}`), turn, 1)
		default:
		}
		body = bytes.Replace(body, turn, bytes.TrimSuffix(bytes.Repeat(append(turn, ','), turns), []byte(",")), 1)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		in, err := f.DecodeRequest(u, body)
		runtime.ReadMemStats(&after)
		if err != nil || in.Request.Prompt != strings.TrimSuffix(strings.Repeat("PROMPT\n", turns), "\n") {
			t.Errorf("%v: %v, a prompt of %d bytes", f, err, len(in.Request.Prompt))
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > 20*uint64(len(body)) {
			t.Errorf("%v: %d bytes for a request of %d", f, took, len(body))
		}
	}
}
