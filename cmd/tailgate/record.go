package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/tailgate-bench/tailgate/internal/engine"
	"github.com/tailgate-bench/tailgate/reports"
	"github.com/tailgate-bench/tailgate/scenarios"
)

func recordCommand() *cli.Command {
	return &cli.Command{
		Name:      "record",
		Usage:     "measure each model once per request and keep a trace to replay",
		ArgsUsage: "SCENARIO",
		Description: "SCENARIO is the name of an embedded scenario or a file. Its strategies are not used: for\n" +
			"each request all models are asked at once, and what each does is one row of the trace. A\n" +
			"model replays it with {provider: trace, file: FILE}; doc/trace.md has the format. Ctrl-C\n" +
			"keeps what has been measured.\n\n" +
			"  tailgate record primary-outage\n" +
			"      simulated, to out/primary-outage.trace.ndjson.gz\n" +
			"  tailgate record my.yaml --clock real --requests 500 --rate 2/s\n" +
			"      500 requests, two a second, on the wall clock\n" +
			"  tailgate record my.yaml --models a,b --answers=false\n" +
			"      two of its models, without what they said",
		Flags: append(loadFlags(),
			&cli.StringFlag{Name: "models", Usage: "measure only the models `NAME,...`"},
			&cli.BoolFlag{Name: "answers", Usage: "keep the texts of answers (default: those of mocks)"},
			&cli.StringFlag{Name: "out", Usage: "write the trace to `FILE` (default out/NAME.trace.ndjson.gz)"},
			&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "print the file only, no progress"},
			&cli.BoolFlag{Name: "ascii", Usage: "keep to ASCII characters"},
			&cli.StringFlag{Name: "color", Value: "auto", Usage: "`WHEN` to colour: auto, always or never"},
		),
		Action:       recordScenario,
		OnUsageError: badUsage,
	}
}

func recordScenario(c *cli.Context) error {
	sc, err := givenScenario(c, "")
	if err != nil {
		return err
	}
	o, err := options(c, sc)
	if err != nil {
		return err
	}
	o.Models = models(c, sc)
	job, err := engine.New(sc, o)
	if err != nil { // before anything is written
		return err
	}
	path := c.String("out")
	if path == "" {
		path = filepath.Join("out", sc.Name+traceSuffix)
	}
	if sc.Real() && exists(path) {
		return misuse("give another --out, or move it away", "%q exists, and what was recorded of real models is not written over", path)
	}
	if err := consentToRecord(c, sc, job); err != nil {
		return err
	}
	if err := checkFile(path); err != nil {
		return err
	}
	sum, err := takeDown(c, sc, o, job, path)
	if sum != nil { // an error half-way leaves the trace of what was done until then
		tellRecording(c, sum, path)
		tellSpending(c.App.ErrWriter, sum.Spending)
	}
	switch {
	case err != nil:
		return err
	case sum.Requests == 0 && sum.Spending != nil && sum.Spending.Stopped:
		return misuse("raise it, or lower --rate", "--max-cost %v was reached before every model was done with one request", sum.Spending.LimitUSD)
	}
	if sum.Interrupted && (sum.Spending == nil || !sum.Spending.Stopped) {
		return exitError(exitInterrupted)
	}
	return nil
}

// consentToRecord says what a recording of real models will take, and lets it pass
// only with --yes.
func consentToRecord(c *cli.Context, sc *scenarios.Scenario, job *engine.Job) error {
	if !sc.Real() {
		return nil
	}
	f := job.ForecastRecording()
	w := c.App.ErrWriter
	fmt.Fprintf(w, "tailgate: %d requests to each of %s, for about %v\n", f.Requests, counted(len(f.Strategies), "model", "models"), f.Takes.Round(100*time.Millisecond))
	if err := tellCalls(w, f); err != nil {
		return err
	}
	return agreed(c, job)
}

// traceSuffix ends the name of a trace.
const traceSuffix = ".trace.ndjson.gz"

// models reads which models are to be measured, all unless some are named.
func models(c *cli.Context, sc *scenarios.Scenario) (names []string) {
	if !c.IsSet("models") {
		for i := range sc.Models {
			names = append(names, sc.Models[i].Name)
		}
		return names
	}
	for name := range strings.SplitSeq(c.String("models"), ",") {
		names = append(names, strings.TrimSpace(name))
	}
	return names
}

// checkFile checks that a file can be written at path, and makes its directory.
func checkFile(path string) error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return misuse("for example --out "+filepath.Join(path, "x"+traceSuffix), "%q is a directory, and a trace is a file", path)
	}
	return reports.CheckDir(filepath.Dir(path))
}

// answers says whether the texts of answers are kept. Those of real models may be
// nobody else's business, and are kept only when that is asked for.
func answers(c *cli.Context, sc *scenarios.Scenario) bool {
	if c.IsSet("answers") {
		return c.Bool("answers")
	}
	return !slices.ContainsFunc(sc.Models, func(m scenarios.Model) bool {
		return m.Provider() != "mock" && m.Provider() != "trace"
	})
}

// takeDown records while showing progress.
func takeDown(c *cli.Context, sc *scenarios.Scenario, o engine.Options, job *engine.Job, path string) (*engine.Recording, error) {
	show, err := terminal(c)
	if err != nil {
		return nil, err
	}
	out := output{quiet: c.Bool("quiet"), show: show}
	if p := out.progress(c, sc, o, job, work{"model", "models", len(o.Models), 1}); p != nil {
		defer p.Close()
		o.Progress = showing(p)
	}
	return engine.Record(c.Context, sc, o, path, answers(c, sc))
}

// tellRecording prints the name of the file, and what is in it.
func tellRecording(c *cli.Context, sum *engine.Recording, path string) {
	switch {
	case sum.Requests == 0:
		fmt.Fprintln(c.App.ErrWriter, "tailgate: no request was done by every model: there is no trace")
		return
	case c.Bool("quiet"):
		fmt.Fprintln(c.App.Writer, path)
		return
	}
	fmt.Fprintf(c.App.Writer, "%s: %d requests to each model\n", path, sum.Requests)
	width := 0
	for _, m := range sum.Models {
		width = max(width, len(m.Name))
	}
	for _, m := range sum.Models {
		fmt.Fprintf(c.App.Writer, "  %-*s  %d answered, %d failed, $%.4f\n", width, m.Name, m.Answered, sum.Requests-m.Answered, m.CostUSD)
	}
	if sum.Late > 0 {
		fmt.Fprintf(c.App.ErrWriter, "tailgate: warning: one request in a hundred was sent %v late or more: this machine was the bottleneck\n", sum.Late.Round(time.Millisecond))
	}
	if sum.Interrupted {
		fmt.Fprintln(c.App.ErrWriter, "tailgate: interrupted: the trace holds the requests that were done")
	}
}
