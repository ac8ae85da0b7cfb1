package main

import (
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/tailgate-bench/tailgate/internal/engine"
	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/reports"
)

// consent says what a run with real models will take, and lets it pass only with
// --yes.
func consent(c *cli.Context, job *engine.Job, repeat int) error {
	if repeat > 1 {
		return misuse("use a longer --duration instead", "repeat is %d, but real models have no seed: another run is only more of the same", repeat)
	}
	f, err := job.Forecast(c.Context)
	if err != nil {
		return err
	}
	if err := tellForecast(c.App.ErrWriter, f); err != nil {
		return err
	}
	return agreed(c, job)
}

// agreed lets calls to real models pass with --yes, and the keys they need.
func agreed(c *cli.Context, job *engine.Job) error {
	if !c.Bool("yes") {
		return misuse("run it again with --yes, and with --max-cost USD to stop before it costs more", "calls to real models cost money: nothing was sent")
	}
	return job.CheckKeys()
}

// tellForecast prints what a run will take.
func tellForecast(w io.Writer, f *engine.Forecast) error {
	fmt.Fprintf(w, "tailgate: %d requests for each strategy, in turns of %v, for about %v\n", f.Requests, f.Turn, f.Takes.Round(100*time.Millisecond))
	return tellCalls(w, f)
}

// tellCalls prints a forecast as a table.
func tellCalls(w io.Writer, f *engine.Forecast) error {
	t := tabwriter.NewWriter(w, 0, 0, 1, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "\tcalls\tUSD\t\n")
	for _, s := range f.Strategies {
		fmt.Fprintf(t, "  %s\t%s\t%s\t\n", s.Name, calls(s.Calls), dollars(s.USD))
	}
	fmt.Fprintf(t, "  in all, %d before the load\t%s\t%s\t\n", f.Probes, calls(f.Calls), dollars(f.USD))
	return t.Flush()
}

// tellSpending prints what a run has cost, if it could cost anything.
func tellSpending(w io.Writer, s *reports.Spending) {
	if s == nil {
		return
	}
	fmt.Fprintf(w, "tailgate: %d calls to real models have cost %s USD\n", s.Calls, dollars(engine.CostRange{Low: s.USD.Low, High: s.USD.High}))
	if s.Stopped {
		fmt.Fprintf(w, "tailgate: the run was stopped before it could cost more than $%v\n", s.LimitUSD)
	}
}

func calls(r engine.CallRange) string {
	if r.Low == r.High {
		return fmt.Sprint(r.Low)
	}
	return fmt.Sprintf("%d to %d", r.Low, r.High)
}

func dollars(r engine.CostRange) string { return fmt.Sprintf("%.4f to %.4f", r.Low, r.High) }

// realHint returns what to do about an error that only real models have.
func realHint(err error) (hint string, ok bool) {
	if key, ok := errors.AsType[*engine.KeyError](err); ok {
		return fmt.Sprintf("export %s=...; a key never stands in a scenario", key.Variables[0]), true
	}
	probe, ok := errors.AsType[*engine.ProbeError](err)
	if !ok {
		return "", false
	}
	switch probe.Err.Kind {
	case llm.Auth:
		return "look at the key in the environment variable that key_env names", true
	case llm.NotFound:
		return "look at model, base_url and path: nobody there knows that model", true
	case llm.QuotaExhausted:
		return "the account has no credit left", true
	case llm.Connection:
		return "look at base_url, and whether the service runs", true
	case llm.Malformed, llm.Truncated:
		return "look at format and path, or try stream: false: what came back is no whole answer in that format", true
	default:
		return "nothing but this one question was sent", true
	}
}
