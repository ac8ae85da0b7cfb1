package mockprovider

import (
	"errors"
	"maps"
	"math"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/llm/wire"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

// Server serves mock models over HTTP in the wire formats of OpenAI, Anthropic
// and Gemini at once; the path tells which. It is an [http.Handler] and safe
// for concurrent use.
//
//	POST /v1/chat/completions                       OpenAI
//	POST /v1/responses                              OpenAI
//	POST /v1/messages                               Anthropic
//	POST /v1beta/models/{model}:generateContent     Gemini
//	POST /v1beta/models/{model}:streamGenerateContent
//	GET  /v1/models, /v1beta/models                 which models there are
//	GET  /v1/models/{model}, /v1beta/models/{model}
//
// What is wrong with a request is said as the vendor says it, paths and methods
// that the vendor does not know included.
//
// The headers [wire.TraceRequest] and [wire.TraceAttempt] say which request is
// asked, and how often this model has been asked before on its behalf; they key
// the draws. A request without them gets the next number of the server's own.
//
// A connection cannot be refused by a server that is reached over it, so a plan
// that says so is carried out as a reset at once. Any key is taken.
type Server struct {
	// RequireKey makes the server turn away requests without a key, or without
	// the version that Anthropic's clients have to name, as vendors do. It must
	// not be changed once the server is in use.
	RequireKey bool
	// Exact makes a response that says when to come back tell milliseconds, too,
	// where its vendor tells whole seconds only, so that a client meets what it does
	// on the virtual clock. It must not be changed once the server is in use.
	Exact bool
	// Observer, if not nil, is told about every attempt at the moment it is
	// taken on, before anything is sent. Calls may be concurrent. It must not be
	// changed once the server is in use.
	Observer func(Taken)
	// Journal, if not nil, takes down every attempt. It must not be changed once
	// the server is in use.
	Journal *Journal

	models map[string]*Model
	order  []*Model
	asked  atomic.Uint64 // requests that did not say their number
	rooms  sync.Pool     // of *room
	held   atomic.Int64  // bytes of the bodies under way
	bodies int64         // the most that they may be
}

var _ http.Handler = (*Server)(nil)

// New returns a server of the models of a new run, as [NewModels] makes them.
func New(c Config) (*Server, error) {
	models, err := NewModels(c)
	if err != nil {
		return nil, err
	}
	return NewServer(models), nil
}

// NewServer returns a server of the given models.
func NewServer(models []*Model) *Server {
	s := &Server{models: make(map[string]*Model, len(models)), order: models, bodies: maxBodies}
	for _, m := range models {
		s.models[m.Name()] = m
	}
	return s
}

// ServeHTTP implements [http.Handler].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	format, ok := wire.FormatOf(r.URL.Path)
	switch {
	case !ok:
		s.serveModels(w, r)
	case r.Method != http.MethodPost:
		unrouted(w, r, format, http.MethodPost)
	default:
		s.serve(w, r, format)
	}
}

// unrouted answers a request that the vendor has no operation for; allowed is
// the method that the path has one for, if any.
func unrouted(w http.ResponseWriter, r *http.Request, format wire.Format, allowed string) {
	send(w, format.EncodeUnrouted(newHead(r, 0, 0), r.Method, r.URL.Path, allowed))
}

// newHead returns the head of the response to a call for a request. Of the two
// shapes that errors have in the streams of Responses each is as likely.
func newHead(r *http.Request, id uint64, ordinal int) wire.Head {
	flat := draw.New(id).Word(uint64(ordinal)).Word(drawShape).Float64() < 0.5
	return wire.Head{ID: responseID(id, ordinal, r.URL.Path), Created: time.Now(), Flat: flat}
}

// drawShape is the purpose of the draw of a shape.
var drawShape = draw.Hash("error_shape")

