package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/tailgate-bench/tailgate/internal/engine"
	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/remote"
	"github.com/tailgate-bench/tailgate/mockprovider"
	"github.com/tailgate-bench/tailgate/scenarios"
)

// instantly is one mock model that answers at once, so that what is measured is
// the way there and back.
const instantly = `
name: instantly
load: {rate: 500/s, duration: 1s, arrivals: constant, timeout: 5s}
models:
  mock: {latency: 0ms, output_tokens: 16, price: {input: 1, output: 1}}
strategies:
  single: {single: {target: mock}}
`

// loopback is what the whole of tailgate and bare vegeta are sent against: the
// same mock in the process that sends, asked with the same bytes.
type loopback struct {
	scenario *scenarios.Scenario
	target   vegeta.Target // but for the address
}

func newLoopback(ctx context.Context) (*loopback, error) {
	sc, err := scenarios.Parse("instantly.yaml", []byte(instantly))
	if err != nil {
		return nil, err
	}
	var sent capture
	client, err := remote.New(remote.Config{
		Model: sc.Models[0].Name, Format: sc.Models[0].Format, Key: "mock", Transport: &sent, Trace: true,
	})
	if err != nil {
		return nil, err
	}
	request := sc.Workload.Request(0)
	if _, err := client.Call(ctx, llm.Call{Request: &request}); !errors.Is(err, errCaptured) {
		return nil, fmt.Errorf("capturing the request: %w", err)
	}
	return &loopback{scenario: sc, target: sent.target}, nil
}

// serve starts a mock, as tailgate does for every strategy.
func (l *loopback) serve() (*httptest.Server, error) {
	models, err := mockprovider.NewModels(l.scenario.Mock(l.scenario.Seed, 1))
	if err != nil {
		return nil, err
	}
	s := httptest.NewUnstartedServer(mockprovider.NewServer(models))
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	s.Start()
	return s, nil
}

// capture is a transport that keeps the request instead of sending it.
type capture struct{ target vegeta.Target }

var errCaptured = errors.New("captured")

// RoundTrip implements [http.RoundTripper].
func (c *capture) RoundTrip(r *http.Request) (*http.Response, error) {
	var body bytes.Buffer
	if _, err := io.Copy(&body, r.Body); err != nil {
		return nil, err
	}
	c.target = vegeta.Target{Method: r.Method, URL: r.URL.Path, Header: r.Header.Clone(), Body: body.Bytes()}
	return nil, errors.Join(errCaptured, r.Body.Close())
}

// latency is what a load met: percentiles, and whether all were answered.
type latency struct {
	p50      time.Duration // as the tool reports it
	p99      time.Duration // from due time
	answered bool
}

// load sends requests at a rate for some time.
type load func(ctx context.Context, perSecond int, d time.Duration) (latency, error)

// tailgate sends the load through the strategy single. Its report counts from
// due time.
func (l *loopback) tailgate(ctx context.Context, perSecond int, d time.Duration) (latency, error) {
	doc, err := engine.Run(ctx, l.scenario, engine.Options{Clock: engine.Real, Rate: float64(perSecond), Duration: d})
	if err != nil {
		return latency{}, err
	}
	s := doc.Strategies[0]
	ms := func(x float64) time.Duration { return time.Duration(x * float64(time.Millisecond)) }
	return latency{
		p50: ms(s.LatencyMS.P50.Value), p99: ms(s.LatencyMS.P99.Value),
		answered: s.Succeeded == s.Requests && s.Requests > 0 && s.LatencyMS.P99.Known(),
	}, ctx.Err()
}

