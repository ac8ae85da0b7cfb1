package main

import (
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/tailgate-bench/tailgate/internal/tune"
)

func tuneBudgetCommand() *cli.Command {
	return &cli.Command{
		Name:      "budget",
		Usage:     "how large retry and hedge budgets may be for the system to recover by itself",
		ArgsUsage: "[SCENARIO]",
		Description: "Extra attempts can keep an overloaded system down when the peak that brought it there is\n" +
			"over (a metastable failure). Tries budgets at several loads and looks for the largest one up to\n" +
			"which the system recovers with every seed: success and calls per request as before within a time\n" +
			"of the end of the trigger, which is the highest step of the load or the first fault that ends.\n" +
			"The scenario is overload unless given. Retries see slow calls only if something gives those up;\n" +
			"--timeout does.\n\n" +
			"  tailgate tune budget overload\n" +
			"  tailgate tune budget overload --strategy retry --timeout 4s --within 30s\n" +
			"  tailgate tune budget mine.yaml --budgets 5%,10%,20% --levels 0.9,1,1.1 \\\n" +
			"    --trigger 3m..5m --write tuned.yaml",
		Flags: append([]cli.Flag{
			&cli.StringSliceFlag{Name: "strategy", Usage: "tune the budget of the strategy `NAME` (default all that retry or hedge); repeatable"},
			&cli.StringFlag{Name: "budgets", Value: strings.Join(tune.DefaultBudgets(), ","), Usage: "try the budgets `LIST`"},
			&cli.StringFlag{Name: "levels", Value: levelsText(tune.DefaultLevels()), Usage: "try multiples of the scenario's load, `LIST`"},
			&cli.StringFlag{Name: "trigger", Usage: "recover from what happens `FROM..TO`, such as 3m..5m"},
			&cli.StringFlag{Name: "fault", Usage: "recover from the fault `NAME`"},
			&cli.DurationFlag{Name: "within", Value: tune.DefaultWithin, Usage: "be as before at most `DURATION` after the trigger"},
			&cli.DurationFlag{Name: "window", Value: tune.DefaultWindow, Usage: "stay so for `DURATION`"},
			&cli.StringFlag{Name: "tolerance", Value: "5%", Usage: "call it as before up to `SHARE` less success and more calls"},
			&cli.DurationFlag{Name: "timeout", Usage: "have retries give up each attempt after `DURATION`", DefaultText: "no limit"},
		}, tuneFlags()...),
		Action:       tuneBudget,
		OnUsageError: badUsage,
	}
}

func levelsText(levels []float64) string {
	all := make([]string, len(levels))
	for i, l := range levels {
		all[i] = strconv.FormatFloat(l, 'g', -1, 64)
	}
	return strings.Join(all, ",")
}

func tuneBudget(c *cli.Context) error {
	t, err := newTuning(c, "overload")
	if err != nil {
		return err
	}
	b := &tune.Budget{
		Study: *t.study(), Strategies: c.StringSlice("strategy"), Fault: c.String("fault"),
		Within: c.Duration("within"), Window: c.Duration("window"), Timeout: c.Duration("timeout"),
	}
	if b.Timeout < 0 {
		return misuse("for example --timeout 4s", "timeout is %v, must be more than 0", b.Timeout)
	}
	for text := range strings.SplitSeq(c.String("budgets"), ",") {
		b.Budgets = append(b.Budgets, strings.TrimSpace(text))
	}
	for text := range strings.SplitSeq(c.String("levels"), ",") {
		level, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		if err != nil {
			return misuse("for example --levels 0.9,1,1.1", "level %q is no multiple of the load", text)
		}
		b.Levels = append(b.Levels, level)
	}
	if b.Tolerance, err = share(c, "tolerance"); err != nil {
		return err
	}
	if b.From, b.To, err = triggerTime(c.String("trigger")); err != nil {
		return err
	}
	return t.run(&b.Progress, b.Run)
}

// share reads a flag that is a share, such as 5%.
func share(c *cli.Context, name string) (float64, error) {
	text := c.String(name)
	digits, percents := strings.CutSuffix(text, "%")
	v, err := strconv.ParseFloat(digits, 64)
	if err != nil || !percents || !(v > 0 && v <= 100) {
		return 0, misuse("for example --"+name+" 5%", "%s %q must be a share above 0%% and up to 100%%", name, text)
	}
	return v / 100, nil
}

// triggerTime reads FROM..TO.
func triggerTime(text string) (from, to time.Duration, err error) {
	if text == "" {
		return 0, 0, nil
	}
	low, high, _ := strings.Cut(text, "..")
	from, errFrom := time.ParseDuration(low)
	to, errTo := time.ParseDuration(high)
	if errFrom != nil || errTo != nil || from >= to {
		return 0, 0, misuse("for example --trigger 3m..5m", "trigger %q must be two times, FROM..TO", text)
	}
	return from, to, nil
}
