package virtual_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/internal/virtual"
	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/strategies"
)

// constant is a service that takes as long for everyone.
func constant(d time.Duration) func(*llm.Request) time.Duration {
	return func(*llm.Request) time.Duration { return d }
}

// random is an exponential service time of a second on average.
func random(r *llm.Request) time.Duration {
	return time.Duration(draw.Exponential{Mean: 1e9}.Quantile(draw.New(5).Word(r.ID).Float64()))
}

// One server, Poisson arrivals at half its rate. Waiting times: mean
// ρ/(1-ρ) = 1 for exponential service, half of it for constant service
// [Pollaczek, Khinchine]; a share 1-ρ does not wait. The mean of n successive
// waiting times of the first has variance
// ρ(2+5ρ-4ρ²+ρ³)/(1-ρ)⁴/n = 29/n [Whitt, Management Science 1989]; the second
// varies less.
func TestStationOneServer(t *testing.T) {
	t.Parallel()
	const n = 20_000
	for _, c := range []struct {
		name    string
		service func(*llm.Request) time.Duration
		wait    float64
	}{{"M/M/1", random, 1}, {"M/D/1", constant(time.Second), 0.5}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := limited(1, n, c.service)
			sum, idle := 0.0, 0
			cfg := virtual.Config{Strategy: strategies.Single{Target: strategies.ModelTarget(m)}}
			run(t, cfg, poisson(n, 2*time.Second), func(o *strategies.Outcome) {
				wait := o.Took - c.service(o.Request)
				sum += wait.Seconds()
				if wait == 0 {
					idle++
				}
			})
			if bound := 4.5 * math.Sqrt(29./n); math.Abs(sum/n-c.wait) > bound {
				t.Errorf("waited %.4f s on average, want %.1f ± %.3f", sum/n, c.wait, bound)
			}
			// Successive visits are correlated; ten times the binomial variance is ample.
			if share, bound := float64(idle)/n, 4.5*math.Sqrt(10*0.25/n); math.Abs(share-0.5) > bound {
				t.Errorf("a share of %.4f did not wait, want 0.5 ± %.3f", share, bound)
			}
			if m.station.Busy() != 0 || m.station.Waiting() != 0 {
				t.Errorf("%d are served and %d wait after the end", m.station.Busy(), m.station.Waiting())
			}
		})
	}
}

// Two servers and no queue lose Erlang's share B = (a²/2)/(1+a+a²/2), whatever
// the service times are like; here a = 1 and B = 1/5.
func TestStationErlangLoss(t *testing.T) {
	t.Parallel()
	const n = 20_000
	for name, service := range map[string]func(*llm.Request) time.Duration{"exponential": random, "constant": constant(time.Second)} {
		lost := 0
		cfg := virtual.Config{Strategy: strategies.Single{Target: strategies.ModelTarget(limited(2, 0, service))}}
		run(t, cfg, poisson(n, time.Second), func(o *strategies.Outcome) {
			if o.Err == nil {
				return
			}
			lost++
			if o.Err.Kind != llm.Overloaded || o.Attempts[0].Usage != (llm.Usage{}) {
				t.Fatalf("turned away with %v, billed %+v", o.Err, o.Attempts[0].Usage)
			}
		})
		if share, bound := float64(lost)/n, 4.5*math.Sqrt(3*0.16/n); math.Abs(share-0.2) > bound {
			t.Errorf("%s: lost a share of %.4f, want 0.2 ± %.4f", name, share, bound)
		}
	}
}

// patient waits as long for its target as each request has patience.
type patient struct {
	target   strategies.Target
	patience []time.Duration
}

func (p patient) Run(x *strategies.Exchange) (llm.Answer, error) {
	x.Start(p.target, strategies.Start{Timeout: p.patience[x.Request().ID]})
	ev := x.Next()
	if ev.Kind != strategies.Succeeded {
		return llm.Answer{}, ev.Err
	}
	return ev.Answer, nil
}

// Who gives up waiting leaves the queue, pays nothing, and takes nobody's turn;
// who gives up while served pays for that and frees the place at that instant.
func TestStationGivenUp(t *testing.T) {
	t.Parallel()
	m := limited(1, 10, constant(time.Second))
	s := patient{strategies.ModelTarget(m), []time.Duration{0, 300 * ms, 0, 2 * time.Second, 0}}
	ends := make([]string, 5)
	run(t, virtual.Config{Strategy: s}, at(0, 100*ms, 200*ms, 300*ms, 400*ms), func(o *strategies.Outcome) {
		a := o.Attempts[0]
		ends[o.Request.ID] = fmt.Sprintf("%s@%v %d+%d tokens", a.State, virtual.Since(o.Began)+a.End, a.Usage.Input, a.Usage.Output)
	})
	want := []string{
		"won@1s 20+100 tokens", "failed@400ms 0+0 tokens", "won@2s 20+100 tokens", "failed@2.3s 20+30 tokens", "won@3.3s 20+100 tokens",
	}
	if diff := cmp.Diff(want, ends); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if m.station.Busy() != 0 || m.station.Waiting() != 0 {
		t.Errorf("%d are served and %d wait after the end", m.station.Busy(), m.station.Waiting())
	}
}

// A hedge that wins takes its loser out of the queue or the place it has.
func TestStationHedged(t *testing.T) {
	t.Parallel()
	m := limited(1, 10, constant(time.Second))
	backup := limited(100, 0, constant(50*ms))
	h := strategies.Hedge{
		Targets: []strategies.Target{strategies.ModelTarget(m), strategies.ModelTarget(backup)}, Delay: 300 * ms,
	}
	var took []time.Duration
	run(t, virtual.Config{Strategy: h}, at(0, 100*ms, 200*ms, 400*ms), func(o *strategies.Outcome) {
		took = append(took, o.Took)
	})
	if diff := cmp.Diff([]time.Duration{350 * ms, 350 * ms, 350 * ms, 350 * ms}, took); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if m.station.Busy() != 0 || m.station.Waiting() != 0 {
		t.Errorf("%d are served and %d wait after the end", m.station.Busy(), m.station.Waiting())
	}
}

// A request that arrives at the instant at which another one ends finds its
// place free: arrivals come last.
func TestStationArrivalAtADeparture(t *testing.T) {
	t.Parallel()
	m := limited(1, 0, constant(time.Second))
	cfg := virtual.Config{Strategy: strategies.Single{Target: strategies.ModelTarget(m)}}
	run(t, cfg, at(0, time.Second, 2*time.Second, 3*time.Second-1), func(o *strategies.Outcome) {
		if turned := o.Request.ID == 3; turned != (o.Err != nil) {
			t.Errorf("request %d: %v", o.Request.ID, o.Err)
		}
	})
}
