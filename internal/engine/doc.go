// Package engine runs a scenario: it builds the models, the strategies and the
// load, sends every strategy through the whole load on the virtual or the real
// clock, and returns the report.
//
// The load is open: a request is due at a moment that a [Schedule] fixed before
// anything ran, however slow the answers are, and its latency counts from then.
// Both clocks take the same due times from the same pacer, a
// [github.com/tsenart/vegeta/v12/lib.Pacer]; on the real clock [Attack] drives
// vegeta with it. Vegeta goes no further than this package.
package engine
