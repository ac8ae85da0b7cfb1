package mockprovider

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httputil"
	"net/url"
	"path"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

// ProxyConfig says where a [Proxy] sends requests and what befalls them.
type ProxyConfig struct {
	// Upstream is the address of the real endpoint, http or https, with a path
	// to put before that of every request if it has one.
	Upstream *url.URL
	// Seed keys every draw together with the request's number.
	Seed uint64
	// Faults apply from the beginning, in this order. Their models are the names
	// that clients ask for. Those that [Bends] refuses are an error.
	Faults []fault.Window
	// Weather, if not nil, has more faults, applied after Faults, which may
	// change while the proxy is in use. Its beginning is the proxy's.
	Weather *Weather
	// Paths keep the faults to requests whose path matches one of these patterns,
	// in the syntax of [path.Match]; empty means every path.
	Paths []string
	// Transport carries requests to the upstream; nil means one of the proxy's
	// own, made for few hosts and many connections.
	Transport http.RoundTripper
	// Journal, if not nil, takes down every request: what was asked by its model,
	// path and kind, the plan it met, and what came of it. See [Entry].
	Journal *Journal
}

// FaultHeader is the header with which a client chooses the faults of a
// [Proxy] that its request may meet: their names, separated by commas. A name
// that no fault has, such as "none", stands for no fault. Without the header a
// request may meet all of them. The proxy keeps the header to itself.
const FaultHeader = "X-Tailgate-Fault"

// Proxy puts faults in front of a real endpoint. It is an [http.Handler] and
// safe for concurrent use.
//
// A request that no fault touches passes as it is, and so does its answer, byte
// by byte and as fast as the client takes it: method, path, query, body,
// trailers and all headers, but for those that concern a single connection.
// Credentials pass too; of what passes the proxy keeps, shows and logs nothing
// but what [ProxyConfig].Journal has of it.
//
// For the others the proxy draws a [fault.Plan] as a mock does, keyed by the
// same words, and bends what the upstream really does: it stretches and
// lengthens the time to the headers, and cuts or garbles the answer. An attempt
// that ends before its headers (an error, a refused connection, a hang) never
// reaches the upstream, and costs nothing there. What the upstream sent while
// its headers were held back follows them at once.
//
// How long a stream will be is not known before its end. A share of a stream is
// therefore one of as many events as the last whole stream of the same model
// had, 64 before there was one, and a stream that is shorter than that is cut
// before its terminator. Where a fault looks into the body, the upstream is
// asked not to compress it.
type Proxy struct {
	upstream url.URL
	paths    []string
	root     draw.Key
	start    time.Time
	fixed    *Weather
	changing *Weather // nil: none
	capacity []weather
	journal  *Journal // nil: none
	reverse  httputil.ReverseProxy
	idle     func() // closes idle connections
	asked    atomic.Uint64
	held     atomic.Int64 // bytes of the requests that are read before they are sent on
	bodies   int64        // their most

	mu    sync.Mutex
	lanes map[string]*lane // guarded by mu
}

var _ http.Handler = (*Proxy)(nil)

// lane is what the proxy knows of one model.
type lane struct {
	name   string
	gate   *gate        // nil: unlimited
	events atomic.Int64 // of the last whole stream
}

// firstEvents is how long a model's first stream is taken to be.
const firstEvents = 64

// NewProxy returns a proxy. Its error names everything that is wrong with c;
// it never repeats the upstream's address, which may hold a secret.
func NewProxy(c ProxyConfig) (*Proxy, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	start := time.Now()
	if c.Weather != nil {
		start = c.Weather.Start()
	}
	named := distinct(c.Faults)
	p := &Proxy{
		upstream: *c.Upstream, paths: c.Paths, root: draw.New(c.Seed), start: start,
		fixed: NewWeather(start, named, nil), changing: c.Weather, journal: c.Journal, lanes: make(map[string]*lane),
		bodies: maxBodies,
	}
	for _, w := range named {
		if _, ok := w.Fault.(fault.Capacity); ok {
			p.capacity = append(p.capacity, weather{window: w})
		}
	}
	p.connect(c.Transport)
	return p, nil
}

