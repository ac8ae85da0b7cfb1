package main

import (
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/tailgate-bench/tailgate/reports"
)

func reportCommand() *cli.Command {
	return &cli.Command{
		Name:      "report",
		Usage:     "print a saved run in another format",
		ArgsUsage: "RUN",
		Description: "RUN is a directory that run has left, or a report.json.\n\n" +
			"  tailgate report out/primary-outage\n" +
			"  tailgate report out/primary-outage --format markdown >> summary.md",
		Flags:        outputFlags(),
		Action:       printReport,
		OnUsageError: badUsage,
	}
}

func printReport(c *cli.Context) error {
	path, err := oneArgument(c, "run", "")
	if err != nil {
		return err
	}
	out, err := newOutput(c)
	if err != nil {
		return err
	}
	d, err := readReport(path)
	if err != nil {
		return &usageError{err: err, hint: "give the directory that tailgate run has left, such as out/primary-outage"}
	}
	return out.write(c.App.Writer, d, nil)
}

// readReport reads the report of a run, given its directory or its file.
func readReport(path string) (*reports.Document, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, "report.json")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // nothing was written
	return reports.ReadJSON(f)
}
