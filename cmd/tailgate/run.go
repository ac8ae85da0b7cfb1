package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
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

func runCommand() *cli.Command {
	return &cli.Command{
		Name:      "run",
		Usage:     "run a scenario and compare its strategies",
		ArgsUsage: "[SCENARIO]",
		Description: "SCENARIO is the name of an embedded scenario or a file; the default is primary-outage.\n" +
			"Leaves report.json, report.html and requests.ndjson.gz in the output directory.\n\n" +
			"  tailgate run                               primary-outage in virtual time\n" +
			"  tailgate run my.yaml --only single,hedge   two of its strategies\n" +
			"  tailgate run my.yaml --yes --max-cost 5    with real models, for at most $5\n" +
			"  tailgate run steady --clock real --time-scale 20\n" +
			"      on loopback sockets, 20 times as fast\n" +
			"  tailgate run my.yaml --format junit=junit.xml --objective 'hedge.p99 <= 4s'\n" +
			"      a gate: exits with 3 if an objective is missed\n" +
			"  tailgate run steady --clock real --live :8090\n" +
			"      watch it grow at http://127.0.0.1:8090/",
		Flags: slices.Concat(loadFlags(), []cli.Flag{
			&cli.IntFlag{Name: "repeat", Value: 1, Usage: "run `K` seeds, one after the other; intervals are then across seeds"},
			&cli.StringFlag{Name: "only", Usage: "run only the strategies `NAME,...`"},
			&cli.StringSliceFlag{Name: "objective", Usage: "demand `TEXT` too, such as 'hedge.p95 <= 3s'; repeatable"},
			&cli.DurationFlag{Name: "turn", Usage: "give each strategy turns of `LENGTH` at real models", DefaultText: "30s, less in a short load"},
			&cli.StringFlag{Name: "out", Usage: "write the files to `DIR` (default out/NAME)"},
			&cli.StringFlag{Name: "on-event", Usage: "tell breaker changes, faults and exhausted budgets as JSON lines to `FILE`, or to a command: exec:COMMAND"},
			&cli.BoolFlag{Name: "strict", Usage: "exit with 4 when an objective is undecided"},
		}, liveFlags(), outputFlags()),
		Action:       runScenario,
		OnUsageError: badUsage,
	}
}

// loadFlags are the flags that change the load and the clock it goes by, and say
// what it may cost.
func loadFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "clock", Value: "virtual", Usage: "`CLOCK`: virtual (simulated) or real (wall clock, loopback sockets); with real models always real"},
		&cli.Uint64Flag{Name: "seed", Usage: "draw the weather with seed `N`", DefaultText: "the scenario's"},
		&cli.StringFlag{Name: "rate", Usage: "mean arrivals, such as `50/s` or 600/m"},
		&cli.DurationFlag{Name: "duration", Usage: "length of the load, such as `10m`", DefaultText: "the scenario's"},
		&cli.IntFlag{Name: "requests", Usage: "send `N` requests instead, however long that takes", DefaultText: "as many as the duration holds"},
		&cli.Float64Flag{Name: "time-scale", Value: 1, Usage: "divide every duration by `K`, multiply the rate; results stay in the scenario's time"},
		&cli.BoolFlag{Name: "yes", Usage: "call real models, which costs money"},
		&cli.Float64Flag{Name: "max-cost", Usage: "stop before real models cost more than `USD`", DefaultText: "no limit"},
	}
}

func runScenario(c *cli.Context) error {
	r, err := newRun(c)
	if err != nil {
		return err
	}
	if err := r.ready(c); err != nil {
		return err
	}
	page, err := startLive(c, r.scenario, &r.options)
	if err != nil {
		return err
	}
	defer page.Close()
	n := len(r.job.Strategies())
	planned := work{"strategy", "strategies", n, n * r.repeat}
	d, err := watched(c, r.options, func(o engine.Options) (*reports.Document, error) {
		return measure(c.Context, r.scenario, o, r.repeat, r.out.progress(c, r.scenario, o, r.job, planned))
	})
	if err != nil {
		return err
	}
	return errors.Join(publish(c, r.out, r.options.Dir, d), conclude(page, d))
}

// runCall is one call of tailgate run.
type runCall struct {
	scenario *scenarios.Scenario
	options  engine.Options
	repeat   int // seeds
	job      *engine.Job
	out      *output
}

// newRun reads the command line, and the scenario with it.
func newRun(c *cli.Context) (*runCall, error) {
	name, err := oneArgument(c, "scenario", "primary-outage")
	if err != nil {
		return nil, err
	}
	r := &runCall{repeat: c.Int("repeat")}
	if r.scenario, err = loadScenario(name); err != nil {
		return nil, err
	}
	demands := c.StringSlice("objective")
	if r.scenario, err = r.scenario.WithObjectives(demands...); err != nil {
		return nil, misuse("for example --objective 'hedge.p95 <= 3s'", "%w", err)
	}
	if r.options, err = options(c, r.scenario); err != nil {
		return nil, err
	}
	if r.out, err = newOutput(c); err != nil {
		return nil, err
	}
	if r.repeat < 1 {
		return nil, misuse("for example --repeat 5", "repeat is %d, must be at least 1", r.repeat)
	}
	r.options.Command = r.options.CommandLine(name, r.repeat, demands)
	if r.scenario.Real() {
		r.options.Command += " --yes"
	}
	r.job, err = engine.New(r.scenario, r.options)
	return r, err
}

// ready asks, before anything is written, whether money may be spent and files can
// be written.
func (r *runCall) ready(c *cli.Context) error {
	if r.scenario.Real() {
		if err := consent(c, r.job, r.repeat); err != nil {
			return err
		}
	}
	if err := r.out.check(r.job.Strategies()); err != nil {
		return err
	}
	return reports.CheckDir(r.options.Dir)
}

