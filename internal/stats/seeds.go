package stats

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Across returns the mean of one value per run, of independent runs, with its
// interval of Student's t: mean ± t(k-1)·s/√k. The requests of one run share its
// arrivals and faults and are no substitute for runs. With one value there is no
// interval.
func Across(values []float64) Estimate {
	k := float64(len(values))
	if k == 0 {
		return Missing("there was no run")
	}
	mean := average(values)
	if k == 1 {
		return Exactly(mean)
	}
	half := distuv.StudentsT{Sigma: 1, Nu: k - 1}.Quantile(1-tail) * deviation(values) / math.Sqrt(k)
	return Between(mean, mean-half, mean+half)
}

// AcrossEstimates is [Across] for the values of estimates. There is no value
// unless every run has one. Where the runs do not differ at all, as for a success
// of 100 % in each, the interval of the first stands: it knows how much a run
// cannot see.
func AcrossEstimates(runs []Estimate) Estimate {
	values := make([]float64, 0, len(runs))
	why := ""
	for _, e := range runs {
		if e.Known() {
			values = append(values, e.Value)
		} else if why == "" {
			why = e.Why
		}
	}
	switch lacking := len(runs) - len(values); {
	case lacking == 0:
		if mean := Across(values); mean.Low != mean.High || !runs[0].HasInterval() {
			return mean
		}
		return runs[0]
	case lacking == len(runs):
		return Missing(why)
	default:
		return Missing(fmt.Sprintf("%d of %d runs have none: %s", lacking, len(runs), why))
	}
}

// AcrossPValue is the p-value of the mean of [Across] against zero: that of a
// one-sample t test. It is 1 for fewer than two values.
func AcrossPValue(values []float64) float64 {
	k := float64(len(values))
	mean := average(values)
	if k < 2 || mean == 0 {
		return 1
	}
	t := mean / (deviation(values) / math.Sqrt(k))
	return 2 * distuv.StudentsT{Sigma: 1, Nu: k - 1}.CDF(-math.Abs(t))
}

func average(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}
