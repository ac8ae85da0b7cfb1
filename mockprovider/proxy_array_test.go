package mockprovider_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

// TestProxy_array: a stream of Gemini's that is a JSON array is bent as other
// streams are: element by element, while it passes.
func TestProxy_array(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault       fault.Fault
		first, last time.Duration // of the bytes that come
		elements    int           // whole ones; -1: the array is not finished
		end         string
	}{
		"late":          {fault.Latency{Add: 50 * ms}, 150 * ms, 200 * ms, 12, `"finishReason"`},
		"status":        {fault.Status{Code: 503}, 50 * ms, 50 * ms, 1, `"status":"UNAVAILABLE"`},
		"in the stream": {fault.InStream{AfterShare: 0.05}, 100 * ms, 120 * ms, 4, `"status":"INTERNAL"`}, // 3 of 64
		"at once":       {fault.InStream{AfterShare: 0.001}, 100 * ms, 100 * ms, 1, `"status":"INTERNAL"`},
		"truncate":      {fault.Truncate{Share: 0.05}, 100 * ms, 120 * ms, -1, `}`},
		"late truncate": {fault.Truncate{Share: 0.999}, 100 * ms, 200 * ms, -1, `}`},
		"inside":        {fault.Truncate{Share: 0.05, Inside: true}, 100 * ms, 130 * ms, -1, `"`},
		"stall":         {fault.Stall{AfterShare: 0.05, For: time.Second}, 100 * ms, 1130 * ms, 12, `"finishReason"`},
		"reset":         {fault.Reset{AfterShare: 0.05}, 100 * ms, 120 * ms, -1, `}`},
		"hang":          {fault.Hang{AfterTokens: 2}, 100 * ms, 110 * ms, -1, `}`},
		"malformed":     {fault.Malformed{}, 100 * ms, 200 * ms, -1, `"finishReason";`},
		"blank":         {fault.Blank{}, 0, 0, -1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := proxyInBubble(t, one(t), fault.Window{Fault: c.fault})
				began := time.Now()
				req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, p.base+"/v1beta/models/m:streamGenerateContent",
					strings.NewReader(`{"contents":[{"parts":[{"text":"What? [{\" \\"}]}]}`))
				res, err := p.http.Do(req)
				if err != nil {
					t.Fatal(err)
				}
				if name == "hang" {
					time.AfterFunc(time.Minute, func() { res.Body.Close() })
				}
				text, first, last := listen(res.Body, began)
				var all []json.RawMessage
				err = json.Unmarshal([]byte(text), &all)
				if (err != nil) != (c.elements < 0) || err == nil && len(all) != c.elements || !strings.Contains(text[max(0, len(text)-500):], c.end) {
					t.Errorf("got %d elements, %v:\n%s", len(all), err, text)
				}
				if c.elements < 0 && c.end == `}` && !strings.HasSuffix(text, `}`) {
					t.Errorf("cut elsewhere than after an element:\n%s", text)
				}
				if first != c.first || last != c.last {
					t.Errorf("from %v to %v, want %v to %v", first, last, c.first, c.last)
				}
			})
		})
	}
}

// listen reads a body to its end, and says when the first and the last of it came.
func listen(body io.ReadCloser, began time.Time) (text string, first, last time.Duration) {
	defer body.Close()
	var all strings.Builder
	b := make([]byte, 4096)
	for {
		n, err := body.Read(b)
		if n > 0 {
			last = time.Since(began)
			if all.Len() == 0 {
				first = last
			}
			all.Write(b[:n])
		}
		if err != nil {
			return all.String(), first, last
		}
	}
}

// TestProxy_length: a share of a stream is one of as many events as the last whole
// stream had.
func TestProxy_length(t *testing.T) {
	t.Parallel()
	for query, piece := range map[string]string{"": `"text"`, "?alt=sse": "data: {"} {
		synctest.Test(t, func(t *testing.T) {
			p := proxyInBubble(t, one(t),
				fault.Window{Name: "slow", Fault: fault.Latency{Add: ms}},
				fault.Window{Name: "cut", From: time.Second, Fault: fault.Truncate{Share: 0.5}})
			for _, want := range []int{12, 6} {
				req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, p.base+"/v1beta/models/m:streamGenerateContent"+query,
					strings.NewReader(`{"contents":[{"parts":[{"text":"What?"}]}]}`))
				if got := strings.Count(doText(t, p, req), piece); got != want {
					t.Errorf("%q: %d events, want %d", query, got, want)
				}
				time.Sleep(time.Second)
			}
		})
	}
}

// TestProxy_reasonThroughout: a reason to stop is the end of a stream of Gemini's
// only where nothing follows, since some models give one with every piece.
func TestProxy_reasonThroughout(t *testing.T) {
	t.Parallel()
	const piece = `{"candidates":[{"content":{"parts":[{"text":"x"}]},"finishReason":"STOP"}]}`
	for query, stream := range map[string]string{
		"":         "[" + strings.Repeat(piece+"\n,\n", 9) + piece + "\n]\n",
		"?alt=sse": strings.Repeat("data: "+piece+"\r\n\r\n", 10),
	} {
		for share, want := range map[float64]int{0.05: 3, 0.999: 9} { // of 64
			p := proxyFor(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				io.Copy(io.Discard, r.Body)
				w.Header().Set("Content-Type", "application/json")
				if query != "" {
					w.Header().Set("Content-Type", "text/event-stream")
				}
				io.WriteString(w, stream)
			}), fault.Window{Fault: fault.Truncate{Share: share}})
			req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, p.base+"/v1beta/models/m:streamGenerateContent"+query,
				strings.NewReader(`{"contents":[{"parts":[{"text":"What?"}]}]}`))
			if got := doText(t, p, req); strings.Count(got, piece) != want {
				t.Errorf("%q, %v: want %d events, got %s", query, share, want, got)
			}
		}
	}
}
