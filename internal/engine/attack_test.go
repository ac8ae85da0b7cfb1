package engine_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tailgate-bench/tailgate/internal/engine"
	"github.com/tailgate-bench/tailgate/llm/draw"
)

// attack runs a whole attack inside the bubble of a test and returns what was
// sent, by Seq.
func attack(t *testing.T, l engine.Load, wait engine.Wait, do func(context.Context, engine.Arrival)) []engine.Arrival {
	t.Helper()
	s := newSchedule(t, l)
	sent := make([]engine.Arrival, s.Planned())
	n, err := engine.Attack(t.Context(), s, wait, func(ctx context.Context, a engine.Arrival) {
		sent[a.Seq] = a
		do(ctx, a)
	})
	if n != len(sent) || err != nil {
		t.Fatalf("Attack = %d, %v, want %d and no error", n, err, len(sent))
	}
	return sent
}

func nothing(context.Context, engine.Arrival) {}

// Every request is sent at the nanosecond the schedule has for it, whatever the
// shape, and no other is: stopping is the pacer's, which makes it exact.
func TestVegetaTrap_stopsAtExactlyN(t *testing.T) {
	t.Parallel()
	for name, arrivals := range everyArrivals() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				load := engine.Load{Arrivals: arrivals, Duration: 10 * time.Second, Seed: 5}
				sent := attack(t, load, engine.TimerWait, nothing)
				for seq, due := range dueTimes(t, load) {
					if a := sent[seq]; a.Seq != seq || a.Due != due || a.Sent != due {
						t.Fatalf("request %d: %+v, want due and sent at %v", seq, a, due)
					}
				}
			})
		})
	}
}

// A vegeta attacker serves one attack; the second gets nothing.
func TestVegetaTrap_attackerIsSingleUse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		load := engine.Load{Arrivals: engine.Constant{Rate: 100}, Requests: 100}
		for range 3 {
			attack(t, load, engine.TimerWait, nothing) // checks the number
		}
	})
}

// Vegeta's default client gives up after 30 s, and a handler deaf to that then
// counts as a late success. Timeouts are the strategies' here.
func TestVegetaTrap_noHiddenTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		attack(t, engine.Load{Arrivals: engine.Constant{Rate: 1}, Requests: 2}, engine.TimerWait,
			func(ctx context.Context, a engine.Arrival) {
				time.Sleep(time.Hour)
				if _, limited := ctx.Deadline(); limited || ctx.Err() != nil || a.Since() != time.Hour {
					t.Errorf("request %d: deadline %v, error %v, %v since due", a.Seq, limited, ctx.Err(), a.Since())
				}
			})
	})
}

// Vegeta's Stop waits for the requests in flight; ending the context does not.
func TestVegetaTrap_stopCancelsInFlight(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 2500*time.Millisecond)
		defer cancel()
		began := time.Now()
		var ended atomic.Int32
		s := newSchedule(t, engine.Load{Arrivals: engine.Constant{Rate: 1}, Duration: time.Hour})
		sent, err := engine.Attack(ctx, s, engine.TimerWait, func(ctx context.Context, _ engine.Arrival) {
			<-ctx.Done()
			ended.Add(1)
		})
		if sent != 3 || ended.Load() != 3 || err != nil {
			t.Errorf("sent %d, ended %d, error %v, want 3, 3 and none", sent, ended.Load(), err)
		}
		if d := time.Since(began); d != 2500*time.Millisecond {
			t.Errorf("Attack returned after %v, want 2.5s", d)
		}
	})
}

func TestAttack_cancelledBefore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		s := newSchedule(t, engine.Load{Arrivals: engine.Constant{Rate: 1}, Requests: 10})
		if sent, err := engine.Attack(ctx, s, engine.TimerWait, nothing); sent != 0 || err != nil {
			t.Errorf("Attack = %d, %v, want 0 and no error", sent, err)
		}
	})
}

// A panic on a vegeta worker would end the process.
func TestVegetaTrap_panicIsOneRequestsFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSchedule(t, engine.Load{Arrivals: engine.Constant{Rate: 100}, Requests: 100})
		sent, err := engine.Attack(t.Context(), s, engine.TimerWait, func(_ context.Context, a engine.Arrival) {
			if a.Seq%40 == 13 {
				panic(fmt.Sprintf("no luck with %d", a.Seq))
			}
		})
		if sent != 100 {
			t.Errorf("sent %d, want 100", sent)
		}
		const want = "request 13 panicked: no luck with 13\nrequest 53 panicked: no luck with 53\nrequest 93 panicked: no luck with 93"
		if err == nil || err.Error() != want {
			t.Errorf("error %v, want %q", err, want)
		}
		var first *engine.PanicError
		if !errors.As(err, &first) || first.Arrival.Due != 130*time.Millisecond || len(first.Stack) == 0 {
			t.Errorf("first panic %+v, want one of the request due at 130ms", first)
		}
	})
}

