package engine

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/internal/virtual"
	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/llm/remote"
	"github.com/tailgate-bench/tailgate/llm/wire"
	"github.com/tailgate-bench/tailgate/mockprovider"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
	"github.com/tailgate-bench/tailgate/mockprovider/mocktest"
	"github.com/tailgate-bench/tailgate/scenarios"
	"github.com/tailgate-bench/tailgate/strategies"
)

const (
	ms      = time.Millisecond
	never   = time.Duration(-1)
	timeout = time.Minute
	due     = time.Second // of the first request; the second comes 1 ms later
)

// meeting is a fault and what the second of two requests that meet it comes to.
// The model sends the first of eleven tokens after 100 ms and the others 10 ms
// apart, to a prompt of three tokens.
type meeting struct {
	fault string // as a scenario has it
	then  string // another fault, which is applied after it; "" is none
	want  result
	// whole is the kind of failure where the answer is not streamed, if it is
	// another one.
	whole llm.Kind
	// crowd says that the first request is to be under way meanwhile.
	crowd bool
}

// result is what a request comes to, whoever carried the plan out.
type result struct {
	Kind      llm.Kind // unknown: none
	Status    int      // of an error response
	Retryable bool
	Hint      time.Duration // in whole seconds, rounded up; -1: none
	Model     string        // of a success
	Estimated bool          // the count of a success
	Spoke     time.Duration // the first token; -1: never
	End       time.Duration
	Billed    llm.Usage
}

// The results of many faults.
func good() result {
	return result{Retryable: true, Hint: never, Model: "m", Spoke: 100 * ms, End: 200 * ms, Billed: llm.Usage{Input: 3, Output: 11}}
}

func failed(k llm.Kind, status int) result {
	return result{Kind: k, Status: status, Retryable: k.Retryable(), Hint: never, Spoke: never, End: 50 * ms}
}

// broken is an answer that ends after so many tokens.
func broken(k llm.Kind, tokens int, end time.Duration) result {
	r := result{Kind: k, Retryable: k.Retryable(), Hint: never, Spoke: never, End: end, Billed: llm.Usage{Input: 3, Output: tokens}}
	if tokens > 0 {
		r.Spoke = 100 * ms
	}
	return r
}

func (r result) but(change func(*result)) result {
	change(&r)
	return r
}

func hinted(d time.Duration) func(*result) {
	return func(r *result) { r.Hint = d }
}

func final(r *result) { r.Retryable = false }

