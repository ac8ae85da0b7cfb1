package engine

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/remote"
	"github.com/tailgate-bench/tailgate/mockprovider"
	"github.com/tailgate-bench/tailgate/strategies"
)

// real runs the lane on the wall clock, against a mock of its own on a loopback
// socket.
func (l *lane) real(ctx context.Context) error {
	schedule, err := l.job.schedule()
	if err != nil {
		return err
	}
	site := &site{ctx: ctx, transport: remote.NewTransport(), ledger: ledger{taken: map[call]mockprovider.Taken{}}}
	defer site.close()
	s, err := l.build(time.Now(), site.model)
	if err != nil {
		return err
	}
	site.open(ctx, l.models)
	stop := context.AfterFunc(ctx, site.sever) // nothing else ends a shadow before its deadline
	defer stop()
	return newSender(ctx, l, s, site.ledger.bill).send(ctx, schedule, 0, 0)
}

// sender sends requests through the strategy of a lane and records what comes of
// them.
type sender struct {
	ctx     context.Context // of the calls
	lane    *lane
	client  strategies.Client
	flights flights
	mu      sync.Mutex    // the recorder belongs to one goroutine at a time
	ended   time.Time     // of the latest part; zero before the first
	paused  time.Duration // between parts, in all
}

// newSender returns the sender of a lane for as long as ctx is not done. What
// attempts have used is what bill writes into a finished outcome.
func newSender(ctx context.Context, l *lane, s strategies.Strategy, bill func(*strategies.Outcome)) *sender {
	d := &sender{ctx: ctx, lane: l, flights: flights{all: make(map[uint64]Arrival)}}
	d.client = strategies.Client{Strategy: s, Seed: l.job.seed, Paused: func() time.Duration { return d.paused }, Settled: func(o *strategies.Outcome) {
		a := d.flights.end(o.Request.ID)
		bill(o)
		if ctx.Err() != nil && (o.Err != nil || lostShadow(o)) {
			return // cut off by the end of the run, not by its own doing
		}
		d.mu.Lock()
		defer d.mu.Unlock()
		l.settle(o, a.Due, a.Sent, o.Began.Sub(a.Began))
	}}
	return d
}

// send sends a part of the load, which begins at the given time of the lane with
// the given request, until ctx is done, and returns when nothing of it is under way
// any more. In the lane's time parts follow each other without a gap, however long
// others had their turn between them.
func (d *sender) send(ctx context.Context, part *Schedule, first int, from time.Duration) error {
	if !d.ended.IsZero() {
		d.paused += time.Since(d.ended)
	}
	timeout := d.lane.job.timeout()
	_, err := Attack(ctx, part, nil, func(_ context.Context, a Arrival) {
		d.lane.lags.add(a.Lag())
		a = Arrival{Seq: a.Seq + first, Due: a.Due + from, Sent: a.Sent + from, Began: a.Began.Add(-from)}
		ctx, cancel := context.WithDeadline(d.ctx, a.Began.Add(a.Due+timeout))
		defer cancel()
		var r llm.Request
		d.lane.request(&r, uint64(a.Seq)) //nolint:gosec // counts from 0
		d.flights.begin(r.ID, a)
		_, _ = d.client.Do(ctx, &r) //nolint:contextcheck // calls may outlast the sending; the outcome has what it returns
	})
	d.client.Wait()
	d.ended = time.Now()
	return err
}

// flights are the requests under way.
type flights struct {
	mu  sync.Mutex
	all map[uint64]Arrival // guarded by mu
}

func (f *flights) begin(id uint64, a Arrival) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.all[id] = a
}

func (f *flights) end(id uint64) Arrival {
	f.mu.Lock()
	defer f.mu.Unlock()
	a := f.all[id]
	delete(f.all, id)
	return a
}

// site is the mock of one lane on a socket.
type site struct {
	ctx       context.Context
	listener  net.Listener
	server    *http.Server
	transport *http.Transport
	ledger    ledger
	done      chan struct{}
}

// model returns the client of a mock model.
func (s *site) model(m *mockprovider.Model) (llm.Model, error) {
	if s.listener == nil {
		var lc net.ListenConfig
		listener, err := lc.Listen(s.ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("opening a socket for the mock: %w", err)
		}
		s.listener = listener
	}
	return remote.New(remote.Config{
		Model: m.Name(), Format: m.Settings().Format, BaseURL: "http://" + s.listener.Addr().String(),
		Key: "mock", Transport: s.transport, Trace: true,
	})
}

// open serves the models.
func (s *site) open(ctx context.Context, models []*mockprovider.Model) {
	mock := mockprovider.NewServer(models)
	mock.Exact = true // on a faster clock, whole seconds are long
	mock.Observer = s.ledger.open
	s.server = &http.Server{
		Handler: mock, ReadHeaderTimeout: 10 * time.Second,
		// What the server has to complain about, the client has met as a failure.
		ErrorLog:    slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
		BaseContext: func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
	s.done = make(chan struct{})
	go func() {
		defer close(s.done)
		_ = s.server.Serve(s.listener) // ends with ErrServerClosed
	}()
}

// sever breaks every connection.
func (s *site) sever() { _ = s.server.Close() }

func (s *site) close() {
	s.transport.CloseIdleConnections()
	switch {
	case s.server != nil:
		_ = s.server.Close() // what is still open is unwanted
		<-s.done
	case s.listener != nil:
		_ = s.listener.Close()
	}
}
