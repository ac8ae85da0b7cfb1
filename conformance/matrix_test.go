package conformance_test

import (
	stdcmp "cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/wire"
	"github.com/tailgate-bench/tailgate/mockprovider"
	"github.com/tailgate-bench/tailgate/mockprovider/mocktest"
)

// library is a vendor's client library as the tests see it.
type library struct {
	format wire.Format
	// ask asks a model at an address.
	ask func(ctx context.Context, q question) reply
	// read says what kind of error the library returns.
	read func(error) failure
	// counts says that the library numbers its tries in a header.
	counts bool
	// stop and length are its words for why an answer ends.
	stop, length string
}

// What every library is asked.
const (
	system = "Be brief."
	prompt = "How are you?"
)

// question is whom a library asks, and how.
type question struct {
	url    string
	client *http.Client

	model     string
	stream    bool
	maxTokens int
	// retries is how the library is told to try again.
	retries retries
	// perTry limits each try; 0 leaves it to the library.
	perTry time.Duration
	// request is the number of the request, which keys the mock's draws; 0 means
	// traced.
	request int
}

// retries says whether a library tries again.
type retries int

const (
	byDefault retries = iota
	never
	always // where the default is never
	many   // so often that the waits grow no longer
)

// often is how often a library tries that is told to try many times.
const often = 9

// reply is what a library makes of an answer.
type reply struct {
	Text, Model, Stop string
	Usage             llm.Usage
	err               error
}

// failure is what can be read from a library's error.
type failure struct {
	Kind        kind
	Status      int
	Label, Code string
}

// kind is the kind of an error to a library.
type kind string

const (
	none      kind = ""          // no error
	api       kind = "api"       // the library's own type for what the service says
	inStream  kind = "in stream" // its type for an error inside a stream, where it has one
	deadline  kind = "deadline"  // the caller's time is over
	transport kind = "transport" // the connection broke
	garbage   kind = "garbage"   // what came does not parse
)

// plain reads the errors that are not of a library's own types.
func plain(err error) failure {
	switch {
	case err == nil:
		return failure{}
	case errors.Is(err, context.DeadlineExceeded):
		return failure{Kind: deadline}
	case strings.Contains(strings.ToLower(err.Error()), "json"), strings.Contains(err.Error(), "invalid character"):
		return failure{Kind: garbage}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET):
		return failure{Kind: transport}
	default:
		return failure{Kind: kind(err.Error())}
	}
}

// wait is how long a library waits before a try, from and to included.
type wait struct{ from, to time.Duration }

func exactly(d time.Duration) wait { return wait{d, d} }

// backoff are the waits between three tries of the libraries that are generated
// by Stainless: half a second, doubled, less a quarter at most.
func backoff() []wait {
	return []wait{{375 * time.Millisecond, 500 * time.Millisecond}, {750 * time.Millisecond, time.Second}}
}

// row is one line of the matrix: what a library does about one kind of weather.
type row struct {
	model string
	want  failure
	// waits are those between tries, so that there is one try more.
	waits []wait
}

// test holds a library to rows, on the fake clock and on every road. It asks for a
// stream, or for a whole answer, or both in turn.
func (l library) test(t *testing.T, how retries, streams []bool, rows []row) {
	t.Helper()
	for _, r := range rows {
		for _, stream := range streams {
			for name, pave := range roads(faults()[r.model]) {
				t.Run(r.model+"/"+way(stream)+"/"+name, func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) {
						l.hold(t, pave(t), r, question{model: r.model, stream: stream, retries: how})
					})
				})
			}
		}
	}
}

func way(stream bool) string {
	if stream {
		return "stream"
	}
	return "whole"
}

// patience is how long a caller waits, which is longer than any library does.
const patience = 3 * time.Hour

// hold asks and compares with the row. The test must be in a bubble.
func (l library) hold(t *testing.T, by road, r row, q question) {
	t.Helper()
	got, sent := l.travel(t, by, q)
	if diff := cmp.Diff(r.want, l.read(got.err)); diff != "" {
		t.Errorf("error %v (-want +got):\n%s", got.err, diff)
	}
	entries := by.journal.Entries(0)
	holdWaits(t, entries, r.waits)
	for i, h := range sent {
		want := ""
		if l.counts {
			want = strconv.Itoa(i)
		}
		if n := h.Get("X-Stainless-Retry-Count"); n != want {
			t.Errorf("try %d says it is number %q, want %q", i, n, want)
		}
	}
	for _, e := range entries {
		if e.Format != l.format || e.Model != q.model || e.Stream != q.stream {
			t.Errorf("the journal says %v, model %q, stream %v", e.Format, e.Model, e.Stream)
		}
	}
}

// send asks the server of a bubble, and returns the headers of each try, too.
func (l library) send(t *testing.T, srv *mocktest.Server, q question) (reply, []http.Header) {
	t.Helper()
	return l.travel(t, road{url: srv.URL, transport: srv.Client().Transport}, q)
}

// travel asks at the end of a road.
func (l library) travel(t *testing.T, by road, q question) (reply, []http.Header) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	seen := &spy{next: by.transport, request: stdcmp.Or(q.request, traced)}
	q.url, q.client = by.url, &http.Client{Transport: seen}
	got := l.ask(ctx, q)
	synctest.Wait() // until the journal has everything
	return got, seen.headers()
}

// holdWaits compares the time from the end of each try to the next one.
func holdWaits(t *testing.T, tries []mockprovider.Entry, want []wait) {
	t.Helper()
	if len(tries) != len(want)+1 {
		t.Errorf("%d tries, want %d", len(tries), len(want)+1)
		return
	}
	for i, w := range want {
		ended := tries[i].At.Add(time.Duration(tries[i].Lasted * float64(time.Second)))
		got := tries[i+1].At.Sub(ended).Round(time.Microsecond)
		if got < w.from || got > w.to {
			t.Errorf("waits %v before try %d, want %v to %v", got, i+1, w.from, w.to)
		}
	}
}

// traced is the number of requests that have no other, so that they meet the same
// weather.
const traced = 7

// spy is a transport that remembers what was sent, and numbers the request.
type spy struct {
	next    http.RoundTripper
	request int
	mu      sync.Mutex
	sent    []http.Header // guarded by mu
}

// RoundTrip implements [http.RoundTripper].
func (s *spy) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	s.sent = append(s.sent, r.Header.Clone())
	s.mu.Unlock()
	r = r.Clone(r.Context())
	r.Header.Set(wire.TraceRequest, strconv.Itoa(s.request))
	return s.next.RoundTrip(r)
}

func (s *spy) headers() []http.Header {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.sent)
}
