package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"github.com/tailgate-bench/tailgate/internal/engine"
	"github.com/tailgate-bench/tailgate/internal/live"
	"github.com/tailgate-bench/tailgate/reports"
	"github.com/tailgate-bench/tailgate/scenarios"
)

func liveFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "live", Usage: "show the run in a browser while it is under way, on `HOST:PORT` (HOST is 127.0.0.1 unless given)"},
		&cli.BoolFlag{Name: "live-public", Usage: "let others than this machine see the live page"},
	}
}

// liveView is what the live page of a run shows.
type liveView struct {
	view     *engine.View
	scenario *scenarios.Scenario
}

// WritePage implements [live.Source].
func (v *liveView) WritePage(w io.Writer) error {
	d, err := v.view.Report()
	if err != nil {
		return err
	}
	if d == nil { // before the run, or between two seeds
		d = &reports.Document{Scenario: reports.Scenario{Name: v.scenario.Name, About: v.scenario.About}}
	}
	return reports.WriteLive(w, d)
}

// WriteChange implements [live.Source].
func (v *liveView) WriteChange(w io.Writer) error {
	d, err := v.view.Report()
	if err != nil || d == nil {
		return err
	}
	return reports.WriteLiveBody(w, d)
}

// startLive serves the live page of the run that o is for, if that was asked for,
// and says where it is; else it returns nil.
func startLive(c *cli.Context, sc *scenarios.Scenario, o *engine.Options) (*live.Server, error) {
	address := c.String("live")
	if address == "" {
		if c.Bool("live-public") {
			return nil, misuse("for example --live 0.0.0.0:8090 --live-public", "--live-public needs --live")
		}
		return nil, nil
	}
	o.View = new(engine.View)
	s, err := live.Start(c.Context, address, c.Bool("live-public"), &liveView{o.View, sc})
	if bad, ok := errors.AsType[*live.AddressError](err); ok {
		return nil, &usageError{err: err, hint: bad.Hint}
	}
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(c.App.ErrWriter, "tailgate: live: %s\n", s.URL())
	return s, nil
}

// conclude leaves the report to the browsers that look, and ends the live page.
func conclude(s *live.Server, d *reports.Document) error {
	if s == nil {
		return nil
	}
	var b bytes.Buffer
	if err := reports.WriteHTML(&b, d); err != nil {
		return err
	}
	s.Finish(b.Bytes())
	return nil
}
