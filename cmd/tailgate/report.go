package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/urfave/cli/v2"

	"github.com/tailgate-bench/tailgate/internal/record"
	"github.com/tailgate-bench/tailgate/reports"
)

func reportCommand() *cli.Command {
	return &cli.Command{
		Name:      "report",
		Usage:     "print a saved run in another format",
		ArgsUsage: "RUN",
		Description: "RUN is a directory that run or tune has left, or a report.json or tune.json.\n\n" +
			"  tailgate report out/primary-outage\n" +
			"  tailgate report out/primary-outage --format markdown >> summary.md\n" +
			"  tailgate report out/steady --format junit=junit.xml --format html=run.html\n" +
			"  tailgate report out/steady --format hgrm --strategy hedge > hedge.hgrm\n" +
			"  tailgate report out/steady --format vegeta | vegeta plot > plot.html\n" +
			"  tailgate report out/steady --models\n" +
			"      latency and errors per model\n" +
			"  tailgate report out/steady --format csv --requests\n" +
			"      which model handled each request\n" +
			"  tailgate report out/latency-spike-tune --format html=tuned.html\n" +
			"      what tune has found",
		Flags: append([]cli.Flag{
			&cli.BoolFlag{Name: "models", Usage: "print what each model did for each strategy (terminal)"},
			&cli.BoolFlag{Name: "requests", Usage: "print one row per request (csv)"},
			&cli.BoolFlag{Name: "attempts", Usage: "print one row per call to a model (csv)"},
		}, outputFlags()...),
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
	if file, ok := tuningAt(path); ok {
		return printTuning(c, out, file)
	}
	if c.Bool("requests") || c.Bool("attempts") {
		return printRows(c, out, path)
	}
	if c.Bool("models") && out.stdout() != "terminal" {
		return misuse("the other formats hold the models as they are", "--models is for the terminal, not for %s", out.stdout())
	}
	d, err := readReport(path)
	if err != nil {
		return err
	}
	if c.Bool("models") {
		return reports.WriteModels(c.App.Writer, d, out.show)
	}
	if err := out.check(strategiesOf(d)); err != nil {
		return err
	}
	return out.write(c.App.Writer, saved{report: d, requests: requestsOf(path)})
}

// printRows prints the requests of a run, or their attempts.
func printRows(c *cli.Context, out *output, path string) error {
	table := perRequest
	i := slices.IndexFunc(out.sinks, func(s sink) bool { return s.format == "csv" })
	switch {
	case i < 0:
		return misuse("add --format csv", "requests and attempts are printed as csv, not as %s", out.stdout())
	case c.Bool("requests") && c.Bool("attempts"):
		return misuse("the attempts hold the number of their request", "--requests and --attempts are two tables")
	case c.Bool("attempts"):
		table = perAttempt
	}
	write := func(w io.Writer) error { return writeRows(w, requestsOf(path), table) }
	err := checkFiles(out.sinks)
	switch file := out.sinks[i].file; {
	case err != nil:
	case file == "":
		err = write(c.App.Writer)
	default:
		err = reports.WriteFile(file, write)
	}
	if line, ok := errors.AsType[*record.LineError](err); ok {
		return &usageError{err: line, hint: damagedHint}
	}
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return &usageError{err: err, hint: runHint}
	}
	return err
}

// What to do about a run that cannot be read.
const (
	runHint     = "give the directory that tailgate run has left, such as out/primary-outage"
	otherHint   = "the file is damaged or another one: " + runHint
	damagedHint = "the file is damaged; run the scenario again"
)

// readReport reads the report of a run, given its directory or its file. What is
// wrong with it is the user's mistake.
func readReport(path string) (*reports.Document, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, "report.json")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, misuse(runHint, "%w", err)
	}
	defer f.Close() //nolint:errcheck // nothing was written
	d, err := reports.ReadJSON(f)
	if err != nil {
		return nil, misuse(otherHint, "%s: %w", path, err)
	}
	return d, nil
}
