package record_test

import (
	"math"
	"testing"
	"time"

	"github.com/tailgate-bench/tailgate/internal/record"
	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/draw"
)

// pair runs two strategies over the same weather: the second is 100 ms faster.
func pair(n int) []*record.Recorder {
	return []*record.Recorder{run(record.Config{}, n, 50*ms, slowly), run(record.Config{}, n, 50*ms, quickly)}
}

// slowly fails every fiftieth request.
func slowly(id uint64, due time.Duration) *record.Request {
	if id%50 == 0 {
		return failing(request(id, due, s), llm.Overloaded)
	}
	return request(id, due, weather(id)+200*ms)
}

// quickly answers every fourth request wrongly.
func quickly(id uint64, due time.Duration) *record.Request {
	q := request(id, due, weather(id)+100*ms)
	q.Correct = record.Right
	if id%4 == 0 {
		q.Correct = record.Wrong
	}
	return q
}

func TestReplicates_points(t *testing.T) {
	t.Parallel()
	recorders := pair(5000)
	p := record.NewReplicates(recorders, 50, draw.New(1))
	check(t, "requests", p.Requests(), 5000)
	check(t, "blocks", p.Blocks(), 50)
	l, ok, first := recorders[0].Latency(), recorders[0].LatencyOK(), recorders[0].FirstToken()
	for metric, want := range map[string]float64{
		"p50": l.P50.Value, "p90": l.P90.Value, "p95": l.P95.Value, "p99": math.Inf(1), "p99_9": math.Inf(1),
		"mean": l.Mean.Value, "ok_mean": l.Mean.Value, "ok_p99": ok.P99.Value, "ok_p99_9": ok.P999.Value,
		"first_token_p50": first.P50.Value, "first_token_mean": first.Mean.Value,
		"success": 0.98, "attempts": 1, "cost": 0.98 * 3300e-6, "cost_low": 0.98 * 3300e-6, "cost_high": 0.98 * 3300e-6,
	} {
		point, vector, known := p.Vector(0, metric)
		if !known || len(vector) != 50 || !(near(point/want, 1, 1e-6) || point == want) {
			t.Errorf("%s: %v with %d replicates, want %v", metric, point, len(vector), want)
		}
	}
	accuracy, _, _ := p.Vector(1, "accuracy")
	check(t, "accuracy", accuracy, 0.75)
	accuracy, _, _ = p.Vector(0, "accuracy")
	check(t, "accuracy where no truth is known is NaN", math.IsNaN(accuracy), true)
	for _, metric := range []string{"", "p", "p42", "speed", "_p50", "okp50", "first_token_success"} {
		if _, _, known := p.Vector(0, metric); known {
			t.Errorf("there is a metric %q", metric)
		}
	}
}

// A difference of exactly 100 ms in every request is 100 ms in every resample:
// pairing takes the weather out. Rows hold microseconds and single floats.
func TestReplicates_paired(t *testing.T) {
	t.Parallel()
	p := record.NewReplicates(pair(5000), record.Resamples, draw.New(1))
	slow, slows, _ := p.Vector(0, "ok_mean")
	fast, fasts, _ := p.Vector(1, "ok_mean")
	differences := make([]float64, len(slows))
	for r := range slows {
		differences[r] = fasts[r] - slows[r]
	}
	e := p.Interval(fast-slow, differences)
	alone := p.Interval(slow, slows)
	if paired, unpaired := e.High-e.Low, alone.High-alone.Low; paired > unpaired/5 {
		t.Errorf("the difference is known to %v ms, the mean to %v", paired, unpaired)
	}
	if e.High >= 0 || e.Low < -120 {
		t.Errorf("the difference of means is %+v", e)
	}
}

