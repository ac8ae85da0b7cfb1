package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/tailgate-bench/tailgate/internal/engine"
	"github.com/tailgate-bench/tailgate/internal/tune"
	"github.com/tailgate-bench/tailgate/reports"
	"github.com/tailgate-bench/tailgate/scenarios"
)

const tuneFormats = "terminal or json"

func tuneCommand() *cli.Command {
	return &cli.Command{
		Name:      "tune",
		Usage:     "find settings, show the trade-off, verify on fresh requests",
		ArgsUsage: "SCENARIO",
		Description: "Varies keys of a scenario, looks for the settings that are best for a goal, and measures\n" +
			"them again with seeds that took no part in the choice. A key is the name of a strategy and\n" +
			"the way to one of its settings, or any other way from the top of the file. Values are a\n" +
			"list (3s,5s,p95) or a range (500ms..10s), which may be followed by :points=9, :step=250ms,\n" +
			":log or :linear. Leaves tune.json and tune.html in the output directory.\n\n" +
			"  tailgate tune latency-spike --vary hedge.delay=500ms..10s \\\n" +
			"    --vary hedge.budget=1%..20% --minimize hedge.p95 \\\n" +
			"    --subject-to 'hedge.cost <= 1.1'\n" +
			"  tailgate tune mine.yaml --vary hedge.delay=p90,p95,3s --target p99 \\\n" +
			"    --write tuned.yaml\n" +
			"  tailgate tune hedge mine.yaml --target p95 --budget 5%\n" +
			"      the best time to hedge\n" +
			"  tailgate tune hedge mine.yaml --trace out/mine.trace.ndjson.gz\n" +
			"      by what was recorded\n" +
			"  tailgate tune breaker                              breakers for many faults\n" +
			"  tailgate tune budget overload                      budgets to recover with\n" +
			"  tailgate tune panel classification --accuracy 95%  who should vote",
		Flags: append([]cli.Flag{
			&cli.StringSliceFlag{Name: "vary", Usage: "try values of a key: `KEY=VALUES`; repeatable"},
			&cli.StringFlag{Name: "minimize", Usage: "make `METRIC` small, such as hedge.p95 or hedge.p99 - single.p99"},
			&cli.StringFlag{Name: "maximize", Usage: "make `METRIC` large, such as panel.accuracy"},
			&cli.StringFlag{Name: "target", Usage: "make `METRIC` of the strategy that is varied small, such as p95"},
			&cli.StringSliceFlag{Name: "subject-to", Usage: "demand an `OBJECTIVE`, such as 'hedge.cost <= 1.1'; repeatable"},
			traceFlag(),
		}, tuneFlags()...),
		Subcommands:  []*cli.Command{tuneHedgeCommand(), tuneBreakerCommand(), tuneBudgetCommand(), tunePanelCommand()},
		Action:       tuneScenario,
		OnUsageError: badUsage,
	}
}

// traceFlag is for the ways to tune that a recording can take the place of models
// for.
func traceFlag() cli.Flag {
	return &cli.StringFlag{Name: "trace", Usage: "let the models do what they did in `FILE`, written by tailgate record"}
}

// tuneFlags are those of every way to tune.
func tuneFlags() []cli.Flag {
	return []cli.Flag{
		&cli.IntFlag{Name: "requests", Usage: "send `N` requests in each run", DefaultText: "the scenario's load"},
		&cli.Uint64Flag{Name: "seed", Usage: "choose by the seeds from `N` on; fresh ones begin 1,000 later", DefaultText: "the scenario's"},
		&cli.IntFlag{Name: "seeds", Usage: "choose by at most `K` seeds, or parts of a trace", DefaultText: "10, or what a trace allows"},
		&cli.IntFlag{Name: "fresh", Usage: "measure the choice with `K` fresh ones", DefaultText: "as many"},
		&cli.DurationFlag{Name: "time-limit", Aliases: []string{"time-budget"}, Usage: "end the search after `DURATION` with the best so far", DefaultText: "no limit"},
		&cli.StringFlag{Name: "out", Usage: "write tune.json and tune.html to `DIR` (default out/NAME-tune)"},
		&cli.StringFlag{Name: "write", Usage: "write a copy of the scenario with the chosen settings to `FILE`"},
		&cli.StringFlag{Name: "format", Value: "terminal", Usage: "print `FORMAT` on stdout: " + tuneFormats},
		&cli.BoolFlag{Name: "json", Usage: "same as --format json"},
		&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "print what to do only, no progress"},
		&cli.BoolFlag{Name: "ascii", Usage: "keep to ASCII characters"},
		&cli.StringFlag{Name: "color", Value: "auto", Usage: "`WHEN` to colour: auto, always or never"},
	}
}

