// Package draw gives random numbers that depend on nothing but their key.
//
// A [Key] is built from what a draw is for (the run's seed, the request, the
// model, how many calls came before, the purpose) and yields the same number
// whoever asks, in whatever order, on any goroutine. There is no stream to
// share and nothing to lock, so two strategies that meet the same request meet
// the same weather: common random numbers, the pairing that lets small samples
// decide.
//
//	u := draw.New(seed).Word(request).Name("claude-sonnet-4-5").Word(ordinal).Name("first_token").Float64()
//
// The mixing function is the finaliser of MurmurHash3 in its "Mix13" variant
// (Stafford 2011), the one SplitMix64 uses, over a Weyl step per word; output
// passes the moment and correlation checks in this package's tests. It is not
// for cryptography.
package draw

import "math/bits"

// Key identifies one draw. It is a value; deriving from it leaves it as it is.
type Key uint64

const weyl = 0x9e3779b97f4a7c15 // 2^64 / golden ratio, odd

// New returns the root key of a run's seed.
func New(seed uint64) Key { return Key(mix(seed + weyl)) }

// Word returns the key for w below k.
func (k Key) Word(w uint64) Key {
	// The rotation keeps New(a).Word(b) and New(b).Word(a) apart.
	return Key(mix(bits.RotateLeft64(uint64(k), 23)*5 + weyl + mix(w^weyl)))
}

// Name returns the key for the purpose called s below k. For a name used again
// and again, hash it once with [Hash] and use [Key.Word].
func (k Key) Name(s string) Key { return k.Word(Hash(s)) }

// Hash returns the 64-bit FNV-1a hash of s.
func Hash(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}

// Uint64 returns the key's number, uniform over all 64-bit values.
func (k Key) Uint64() uint64 { return mix(uint64(k) + weyl) }

// Float64 returns the key's number as a float strictly inside (0, 1), so that
// it can be put through any inverse distribution function.
func (k Key) Float64() float64 {
	return (float64(k.Uint64()>>12) + 0.5) * 0x1p-52
}

// IntN returns the key's number in [0, n); n must be positive.
func (k Key) IntN(n int) int {
	hi, _ := bits.Mul64(k.Uint64(), uint64(n))
	return int(hi)
}

func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
