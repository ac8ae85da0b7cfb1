package main

import (
	"io"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/tailgate-bench/tailgate/internal/compare"
	"github.com/tailgate-bench/tailgate/internal/engine"
	"github.com/tailgate-bench/tailgate/reports"
)

const compareFormats = "terminal, json or markdown"

func compareCommand() *cli.Command {
	return &cli.Command{
		Name:      "compare",
		Usage:     "say what changed from one run to another, and whether that could be chance",
		ArgsUsage: "OLD NEW",
		Description: "OLD and NEW are directories that run has left, or report.json files. Runs of the same\n" +
			"load, models, faults and seed are compared request by request; strategies may differ.\n" +
			"Exits with 3 if a metric became significantly worse by more than the tolerance.\n\n" +
			"  tailgate compare out/main out/branch\n" +
			"  tailgate compare out/main out/branch --tolerance 5%,p99=10%,success=0.1%",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "tolerance", Usage: "put up with changes for the worse of `SHARE[,METRIC=SHARE...]` (default 5%,success=0.1%)"},
			&cli.StringFlag{Name: "format", Value: "terminal", Usage: "print `FORMAT` on stdout: " + compareFormats},
			&cli.BoolFlag{Name: "json", Usage: "same as --format json"},
			&cli.BoolFlag{Name: "ascii", Usage: "keep to ASCII characters"},
			&cli.StringFlag{Name: "color", Value: "auto", Usage: "`WHEN` to colour: auto, always or never"},
		},
		Action:       compareRuns,
		OnUsageError: badUsage,
	}
}

func compareRuns(c *cli.Context) error {
	if c.NArg() != 2 {
		return misuse("for example tailgate compare out/main out/branch", "two runs are expected, not %d", c.NArg())
	}
	tolerance, err := compare.ParseTolerance(c.String("tolerance"))
	if err != nil {
		return misuse("for example --tolerance 5%,p99=10%", "%w", err)
	}
	write, err := comparisonWriter(c)
	if err != nil {
		return err
	}
	var runs [2]compare.Run
	for i := range runs {
		if runs[i], err = readRun(c.Args().Get(i)); err != nil {
			return &usageError{err: err, hint: "give the directories that tailgate run has left, such as out/primary-outage"}
		}
	}
	result, err := compare.Reports(runs[0], runs[1], tolerance)
	if err != nil {
		return &usageError{err: err, hint: "without " + engine.RequestsFile + " the reports alone are compared"}
	}
	if err := write(c.App.Writer, result); err != nil {
		return err
	}
	if result.Regressions > 0 {
		return exitError(exitMissed)
	}
	return nil
}

// readRun reads a run, given its directory or its report.
func readRun(path string) (compare.Run, error) {
	d, err := readReport(path)
	if err != nil {
		return compare.Run{}, err
	}
	run := compare.Run{Path: path, Report: d}
	if requests := requestsOf(path); exists(requests) {
		run.Requests = requests
	}
	return run, nil
}

// requestsOf returns where a run's requests are, given its directory or its
// report.
func requestsOf(path string) string {
	if filepath.Ext(path) == ".json" {
		path = filepath.Dir(path)
	}
	return filepath.Join(path, engine.RequestsFile)
}

func comparisonWriter(c *cli.Context) (func(io.Writer, *reports.Comparison) error, error) {
	format := c.String("format")
	if c.Bool("json") {
		format = "json"
	}
	switch format {
	case "json":
		return reports.WriteComparisonJSON, nil
	case "markdown":
		return reports.WriteComparisonMarkdown, nil
	case "terminal":
		show, err := terminal(c)
		return func(w io.Writer, result *reports.Comparison) error { return reports.WriteComparison(w, result, show) }, err
	default:
		return nil, misuse("for example --format json", "format is %q, must be %s", format, compareFormats)
	}
}
