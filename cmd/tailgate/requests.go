package main

import (
	"encoding/csv"
	"errors"
	"io"
	"strconv"

	"github.com/tailgate-bench/tailgate/internal/record"
)

// rows turns a line of requests.ndjson.gz into rows of a table.
type rows struct {
	header []string
	of     func(l *record.Line) [][]string
}

// perRequest has one row per request: which model handled it, and how.
var perRequest = rows{
	header: []string{
		"strategy", "id", "due_ms", "latency_ms", "first_token_ms", "ok", "error", "model", "role", "attempts",
		"correct", "cost_usd", "input", "output",
	},
	of: func(l *record.Line) [][]string {
		model, role := "", ""
		if a := l.Won(); a != nil {
			model, role = a.Model, a.Role
		}
		input, output := 0, 0
		for _, a := range l.Attempts {
			input, output = input+a.Input, output+a.Output
		}
		correct := ""
		if l.Correct != nil {
			correct = strconv.FormatBool(*l.Correct)
		}
		return [][]string{{
			l.Strategy, strconv.FormatUint(l.ID, 10), plain(l.DueMS), plain(l.LatencyMS), optional(l.FirstTokenMS), strconv.FormatBool(l.OK), l.Error,
			model, role, strconv.Itoa(len(l.Attempts)), correct, plain(l.CostUSD), strconv.Itoa(input), strconv.Itoa(output),
		}}
	},
}

// perAttempt has one row per call to a model.
var perAttempt = rows{
	header: []string{
		"strategy", "id", "attempt", "model", "role", "state", "start_ms", "end_ms", "first_token_ms", "error", "input", "output",
	},
	of: func(l *record.Line) [][]string {
		all := make([][]string, len(l.Attempts))
		for i, a := range l.Attempts {
			all[i] = []string{
				l.Strategy, strconv.FormatUint(l.ID, 10), strconv.Itoa(i), a.Model, a.Role, a.State,
				plain(a.StartMS), plain(a.EndMS), optional(a.FirstTokenMS), a.Error, strconv.Itoa(a.Input), strconv.Itoa(a.Output),
			}
		}
		return all
	},
}

func plain(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

func optional(v *float64) string {
	if v == nil {
		return ""
	}
	return plain(*v)
}

// writeRows writes the table of a file of requests as CSV.
func writeRows(w io.Writer, path string, table rows) (err error) {
	r, err := record.OpenReader(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	out := csv.NewWriter(w)
	if err := out.Write(table.header); err != nil {
		return err
	}
	var l record.Line
	for {
		switch err := r.Next(&l); {
		case errors.Is(err, io.EOF):
			out.Flush()
			return out.Error()
		case err != nil:
			return err
		}
		if err := out.WriteAll(table.of(&l)); err != nil {
			return err
		}
	}
}
