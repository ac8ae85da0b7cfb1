package main

import (
	"github.com/urfave/cli/v2"

	"github.com/tailgate-bench/tailgate/internal/tune"
	"github.com/tailgate-bench/tailgate/scenarios"
)

func tuneBreakerCommand() *cli.Command {
	flags := []cli.Flag{
		&cli.StringFlag{Name: "strategy", Usage: "tune the breaker in the strategy `NAME` of every scenario (default the first that has one)"},
		&cli.Float64Flag{Name: "failure-worth", Value: tune.DefaultFailureWorth, Usage: "a failed request is as bad as `N` wasted calls"},
	}
	for _, f := range breakerFlags() {
		flags = append(flags, &cli.StringFlag{Name: f.name, Usage: f.usage})
	}
	return &cli.Command{
		Name:      "breaker",
		Usage:     "when a circuit breaker opens and closes: the settings with the least regret over many faults",
		ArgsUsage: "[SCENARIO...]",
		Description: "Runs the breaker of every scenario with failures in a row or a failure rate, and several open\n" +
			"times, and weighs requests that failed, calls that were wasted on a model that was down and\n" +
			"calls that were refused although it would have answered. Recommends the settings whose regret,\n" +
			"in the scenario that they suit least, is smallest, and measures them with fresh seeds. Without\n" +
			"SCENARIO all built-in ones are taken that have a breaker before a model with a fault that ends.\n" +
			"Values are lists or ranges as for tailgate tune.\n\n" +
			"  tailgate tune breaker\n" +
			"  tailgate tune breaker primary-outage flapping brownout \\\n" +
			"    --failures 2..10 --open 2s..60s:points=5\n" +
			"  tailgate tune breaker mine.yaml --strategy guarded \\\n" +
			"    --failure-rate 0.3,0.5 --window 10s,60s --write tuned.yaml",
		Flags:        append(flags, tuneFlags()...),
		Action:       tuneBreaker,
		OnUsageError: badUsage,
	}
}

type breakerFlag struct{ name, key, usage string }

func breakerFlags() []breakerFlag {
	return []breakerFlag{
		{"failures", "failures", "open after so many failures in a row, `VALUES`"},
		{"failure-rate", "failure_rate", "open at such a share of failures, `VALUES`"},
		{"window", "window", "count the share over such windows, `VALUES` such as 10s,100 calls"},
		{"minimum", "minimum", "only if the window holds so many calls, `VALUES`"},
		{"open", "open", "stay open for so long, `VALUES`"},
		{"probes", "probes", "admit so many calls at a time when half-open, `VALUES`"},
	}
}

func tuneBreaker(c *cli.Context) error {
	names := c.Args().Slice()
	if len(names) == 0 {
		var err error
		if names, err = suited(); err != nil {
			return err
		}
	}
	t, err := tuningOf(c, names...)
	if err != nil {
		return err
	}
	b := &tune.Breaker{Study: *t.study(), Strategy: c.String("strategy"), FailureWorth: c.Float64("failure-worth")}
	if b.Rules, err = breakerRules(c); err != nil {
		return err
	}
	if b.FailureWorth <= 0 {
		return misuse("for example --failure-worth 10", "failure worth is %v, must be more than 0", b.FailureWorth)
	}
	if len(names) > 1 && c.IsSet("write") {
		return misuse("leave --write out and paste what is printed", "--write takes one scenario and there are %d", len(names))
	}
	b.Scenarios = append(b.Scenarios, t.sc)
	for _, name := range names[1:] {
		sc, err := loadScenario(name)
		if err != nil {
			return err
		}
		b.Scenarios = append(b.Scenarios, sc)
	}
	return t.run(&b.Progress, b.Run)
}

// suited returns the built-in scenarios for breakers.
func suited() ([]string, error) {
	var names []string
	for _, name := range scenarios.List() {
		sc, err := loadScenario(name)
		if err != nil {
			return nil, err
		}
		if tune.Suits(sc) {
			names = append(names, name)
		}
	}
	return names, nil
}

// breakerRules reads the values to try.
func breakerRules(c *cli.Context) ([][]tune.Knob, error) {
	var knobs []tune.Knob
	for _, f := range breakerFlags() {
		text := c.String(f.name)
		if text == "" {
			continue
		}
		k, err := tune.ParseKnob(f.key + "=" + text)
		if err != nil {
			return nil, err
		}
		knobs = append(knobs, k)
	}
	return tune.BreakerRules(knobs)
}
