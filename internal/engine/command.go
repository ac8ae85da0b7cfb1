package engine

import (
	"strconv"
	"strings"
)

// CommandLine returns the command that gives the same run: the scenario under
// that name, with the options that change what is measured, over repeat seeds and
// with objectives beside those of the scenario.
func (o Options) CommandLine(scenario string, repeat int, objectives []string) string {
	words := []string{"tailgate run", Quote(scenario)}
	add := func(flag, value string) { words = append(words, "--"+flag, Quote(value)) }
	if o.Clock != "" && o.Clock != Virtual {
		add("clock", string(o.Clock))
	}
	if o.MaxCost > 0 {
		add("max-cost", strconv.FormatFloat(o.MaxCost, 'g', -1, 64))
	}
	if o.Turn > 0 {
		add("turn", o.Turn.String())
	}
	if o.Seed != nil {
		add("seed", strconv.FormatUint(*o.Seed, 10))
	}
	if repeat > 1 {
		add("repeat", strconv.Itoa(repeat))
	}
	if len(o.Only) > 0 {
		add("only", strings.Join(o.Only, ","))
	}
	if o.Rate > 0 {
		add("rate", strconv.FormatFloat(o.Rate, 'g', -1, 64)+"/s")
	}
	switch {
	case o.Requests > 0:
		add("requests", strconv.Itoa(o.Requests))
	case o.Duration > 0:
		add("duration", o.Duration.String())
	}
	if o.TimeScale != 0 && o.TimeScale != 1 {
		add("time-scale", strconv.FormatFloat(o.TimeScale, 'g', -1, 64))
	}
	for _, text := range objectives {
		add("objective", text)
	}
	return strings.Join(words, " ")
}

// Quote quotes an argument for a shell where that is needed.
func Quote(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./,+", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
