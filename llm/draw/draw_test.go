package draw_test

import (
	"math"
	"math/bits"
	"testing"

	"github.com/tailgate-bench/tailgate/llm/draw"
)

const (
	draws  = 200_000
	sigmas = 4.5
)

// streams are ways in which a run makes keys that are neighbours.
var streams = map[string]func(i uint64) draw.Key{
	"seeds":          draw.New,
	"requests":       func(i uint64) draw.Key { return draw.New(1).Word(i) },
	"requests, name": func(i uint64) draw.Key { return draw.New(1).Word(i).Name("latency") },
	"depth":          func(i uint64) draw.Key { return draw.New(i).Word(1).Word(2).Word(3) },
	"high words":     func(i uint64) draw.Key { return draw.New(1).Word(i << 40) },
}

// The moments are those of the uniform distribution: E[uᵏ] = 1/(k+1), with
// variance 1/(2k+1) - 1/(k+1)².
func TestFloat64Moments(t *testing.T) {
	t.Parallel()
	for name, key := range streams {
		for k := 1; k <= 4; k++ {
			sum := 0.0
			for i := range uint64(draws) {
				sum += math.Pow(key(i).Float64(), float64(k))
			}
			mean := 1 / float64(k+1)
			bound := sigmas * math.Sqrt((1/float64(2*k+1)-mean*mean)/draws)
			if got := sum / draws; math.Abs(got-mean) > bound {
				t.Errorf("%s: moment %d is %.6f, want %.6f ± %.6f", name, k, got, mean, bound)
			}
		}
	}
}

// Sixty-four cells of equal width get equal shares: χ² with 63 degrees of
// freedom has mean 63 and standard deviation √126.
func TestFloat64IsEven(t *testing.T) {
	t.Parallel()
	for name, key := range streams {
		var cells [64]int
		for i := range uint64(draws) {
			cells[int(64*key(i).Float64())]++
		}
		chi, want := 0.0, float64(draws)/64
		for _, n := range cells {
			chi += (float64(n) - want) * (float64(n) - want) / want
		}
		if math.Abs(chi-63) > 5*math.Sqrt(126) {
			t.Errorf("%s: χ² is %.1f, want 63 ± 56", name, chi)
		}
	}
}

// The numbers of neighbouring keys, of one key for different purposes, and of
// swapped words have nothing to do with each other. The correlation of n
// independent pairs has standard deviation 1/√n.
func TestCorrelation(t *testing.T) {
	t.Parallel()
	pairs := map[string]func(i uint64) (a, b draw.Key){
		"swapped": func(i uint64) (a, b draw.Key) { return draw.New(i).Word(i + 1), draw.New(i + 1).Word(i) },
		"seed and request": func(i uint64) (a, b draw.Key) {
			return draw.New(i), draw.New(0).Word(i)
		},
		"purposes": func(i uint64) (a, b draw.Key) {
			return draw.New(1).Word(i).Name("a"), draw.New(1).Word(i).Name("b")
		},
		"parent and child": func(i uint64) (a, b draw.Key) { return draw.New(i), draw.New(i).Word(0) },
	}
	for name, key := range streams {
		for _, lag := range []uint64{1, 2, 3, 64} {
			pairs[name+" "+string(rune('0'+bits.Len64(lag)))] = func(i uint64) (a, b draw.Key) { return key(i), key(i + lag) }
		}
	}
	for name, pair := range pairs {
		sum := 0.0
		for i := range uint64(draws) {
			a, b := pair(i)
			sum += (a.Float64() - 0.5) * (b.Float64() - 0.5)
		}
		if r := 12 * sum / draws; math.Abs(r) > sigmas/math.Sqrt(draws) {
			t.Errorf("%s: correlation %.5f", name, r)
		}
	}
}

// Flipping one bit of a word flips each bit of the number half of the time.
func TestAvalanche(t *testing.T) {
	t.Parallel()
	const trials = 4000
	for bit := range 64 {
		flips := 0
		for i := range uint64(trials) {
			a, b := draw.New(3).Word(i), draw.New(3).Word(i^1<<bit)
			flips += bits.OnesCount64(a.Uint64() ^ b.Uint64())
		}
		if share := float64(flips) / (64 * trials); math.Abs(share-0.5) > sigmas*0.5/math.Sqrt(64*trials) {
			t.Errorf("bit %d: a share of %.4f of the bits flips", bit, share)
		}
	}
}

// The same derivation gives the same key, another one another, and deriving
// leaves the parent as it is. The values are part of what a seed promises.
func TestKeys(t *testing.T) {
	t.Parallel()
	k := draw.New(1)
	if k.Word(2) != draw.New(1).Word(2) || k != draw.New(1) || k.Name("x") != k.Word(draw.Hash("x")) {
		t.Error("a key depends on more than what it is made of")
	}
	if draw.Hash("") != 0xcbf29ce484222325 || draw.Hash("a") != 0xaf63dc4c8601ec8c || draw.Hash("foobar") != 0x85944171f73967e8 {
		t.Error("Hash is not FNV-1a")
	}
	seen := map[draw.Key]bool{}
	for a := range uint64(100) {
		for b := range uint64(100) {
			seen[draw.New(a).Word(b)] = true
		}
	}
	if len(seen) != 10_000 {
		t.Errorf("%d different keys of 10,000", len(seen))
	}
}

// IntN covers [0, n) evenly.
func TestIntN(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 2, 3, 7, 1000} {
		counts := make([]int, n)
		for i := range uint64(draws) {
			counts[draw.New(9).Word(i).IntN(n)]++
		}
		p := 1 / float64(n)
		for v, c := range counts {
			if math.Abs(float64(c)-draws*p) > 5.5*math.Sqrt(draws*p*(1-p)) {
				t.Errorf("IntN(%d): %d came %d times of %d", n, v, c, draws)
			}
		}
	}
}

func BenchmarkFloat64(b *testing.B) {
	sum := 0.0
	for i := range b.N {
		sum += draw.New(1).Word(uint64(i)).Word(7).Float64() //nolint:gosec // a count
	}
	if sum < 0 {
		b.Fatal(sum)
	}
}