func (c *ProxyConfig) check() error {
	var problems []error
	switch u := c.Upstream; {
	case u == nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https":
		problems = append(problems, errors.New("the upstream must be an address such as https://api.openai.com"))
	case badPort(u.Port()):
		problems = append(problems, errors.New("the port in the upstream's address must be a number from 1 to 65535"))
	case u.User != nil:
		problems = append(problems, errors.New("the upstream's address has a user or password in it: clients send their own credentials"))
	case u.RawQuery != "" || u.Fragment != "":
		problems = append(problems, errors.New("the upstream's address must end with its path"))
	}
	for _, pattern := range c.Paths {
		if _, err := path.Match(pattern, ""); err != nil {
			problems = append(problems, fmt.Errorf("path %q: %w", pattern, err))
		}
	}
	for i := range c.Faults {
		if c.Faults[i].Fault == nil {
			problems = append(problems, fmt.Errorf("fault %q: does nothing", c.Faults[i].Label()))
		}
		problems = append(problems, Bends(c.Faults[i]))
	}
	return errors.Join(problems...)
}

func badPort(port string) bool {
	n, err := strconv.ParseUint(port, 10, 16)
	return port != "" && (err != nil || n == 0)
}

// distinct returns the windows with a label of its own for each, which keys its
// draws.
func distinct(windows []fault.Window) []fault.Window {
	seen := make(map[string]int, len(windows))
	all := make([]fault.Window, len(windows))
	for i, w := range windows {
		label := w.Label()
		seen[label]++
		if n := seen[label]; n > 1 {
			w.Name = fmt.Sprintf("%s-%d", label, n)
		}
		all[i] = w
	}
	return all
}

// Close closes the connections to the upstream that are not in use.
func (p *Proxy) Close() { p.idle() }

// Restart makes the proxy count requests that do not say their number from 0
// again, so that they meet the weather of the beginning.
func (p *Proxy) Restart() { p.asked.Store(0) }

// ServeHTTP implements [http.Handler].
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s := &transit{proxy: p, note: p.note(w, r)}
	_ = http.NewResponseController(w).EnableFullDuplex() // HTTP/2 is that anyway
	defer s.note.end(r.Context())
	out := &unhurried{ResponseWriter: s.note.writer(w), shared: r.ProtoMajor > 1}
	s.w = out
	r = r.WithContext(context.WithValue(r.Context(), transitKey{}, s)) // the server looks at the body of its own
	if r.Body != nil && r.Body != http.NoBody {
		s.body = &requestBody{ReadCloser: r.Body}
		r.Body, out.body = s.body, s.body
	}
	at := time.Since(p.start)
	faults := p.faults(r, at)
	if len(faults) == 0 && p.capacity == nil || !p.touches(r.URL.Path) {
		s.note.watch(r)
		s.forward(r)
		return
	}
	s.serve(r, faults, at)
}

// faults returns the weather of the moment that the request may meet.
func (p *Proxy) faults(r *http.Request, at time.Duration) []*Weather {
	var all []*Weather
	for _, w := range [...]*Weather{p.fixed, p.changing} {
		if w == nil {
			continue
		}
		if names, chosen := r.Header[FaultHeader]; chosen {
			w = w.only(names)
		}
		if w.on(at) {
			all = append(all, w)
		}
	}
	return all
}

// touches says whether faults hit requests for the path.
func (p *Proxy) touches(requested string) bool {
	for _, pattern := range p.paths {
		if ok, _ := path.Match(pattern, requested); ok { // NewProxy has checked the pattern
			return true
		}
	}
	return len(p.paths) == 0
}

// lane returns the lane of a model. Clients may ask for any name, so only the
// first thousand of a reasonable length have a lane of their own; the others
// share one.
func (p *Proxy) lane(model string) *lane {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(model) > maxName || p.lanes[model] == nil && len(p.lanes) >= maxCounted {
		model = OtherModels
	}
	l := p.lanes[model]
	if l == nil {
		l = &lane{name: model, gate: newGate(model, weatherFor(model, p.capacity), p.changing, p.start)}
		l.events.Store(firstEvents)
		p.lanes[model] = l
	}
	return l
}
