package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"slices"
	"strconv"
	"sync"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// Arrival is one request at the moment it is sent on the real clock.
type Arrival struct {
	// Seq counts from 0 in the order of due times.
	Seq int
	// Due is when the schedule wanted it, Sent when it was sent, both from the
	// start of the attack. Sent is never before Due.
	Due, Sent time.Duration
	// Began is the start of the attack.
	Began time.Time
}

// Lag returns how late the request was sent.
func (a Arrival) Lag() time.Duration { return a.Sent - a.Due }

// Since returns the time that has passed since the request was due: its
// latency, when called at its end.
func (a Arrival) Since() time.Duration { return time.Since(a.Began) - a.Due }

// PanicError is a request whose handling panicked.
type PanicError struct {
	Arrival Arrival
	// Value is what was passed to panic, Stack where.
	Value any
	Stack []byte
}

// Error implements error.
func (e *PanicError) Error() string {
	return fmt.Sprintf("request %d panicked: %v", e.Arrival.Seq, e.Value)
}

// Attack sends every request of s when it is due by calling do on a goroutine
// of its own: as many at once as are needed, because a limit would delay
// requests behind slow ones and hide the slowness. Latency is the caller's to
// take, with [Arrival.Since]. A nil wait means [PreciseWait].
//
// When ctx is done, no further request is sent, and those in flight see it by
// the ctx they were given. Attack returns when the last do has returned; it
// leaves no goroutine behind. It returns how many requests were sent, and a
// [*PanicError] for each that panicked, joined in the order of Seq. s cannot be
// used again.
func Attack(ctx context.Context, s *Schedule, wait Wait, do func(context.Context, Arrival)) (sent int, err error) {
	if wait == nil {
		precise, free := PreciseWait()
		defer free()
		wait = precise
	}
	a := &attack{pacer: newLivePacer(s, wait, ctx.Done())}
	client := http.Client{
		Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			return respond(r, a.hit(ctx, r, do)), nil
		}),
		// A redirect would enter the strategy twice for one request.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	attacker := vegeta.NewAttacker(vegeta.Client(&client)) // serves one attack only
	for range attacker.Attack(target, a.pacer, 0, "") {
		// Vegeta hoards goroutines when its results are read slowly, and there
		// is nothing in them that is not known better here.
	}
	return a.sent, a.failure()
}

// attack is what one attack gathers.
type attack struct {
	pacer *livePacer

	mu     sync.Mutex
	sent   int           // guarded by mu
	panics []*PanicError // guarded by mu
}

// hit calls do for the request that vegeta has numbered. The number travels in
// a header, which goes no further than this.
func (a *attack) hit(ctx context.Context, r *http.Request, do func(context.Context, Arrival)) (status int) {
	seq, err := strconv.ParseUint(r.Header.Get("X-Vegeta-Seq"), 10, 63)
	if err != nil {
		return http.StatusBadRequest
	}
	arrival := Arrival{Seq: int(seq), Due: a.pacer.take(seq), Began: a.pacer.began}
	if ctx.Err() != nil {
		return http.StatusServiceUnavailable
	}
	defer func() {
		if v := recover(); v != nil {
			a.panicked(&PanicError{Arrival: arrival, Value: v, Stack: debug.Stack()})
			status = http.StatusInternalServerError
		}
	}()
	a.mu.Lock()
	a.sent++
	a.mu.Unlock()
	arrival.Sent = time.Since(arrival.Began)
	do(ctx, arrival)
	return http.StatusOK
}

func (a *attack) panicked(p *PanicError) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.panics = append(a.panics, p)
}

func (a *attack) failure() error {
	slices.SortFunc(a.panics, func(p, q *PanicError) int { return cmp.Compare(p.Arrival.Seq, q.Arrival.Seq) })
	errs := make([]error, len(a.panics))
	for i, p := range a.panics {
		errs[i] = p
	}
	return errors.Join(errs...)
}

// target is where vegeta believes it sends its requests.
func target(t *vegeta.Target) error {
	t.Method, t.URL = http.MethodGet, "http://tailgate"
	return nil
}

// respond returns an empty response with the text vegeta wants of an error.
func respond(r *http.Request, status int) *http.Response {
	return &http.Response{
		StatusCode: status,
		Status:     fmt.Sprintf("%d %s", status, http.StatusText(status)),
		Header:     http.Header{},
		Body:       http.NoBody,
		Request:    r,
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

// RoundTrip implements [http.RoundTripper].
func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
