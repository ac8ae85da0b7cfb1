package mockprovider

import (
	"context"
	"errors"
	"math"
	"net/http"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

// endNames are the names of the ends of plans in a journal.
var endNames = [...]string{
	fault.EndComplete: "complete",
	fault.EndFail:     "fail",
	fault.EndRefuse:   "refuse",
	fault.EndReset:    "reset",
	fault.EndHang:     "hang",
	fault.EndEOF:      "eof",
	fault.EndGarble:   "garble",
	fault.EndInStream: "in_stream",
	fault.EndBlank:    "blank",
	fault.EndEmpty:    "empty",
	fault.EndDeclined: "declined",
}

// counted is a response writer that counts the bytes of the body.
type counted struct {
	http.ResponseWriter
	n int64
}

// Write implements [io.Writer].
func (c *counted) Write(b []byte) (int, error) {
	n, err := c.ResponseWriter.Write(b)
	c.n += int64(n)
	return n, err
}

// Unwrap gives an [http.ResponseController] the writer beneath.
func (c *counted) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// record is what is being written into a journal about one attempt. The nil
// record writes nothing.
type record struct {
	journal *Journal
	entry   Entry
	struck  []*fault.Window
	bytes   counted
}

// open returns the record of an attempt that has arrived, nil without a
// journal.
func (s *Server) open(w http.ResponseWriter, e Entry) *record {
	if s.Journal == nil {
		return nil
	}
	return &record{journal: s.Journal, entry: e, bytes: counted{ResponseWriter: w}}
}

// writer returns the writer through which the response goes.
func (r *record) writer(w http.ResponseWriter) http.ResponseWriter {
	if r == nil {
		return w
	}
	return &r.bytes
}

// asked takes in what the request said.
func (r *record) asked(model, prompt string, stream bool) {
	if r == nil {
		return
	}
	r.entry.Model, r.entry.Prompt, r.entry.Stream = model, draw.Hash(prompt), stream
}

// rejected writes down an attempt that no model was asked for.
func (r *record) rejected(failure *llm.Error, status int) {
	if r == nil {
		return
	}
	r.entry.At = time.Now()
	r.entry.fail(failure, status)
	r.journal.Begin(&r.entry)
	r.finish()
}

// left writes down an attempt whose client left while it waited in the queue.
func (r *record) left() {
	if r == nil {
		return
	}
	r.entry.At, r.entry.Cancelled = time.Now(), true
	r.entry.End = endNames[fault.EndHang]
	r.journal.Begin(&r.entry)
	r.finish()
}

// met returns where the windows that change the plan are to be taken down.
func (r *record) met() *[]*fault.Window {
	if r == nil {
		return nil
	}
	return &r.struck
}

// metFaults returns windows as a journal shows them.
func metFaults(windows []*fault.Window) []MetFault {
	var all []MetFault
	for _, w := range windows {
		all = append(all, MetFault{Name: w.Label(), Kind: w.Kind})
	}
	return all
}

// begin writes down the plan that an attempt is about to meet.
func (r *record) begin(p *fault.Plan) {
	if r == nil {
		return
	}
	e := &r.entry
	e.At = time.Now()
	e.End, e.Input, e.Tokens = endNames[p.End], p.Input, p.Tokens
	e.As, e.Faults = p.As, metFaults(r.struck)
	e.Wait, e.FirstToken, e.Gap = p.Wait.Seconds(), p.FirstToken.Seconds(), p.Gap.Seconds()
	if p.End == fault.EndFail {
		e.fail(p.Failure, p.Failure.Status)
	}
	r.journal.begin(e, math.MaxInt) // a model that exists is always counted by its name
}

// fail takes in an error response.
func (e *Entry) fail(failure *llm.Error, status int) {
	e.End, e.Failure, e.Status = endNames[fault.EndFail], failure.Kind, status
	e.Permanent = failure.Override == llm.ForbidRetry ||
		failure.Override == llm.NoOverride && !failure.Kind.Retryable()
	if failure.RetryAfter.Given {
		hint := failure.RetryAfter.After.Seconds()
		e.RetryAfter = &hint
	}
}

// end writes down how an attempt ended: carried says that the plan came to its
// end before the client left.
func (r *record) end(ctx context.Context, p *performance, price llm.Price, carried bool) {
	if r == nil {
		return
	}
	elapsed := p.wait.elapsed()
	if lasts, ends := p.plan.Lasts(); carried && ends {
		elapsed = max(elapsed, lasts)
	}
	used := p.plan.Billed(elapsed)
	capped := errors.Is(context.Cause(ctx), errCap)
	r.entry.Cancelled, r.entry.Broken = !carried && !capped, !carried && capped
	r.entry.Produced, r.entry.Cost = used.Output, price.Cost(used)
	r.finish()
}

// finish closes the record.
func (r *record) finish() {
	r.entry.Lasted = time.Since(r.entry.At).Seconds()
	r.entry.Bytes = r.bytes.n
	r.journal.Finish(&r.entry)
}