// In an interrupted run strategies stop at different requests, and some are
// still under way: only what all have counts.
func TestReplicates_interrupted(t *testing.T) {
	t.Parallel()
	cfg := record.Config{Models: models()}
	one, two := record.NewRecorder(cfg), record.NewRecorder(cfg)
	for id := range uint64(300) {
		if id%3 != 0 {
			one.Add(request(id, time.Duration(id)*s, time.Duration(id)*ms))
		}
		if id < 200 && id != 100 {
			two.Add(request(id, time.Duration(id)*s, 2*time.Duration(id)*ms))
		}
	}
	p := record.NewReplicates([]*record.Recorder{one, two}, 20, draw.New(1))
	check(t, "requests", p.Requests(), 132) // of 200, less 67 and one
	a, as, _ := p.Vector(0, "p95")
	b, bs, _ := p.Vector(1, "p95")
	check(t, "point", b, 2*a)
	for r := range as {
		check(t, "replicate", bs[r], 2*as[r])
	}
}

func TestReplicates_nothing(t *testing.T) {
	t.Parallel()
	empty := record.NewRecorder(record.Config{})
	check(t, "requests", record.NewReplicates(nil, 10, draw.New(1)).Requests(), 0)
	check(t, "requests", record.NewReplicates([]*record.Recorder{empty}, 10, draw.New(1)).Requests(), 0)
	// A strategy without requests does not take the others' figures away.
	p := record.NewReplicates([]*record.Recorder{empty, pair(10)[1]}, 10, draw.New(1))
	check(t, "requests", p.Requests(), 10)
	for _, metric := range []string{"p95", "success", "mean"} {
		point, vector, known := p.Vector(0, metric)
		if !known || !math.IsNaN(point) || len(vector) != 10 || !math.IsNaN(vector[0]) {
			t.Errorf("%s of nothing is %v", metric, point)
		}
		if point, _, _ := p.Vector(1, metric); math.IsNaN(point) {
			t.Errorf("%s of the other has no value", metric)
		}
	}
}

// Six strategies of 72,000 requests with all that a report asks for.
func BenchmarkReplicates(b *testing.B) {
	var recorders []*record.Recorder
	for range 3 {
		recorders = append(recorders, pair(72000)...)
	}
	b.ReportAllocs()
	for b.Loop() {
		p := record.NewReplicates(recorders, record.Resamples, draw.New(1))
		for i := range recorders {
			for _, metric := range []string{"p50", "p90", "p95", "p99", "p99_9", "mean", "success", "cost", "attempts"} {
				p.Vector(i, metric)
			}
		}
	}
}

// Two strategies that are alike take turns of 30 s while the weather changes from
// one turn to the next. Taking a turn as one observation, the interval of their
// difference holds 0 as often as it says; taking 5 s as one, it does not.
func TestReplicates_turns(t *testing.T) {
	t.Parallel()
	const runs, n = 100, 1200
	const gap, turn = 500 * ms, 30 * time.Second
	holds := func(turn time.Duration) (share float64) {
		for seed := range uint64(runs) {
			var sides []*record.Recorder
			for side := range uint64(2) {
				sides = append(sides, run(record.Config{Turn: turn}, n, gap, func(id uint64, due time.Duration) *record.Request {
					key := draw.New(seed).Word(side)
					then := key.Name("turn").Word(uint64(due / (30 * time.Second))).Float64()
					return request(id, due, time.Duration(1000*(1+then)+200*key.Name("request").Word(id).Float64())*ms)
				}))
			}
			p := record.NewReplicates(sides, 100, draw.New(seed))
			a, as, _ := p.Vector(0, "mean")
			b, bs, _ := p.Vector(1, "mean")
			for i := range as {
				as[i] -= bs[i]
			}
			if e := p.Interval(a-b, as); e.Low <= 0 && 0 <= e.High {
				share += 1. / runs
			}
		}
		return share
	}
	if share := holds(turn); !near(share, 0.95, 0.051) {
		t.Errorf("by turns, %.1f%% of the intervals hold the truth", 100*share)
	}
	if share := holds(0); share > 0.75 {
		t.Errorf("by seconds, as many as %.1f%% do: the test shows nothing", 100*share)
	}
}