// meetings are the kinds of faults, each at least once.
func meetings() map[string]meeting {
	unbilled := func(r *result) { r.Billed = llm.Usage{} }
	return map[string]meeting{
		"slow":              {fault: `latency: {multiply: 2, add: 50ms}`, want: good().but(func(r *result) { r.Spoke, r.End = 250*ms, 350*ms })},
		"late first token":  {fault: `first_token: {add: 5s}`, want: good().but(func(r *result) { r.Spoke, r.End = 5100*ms, 5200*ms })},
		"500":               {fault: `status: {code: 500}`, want: failed(llm.ServerError, 500)},
		"500, a page":       {fault: `status: {code: 500, html: true}`, want: failed(llm.ServerError, 500)},
		"502":               {fault: `status: {code: 502}`, want: failed(llm.ServerError, 502)},
		"503":               {fault: `status: {code: 503}`, want: failed(llm.Overloaded, 503)},
		"503, a page":       {fault: `status: {code: 503, html: true, retry_after: 7s}`, want: failed(llm.Overloaded, 503).but(hinted(7 * time.Second))},
		"529":               {fault: `status: {code: 529, after: 1s}`, want: failed(llm.Overloaded, 529).but(func(r *result) { r.End = time.Second })},
		"do not retry":      {fault: `status: {code: 500, should_retry: false}`, want: failed(llm.ServerError, 500).but(final)},
		"do retry":          {fault: `status: {code: 400, should_retry: true}`, want: failed(llm.InvalidRequest, 400).but(func(r *result) { r.Retryable = true })},
		"a page, no retry":  {fault: `status: {code: 502, should_retry: false}`, want: failed(llm.ServerError, 502).but(final)},
		"429 with a hint":   {fault: `status: {code: 429, retry_after: 30s}`, want: failed(llm.RateLimited, 429).but(hinted(30 * time.Second))},
		"429 without":       {fault: `status: {code: 429}`, want: failed(llm.RateLimited, 429)},
		"slow down":         {fault: `status: {code: 429, reason: slow_down}`, want: failed(llm.RateLimited, 429)},
		"quota":             {fault: `status: {code: 429, reason: quota}`, want: failed(llm.QuotaExhausted, 429)},
		"spend limit":       {fault: `status: {code: 429, reason: spend_limit}`, want: failed(llm.QuotaExhausted, 429)},
		"per day":           {fault: `status: {code: 429, reason: per_day, retry_after: 36s}`, want: failed(llm.QuotaExhausted, 429).but(hinted(36 * time.Second))},
		"outage":            {fault: `outage: {overloaded: 1}`, want: failed(llm.Overloaded, 529)},
		"incidents":         {fault: `incidents: {gap: 1ms, duration: 1000h, outage: {unavailable: 1}}`, want: failed(llm.Overloaded, 503)},
		"between incidents": {fault: `incidents: {}`, want: good()},
		"brownout, slow":    {fault: `brownout: {multiply: 3}`, want: good().but(func(r *result) { r.Spoke, r.End = 300*ms, 400*ms })},
		"brownout, errors":  {fault: `brownout: {errors: 100%, code: 500}`, want: failed(llm.ServerError, 500)},
		"hang":              {fault: `hang: {}`, want: broken(llm.Timeout, 0, timeout)},
		"hang later":        {fault: `hang: {after_tokens: 4}`, want: broken(llm.Timeout, 4, timeout)},
		"stall":             {fault: `stall: {after_share: 0.5, for: 20s}`, want: good().but(func(r *result) { r.End += 20 * time.Second })},
		"reset":             {fault: `reset: {}`, want: broken(llm.Connection, 0, 100*ms).but(unbilled)},
		"reset later":       {fault: `reset: {after_share: 0.5}`, want: broken(llm.Connection, 5, 140*ms)},
		"refuse":            {fault: `refuse: {}`, want: broken(llm.Connection, 0, 0).but(unbilled)},
		"rate limit":        {fault: `rate_limit: {requests: 1, period: 1000h, after: 50ms}`, want: failed(llm.RateLimited, 429)},
		"key limit":         {fault: `key_limit: {tokens: 20, period: 1000h, after: 50ms}`, want: failed(llm.RateLimited, 429)},
		"capacity":          {fault: `capacity: {concurrency: 1}`, want: failed(llm.Overloaded, 503), crowd: true},
		"truncate":          {fault: `truncate: {share: 0.5}`, want: broken(llm.Truncated, 5, 140*ms), whole: llm.Malformed},
		"malformed":         {fault: `malformed: {}`, want: broken(llm.Malformed, 11, 200*ms)},
		"in the stream":     {fault: `in_stream: {after_share: 0.5}`, want: broken(llm.InStreamError, 5, 140*ms), whole: llm.ServerError},
		"in the stream, at once": {
			fault: `in_stream: {after_share: 0.01, kind: overloaded}`, want: broken(llm.InStreamError, 0, 100*ms), whole: llm.Overloaded,
		},
		"truncate inside":  {fault: `truncate: {share: 0.5, inside: true}`, want: broken(llm.Truncated, 5, 140*ms), whole: llm.Malformed},
		"truncate the end": {fault: `truncate: {share: 1}`, want: broken(llm.Truncated, 11, 200*ms), whole: llm.Malformed},
		"reset the end":    {fault: `reset: {after_share: 1}`, want: broken(llm.Connection, 11, 200*ms)},
		"blank":            {fault: `blank: {}`, want: broken(llm.Truncated, 0, 100*ms), whole: llm.Malformed},
		"empty":            {fault: `empty: {}`, want: broken(llm.Malformed, 0, 100*ms)},
		"refusal":          {fault: `refusal: {}`, want: broken(llm.RefusedContent, 12, 210*ms)},
		"unmarked refusal": {fault: `refusal: {unmarked: true}`, want: good().but(func(r *result) { r.End, r.Billed.Output = 210*ms, 12 })},
		"wrong model":      {fault: `wrong_model: {name: smaller}`, want: good().but(func(r *result) { r.Model = "smaller" })},
		"no usage":         {fault: `no_usage: {}`, want: good().but(func(r *result) { r.Estimated = true })},
	}
}

// TestFaultKinds_bothDrivers: every kind of fault comes to the same on the
// virtual clock and over HTTP in every format, to the nanosecond: the same
// failure, at the same instants, for the same bill.
func TestFaultKinds_bothDrivers(t *testing.T) {
	t.Parallel()
	for name, c := range meetings() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onVirtual := simulated(t, c)
			if diff := cmp.Diff(c.want, unhinted(c.want, onVirtual)); diff != "" {
				t.Errorf("on the virtual clock (-want +got):\n%s", diff)
			}
			for _, f := range wire.Formats() {
				synctest.Test(t, func(t *testing.T) {
					if diff := cmp.Diff(onVirtual, overPipes(t, c, f, false)); diff != "" {
						t.Errorf("%v (-virtual +HTTP):\n%s", f, diff)
					}
				})
			}
		})
	}
}

