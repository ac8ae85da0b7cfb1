package main

import (
	"github.com/urfave/cli/v2"

	"github.com/tailgate-bench/tailgate/internal/tune"
)

func tuneHedgeCommand() *cli.Command {
	return &cli.Command{
		Name:      "hedge",
		Usage:     "when to ask the backup: the best delay and probability within a budget",
		ArgsUsage: "SCENARIO",
		Description: "Runs the primary and the backup alone, computes from both the SingleR policy (hedge after a\n" +
			"delay with a probability) that makes a percentile smallest within a budget of extra\n" +
			"requests or cost, then races it against the scenario's own hedge, the best pure delay, an\n" +
			"adaptive delay, no hedge and a race, and measures all of them with fresh seeds.\n" +
			"The two models are those of the scenario's hedge, or its first two.\n\n" +
			"  tailgate tune hedge latency-spike --target p95 --budget 5% --out out/tuned\n" +
			"  tailgate tune hedge streaming --target first_token_p99 --budget 10%\n" +
			"  tailgate tune hedge mine.yaml --target p99 --budget 5%cost \\\n" +
			"    --write tuned.yaml",
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "target", Value: "p95", Usage: "make the percentile `METRIC` small: p50 to p99_9, first_token_p50 to first_token_p99"},
			&cli.StringFlag{Name: "budget", Value: "5%", Usage: "at most so many extra requests, `SHARE`, or so much extra cost: 5%cost"},
			&cli.StringFlag{Name: "strategy", Usage: "tune the hedge `NAME` of the scenario (default the first)"},
			&cli.StringSliceFlag{Name: "subject-to", Usage: "demand an `OBJECTIVE` of the strategy tuned, such as 'tuned.p99 <= 8s'; repeatable"},
			&cli.StringFlag{Name: "primary", Usage: "ask `TARGET` first"},
			&cli.StringFlag{Name: "backup", Usage: "ask `TARGET` when the first is slow"},
			traceFlag(),
		}, tuneFlags()...),
		Action:       tuneHedge,
		OnUsageError: badUsage,
	}
}

func tuneHedge(c *cli.Context) error {
	t, err := newTuning(c, "")
	if err != nil {
		return err
	}
	h := &tune.Hedge{
		Study: *t.study(), Target: c.String("target"),
		Strategy: c.String("strategy"), Primary: c.String("primary"), Backup: c.String("backup"),
		Limits: c.StringSlice("subject-to"),
	}
	if h.Budget, h.OfCost, err = tune.ParseBudget(c.String("budget")); err != nil {
		return err
	}
	return t.run(&h.Progress, h.Run)
}
