package main

import (
	"errors"
	"io"
	"time"

	"github.com/tailgate-bench/tailgate/internal/record"
	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/reports"
)

// eachLine calls f with the requests of a run, strategy by strategy in the order
// in which they were due; with those of one strategy unless that is "".
func eachLine(path, strategy string, f func(l *record.Line) error) (err error) {
	r, err := record.OpenReader(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	for l, err := range record.InOrder(r) {
		if err != nil {
			return err
		}
		if strategy != "" && l.Strategy != strategy {
			continue
		}
		if err := f(l); err != nil {
			return err
		}
	}
	return nil
}

func millis(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }

// writeHits writes the requests as vegeta's results, an attack per strategy.
func writeHits(w io.Writer, d *reports.Document, path, strategy string) error {
	attack, seq := "", uint64(0)
	return eachLine(path, strategy, func(l *record.Line) error {
		if l.Strategy != attack {
			attack, seq = l.Strategy, 0
		}
		hit := reports.Hit{
			Attack: attack, Seq: seq, Due: d.Started.Add(millis(l.DueMS)), Latency: millis(l.LatencyMS), Error: l.Error,
		}
		seq++ // without the gaps of an interrupted run, at which vegeta plot would stop
		return reports.WriteVegeta(w, hit)
	})
}

// writeIntervals writes the requests as an HdrHistogram interval log, in the
// steps of the report's timeline.
func writeIntervals(w io.Writer, d *reports.Document, path, strategy string) error {
	log, err := reports.NewIntervalLog(w, d.Started)
	if err != nil {
		return err
	}
	step := stepOf(d)
	var now *interval
	end := func() error {
		if now == nil {
			return nil
		}
		return log.Add(now.strategy, time.Duration(now.n)*step, step, now.latency)
	}
	if err := eachLine(path, strategy, func(l *record.Line) error {
		n := int(millis(l.DueMS) / step)
		if now == nil || now.strategy != l.Strategy || now.n != n {
			if err := end(); err != nil {
				return err
			}
			now = &interval{l.Strategy, n, stats.NewHistogram()}
		}
		if l.OK {
			now.latency.Record(millis(l.LatencyMS))
		}
		return nil
	}); err != nil {
		return err
	}
	return end()
}

// interval are the requests of a strategy due in a step of the run.
type interval struct {
	strategy string
	n        int
	latency  *stats.Histogram
}

func stepOf(d *reports.Document) time.Duration {
	for i := range d.Strategies {
		if ms := d.Strategies[i].Timeline.StepMS; ms > 0 {
			return millis(ms)
		}
	}
	return time.Second
}
