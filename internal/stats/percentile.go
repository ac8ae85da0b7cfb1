package stats

import (
	"fmt"
	"math"
	"sort"
	"strconv"

	"gonum.org/v1/gonum/stat/distuv"
)

// tail is the probability outside a 95 % interval at each end.
const tail = 0.025

// Real is a number a sample may be made of.
type Real interface {
	~int32 | ~int64 | ~uint32 | ~uint64 | ~float32 | ~float64
}

// Percentile returns the p-quantile, 0 < p < 1, of len(ok)+failed values of
// which ok are known, sorted upwards, and the failed ones are larger than any:
// the value of rank ceil(p·n), with the distribution-free interval of [Ranks].
//
// There is no value with fewer than [Needed] values, nor where the rank falls
// among the failures. Where only the interval's upper rank does, High is +Inf:
// the sample cannot rule out that the percentile itself is a failure.
func Percentile[T Real](ok []T, failed int, p float64) Estimate {
	return percentile(len(ok), failed, p, func(rank int) float64 { return float64(ok[rank-1]) })
}

// percentile works on any sample that can tell its value of a rank from 1.
func percentile(ok, failed int, p float64, at func(rank int) float64) Estimate {
	n := ok + failed
	low, high, enough := Ranks(n, p)
	if !enough {
		return Missing(fmt.Sprintf("needs %d requests, has %d", Needed(p), n))
	}
	rank := Rank(n, p)
	if rank > ok {
		return Missing(percentText(failed, n) + " of requests failed")
	}
	upper := math.Inf(1)
	if high <= ok {
		upper = at(high)
	}
	return Between(at(rank), at(low), upper)
}

// Point returns the p-quantile without an interval, and whether there is one:
// it works on samples of any size but the empty one, for charts.
func Point[T Real](ok []T, failed int, p float64) (value T, known bool) {
	rank := Rank(len(ok)+failed, p)
	if rank > len(ok) || len(ok) == 0 {
		return 0, false
	}
	return ok[rank-1], true
}

// Rank returns the rank of the p-quantile among n values: ceil(p·n), at least 1.
func Rank(n int, p float64) int { return max(1, int(ceil(p*float64(n)))) }

// ceil rounds up, but takes what is a whole number but for rounding, such as
// 0.07·100, for that number.
func ceil(x float64) float64 { return math.Ceil(x - 1e-9*math.Max(1, x)) }

// Needed returns the least n for which [Ranks] finds ranks: the smallest n with
// p^n ≤ 0.025 and (1-p)^n ≤ 0.025, such as 6 for the median, 368 for P99.
func Needed(p float64) int {
	return int(math.Ceil(math.Log(tail) / math.Log(max(p, 1-p))))
}

// Ranks returns the ranks, from 1, of the two order statistics between which
// the p-quantile lies with a probability of at least 95 %, whatever the
// distribution of n independent values. With B binomial (n, p), low is the
// largest rank with P(B < low) ≤ 0.025 and high the smallest with
// P(B ≥ high) ≤ 0.025 (Conover, Practical Nonparametric Statistics, 3.2). It
// takes some 30 µs.
func Ranks(n int, p float64) (low, high int, ok bool) {
	b := distuv.Binomial{N: float64(n), P: p}
	low = sort.Search(n+1, func(k int) bool { return b.CDF(float64(k)) > tail })
	high = 1 + sort.Search(n+1, func(k int) bool { return b.CDF(float64(k)) >= 1-tail })
	return low, high, low >= 1 && high <= n
}

// Coverage returns the probability with which the interval of [Ranks] holds the
// p-quantile of n independent values: at least 95 %, more for small n, as ranks
// are whole numbers. It is 0 where there are no ranks.
func Coverage(n int, p float64) float64 {
	low, high, ok := Ranks(n, p)
	if !ok {
		return 0
	}
	b := distuv.Binomial{N: float64(n), P: p}
	return b.CDF(float64(high-1)) - b.CDF(float64(low-1))
}

// percentText writes part of whole as "2.9 %", with two digits of what it or
// its complement has, so that 99.97 % does not become 100 %.
func percentText(part, whole int) string {
	share := 100 * float64(part) / float64(whole)
	digits := 0
	if small := min(share, 100-share); small > 0 {
		digits = max(0, 1-int(math.Floor(math.Log10(small))))
	}
	return strconv.FormatFloat(share, 'f', digits, 64) + " %"
}
