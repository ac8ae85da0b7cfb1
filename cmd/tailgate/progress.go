package main

import (
	"cmp"
	"fmt"
	"os"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/tailgate-bench/tailgate/internal/engine"
	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/reports"
	"github.com/tailgate-bench/tailgate/scenarios"
)

// work is how often a load is sent: for how many of what, over how many seeds.
type work struct {
	one, many string
	n, seeds  int
}

func (w work) String() string { return counted(w.n, w.one, w.many) }

// counted prints a number with its noun.
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// progress returns what shows the run on stderr, nil if nothing is to.
func (o *output) progress(c *cli.Context, sc *scenarios.Scenario, run engine.Options, job *engine.Job, w work) *reports.Progress {
	if o.quiet {
		return nil
	}
	width, terminal := terminalWidth(c.App.ErrWriter)
	options := reports.ProgressOptions{
		Title:   fmt.Sprintf("%s  seed %d  %s × %d requests  %s clock", sc.Name, job.Seed(), w, job.Planned(), run.Clock),
		Planned: job.Planned() * w.n * w.seeds, Order: job.Strategies(),
		LengthMS: stats.Millis(job.Length()),
		Terminal: terminal && os.Getenv("CI") == "" && os.Getenv("TERM") != "dumb", Width: width, ASCII: o.show.ASCII,
	}
	for _, f := range job.Faults() {
		for _, s := range f.Spans() {
			options.Faults = append(options.Faults, reports.ScenarioFault{Name: f.Name, FromMS: s.FromMS, ToMS: s.ToMS})
		}
	}
	slices.SortStableFunc(options.Faults, func(a, b reports.ScenarioFault) int { return cmp.Compare(a.FromMS, b.FromMS) })
	return reports.NewProgress(c.App.ErrWriter, options)
}

// follow makes the run tell p how it goes, beside whom it tells already.
func follow(p *reports.Progress, o *engine.Options) {
	o.Progress = showing(p)
	others := o.OnEvent
	o.OnEvent = func(e engine.Event) {
		switch e.Event {
		case engine.FaultStarted, engine.FaultEnded:
			p.Fault(e.Fault, e.Event == engine.FaultStarted, e.AtMS)
		case engine.BreakerChanged:
			p.Breaker(e.Strategy, e.Target, e.To, e.Why, e.AtMS)
		}
		if others != nil {
			others(e)
		}
	}
}

// showing returns what shows progress.
func showing(p *reports.Progress) func(engine.Progress) {
	return func(now engine.Progress) {
		done := float64(max(1, now.Done))
		p.Update(reports.Step{
			Strategy: now.Strategy, Done: now.Done, Planned: now.Planned, AtMS: stats.Millis(now.At),
			P95MS: stats.Millis(now.P95), FailShare: float64(now.Failed) / done, Calls: float64(now.Attempts) / done,
		})
	}
}
