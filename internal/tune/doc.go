// Package tune searches the settings of strategies by running the engine.
//
// A [Knob] is a key of a scenario with the values to try, a [Setting] one value
// for each knob. An [Evaluator] runs a setting through the scenario's load on the
// virtual clock, once per seed, and keeps the few numbers that were asked for: a
// setting's value is the mean over seeds of what tailgate run would report for
// each. All settings meet the same seeds, so they are compared seed by seed.
//
// [Search] goes from a coarse grid by racing to the settings that the data cannot
// tell apart: after every round of seeds it drops those whose paired difference
// to the best so far is more than chance, then looks between the survivors. The
// choice is made on one set of seeds. What a report says about the chosen
// setting comes from a set that no choice has seen, because the best of many
// looks better than it is on the data that it was chosen by.
//
// Everything but a time limit is deterministic for a seed, however many cores
// there are.
//
// [Hedge], [Breaker], [Budget] and [Panel] answer one question each: when to hedge,
// when a breaker is to open, how many extra attempts a system recovers from, and who
// should vote. They keep to the same method; what they compare and how they race is
// their own.
package tune