// unhinted leaves out a hint that depends on when a limit began.
func unhinted(want, got result) result {
	if want.Kind == llm.RateLimited && want.Hint == never {
		got.Hint = never
	}
	return got
}

// TestFaultKinds_onSockets: over real sockets, streamed and whole, in every
// format, a client meets the same failures and the mock writes the same bills.
func TestFaultKinds_onSockets(t *testing.T) {
	t.Parallel()
	for name, c := range meetings() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, f := range wire.Formats() {
				for _, whole := range []bool{false, true} {
					want := c.want
					if whole && c.whole != llm.Unknown {
						want.Kind = c.whole
					}
					got := overSocket(t, c, f, whole)
					if got.Kind != want.Kind || got.Model != want.Model || got.Estimated != want.Estimated || got.Billed != want.Billed {
						t.Errorf("%v, whole: %v: got %+v, want %+v", f, whole, got, want)
					}
				}
			}
		})
	}
}

// TestFaultKinds_all: no kind of fault is left out.
func TestFaultKinds_all(t *testing.T) {
	t.Parallel()
	var schema struct {
		Defs struct {
			Fault struct{ OneOf []struct{ Required []string } }
		} `json:"$defs"`
	}
	if err := json.Unmarshal(scenarios.Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	var met []string
	for _, c := range meetings() {
		w, err := scenarios.ParseFault([]byte(c.fault), nil, 1)
		if err != nil {
			t.Fatal(err)
		}
		met = append(met, w.Kind)
	}
	for _, one := range schema.Defs.Fault.OneOf {
		if !slices.Contains(met, one.Required[0]) {
			t.Errorf("%q is carried out nowhere", one.Required[0])
		}
	}
	if len(schema.Defs.Fault.OneOf) == 0 {
		t.Error("the schema has no kinds")
	}
}

// TestFaultKinds_inPairs: when two faults meet one attempt, both clocks still do
// the same, and an answer that is not streamed fails where a stream does.
func TestFaultKinds_inPairs(t *testing.T) {
	t.Parallel()
	all, format := meetings(), 0
	for _, second := range []string{
		"slow", "stall", "529", "hang later", "reset the end", "truncate inside", "truncate the end",
		"malformed", "in the stream", "blank", "empty", "refusal", "unmarked refusal",
	} {
		for _, first := range slices.Sorted(maps.Keys(all)) {
			c, f := all[first], wire.Formats()[format%len(wire.Formats())]
			c.then = all[second].fault
			format++
			t.Run(first+", "+second, func(t *testing.T) {
				t.Parallel()
				want := simulated(t, c)
				synctest.Test(t, func(t *testing.T) {
					if diff := cmp.Diff(want, overPipes(t, c, f, false)); diff != "" {
						t.Errorf("%v (-virtual +HTTP):\n%s", f, diff)
					}
					if got := overPipes(t, c, f, true); (got.Kind == llm.Unknown) != (want.Kind == llm.Unknown) {
						t.Errorf("%v, not streamed: got %+v, want %+v", f, got, want)
					}
				})
			})
		}
	}
}

// mocked builds the model of a meeting, on a time scale, as of a scenario that
// began a second ago.
func mocked(t *testing.T, c meeting, f wire.Format, scale float64) *mockprovider.Model {
	t.Helper()
	var windows []fault.Window
	for _, text := range []string{c.fault, c.then} {
		if text == "" {
			continue
		}
		w, err := scenarios.ParseFault([]byte(text), []string{"m"}, max(scale, 1))
		if err != nil {
			t.Fatal(err)
		}
		windows = append(windows, w)
	}
	times := func(d time.Duration) draw.Dist { return draw.Constant(float64(d) / scale) }
	all, err := mockprovider.NewModels(mockprovider.Config{
		Seed: 1, Start: time.Now().Add(-due), Faults: windows,
		Models: []mockprovider.Settings{{
			Name: "m", Format: f, FirstToken: times(100 * ms), PerToken: times(10 * ms), OutputTokens: draw.Constant(11),
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return all[0]
}

func question(id uint64) llm.Request { return llm.Request{ID: id, Prompt: "How are you"} }

// answered keeps the answer of a target, which an outcome does not.
func answered(m llm.Model, ans *llm.Answer) strategies.Strategy {
	target := strategies.ModelTarget(m).Accepting(func(a llm.Answer) error {
		*ans = a
		return nil
	})
	return strategies.Single{Target: target}
}

// resultOf reads the result of a request out of its outcome.
func resultOf(o *strategies.Outcome, ans llm.Answer) result {
	a := o.Attempts[0]
	r := result{Retryable: true, Hint: never, Spoke: never, End: a.End, Billed: a.Usage}
	if a.HasSpoken {
		r.Spoke = a.Spoke
	}
	e := a.Err
	if e == nil {
		r.Model, r.Estimated = ans.Model, ans.Usage.Estimated
		return r
	}
	r.Kind, r.Retryable = e.Kind, e.Retryable()
	if e.Status >= http.StatusBadRequest {
		r.Status = e.Status
	}
	if e.RetryAfter.Given {
		r.Hint = (e.RetryAfter.After + time.Second - 1).Truncate(time.Second)
	}
	return r
}

// simulated meets the fault on the virtual clock.
func simulated(t *testing.T, c meeting) (got result) {
	t.Helper()
	var ans llm.Answer
	cfg := virtual.Config{
		Strategy: answered(mocked(t, c, wire.OpenAI, 1), &ans), Seed: 1, Timeout: timeout,
		Settled: func(o *strategies.Outcome) {
			if o.Request.ID == 1 {
				got = resultOf(o, ans)
			}
		},
	}
	next := uint64(0)
	err := virtual.Run(t.Context(), cfg, func(r *llm.Request) (time.Duration, bool) {
		*r = question(next)
		next++
		return due + time.Duration(next-1)*ms, next <= 2
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// meetingSite asks a model over HTTP and keeps the books, as a run on the real
// clock does.
type meetingSite struct {
	books  ledger
	client strategies.Client
	got    result
}

// witness keeps a model's answer to request 1, which an outcome does not.
type witness struct {
	llm.Model
	mu  sync.Mutex
	ans llm.Answer // guarded by mu
}

// Call implements [llm.Model].
func (w *witness) Call(ctx context.Context, c llm.Call) (llm.Answer, error) {
	ans, err := w.Model.Call(ctx, c)
	if c.Request.ID == 1 {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.ans = ans
	}
	return ans, err
}

func (w *witness) answer() llm.Answer {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.ans
}

// meet returns what asks the model of the server.
func meet(t *testing.T, server *mockprovider.Server, cfg remote.Config) *meetingSite {
	t.Helper()
	s := &meetingSite{books: ledger{taken: map[call]mockprovider.Taken{}}}
	server.Observer = s.books.open
	cfg.Model, cfg.Key, cfg.Trace = "m", "key", true
	m, err := remote.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	w := &witness{Model: m}
	single := strategies.Single{Target: strategies.ModelTarget(w)}
	s.client = strategies.Client{Strategy: single, Seed: 1, Settled: func(o *strategies.Outcome) {
		s.books.bill(o)
		if o.Request.ID == 1 {
			s.got = resultOf(o, w.answer())
		}
	}}
	return s
}

// ask asks one request, which has the given time.
func (s *meetingSite) ask(ctx context.Context, id uint64, limit time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	r := question(id)
	_, _ = s.client.Do(ctx, &r) // the outcome has it
}

// overPipes meets the fault over HTTP on the fake clock.
func overPipes(t *testing.T, c meeting, f wire.Format, whole bool) result {
	t.Helper()
	server := mockprovider.NewServer([]*mockprovider.Model{mocked(t, c, f, 1)})
	transport := mocktest.ServeInBubble(t, server)
	s := meet(t, server, remote.Config{Format: f, BaseURL: "http://pipe", Transport: transport, Whole: whole})
	first := make(chan struct{})
	go func() {
		defer close(first)
		s.ask(t.Context(), 0, timeout)
	}()
	time.Sleep(ms)
	s.ask(t.Context(), 1, timeout)
	<-first
	s.client.Wait()
	return s.got
}

// overSocket meets the fault over HTTP on a real socket, a thousand times as
// fast.
func overSocket(t *testing.T, c meeting, f wire.Format, whole bool) result {
	t.Helper()
	scale := 1000.0
	if c.crowd {
		scale = 1e-6 // of answers: nobody waits for the first request
	}
	server := mockprovider.NewServer([]*mockprovider.Model{mocked(t, c, f, scale)})
	srv := httptest.NewServer(server)
	defer srv.Close()
	transport := remote.NewTransport()
	defer transport.CloseIdleConnections()
	s := meet(t, server, remote.Config{Format: f, BaseURL: srv.URL, Transport: transport, Whole: whole})
	if c.want.Kind == llm.Timeout {
		s.ask(t.Context(), 1, 150*ms) // of which it needs less than one
		s.client.Wait()
		return s.got
	}
	if !c.crowd {
		s.ask(t.Context(), 0, timeout)
		s.ask(t.Context(), 1, timeout)
		s.client.Wait()
		return s.got
	}
	taken := make(chan struct{})
	open := server.Observer
	server.Observer = func(a mockprovider.Taken) {
		open(a)
		if a.Request == 0 {
			close(taken)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	first := make(chan struct{})
	go func() {
		defer close(first)
		s.ask(ctx, 0, timeout)
	}()
	<-taken
	s.ask(t.Context(), 1, timeout)
	cancel()
	<-first
	s.client.Wait()
	return s.got
}