// serve answers one attempt.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, format wire.Format) {
	id, ordinal, traced := trace(r.Header, &s.asked)
	note := s.open(w, Entry{Client: r.RemoteAddr, Format: format, Request: id, Ordinal: ordinal, Traced: traced})
	w = note.writer(w)
	head := newHead(r, id, ordinal)
	body := held{all: &s.held, most: s.bodies}
	defer body.release()
	in, err := s.read(&body, r, format)
	head.Model, head.Usage, head.Array = in.Model, in.Usage, in.Array
	head.Fine = s.Exact
	if err != nil {
		note.rejected(llm.AsError(err), reject(w, format, head, llm.AsError(err)))
		return
	}
	note.asked(in.Model, in.Request.Prompt, in.Stream)
	in.Request.ID = id
	model, ok := s.models[in.Model]
	if !ok {
		failure := &llm.Error{Kind: llm.NotFound}
		note.rejected(failure, reject(w, format, head, failure))
		return
	}
	p := performance{w: w, format: format, head: head, in: &in, room: s.enter()}
	defer s.leave(p.room)
	model.planFor(&p.plan, &in.Request, ordinal, fault.Instant{
		At: time.Since(model.start), Account: account(format, r), Met: note.met(),
	})
	note.begin(&p.plan)
	leave, queued, err := model.take(r.Context(), &p.plan, note.met())
	if err != nil {
		note.left(r.Context(), queued)
		return
	}
	defer leave()
	s.observe(&p, in.Model, id, ordinal)
	note.taken(&p.plan, queued)
	carried := p.perform(r.Context())
	note.end(r.Context(), &p, model.settings.Price, carried)
	if p.aborts {
		panic(http.ErrAbortHandler)
	}
}

// Restart makes the server count requests that do not say their number from 0
// again, so that they meet the weather of the beginning.
func (s *Server) Restart() { s.asked.Store(0) }

// trace returns the number of the request and of the call; traced says that the
// client gave the first. Otherwise it is the next one after asked.
func trace(h http.Header, asked *atomic.Uint64) (id uint64, ordinal int, traced bool) {
	id, traced = number(h.Get(wire.TraceRequest))
	if !traced {
		id = asked.Add(1) - 1
	}
	n, _ := number(h.Get(wire.TraceAttempt))
	return id, int(min(n, math.MaxInt)), traced
}

// number reads a number that a client may have given. That most clients give none
// is no error to make.
func number(field string) (n uint64, ok bool) {
	if field == "" {
		return 0, false
	}
	n, err := strconv.ParseUint(field, 10, 64)
	return n, err == nil
}

// responseID returns what identifies a response: letters and digits.
func responseID(id uint64, ordinal int, path string) string {
	k := draw.New(id).Word(uint64(ordinal)).Name(path)
	text := make([]byte, 0, 2*13) // digits of the largest number
	text = strconv.AppendUint(text, k.Uint64(), 36)
	return string(strconv.AppendUint(text, k.Word(1).Uint64(), 36))
}

// read reads the request. All of the body is read, since only then does the
// server notice a client that leaves. What the URL says of the request stands
// beside an error, too.
func (s *Server) read(body *held, r *http.Request, format wire.Format) (wire.Incoming, error) {
	text, err := body.read(r)
	if err != nil {
		in, _ := format.DecodeRequest(r.URL, nil)
		return in, unread(err)
	}
	in, err := format.DecodeRequest(r.URL, text)
	if e := s.stranger(format, r); e != nil {
		return in, e
	}
	return in, err
}

// unread returns the error for a body that could not be read to its end.
func unread(err error) *llm.Error {
	switch {
	case errors.Is(err, errBody):
		return &llm.Error{
			Kind: llm.InvalidRequest, Status: http.StatusRequestEntityTooLarge, Message: "Request exceeds the maximum size",
		}
	case errors.Is(err, errBodies):
		return &llm.Error{Kind: llm.Overloaded, Cause: err}
	default:
		return &llm.Error{Kind: llm.InvalidRequest, Message: "the request cannot be read", Cause: err}
	}
}

// stranger returns the error for a client that does not say who it is, if it has to.
func (s *Server) stranger(format wire.Format, r *http.Request) *llm.Error {
	if !s.RequireKey {
		return nil
	}
	return format.CheckClient(r.URL, r.Header)
}

// account returns what stands for the API key that a client presents, 0 for none:
// a hash, so that the key itself is not kept.
func account(format wire.Format, r *http.Request) uint64 {
	key := format.Key(r.URL, r.Header)
	if key == "" {
		return 0
	}
	return draw.Hash(key)
}

// fail writes the plan's error in the vendor's own words, or in the gateway's.
func fail(w http.ResponseWriter, format wire.Format, head wire.Head, p *fault.Plan) {
	if p.Page {
		send(w, format.EncodePage(head, p.Failure))
		return
	}
	failure := *p.Failure
	failure.Message = ""
	reject(w, format, head, &failure)
}

// reject writes an error response and returns its status.
func reject(w http.ResponseWriter, format wire.Format, head wire.Head, failure *llm.Error) int {
	resp := format.EncodeError(head, failure)
	send(w, resp)
	return resp.Status
}

// send writes a whole response.
func send(w http.ResponseWriter, resp wire.Response) {
	maps.Copy(w.Header(), resp.Header)
	w.Header().Set("Content-Length", strconv.Itoa(len(resp.Body)))
	w.WriteHeader(resp.Status)
	w.Write(resp.Body)
}