func tuneScenario(c *cli.Context) error {
	t, err := newTuning(c, "")
	if err != nil {
		return err
	}
	study := t.study()
	if study.Knobs, err = knobs(c.StringSlice("vary")); err != nil {
		return err
	}
	if study.Goal, err = t.goal(study.Knobs); err != nil {
		return err
	}
	study.Kind, study.Current = reports.TuneSearch, &tune.Setting{Label: "as it is"}
	study.Shown = tune.Shown(study.Goal.Of.Refs()[0].Strategy)
	return t.run(&study.Progress, study.Run)
}

func knobs(texts []string) ([]tune.Knob, error) {
	var all []tune.Knob
	for _, text := range texts {
		k, err := tune.ParseKnob(text)
		if err != nil {
			return nil, err
		}
		all = append(all, k)
	}
	return all, nil
}

// tuning is one call of a command that tunes.
type tuning struct {
	c     *cli.Context
	names []string            // of scenarios, as given
	sc    *scenarios.Scenario // the first, or its replay from a trace
	file  *scenarios.Scenario // the first as it stands in its file
	show  reports.Terminal
}

// newTuning reads the scenario, fallback unless one is given, and the flags that every
// way to tune has.
func newTuning(c *cli.Context, fallback string) (*tuning, error) {
	name, err := oneArgument(c, "scenario", fallback)
	if err != nil {
		return nil, err
	}
	return tuningOf(c, name)
}

// tuningOf is newTuning for scenarios that may be several.
func tuningOf(c *cli.Context, names ...string) (*tuning, error) {
	t := &tuning{c: c, names: names}
	var err error
	if f := t.format(); f != "terminal" && f != "json" {
		return nil, misuse("for example --format json", "format is %q, must be %s", f, tuneFormats)
	}
	if t.show, err = terminal(c); err != nil {
		return nil, err
	}
	if err := positive(c, "requests", "seeds", "fresh", "time-limit"); err != nil {
		return nil, err
	}
	if t.file, err = loadScenario(names[0]); err != nil {
		return nil, err
	}
	t.sc = t.file
	if trace := c.String("trace"); trace != "" {
		t.sc, err = t.file.Replaying(trace)
	}
	return t, err
}

func (t *tuning) format() string {
	if t.c.Bool("json") {
		return "json"
	}
	return t.c.String("format")
}

// study returns a study with what the common flags say.
func (t *tuning) study() *tune.Study {
	c := t.c
	s := &tune.Study{
		Scenario: t.sc, Seed: t.sc.Seed, Seeds: c.Int("seeds"), Fresh: c.Int("fresh"), TimeLimit: c.Duration("time-limit"),
		Evaluator: tune.EvaluatorOptions{Requests: c.Int("requests")},
	}
	if c.IsSet("seed") {
		s.Seed = c.Uint64("seed")
	}
	return s
}

// goal reads the goal from the one flag of three that is given.
func (t *tuning) goal(knobs []tune.Knob) (tune.Goal, error) {
	given := map[string]string{}
	for _, name := range []string{"minimize", "maximize", "target"} {
		if text := t.c.String(name); text != "" {
			given[name] = text
		}
	}
	if len(given) != 1 {
		return tune.Goal{}, misuse("for example --minimize hedge.p95, or --target p95", "one of --minimize, --maximize and --target is needed, not %d", len(given))
	}
	expression, maximize := given["minimize"], given["maximize"] != ""
	if maximize {
		expression = given["maximize"]
	}
	if target := given["target"]; target != "" {
		var varied []string
		for _, k := range knobs {
			if name, ok := t.sc.Varied(k.Key); ok && !slices.Contains(varied, name) {
				varied = append(varied, name)
			}
		}
		if len(varied) != 1 {
			return tune.Goal{}, misuse("for example --minimize hedge.p95", "--target needs exactly one strategy that is varied, not %d", len(varied))
		}
		expression = varied[0] + "." + target
	}
	return tune.ParseGoal(t.sc, expression, maximize, t.c.StringSlice("subject-to"))
}

