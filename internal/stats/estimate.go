package stats

import (
	"encoding/json"
	"math"
)

// Estimate is a number with its 95 % interval, or the reason there is none.
// The zero Estimate is the value 0 without an interval only if Low and High are
// NaN; use [Exactly] and [Missing] to make one.
type Estimate struct {
	Value float64
	// Low and High bound the interval; NaN means there is none. High is +Inf
	// when the sample gives no upper bound, as for a percentile whose upper
	// rank falls among the failures; Low is -Inf when it gives no lower one.
	Low, High float64
	// Why says why there is no value; "" means there is one.
	Why string
}

// Exactly returns v without an interval.
func Exactly(v float64) Estimate { return Estimate{Value: v, Low: math.NaN(), High: math.NaN()} }

// Between returns v with the interval from low to high.
func Between(v, low, high float64) Estimate { return Estimate{Value: v, Low: low, High: high} }

// Missing returns an estimate without a value.
func Missing(why string) Estimate {
	return Estimate{Value: math.NaN(), Low: math.NaN(), High: math.NaN(), Why: why}
}

// Known says whether there is a value.
func (e Estimate) Known() bool { return e.Why == "" }

// HasInterval says whether there is an interval, be it open at one end.
func (e Estimate) HasInterval() bool {
	return e.Known() && !math.IsNaN(e.Low) && !math.IsNaN(e.High)
}

// Over returns e in a unit that k of the old make up; k must be positive. It
// divides, so that 1751 µs are exactly the 1.751 ms that a limit may say.
func (e Estimate) Over(k float64) Estimate {
	e.Value, e.Low, e.High = e.Value/k, e.Low/k, e.High/k
	return e
}

type jsonEstimate struct {
	Value *float64 `json:"value"`
	Low   *float64 `json:"low,omitempty"`
	High  *float64 `json:"high,omitempty"`
	Why   string   `json:"why,omitempty"`
}

// MarshalJSON writes {"value", "low", "high"}, or {"value": null, "why"}. An
// open end of the interval is left out, so "low" without "high" means that
// there is no upper bound; without both there is no interval. Numbers are
// rounded to nine significant digits.
func (e Estimate) MarshalJSON() ([]byte, error) {
	if !e.Known() {
		return json.Marshal(jsonEstimate{Why: e.Why})
	}
	return json.Marshal(jsonEstimate{Value: finite(e.Value), Low: finite(e.Low), High: finite(e.High)})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (e *Estimate) UnmarshalJSON(data []byte) error {
	var j jsonEstimate
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	if j.Value == nil {
		if j.Why == "" {
			j.Why = "no value"
		}
		*e = Missing(j.Why)
		return nil
	}
	*e = Exactly(*j.Value)
	if j.Low != nil || j.High != nil {
		e.Low, e.High = orElse(j.Low, math.Inf(-1)), orElse(j.High, math.Inf(1))
	}
	return nil
}

func orElse(v *float64, otherwise float64) float64 {
	if v == nil {
		return otherwise
	}
	return *v
}

func finite(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	r := Round(v)
	return &r
}

// Round rounds v to nine significant digits, so that reports do not show noise
// of the last bits.
func Round(v float64) float64 {
	if v == 0 || math.IsNaN(v) || math.IsInf(v, 0) {
		return v
	}
	scale := math.Pow(10, 8-math.Floor(math.Log10(math.Abs(v))))
	if r := math.Round(v*scale) / scale; !math.IsInf(r, 0) && !math.IsNaN(r) {
		return r
	}
	return v
}
