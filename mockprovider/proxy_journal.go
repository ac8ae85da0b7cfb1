package mockprovider

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/wire"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

// crossing is what is being written into a journal about one request through a
// proxy. It is written down as begun once its model is known, at the latest when
// the upstream answers. The nil crossing writes nothing.
type crossing struct {
	journal *Journal
	out     answered
	said    glance // of the answer
	whole   bool   // the client has got all that there was to be
	struck  []*fault.Window

	body       *watched // of the request, where it is sent on as it comes
	unanswered bool     // by the upstream

	mu    sync.Mutex // the request is read by a goroutine of the transport
	entry Entry      // guarded by mu
	begun bool       // guarded by mu
	heard glance     // of the request; guarded by mu
}

// answered is a response writer that counts the bytes of the body, and knows the
// status.
type answered struct {
	counted
	status int
}

// WriteHeader implements [http.ResponseWriter].
func (a *answered) WriteHeader(status int) {
	if status >= http.StatusOK || status == http.StatusSwitchingProtocols {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

// note returns the crossing of a request that has arrived, nil without a journal.
func (p *Proxy) note(w http.ResponseWriter, r *http.Request) *crossing {
	if p.journal == nil {
		return nil
	}
	format, _ := formatOf(r)
	id, ordinal, traced := trace(r.Header, new(atomic.Uint64))
	path := strings.Clone(r.URL.Path[:min(len(r.URL.Path), maxName)]) // the rest of the address is not kept
	return &crossing{
		journal: p.journal,
		out:     answered{counted: counted{ResponseWriter: w}},
		said:    glance{texts: answerTexts(format)},
		heard:   glance{texts: []string{"content", "text", "input", "instructions", "system", "prompt"}},
		entry: Entry{
			At: time.Now(), Client: r.RemoteAddr, Path: path, Format: format, End: endNames[fault.EndComplete],
			Request: id, Ordinal: ordinal, Traced: traced,
			Stream: strings.HasSuffix(path, ":streamGenerateContent"),
		},
	}
}

// answerTexts returns the keys of the text in answers. An answer in events has
// the text of Responses twice, of which the second is not counted.
func answerTexts(f wire.Format) []string {
	switch f {
	case wire.OpenAI:
		return []string{"content"}
	case wire.OpenAIResponses:
		return []string{"delta"}
	default:
		return []string{"text"}
	}
}

// writer returns the writer through which the response goes.
func (n *crossing) writer(w http.ResponseWriter) http.ResponseWriter {
	if n == nil {
		return w
	}
	return &n.out
}

// asked takes in a request that has been read, and the numbers that key its draws.
func (n *crossing) asked(a *asked, id uint64, ordinal int) {
	if n == nil {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	e := &n.entry
	e.Request, e.Ordinal = id, ordinal
	e.Model, e.Stream, e.Prompt, e.Input = a.model, e.Stream || a.stream, a.prompt, a.input
	n.begin()
}

// met returns where the windows that change the plan are to be taken down.
func (n *crossing) met() *[]*fault.Window {
	if n == nil {
		return nil
	}
	return &n.struck
}

// queued takes in how long the request waited for a place.
func (n *crossing) queued(d time.Duration) {
	if n == nil {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.entry.Queued = d.Seconds()
}

// planned writes down the plan that the request is about to meet.
// What is planned of a proxy's answer is what becomes of it later than it comes.
func (n *crossing) planned(p *fault.Plan) {
	if n == nil {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	e := &n.entry
	e.End, e.Wait, e.Gap, e.Faults = endNames[p.End], p.Wait.Seconds(), p.Gap.Seconds(), metFaults(n.struck)
	if p.End == fault.EndFail {
		e.fail(p.Failure, p.Failure.Status)
	}
	n.journal.change(e)
}

// watch looks at a request that is sent on as it comes.
func (n *crossing) watch(r *http.Request) {
	if n == nil {
		return
	}
	n.entry.Model = modelOf(r.URL, nil)
	if r.Body == nil || r.Body == http.NoBody {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.begin()
		return
	}
	n.body = &watched{ReadCloser: r.Body, look: n.hear}
	r.Body = n.body
}

// maxHeard is how much of a request is looked at that nobody was there to take, in
// bytes.
const maxHeard = 64 << 10

// missed takes in that the upstream did not answer. Where it was not there to take
// the request, this is the time to find the model.
func (n *crossing) missed(r *http.Request) {
	if n == nil {
		return
	}
	n.unanswered = true
	if n.body != nil && !n.body.begun.Load() && r.Header.Get("Expect") == "" {
		_, _ = io.CopyN(io.Discard, n.body, maxHeard)
	}
}

// watched is a body that is looked at while it passes.
type watched struct {
	io.ReadCloser
	look  func(b []byte, end bool)
	begun atomic.Bool
}

// Read implements [io.Reader].
func (w *watched) Read(b []byte) (int, error) {
	w.begun.Store(true)
	n, err := w.ReadCloser.Read(b)
	w.look(b[:n], err != nil)
	return n, err
}

// hear takes in a piece of the request.
func (n *crossing) hear(b []byte, end bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.heard.read(b)
	e := &n.entry
	if !n.begun && (end || n.heard.model != "") {
		if e.Model == "" {
			e.Model = n.heard.model
		}
		n.begin()
	}
	e.Stream, e.Input = e.Stream || n.heard.stream, llm.EstimateBytes(n.heard.bytes)
}

// begin writes down that the request begins. The caller holds mu.
func (n *crossing) begin() {
	if n.begun {
		return
	}
	n.begun = true
	n.journal.Begin(&n.entry)
}

// answered looks at the upstream's answer, whose headers have come.
func (n *crossing) answered(res *http.Response) {
	if n == nil {
		return
	}
	n.mu.Lock()
	n.begin()
	n.mu.Unlock()
	switch {
	case res.StatusCode == http.StatusSwitchingProtocols: // not written as others are
		n.out.status = res.StatusCode
		return
	case res.StatusCode > 299:
		return
	}
	if n.entry.Format == wire.OpenAIResponses && strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") {
		n.said.texts = []string{"text"}
	}
	res.Body = &watched{ReadCloser: res.Body, look: func(b []byte, _ bool) { n.said.read(b) }}
}

// delivered says that the client has got all that there was to be.
func (n *crossing) delivered() {
	if n != nil {
		n.whole = !n.unanswered
	}
}

// end writes down what became of the request.
func (n *crossing) end(ctx context.Context) {
	if n == nil {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.begin()
	e := &n.entry
	e.Lasted, e.Bytes, e.Status = time.Since(e.At).Seconds(), n.out.n, n.out.status
	e.Produced, e.Estimated = n.said.tokens()
	if n.said.input > 0 {
		e.Input = n.said.input
	}
	if e.Produced > 0 {
		listed, _ := PriceOf(e.Model)
		e.Cost = listed.Price.Cost(llm.Usage{Input: e.Input, Output: e.Produced})
	}
	left := ctx.Err() != nil && !errors.Is(context.Cause(ctx), errCap)
	e.Cancelled, e.Broken = !n.whole && left, !n.whole && !left
	n.journal.Finish(e)
}
