package record

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"time"

	"github.com/tailgate-bench/tailgate/llm/draw"
)

// Log is what a file of requests tells of one strategy, as far as it takes to
// pair it with another.
type Log struct {
	Strategy string
	kept     *Recorder // its rows and their number, nothing else
}

// ReadLogs reads the requests of all strategies of a file, in its order. Faults
// are the windows of the run's faults. A request that is there twice is a
// *[LineError].
func ReadLogs(path string, faults []Window) (logs []*Log, err error) {
	r, err := OpenReader(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	var l Line
	for {
		switch err := r.Next(&l); {
		case errors.Is(err, io.EOF):
			return logs, nil
		case err != nil:
			return nil, err
		}
		i := slices.IndexFunc(logs, func(log *Log) bool { return log.Strategy == l.Strategy })
		if i < 0 {
			i = len(logs)
			logs = append(logs, &Log{Strategy: l.Strategy, kept: NewRecorder(Config{Strategy: l.Strategy, Faults: faults})})
		}
		if err := logs[i].add(&l); err != nil {
			return nil, &LineError{Path: path, Line: r.line, Err: err}
		}
	}
}

// mostID bounds what a damaged file can make a Log allocate.
const mostID = 1 << 24

func (g *Log) add(l *Line) error {
	if l.ID >= mostID {
		return fmt.Errorf("id is %d, want less than %d", l.ID, mostID)
	}
	if id := int(l.ID); id < len(g.kept.rows) && g.kept.rows[id].is(present) { //nolint:gosec // less than mostID
		return fmt.Errorf("request %d of %s is there twice", l.ID, g.Strategy)
	}
	*g.kept.slot(l.ID) = l.row()
	g.kept.tally.requests++
	return nil
}

// row returns what a recorder had kept of the request.
func (l *Line) row() row {
	q := Request{ID: l.ID, Due: millis(l.DueMS), End: millis(l.DueMS + l.LatencyMS), OK: l.OK}
	if l.FirstTokenMS != nil {
		q.FirstToken, q.HasFirstToken = millis(*l.FirstTokenMS), true
	}
	if l.Correct != nil {
		q.Correct = Wrong
		if *l.Correct {
			q.Correct = Right
		}
	}
	w := newRow(&q)
	w.value = float32(l.CostUSD)
	w.low, w.high = orValue(l.CostLowUSD, w.value), orValue(l.CostHighUSD, w.value)
	for i := range l.Attempts {
		if l.Attempts[i].State != StateRejected && w.attempts < math.MaxUint16 {
			w.attempts++
		}
	}
	return w
}

func orValue(v *float64, otherwise float32) float32 {
	if v == nil {
		return otherwise
	}
	return float32(*v)
}

// millis returns milliseconds as a duration, to the microsecond.
func millis(ms float64) time.Duration {
	return time.Duration(math.Round(ms*1e3)) * time.Microsecond
}

// PairLogs is [NewReplicates] for logs.
func PairLogs(logs []*Log, resamples int, key draw.Key) *Replicates {
	var recorders []*Recorder
	for _, g := range logs {
		recorders = append(recorders, g.kept)
	}
	return NewReplicates(recorders, resamples, key)
}
