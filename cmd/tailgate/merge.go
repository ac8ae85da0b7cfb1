package main

import (
	"errors"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/tailgate-bench/tailgate/internal/engine"
	"github.com/tailgate-bench/tailgate/reports"
)

func mergeCommand() *cli.Command {
	return &cli.Command{
		Name:      "merge",
		Usage:     "make one report of runs of the same scenario with different seeds",
		ArgsUsage: "RUN...",
		Description: "RUNs are directories that run has left, or report.json files, for example of the jobs\n" +
			"of a matrix. The result is what run --repeat would have made: values are means over the\n" +
			"seeds with intervals across them, counts are sums, histograms are merged without loss.\n" +
			"Leaves report.json and report.html; requests stay with their runs.\n\n" +
			"  tailgate run shop.yaml --seed 1 --out out/1\n" +
			"  tailgate run shop.yaml --seed 2 --out out/2\n" +
			"  tailgate merge out/1 out/2 --out out/merged --format junit=junit.xml",
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "out", Usage: "write the files to `DIR` (default out/NAME-merged)"},
			&cli.BoolFlag{Name: "strict", Usage: "exit with 4 when an objective is undecided"},
		}, outputFlags()...),
		Action:       mergeRuns,
		OnUsageError: badUsage,
	}
}

func mergeRuns(c *cli.Context) error {
	out, err := newOutput(c)
	if err != nil {
		return err
	}
	var shards []engine.Shard
	for _, path := range c.Args().Slice() {
		d, err := readReport(path)
		if err != nil {
			return err
		}
		shards = append(shards, engine.Shard{Path: path, Report: d})
	}
	d, err := engine.Merge(shards)
	if errors.Is(err, engine.ErrMerge) {
		return &usageError{err: err, hint: "run one scenario with different seeds: tailgate run SCENARIO --seed N --out DIR"}
	}
	if err != nil {
		return err
	}
	d.Command = mergeCommandLine(c.Args().Slice())
	dir := c.String("out")
	if dir == "" {
		dir = filepath.Join("out", d.Scenario.Name+"-merged")
	}
	if requests := filepath.Join(dir, engine.RequestsFile); exists(requests) {
		return misuse("choose another directory with --out DIR", "%s holds the requests of a run, which the merged report would not be of", requests)
	}
	if err := out.check(strategiesOf(d)); err != nil {
		return err
	}
	if err := reports.CheckDir(dir); err != nil {
		return err
	}
	return publish(c, out, dir, d)
}

func mergeCommandLine(paths []string) string {
	words := []string{"tailgate merge"}
	for _, path := range paths {
		words = append(words, engine.Quote(filepath.ToSlash(path)))
	}
	return strings.Join(words, " ")
}

func strategiesOf(d *reports.Document) (names []string) {
	for i := range d.Strategies {
		names = append(names, d.Strategies[i].Name)
	}
	return names
}
