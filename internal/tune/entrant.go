package tune

import (
	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/reports"
)

// State is what became of a setting.
type State string

// The states.
const (
	InRace     State = reports.TuneInRace
	Beaten     State = reports.TuneBeaten
	Infeasible State = reports.TuneInfeasible
	Reference  State = reports.TuneReference
)

// Entrant is a setting with its runs so far.
type Entrant struct {
	Setting Setting
	Runs    Runs
	State   State

	scores   []float64 // less is better
	standing standing
	by       float64 // how far from the constraints
}

// mean is the score over all seeds so far.
func (t *Entrant) mean() float64 { return stats.Across(t.scores).Value }

// better orders entrants: constraints first, then the goal.
func (t *Entrant) better(o *Entrant) int {
	if t.standing != o.standing {
		return int(t.standing) - int(o.standing)
	}
	if t.standing == misses && t.by != o.by {
		return sign(t.by - o.by)
	}
	return sign(t.mean() - o.mean())
}

// behind returns how probable it is that t only seems worse than best: the
// p-value of the paired differences, or 1 if t is not worse.
func behind(t, best *Entrant) float64 {
	differences := make([]float64, min(len(t.scores), len(best.scores)))
	for i := range differences {
		differences[i] = t.scores[i] - best.scores[i]
	}
	if !(stats.Across(differences).Value > 0) {
		return 1
	}
	return stats.AcrossPValue(differences)
}
