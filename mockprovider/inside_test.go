package mockprovider_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/wire"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

// A stream that is cut inside an event ends in the middle of its JSON, from a mock
// and through a proxy.
func TestTruncate_inside(t *testing.T) {
	t.Parallel()
	cut := fault.Truncate{Share: 0.5, Inside: true}
	for _, f := range wire.Formats() {
		synctest.Test(t, func(t *testing.T) {
			for name, c := range map[string]*client{
				"mock":  serveInBubble(t, one(t, cut)),
				"proxy": proxyInBubble(t, one(t), fault.Window{Fault: fault.Truncate{Share: 0.1, Inside: true}}), // of 64 events
			} {
				path, body := f.EncodeRequest("m", &llm.Request{Prompt: "hi", MaxTokens: 64}, true)
				req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, c.base+path, strings.NewReader(string(body)))
				got := strings.TrimRight(doText(t, c, req), " ")
				last := got[strings.LastIndex(got, "\n")+1:]
				if !strings.HasPrefix(last, "data: {") || strings.HasSuffix(last, "}") {
					t.Errorf("%v, %s: the stream ends with %q", f, name, last)
				}
				r := f.NewReader(strings.NewReader(got))
				var err error
				for err == nil {
					_, err = r.Next()
				}
				if e := llm.AsError(err); errors.Is(err, io.EOF) || e.Kind != llm.Truncated {
					t.Errorf("%v, %s: read as %v, want it truncated", f, name, err)
				}
			}
		})
	}
}
