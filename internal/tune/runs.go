package tune

import (
	"fmt"
	"math"

	"github.com/tailgate-bench/tailgate/internal/objective"
)

// Runs is what one setting was measured to be: the values of the evaluator's
// metrics for every seed.
type Runs struct {
	index map[string]int
	rows  []row
}

// Seeds returns for how many seeds the setting was run.
func (r Runs) Seeds() int { return len(r.rows) }

// join returns the runs with those of more seeds.
func (r Runs) join(more Runs) Runs {
	return Runs{index: more.index, rows: append(r.rows, more.rows...)}
}

// formula is something that can be computed from the metrics of a run.
type formula interface {
	Eval(value func(objective.Ref) (float64, bool)) (float64, bool)
	String() string
}

// Vector computes a formula for every seed. A latency among failures is +Inf. The
// error says of which metric there is no value.
func (r Runs) Vector(f formula) ([]float64, error) {
	vector := make([]float64, len(r.rows))
	for k, run := range r.rows {
		why := ""
		v, ok := f.Eval(func(ref objective.Ref) (float64, bool) {
			i, known := r.index[ref.String()]
			if !known {
				why = ref.String() + " was not measured"
				return 0, false
			}
			if math.IsNaN(run[i].v) {
				why = fmt.Sprintf("%s has no value: %s", ref, run[i].why)
			}
			return run[i].v, !math.IsNaN(run[i].v)
		})
		if !ok || math.IsNaN(v) {
			if why == "" {
				why = f.String() + " is not a number"
			}
			return nil, mistake("%s", why)
		}
		vector[k] = v
	}
	return vector, nil
}

// margin is the formula of by how much an objective is missed: left − right.
type margin struct{ *objective.Objective }

func (m margin) Eval(value func(objective.Ref) (float64, bool)) (float64, bool) {
	left, right, ok := m.Objective.Eval(value)
	if math.IsInf(left, 1) && math.IsInf(right, 1) {
		return 0, ok
	}
	return left - right, ok
}