// Requests end in any order; each keeps its own number and due time.
func TestVegetaTrap_resultsComeOutOfOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		load := engine.Load{Arrivals: engine.Constant{Rate: 1000}, Requests: 1000}
		key := draw.New(1)
		attack(t, load, engine.TimerWait, func(_ context.Context, a engine.Arrival) {
			service := time.Duration(key.Word(uint64(a.Seq)).IntN(int(50 * time.Millisecond)))
			time.Sleep(service)
			if a.Since() != service || a.Due != time.Duration(a.Seq)*time.Millisecond {
				t.Errorf("request %d, due at %v, took %v, want %v", a.Seq, a.Due, a.Since(), service)
			}
		})
	})
}

// A target that stands still for 1 s of 8 s at 1,000/s, and answers in 5 ms
// otherwise, holds up an eighth of all requests for between 1 and 1,000 ms. A
// limit on concurrency would hide that; here it shows to the nanosecond.
func TestVegetaTrap_stalledTargetShowsInP99(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const freeze, thaw, service = 3 * time.Second, 4 * time.Second, 5 * time.Millisecond
		latencies := make([]time.Duration, 8000)
		load := engine.Load{Arrivals: engine.Constant{Rate: 1000}, Duration: 8 * time.Second}
		attack(t, load, engine.TimerWait, func(_ context.Context, a engine.Arrival) {
			if now := time.Since(a.Began); now >= freeze && now < thaw {
				time.Sleep(thaw - now)
			}
			time.Sleep(service)
			latencies[a.Seq] = a.Since()
		})
		slices.Sort(latencies)
		for _, want := range []struct {
			rank    int
			latency time.Duration
		}{
			{4000, service},                        // P50
			{7000, service},                        // the last that met no freeze
			{7200, 200*time.Millisecond + service}, // P90
			{7920, 920*time.Millisecond + service}, // P99
			{8000, time.Second + service},          // the first one frozen
		} {
			if got := latencies[want.rank-1]; got != want.latency {
				t.Errorf("latency %d of 8000 is %v, want %v", want.rank, got, want.latency)
			}
		}
	})
}

// A generator that stood still for 1 s replays the missed requests four times
// as fast as they were due, after the 10 ms that are made up for at once. Their
// due times stay; vegeta's own pacer loses them.
func TestVegetaTrap_stalledGeneratorIsNoSpike(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		stalled := false
		wait := func(d time.Duration, done <-chan struct{}) {
			engine.TimerWait(d, done)
			if now := time.Since(began); now == 3*time.Second && !stalled {
				stalled = true
				time.Sleep(time.Second)
			}
		}
		load := engine.Load{Arrivals: engine.Constant{Rate: 1000}, Duration: 8 * time.Second}
		for seq, a := range attack(t, load, wait, nothing) {
			due := time.Duration(seq) * time.Millisecond
			want := due
			if missed := seq - 3000; missed >= 0 && missed < 1320 { // 1 s + 0.32 s until it has caught up
				replay := 3990*time.Millisecond + time.Duration(missed)*250*time.Microsecond
				want = max(replay, 4*time.Second)
			}
			if a.Due != due || a.Sent != want || a.Lag() != want-due {
				t.Fatalf("request %d due at %v, sent at %v, want %v and %v", seq, a.Due, a.Sent, due, want)
			}
		}
	})
}

// On the wall clock nothing is sent early, and nothing is lost.
func TestAttack_preciseWait(t *testing.T) {
	t.Parallel()
	load := engine.Load{Arrivals: engine.Poisson{Rate: 5000}, Requests: 100}
	due := dueTimes(t, load)
	for seq, a := range attack(t, load, nil, nothing) {
		if a.Due != due[seq] || a.Lag() < 0 {
			t.Errorf("request %d due at %v, sent at %v, want due %v and not before", seq, a.Due, a.Sent, due[seq])
		}
	}
}

// BenchmarkSendLag measures, on the wall clock, how late requests are sent.
func BenchmarkSendLag(b *testing.B) {
	waits := []struct {
		name string
		wait engine.Wait
	}{{"precise", nil}, {"timer", engine.TimerWait}}
	for _, w := range waits {
		for _, rate := range []float64{100, 1000, 10_000} {
			b.Run(fmt.Sprintf("%s/%v", w.name, rate), func(b *testing.B) {
				var lags []time.Duration
				for b.Loop() {
					lags = append(lags, sendLags(b, w.wait, rate)...)
				}
				slices.Sort(lags)
				us := func(q float64) float64 {
					return float64(lags[int(q*float64(len(lags)-1))].Nanoseconds()) / 1e3
				}
				b.ReportMetric(us(0.5), "p50-us")
				b.ReportMetric(us(0.99), "p99-us")
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}

func sendLags(tb testing.TB, wait engine.Wait, rate float64) []time.Duration {
	tb.Helper()
	s, err := engine.NewSchedule(engine.Load{Arrivals: engine.Constant{Rate: rate}, Duration: time.Second})
	if err != nil {
		tb.Fatal(err)
	}
	lags := make([]time.Duration, s.Planned())
	_, err = engine.Attack(tb.Context(), s, wait, func(_ context.Context, a engine.Arrival) { lags[a.Seq] = a.Lag() })
	if err != nil {
		tb.Fatal(err)
	}
	return lags
}
