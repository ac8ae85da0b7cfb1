package strategies_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/strategies"
)

// Do returns with the winner; Settled waits for the last loser, and shows what
// that had used.
func TestClientSettlesAfterTheLastLoser(t *testing.T) {
	t.Parallel()
	slow := &probe{name: "A", do: func(ctx context.Context, _ llm.Call) (llm.Answer, error) {
		<-ctx.Done()
		time.Sleep(time.Second) // to say goodbye
		return llm.Answer{Usage: llm.Usage{Input: 3, Output: 4}}, ctx.Err()
	}}
	race := strategies.Race{Targets: targets(strategies.ModelTarget(slow), model("B", ok(100)))}
	inBubble(t, race, func(t *testing.T, c *strategies.Client) {
		t.Helper()
		began := time.Now()
		var settled time.Duration
		var out strategies.Outcome
		c.Settled = func(o *strategies.Outcome) { settled, out = time.Since(began), clone(o) }
		if _, err := c.Do(t.Context(), &llm.Request{}); err != nil || time.Since(began) != 100*ms {
			t.Errorf("Do returned %v after %v, want the answer after 100 ms", err, time.Since(began))
		}
		c.Wait()
		if settled != 1100*ms {
			t.Errorf("settled after %v, want 1.1 s", settled)
		}
		lost := out.Attempts[0]
		if lost.State != strategies.Lost || lost.End != 100*ms || lost.Usage.Output != 4 {
			t.Errorf("the loser: %+v; want it lost at 100 ms, with 4 tokens", lost)
		}
	})
}

// The error of Do is an *llm.Error, whatever the model returned, and nil is nil.
func TestClientErrors(t *testing.T) {
	t.Parallel()
	cause := errors.New("custom")
	for _, c := range []struct {
		err  error
		kind llm.Kind
	}{
		{cause, llm.Unknown},
		{&llm.Error{Kind: llm.Auth, Cause: cause}, llm.Auth},
		{errors.Join(cause, &llm.Error{Kind: llm.NotFound}), llm.NotFound},
		{context.DeadlineExceeded, llm.Unknown}, // not ours: the context has not ended
	} {
		m := &probe{name: "A", do: func(context.Context, llm.Call) (llm.Answer, error) { return llm.Answer{}, c.err }}
		inBubble(t, strategies.Single{Target: strategies.ModelTarget(m)}, func(t *testing.T, client *strategies.Client) {
			t.Helper()
			_, err := client.Do(t.Context(), &llm.Request{})
			e, ok := errors.AsType[*llm.Error](err)
			if !ok || e.Kind != c.kind || c.kind != llm.NotFound && !errors.Is(err, c.err) {
				t.Errorf("%v became %v, want kind %s around it", c.err, err, c.kind)
			}
		})
	}
}

// The same seed, request and strategy draw the same jitter on both drivers, and
// another request another one.
func TestClientDrawsByRequest(t *testing.T) {
	t.Parallel()
	retry := strategies.Retry{Target: model("A", fails(1, llm.Overloaded), ok(1))}
	due := []time.Duration{0, time.Minute}
	v, r := runVirtual(t, retry, 0, due...), runReal(t, retry, 0, due...)
	for i := range due {
		if diff := cmp.Diff(trace(&v[i]), trace(&r[i])); diff != "" {
			t.Errorf("request %d (-virtual +real)\n%s", i, diff)
		}
	}
	if v[0].Took == v[1].Took {
		t.Errorf("both requests waited the same: %v", v[0].Took)
	}
}

// A model that speaks after it was cancelled, twice, or never, does no harm.
func TestClientStrayTokens(t *testing.T) {
	t.Parallel()
	babbling := &probe{name: "A", do: func(ctx context.Context, c llm.Call) (llm.Answer, error) {
		sleep(ctx, 50*ms)
		c.FirstToken()
		c.FirstToken()
		sleep(ctx, 100*ms)
		c.FirstToken()
		return llm.Answer{Text: "yes"}, nil
	}}
	race := strategies.Race{Targets: targets(strategies.ModelTarget(babbling), model("B", streams(20, 30))), On: strategies.OnFirstToken}
	inBubble(t, race, func(t *testing.T, c *strategies.Client) {
		t.Helper()
		var out strategies.Outcome
		c.Settled = func(o *strategies.Outcome) { out = clone(o) }
		_, err := c.Do(t.Context(), &llm.Request{})
		c.Wait()
		if err != nil || out.Spoke != 20*ms || out.Attempts[0].HasSpoken {
			t.Errorf("spoke at %v (%v), loser spoke: %v", out.Spoke, err, out.Attempts[0].HasSpoken)
		}
	})
}

// sulks fails in a way of its own when its caller gives up.
type sulks struct{ target strategies.Target }

func (s sulks) Run(x *strategies.Exchange) (llm.Answer, error) {
	x.Start(s.target, strategies.Start{})
	x.Next()
	return llm.Answer{}, &llm.Error{Kind: llm.Auth, Message: "no"}
}

// Whatever a strategy returns as an error when its time is up, the request
// failed because of the deadline.
func TestDeadlineBeatsTheStrategysError(t *testing.T) {
	t.Parallel()
	for _, d := range drivers {
		out := d.run(t, sulks{model("A", hangs())}, 100*ms, 0)[0]
		if out.Err == nil || out.Err.Kind != llm.Timeout || out.Took != 100*ms {
			t.Errorf("%s: %v after %v, want kind timeout after 100 ms", d.name, out.Err, out.Took)
		}
	}
}