// vegeta sends the load as vegeta does when it is left alone. It counts from
// sending; due times are reckoned from the first request.
func (l *loopback) vegeta(ctx context.Context, perSecond int, d time.Duration) (latency, error) {
	server, err := l.serve()
	if err != nil {
		return latency{}, err
	}
	defer server.Close()
	defer server.CloseClientConnections() // vegeta keeps them open
	target := l.target
	target.URL = server.URL + target.URL
	attacker := vegeta.NewAttacker()
	defer attacker.Stop()
	var results []*vegeta.Result
	got := latency{answered: true}
	pacer := vegeta.ConstantPacer{Freq: perSecond, Per: time.Second}
	for r := range attacker.Attack(vegeta.NewStaticTargeter(target), pacer, d, "") {
		results = append(results, r)
		got.answered = got.answered && r.Code == http.StatusOK && r.Error == ""
	}
	if len(results) == 0 {
		return latency{}, errors.New("vegeta sent nothing")
	}
	began := slices.MinFunc(results, func(a, b *vegeta.Result) int { return int(a.Seq) - int(b.Seq) }).Timestamp
	own, fromDue := make([]time.Duration, len(results)), make([]time.Duration, len(results))
	for i, r := range results {
		due := began.Add(time.Duration(r.Seq) * time.Second / time.Duration(perSecond))
		own[i], fromDue[i] = r.Latency, r.End().Sub(due)
	}
	slices.Sort(own)
	slices.Sort(fromDue)
	got.p50, got.p99 = own[len(own)/2], fromDue[len(fromDue)*99/100]
	return got, ctx.Err()
}

// keepsUp says whether a load is sustained at a rate: everything is answered,
// 99 of 100 within 50 ms of when they were due. It may try twice, since a
// neighbour can spoil any one try.
func keepsUp(ctx context.Context, send load, perSecond float64, d time.Duration) (bool, error) {
	for range 2 {
		got, err := send(ctx, int(perSecond), d)
		if err != nil {
			return false, err
		}
		if got.answered && got.p99 <= 50*time.Millisecond {
			return true, nil
		}
	}
	return false, nil
}

// sustained returns the highest rate that is kept up, to 2 %: up or down in
// steps of a quarter until one is kept up and the next is not, then by halving
// that step.
func sustained(ctx context.Context, send load, d time.Duration) (float64, error) {
	const step = 1.25
	rate := 4000.0
	upward, err := keepsUp(ctx, send, rate, d)
	for ok := upward; ok == upward && rate > 10; {
		if err != nil {
			return 0, err
		}
		if upward {
			rate *= step
		} else {
			rate /= step
		}
		ok, err = keepsUp(ctx, send, rate, d)
	}
	switch {
	case err != nil:
		return 0, err
	case upward:
		return halve(ctx, send, d, rate/step, rate)
	default:
		return halve(ctx, send, d, rate, rate*step)
	}
}

// halve narrows down the highest rate that is kept up, between low, which is,
// and high, which is not.
func halve(ctx context.Context, send load, d time.Duration, low, high float64) (float64, error) {
	for high/low > 1.02 {
		middle := (low + high) / 2
		ok, err := keepsUp(ctx, send, middle, d)
		if err != nil {
			return 0, err
		}
		if ok {
			low = middle
		} else {
			high = middle
		}
	}
	return low, nil
}

// measureLoopback measures the real clock against bare vegeta.
func measureLoopback(ctx context.Context, e effort) ([]line, error) {
	l, err := newLoopback(ctx)
	if err != nil {
		return nil, err
	}
	delay, err := l.delay(ctx, e)
	if err != nil {
		return nil, err
	}
	rate, err := l.rate(ctx, e)
	return []line{rate, delay}, err
}

// delay compares the median latency at a modest rate.
func (l *loopback) delay(ctx context.Context, e effort) (line, error) {
	const perSecond = 500
	d := max(2*time.Second/time.Duration(e.scale), 200*time.Millisecond)
	median := func(send load) probe {
		return func() (float64, error) {
			got, err := send(ctx, perSecond, d)
			return got.p50.Seconds() * 1e3, err
		}
	}
	got, err := alternate(e.rounds, median(l.tailgate), median(l.vegeta))
	return line{
		name: "P50 at 500/s over loopback", unit: "ms", value: got.ours, peer: &peer{"vegeta", got.peer, got.ratio},
		goal: atMost(got.diff, 0.3, fmt.Sprintf("%+.3f ms, < 0.3", got.diff)),
	}, err
}

// rate compares the rate that is kept up.
func (l *loopback) rate(ctx context.Context, e effort) (line, error) {
	d := max(time.Second/time.Duration(e.scale), 50*time.Millisecond)
	highest := func(send load) probe {
		return func() (float64, error) { return sustained(ctx, send, d) }
	}
	got, err := alternate(min(e.rounds, 3), highest(l.tailgate), highest(l.vegeta))
	return line{
		name: "rate kept up over loopback", unit: "requests/s", value: got.ours, peer: &peer{"vegeta", got.peer, got.ratio},
		goal: atLeast(got.ratio, 0.85, ">= 0.85"),
	}, err
}
