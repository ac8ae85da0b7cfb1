package main

import (
	"fmt"
	"io"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/tailgate-bench/tailgate/internal/compare"
	"github.com/tailgate-bench/tailgate/internal/engine"
	"github.com/tailgate-bench/tailgate/reports"
)

func compareCommand() *cli.Command {
	return &cli.Command{
		Name:      "compare",
		Usage:     "say what changed from one run to another, and whether that could be chance",
		ArgsUsage: "OLD NEW",
		Description: "OLD and NEW are directories that run has left, or report.json files. Runs of the same\n" +
			"load, models, faults and seed are compared request by request; strategies may differ.\n" +
			"Exits with 3 if a metric became significantly worse by more than the tolerance.\n\n" +
			"  tailgate compare out/main out/branch\n" +
			"  tailgate compare out/main out/branch --tolerance 5%,p99=10%,success=0.1%\n" +
			"  tailgate compare out/main out/branch --format html=changes.html \\\n" +
			"    --format junit=changes.xml",
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "tolerance", Usage: "put up with changes for the worse of `SHARE[,METRIC=SHARE...]` (default 5%,success=0.1%)"},
			&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "print the verdict only"},
		}, formatFlags(comparisonFormats())...),
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
	sinks, err := sinksOf(c, comparisonFormats())
	if err != nil {
		return err
	}
	if err := checkFiles(sinks); err != nil {
		return err
	}
	show, err := terminal(c)
	if err != nil {
		return err
	}
	var runs [2]compare.Run
	for i := range runs {
		if runs[i], err = readRun(c.Args().Get(i)); err != nil {
			return err
		}
	}
	result, err := compare.Reports(runs[0], runs[1], tolerance)
	if err != nil {
		return &usageError{err: err, hint: "without " + engine.RequestsFile + " the reports alone are compared"}
	}
	if len(result.Changes) == 0 {
		return misuse("compare runs of the same strategies", "%s and %s have no strategy in common", runs[0].Path, runs[1].Path)
	}
	if err := writeComparison(c, sinks, result, show); err != nil {
		return err
	}
	tellGitHub(c, result.Annotations(), func(w io.Writer) error { return reports.WriteComparisonMarkdown(w, result) })
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

func comparisonFormats() []string { return []string{"terminal", "json", "html", "markdown", "junit"} }

// writeComparison writes the comparison to each sink.
func writeComparison(c *cli.Context, sinks []sink, result *reports.Comparison, show reports.Terminal) error {
	for _, s := range sinks {
		write := func(w io.Writer) error { return printComparison(w, s.format, result, show) }
		switch {
		case s.file != "":
			if err := reports.WriteFile(s.file, write); err != nil {
				return err
			}
		case s.format == "terminal" && c.Bool("quiet"):
			fmt.Fprintln(c.App.Writer, result.Headline())
		default:
			if err := write(c.App.Writer); err != nil {
				return err
			}
		}
	}
	return nil
}

func printComparison(w io.Writer, name string, result *reports.Comparison, show reports.Terminal) error {
	switch name {
	case "json":
		return reports.WriteComparisonJSON(w, result)
	case "html":
		return reports.WriteComparisonHTML(w, result)
	case "markdown":
		return reports.WriteComparisonMarkdown(w, result)
	case "junit":
		return reports.WriteComparisonJUnit(w, result)
	default:
		return reports.WriteComparison(w, result, show)
	}
}
