package draw

import (
	"math"
	"math/bits"
	"testing"
)

// unmix is the inverse of mix, to find the key for a wanted number.
func unmix(z uint64) uint64 {
	z = unshift(z, 31) * inverse(0x94d049bb133111eb)
	z = unshift(z, 27) * inverse(0xbf58476d1ce4e5b9)
	return unshift(z, 30)
}

// unshift solves y = x ^ x>>s for x.
func unshift(y uint64, s int) uint64 {
	x := y
	for range 64/s + 1 {
		x = y ^ x>>s
	}
	return x
}

// inverse returns the x with a·x = 1 modulo 2^64, by Newton's iteration.
func inverse(a uint64) uint64 {
	x := a
	for range 6 {
		x *= 2 - a*x
	}
	return x
}

// Even the extreme numbers are strictly inside (0, 1), so that every quantile
// function can take them, and IntN stays below n.
func TestFloat64Extremes(t *testing.T) {
	t.Parallel()
	for _, want := range []uint64{0, 1, 1<<12 - 1, 1 << 12, 1 << 63, math.MaxUint64 - 1, math.MaxUint64} {
		k := Key(unmix(want) - weyl)
		if got := k.Uint64(); got != want {
			t.Fatalf("the key for %x gives %x", want, got)
		}
		u := k.Float64()
		if u <= 0 || u >= 1 || 1-u <= 0 {
			t.Errorf("%x becomes %v", want, u)
		}
		for _, d := range []Dist{Exponential{1}, Lognormal{1, 1}, Pareto{1, 1}, Uniform{0, 1}} {
			if x := d.Quantile(u); math.IsInf(x, 0) || math.IsNaN(x) || x < 0 {
				t.Errorf("%T: quantile of %v is %v", d, u, x)
			}
		}
		for _, n := range []int{1, 2, 1000, math.MaxInt} {
			if v := k.IntN(n); v < 0 || v >= n {
				t.Errorf("IntN(%d) = %d", n, v)
			}
		}
	}
}

// The mixing function is a permutation: no two keys share a number.
func TestMixIsAPermutation(t *testing.T) {
	t.Parallel()
	for i := range uint64(10_000) {
		z := i * bits.Reverse64(i|1)
		if unmix(mix(z)) != z || mix(unmix(z)) != z {
			t.Fatalf("%x is not found back", z)
		}
	}
}