// run runs a study, which tells its progress through tell, and leaves its
// results.
func (t *tuning) run(tell *func(tune.Progress), study func(context.Context) (*tune.Finding, error)) error {
	dir := t.c.String("out")
	if dir == "" {
		dir = filepath.Join("out", t.label()+"-tune")
	}
	if err := reports.CheckDir(dir); err != nil {
		return err
	}
	var progress *tuneProgress
	if !t.c.Bool("quiet") {
		_, isTerminal := terminalWidth(t.c.App.ErrWriter)
		progress = newTuneProgress(t.c.App.ErrWriter, isTerminal && os.Getenv("CI") == "")
		*tell = progress.update
	}
	found, err := study(t.c.Context)
	if progress != nil {
		progress.close()
	}
	if err != nil {
		return err
	}
	d := found.Document
	if t.sc != t.file {
		found.Scenario, d.Scenario.Source = t.file, t.file.Source
	}
	d.Tool, d.Command = reports.Tool{Version: version()}, t.command()
	files, err := t.leave(dir, found)
	if err != nil {
		return err
	}
	if err := t.print(d, files); err != nil {
		return err
	}
	if d.Interrupted {
		return exitError(exitInterrupted)
	}
	return nil
}

// label names what is tuned.
func (t *tuning) label() string {
	if len(t.names) > 1 {
		return t.c.Command.Name
	}
	return t.sc.Name
}

// leave writes the files and returns their names.
func (t *tuning) leave(dir string, found *tune.Finding) ([]string, error) {
	path := filepath.Join(dir, reports.TuningFile)
	if err := reports.WriteFile(path, func(w io.Writer) error { return reports.WriteTuningJSON(w, found.Document) }); err != nil {
		return nil, err
	}
	page := filepath.Join(dir, reports.TuningPage)
	if err := reports.WriteFile(page, func(w io.Writer) error { return reports.WriteTuningHTML(w, found.Document) }); err != nil {
		return nil, err
	}
	files := []string{path, page}
	to := t.c.String("write")
	if to == "" || len(found.Changes) == 0 {
		return files, nil
	}
	text, err := found.Tuned()
	if err != nil {
		return nil, err
	}
	err = reports.WriteFile(to, func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	})
	return append(files, to), err
}

func (t *tuning) print(d *reports.Tuning, files []string) error {
	switch w := t.c.App.Writer; {
	case t.format() == "json":
		return reports.WriteTuningJSON(w, d)
	case t.c.Bool("quiet"):
		_, err := fmt.Fprintln(w, d.Headline)
		return err
	default:
		t.show.Files = files
		return reports.WriteTuning(w, d, t.show)
	}
}

// command returns the command that gives the same result.
func (t *tuning) command() string {
	words := []string{"tailgate tune"}
	if t.c.Command.Name != "tune" {
		words[0] += " " + t.c.Command.Name
	}
	for _, name := range t.names {
		words = append(words, engine.Quote(name))
	}
	for _, f := range t.c.Command.Flags {
		name := f.Names()[0]
		if !t.c.IsSet(name) || slices.Contains([]string{"out", "write", "format", "json", "quiet", "ascii", "color"}, name) {
			continue
		}
		switch f.(type) {
		case *cli.StringSliceFlag:
			for _, v := range t.c.StringSlice(name) {
				words = append(words, "--"+name, engine.Quote(v))
			}
		case *cli.IntFlag:
			words = append(words, "--"+name, strconv.Itoa(t.c.Int(name)))
		case *cli.Uint64Flag:
			words = append(words, "--"+name, strconv.FormatUint(t.c.Uint64(name), 10))
		case *cli.DurationFlag:
			words = append(words, "--"+name, t.c.Duration(name).String())
		default:
			words = append(words, "--"+name, engine.Quote(t.c.String(name)))
		}
	}
	return strings.Join(words, " ")
}
