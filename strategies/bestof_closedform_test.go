package strategies_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/tailgate-bench/tailgate/internal/virtual"
	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/mockprovider"
	"github.com/tailgate-bench/tailgate/strategies"
)

// scores returns the probabilities of the scores 1 to 10, by score, that a mock
// gives an answer: of round(quality + noise·Z) held to the scale, Z standard
// normal, and 5 for the share that is unreadable.
func scores(quality float64, j mockprovider.Judge) (p [11]float64) {
	phi := func(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 }
	below := 0.0
	for s := 1; s <= 10; s++ {
		upTo := phi((float64(s) + 0.5 - quality) / j.Noise)
		if s == 10 {
			upTo = 1
		}
		p[s] = (1 - j.Unreadable) * (upTo - below)
		below = upTo
	}
	p[5] += j.Unreadable
	return p
}

// categories is how many different answers there are, all but one of them wrong.
const categories = 6

// picksRight returns the probability that the answer picked is right: over every
// way the candidates can answer, with answer 0 right and the wrong ones equally
// likely. Candidates that agree share a score.
func picksRight(accuracy []float64, j mockprovider.Judge) (p float64) {
	given := make([]int, len(accuracy))
	var answer func(i int, chance float64)
	answer = func(i int, chance float64) {
		if i == len(accuracy) {
			p += chance * rightWins(given, j)
			return
		}
		for given[i] = range categories {
			share := accuracy[i]
			if given[i] != 0 {
				share = (1 - accuracy[i]) / (categories - 1)
			}
			answer(i+1, chance*share)
		}
	}
	answer(0, 1)
	return p
}

// rightWins returns the probability that the right answer gets the highest score
// of those given, the earlier of equals: the sum over its scores s of those of
// the other answers, each below s if it was given before and at most s if after.
func rightWins(given []int, j mockprovider.Judge) (p float64) {
	first := slices.Index(given, 0)
	if first < 0 {
		return 0
	}
	right, wrong := scores(8, j), scores(4, j)
	for s := 1; s <= 10; s++ {
		term := right[s]
		for i, text := range given {
			if text == 0 || slices.Index(given, text) < i {
				continue
			}
			most := s
			if i < first {
				most = s - 1
			}
			sum := 0.0
			for k := 1; k <= most; k++ {
				sum += wrong[k]
			}
			term *= sum
		}
		p += term
	}
	return p
}

// The share of right answers that a judge picks, under the mock's own model of a
// judge, is the sum over all scores.
func TestBestOfPicksRight(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		accuracy []float64
		judge    mockprovider.Judge
		want     float64 // to four digits, so that the sum itself is held to something
	}{
		{"two, the usual judge", []float64{0.5, 0.5}, mockprovider.DefaultJudge, 0.6597},
		{"three unlike", []float64{0.7, 0.8, 0.6}, mockprovider.DefaultJudge, 0.8506},
		{"a sharp judge", []float64{0.6, 0.6, 0.6}, mockprovider.Judge{Noise: 0.5}, 0.9360},
		{"a judge that cannot be read", []float64{0.9, 0.2}, mockprovider.Judge{Noise: 1, Unreadable: 1}, 0.9},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := picksRight(c.accuracy, c.judge)
			if math.Abs(p-c.want) > 0.00005 {
				t.Errorf("the sum is %.5f, want %.4f", p, c.want)
			}
			const n = 20_000
			checkShare(t, "right", rightOf(t, c.accuracy, c.judge, n), n, p)
		})
	}
}

// rightOf returns how many of n requests a best_of over mocks answers rightly.
func rightOf(t *testing.T, accuracy []float64, how mockprovider.Judge, n int) (right int) {
	t.Helper()
	items, _ := mockprovider.Embedded(mockprovider.Tickets)
	w := mockprovider.Workload{Items: items}
	cfg := mockprovider.Config{Seed: 5, Workload: &w}
	for i, a := range accuracy {
		cfg.Models = append(cfg.Models, mockprovider.Settings{Name: string(rune('a' + i)), Latency: draw.Constant(1e9), Accuracy: &a})
	}
	cfg.Models = append(cfg.Models, mockprovider.Settings{Name: "judge", Latency: draw.Constant(1e8), Judge: &how})
	models, err := mockprovider.NewModels(cfg)
	if err != nil {
		t.Fatal(err)
	}
	var s strategies.BestOf
	for _, m := range models {
		s.Targets = append(s.Targets, strategies.ModelTarget(m))
	}
	last := len(s.Targets) - 1
	s.Targets, s.Judge = s.Targets[:last], s.Targets[last]
	next := 0
	err = virtual.Run(t.Context(), virtual.Config{Strategy: s, Settled: func(o *strategies.Outcome) {
		if ok, _ := w.Correct(o.Answer.Text, w.Item(o.Request.ID)); ok {
			right++
		}
	}}, func(r *llm.Request) (time.Duration, bool) {
		*r = w.Request(uint64(next)) //nolint:gosec // a count
		next++
		return time.Duration(next) * time.Second, next <= n
	})
	if err != nil {
		t.Fatal(err)
	}
	return right
}