// watched runs measure while passing on events, if that was asked for. What went
// wrong with them is told on stderr.
func watched(c *cli.Context, o engine.Options, measure func(engine.Options) (*reports.Document, error)) (*reports.Document, error) {
	to := c.String("on-event")
	if to == "" {
		return measure(o)
	}
	events, err := newEvents(c.Context, to, c.App.ErrWriter)
	if err != nil {
		return nil, err
	}
	o.OnEvent = events.tell
	d, err := measure(o)
	for _, warning := range events.close() {
		fmt.Fprintf(c.App.ErrWriter, "tailgate: warning: %s\n", warning)
	}
	return d, err
}

// measure runs the scenario while showing progress.
func measure(ctx context.Context, sc *scenarios.Scenario, o engine.Options, repeat int, p *reports.Progress) (*reports.Document, error) {
	if p == nil {
		return engine.Repeat(ctx, sc, o, repeat)
	}
	defer p.Close()
	follow(p, &o)
	d, err := engine.Repeat(ctx, sc, o, repeat)
	if err == nil {
		p.Conclude(d)
	}
	return d, err
}

// options reads the flags that change the run.
func options(c *cli.Context, sc *scenarios.Scenario) (engine.Options, error) {
	o := engine.Options{
		Clock: engine.Clock(c.String("clock")), Duration: c.Duration("duration"), Requests: c.Int("requests"),
		TimeScale: c.Float64("time-scale"), Dir: c.String("out"), Version: version(),
		MaxCost: c.Float64("max-cost"), Turn: c.Duration("turn"),
	}
	if sc.Real() && !c.IsSet("clock") {
		o.Clock = engine.Real
	}
	o.Started = started(o.Clock)
	if o.Clock != engine.Virtual && o.Clock != engine.Real {
		return o, misuse("virtual simulates, real uses the wall clock", "clock is %q, must be virtual or real", o.Clock)
	}
	if err := positive(c, "duration", "requests", "time-scale", "max-cost", "turn"); err != nil {
		return o, err
	}
	if c.IsSet("seed") {
		seed := c.Uint64("seed")
		o.Seed = &seed
	}
	if only := c.String("only"); only != "" {
		for name := range strings.SplitSeq(only, ",") {
			o.Only = append(o.Only, strings.TrimSpace(name))
		}
	}
	if text := c.String("rate"); text != "" {
		rate, err := scenarios.ParseRate(text)
		if err != nil {
			return o, misuse("write --rate 50/s", "rate: %w", err)
		}
		if rate == 0 {
			return o, misuse("write --rate 50/s", "rate is %s, must be more than 0", text)
		}
		o.Rate = rate
	}
	if o.Dir == "" {
		o.Dir = filepath.Join("out", sc.Name)
	}
	return o, nil
}

// positive refuses a flag that was given as zero or less.
func positive(c *cli.Context, flags ...string) error {
	for _, name := range flags {
		fine := true
		switch v := c.Value(name).(type) {
		case int:
			fine = v > 0
		case float64:
			fine = v > 0 && !math.IsInf(v, 0)
		case time.Duration:
			fine = v > 0
		}
		if c.IsSet(name) && !fine {
			return misuse(seeHelp(c), "%s is %v, must be more than 0", name, c.Value(name))
		}
	}
	return nil
}

// started is when the run begins. Simulated time begins at the epoch, so that
// the same scenario and seed give the same report to the byte.
func started(clock engine.Clock) time.Time {
	if clock == engine.Real {
		return time.Now().UTC().Truncate(time.Second)
	}
	return time.Unix(0, 0).UTC()
}

// publish writes a run's reports into its directory and wherever else they are to
// go, and returns the error with the exit code of the result.
func publish(c *cli.Context, out *output, dir string, d *reports.Document) error {
	files, err := writeReports(dir, d)
	if err != nil {
		return err
	}
	run := saved{report: d, requests: filepath.Join(dir, engine.RequestsFile), files: files}
	if err := out.write(c.App.Writer, run); err != nil {
		return err
	}
	tellSpending(c.App.ErrWriter, d.Spending)
	tellGitHub(c, d.Annotations(), func(w io.Writer) error { return reports.WriteMarkdown(w, d) })
	return exitWith(d, c.Bool("strict"))
}

// writeReports writes the two report files and returns all files of the run.
func writeReports(dir string, d *reports.Document) ([]string, error) {
	formats := []struct {
		name  string
		write func(io.Writer, *reports.Document) error
	}{{"report.json", reports.WriteJSON}, {"report.html", reports.WriteHTML}}
	var files []string
	for _, f := range formats {
		path := filepath.Join(dir, f.name)
		if err := reports.WriteFile(path, func(w io.Writer) error { return f.write(w, d) }); err != nil {
			return nil, err
		}
		files = append(files, path)
	}
	if path := filepath.Join(dir, engine.RequestsFile); exists(path) {
		files = append(files, path)
	}
	return files, nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// exitWith returns the error that ends the program with the code of the result.
func exitWith(d *reports.Document, strict bool) error {
	missed, undecided := 0, 0
	for _, o := range d.Objectives {
		switch o.Verdict {
		case "fail":
			missed++
		case "undecided":
			undecided++
		}
	}
	switch {
	case d.Interrupted && !stoppedByCost(d):
		return exitError(exitInterrupted)
	case missed > 0:
		return exitError(exitMissed)
	case (undecided > 0 || d.Interrupted) && strict:
		return exitError(exitUndecided)
	}
	return nil
}

// stoppedByCost says whether the run ended where its money did.
func stoppedByCost(d *reports.Document) bool { return d.Spending != nil && d.Spending.Stopped }
