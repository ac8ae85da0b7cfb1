package main

import (
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/tailgate-bench/tailgate/internal/tune"
)

func tunePanelCommand() *cli.Command {
	return &cli.Command{
		Name:      "panel",
		Usage:     "who should vote, and how: the cheapest panel that is right often enough",
		ArgsUsage: "[SCENARIO]",
		Description: "Asks every model every request once and evaluates all panels of them on the votes: who votes,\n" +
			"what quorum, with which weights, and what happens without one (fail, trust the best member, ask\n" +
			"another model). Recommends the cheapest that answers the share --accuracy of requests rightly,\n" +
			"and runs it with fresh seeds. Shows how errors go together, and what independent models would\n" +
			"have promised. The prompts need known answers. The scenario is classification unless given.\n\n" +
			"  tailgate tune panel classification --accuracy 95%\n" +
			"  tailgate tune panel mine.yaml --accuracy 90% \\\n" +
			"    --models gpt-4.1-mini,claude-haiku-4-5,gemini-2.5-flash \\\n" +
			"    --write tuned.yaml",
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "accuracy", Value: "95%", Usage: "answer the `SHARE` of all requests rightly"},
			&cli.StringFlag{Name: "models", Usage: "only the models of `LIST` may vote (default all)"},
			&cli.IntFlag{Name: "size", Value: tune.DefaultPanelSize, Usage: "at most `N` models vote"},
			&cli.StringFlag{Name: "extract", Usage: "find votes as in a scenario, `HOW` (default as its first panel does), such as '{json: category}'"},
		}, tuneFlags()...),
		Action:       tunePanel,
		OnUsageError: badUsage,
	}
}

func tunePanel(c *cli.Context) error {
	t, err := newTuning(c, "classification")
	if err != nil {
		return err
	}
	p := &tune.Panel{Study: *t.study(), Size: c.Int("size"), Extract: c.String("extract")}
	if p.Accuracy, err = share(c, "accuracy"); err != nil {
		return err
	}
	if p.Size < 1 {
		return misuse("for example --size 3", "size is %d, must be at least 1", p.Size)
	}
	if text := c.String("models"); text != "" {
		for m := range strings.SplitSeq(text, ",") {
			p.Models = append(p.Models, strings.TrimSpace(m))
		}
	}
	return t.run(&p.Progress, p.Run)
}
