package mockprovider

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/llm/wire"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

// transit is the way of one request through a [Proxy].
type transit struct {
	proxy   *Proxy
	note    *crossing
	w       http.ResponseWriter
	body    *requestBody // nil: none
	endless bool         // the answer does not say its length
	format  wire.Format
	head    wire.Head
	lane    *lane
	planned bool // what follows holds
	plan    fault.Plan
	wait    waiting
	broken  bool // the client's connection is to be reset
}

// healthy is the time to the first token in the plan of a healthy attempt, whose
// time to the headers is 0. From what faults make of the two follows what they
// do to any time: see [transit.due].
const healthy = time.Minute

// serve lets faults decide about a request and carries out what they did.
func (s *transit) serve(r *http.Request, faults []*Weather, at time.Duration) {
	body := held{Reader: r.Body, all: &s.proxy.held, most: s.proxy.bodies}
	defer body.release()
	a, err := readAsked(r, &body)
	switch {
	case errors.Is(err, errBodies):
		http.Error(s.w, "tailgate proxy: "+err.Error(), http.StatusServiceUnavailable)
		s.note.delivered()
		return
	case err != nil:
		s.unread(r.Context())
		return
	}
	s.draw(r, &a, faults, at)
	leave, err := s.enter(r, faults)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer leave()
	s.note.planned(&s.plan)
	s.wait.began = time.Now()
	defer s.wait.stop()
	ctx := r.Context()
	switch p := &s.plan; {
	case p.End == fault.EndRefuse:
		s.reset()
	case p.End == fault.EndFail:
		s.fail(ctx)
	case p.End == fault.EndReset && p.Until < 0:
		if s.wait.until(ctx, p.Wait) == nil {
			s.reset()
		}
	case p.End == fault.EndHang && p.Until < 0:
		<-ctx.Done()
	default:
		s.forward(r)
	}
}

// draw draws the plan of a healthy attempt and applies the faults to it.
func (s *transit) draw(r *http.Request, a *asked, faults []*Weather, at time.Duration) {
	p := s.proxy
	id, ordinal, _ := trace(r.Header, &p.asked)
	s.note.asked(a, id, ordinal)
	s.lane = p.lane(a.model)
	s.format = a.format
	s.head = newHead(r, id, ordinal)
	s.head.Model, s.head.Array = a.model, a.array
	s.planned = true
	s.plan = fault.Plan{FirstToken: healthy, Input: a.input, Tokens: int(s.lane.events.Load())}
	request := p.root.Word(id)
	call := request.Word(draw.Hash(s.lane.name)).Word(uint64(ordinal))
	in := fault.Instant{
		At: at, Strength: 1, Draw: call, Shared: request.Word(uint64(ordinal)), Run: p.root,
		Account: account(s.format, r), Met: s.note.met(),
	}
	for _, w := range faults {
		w.Apply(&s.plan, s.lane.name, in)
	}
}

// enter waits for a place; leave gives it back. A request that chooses its faults
// needs none unless they limit it.
func (s *transit) enter(r *http.Request, faults []*Weather) (leave func(), err error) {
	g := s.lane.gate
	_, chosen := r.Header[FaultHeader]
	if g == nil || !s.plan.Accepted() || chosen && !slices.ContainsFunc(faults, (*Weather).limits) {
		return func() {}, nil
	}
	admitted, queued, err := g.enter(r.Context())
	s.note.queued(queued)
	if err != nil {
		return nil, err
	}
	if !admitted {
		g.turnAway(&s.plan, s.note.met())
		return func() {}, nil
	}
	return g.leave, nil
}

// fail writes the plan's error in the vendor's own words.
func (s *transit) fail(ctx context.Context) {
	if s.wait.until(ctx, s.plan.Wait) != nil {
		return
	}
	s.head.Limits = told(s.plan.Limits)
	fail(s.w, s.format, s.head, &s.plan)
	s.note.delivered()
}

// reset breaks the client's connection, as was planned.
func (s *transit) reset() {
	s.note.delivered()
	s.abort()
}

// abort breaks the client's connection.
func (s *transit) abort() {
	if !reset(s.w) {
		panic(http.ErrAbortHandler)
	}
}

// breakOff has the client's connection reset when all before has been sent. The
// error is for the one who copies the body.
func (s *transit) breakOff() error {
	s.note.delivered()
	s.broken = true
	return errBroken
}

var errBroken = errors.New("the connection is to be reset")

// due returns when the headers are to come if the upstream's came after d.
// Faults change times by a factor and by a number: the number is what they made
// of 0, and the factor is what else became of the healthy time.
func (s *transit) due(d time.Duration) time.Duration {
	factor := float64(s.plan.FirstToken-s.plan.Wait) / float64(healthy)
	return s.plan.Wait + time.Duration(min(factor*float64(d), float64(maxWait)))
}

// asked is what a proxy has to know of a request.
type asked struct {
	format wire.Format
	model  string
	stream bool
	array  bool   // the stream is to be a JSON array
	prompt uint64 // a hash of it, 0 where it is not known
	input  int    // tokens of the prompt, estimated
}

// readAsked reads from its body what a request asks for and leaves the request as
// it was. The
// model is "" where the request names none, or only after the first 32 MiB.
func readAsked(r *http.Request, from io.Reader) (a asked, err error) {
	body, err := io.ReadAll(io.LimitReader(from, maxBody))
	if err != nil {
		return a, err
	}
	if len(body) > 0 {
		rest := io.MultiReader(bytes.NewReader(body), r.Body)
		r.Body = struct {
			io.Reader
			io.Closer
		}{rest, r.Body}
	}
	body = unzipped(r, body)
	format, known := formatOf(r)
	in, err := format.DecodeRequest(r.URL, body)
	a.format, a.array = format, in.Array
	if known && err == nil {
		a.stream, a.prompt = in.Stream, draw.Hash(in.Request.Prompt)
		a.model, a.input = in.Model, llm.EstimateTokens(in.Request.System)+llm.EstimateTokens(in.Request.Prompt)
		return a, nil
	}
	a.model, a.input = modelOf(r.URL, body), llm.EstimateTokens(string(body))
	return a, nil
}

// formatOf returns the format of a request. One of no known format has the manners
// of the vendor that it seems to be meant for.
func formatOf(r *http.Request) (format wire.Format, known bool) {
	if format, known = wire.FormatOf(r.URL.Path); !known {
		format = wire.VendorOf(r.URL, r.Header)
	}
	return format, known
}

// modelOf returns the model that a request of no known format names, in its
// body or in its path.
func modelOf(u *url.URL, body []byte) string {
	var named struct {
		Model string `json:"model"`
	}
	if json.Unmarshal(body, &named) == nil && named.Model != "" {
		return named.Model
	}
	_, rest, _ := strings.Cut(u.Path, "/models/")
	model, _, _ := strings.Cut(rest, ":")
	return model
}
