package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/cristalhq/hedgedhttp"
	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/hedgepolicy"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/strategies"
)

const (
	hedgeDelay    = 10 * time.Second // never reached: the targets answer at once
	callsPerRound = 50_000
)

// instant is a model that answers at once.
type instant struct{ name string }

// Name implements [llm.Model].
func (m instant) Name() string { return m.name }

// Call implements [llm.Model].
func (m instant) Call(context.Context, llm.Call) (llm.Answer, error) {
	return llm.Answer{Text: "yes", Model: m.name}, nil
}

// overHTTP is the least a model over HTTP has to do: build a request, send it,
// read the answer.
type overHTTP struct {
	name      string
	transport http.RoundTripper
}

// Name implements [llm.Model].
func (m overHTTP) Name() string { return m.name }

// Call implements [llm.Model].
func (m overHTTP) Call(ctx context.Context, _ llm.Call) (llm.Answer, error) {
	text, err := exchange(ctx, m.transport)
	return llm.Answer{Text: text, Model: m.name}, err
}

// exchange sends a request through t and returns the body of the response.
func exchange(ctx context.Context, t http.RoundTripper) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://model.example/", http.NoBody)
	if err != nil {
		return "", err
	}
	resp, err := t.RoundTrip(req)
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(resp.Body)
	return string(text), errors.Join(err, resp.Body.Close())
}

// memory is a server that answers at once, without a socket.
type memory struct{ body []byte }

// RoundTrip implements [http.RoundTripper].
func (m memory) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Header: http.Header{}, Request: r,
		Body: io.NopCloser(bytes.NewReader(m.body)), ContentLength: int64(len(m.body)),
	}, nil
}

// oursOf returns a call of our hedge over two models, as a service makes it.
func oursOf(ctx context.Context, a, b llm.Model) func() error {
	client := &strategies.Client{Strategy: strategies.Hedge{
		Targets: []strategies.Target{strategies.ModelTarget(a), strategies.ModelTarget(b)}, Delay: hedgeDelay,
	}}
	req := &llm.Request{Prompt: "?"}
	return func() error {
		_, err := client.Do(ctx, req)
		return err
	}
}

// failsafeOf returns the same call with failsafe-go's hedge.
func failsafeOf(ctx context.Context, m llm.Model) func() error {
	executor := failsafe.With(hedgepolicy.NewWithDelay[llm.Answer](hedgeDelay)).WithContext(ctx)
	req := &llm.Request{Prompt: "?"}
	return func() error {
		_, err := executor.GetWithExecution(func(x failsafe.Execution[llm.Answer]) (llm.Answer, error) {
			return m.Call(x.Context(), llm.Call{Request: req})
		})
		return err
	}
}

// hedgedHTTPOf returns the same call with hedgedhttp around t.
func hedgedHTTPOf(ctx context.Context, t http.RoundTripper) (func() error, error) {
	hedged, err := hedgedhttp.NewRoundTripper(hedgeDelay, 2, t)
	if err != nil {
		return nil, err
	}
	return func() error {
		_, err := exchange(ctx, hedged)
		return err
	}, nil
}

// calls are the calls that are compared, by the name under which a process of
// their own makes them.
func calls(ctx context.Context, name string) (func() error, error) {
	server := memory{body: []byte("yes")}
	switch name {
	case "hedge":
		return oursOf(ctx, instant{"A"}, instant{"B"}), nil
	case "failsafe-go":
		return failsafeOf(ctx, instant{"A"}), nil
	case "hedge over HTTP":
		return oursOf(ctx, overHTTP{"A", server}, overHTTP{"B", server}), nil
	case "hedgedhttp":
		return hedgedHTTPOf(ctx, server)
	default:
		return nil, fmt.Errorf("no call is named %q", name)
	}
}

// measureHedge measures what a hedge costs that never fires.
func measureHedge(ctx context.Context, e effort) ([]line, error) {
	first, err := versus(ctx, e, "hedge", "failsafe-go")
	if err != nil {
		return nil, err
	}
	second, err := versus(ctx, e, "hedge over HTTP", "hedgedhttp")
	return append(first, second...), err
}

// versus compares the time, the processor time and the allocations of a call.
func versus(ctx context.Context, e effort, ours, theirs string) ([]line, error) {
	var lines []line
	for _, p := range []struct {
		unit   string
		rounds int
		of     func(price) float64
		goal   bool // at most the peer's
	}{
		{"ns/call", e.rounds, func(p price) float64 { return p.Elapsed }, true},
		{"ns/call of processor", e.rounds, func(p price) float64 { return p.Processor }, true},
		{"allocations/call", 1, func(p price) float64 { return p.Allocations }, false},
	} {
		probe := func(name string) probe {
			return func() (float64, error) {
				got, err := elsewhere(ctx, name, max(callsPerRound/e.scale, 1))
				return p.of(got), err
			}
		}
		got, err := alternate(p.rounds, probe(ours), probe(theirs))
		if err != nil {
			return nil, err
		}
		l := line{name: ours, unit: p.unit, value: got.ours, peer: &peer{theirs, got.peer, got.ratio}}
		if p.goal {
			l.goal = atMost(got.ratio, 1, "<= 1.00")
		}
		lines = append(lines, l)
	}
	return lines, nil
}
