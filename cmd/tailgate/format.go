package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/tailgate-bench/tailgate/reports"
)

// format is a way to write a run. One of its functions is set, none for the
// terminal, whose look depends on where it goes.
type format struct {
	name string
	// report writes what the report says.
	report func(w io.Writer, d *reports.Document) error
	// strategy writes what the report says of one strategy.
	strategy func(w io.Writer, s *reports.Strategy) error
	// requests writes what the run's requests.ndjson.gz says, of one strategy
	// unless it is "".
	requests func(w io.Writer, d *reports.Document, path, strategy string) error
}

func formats() []format {
	return []format{
		{name: "terminal"},
		{name: "json", report: reports.WriteJSON},
		{name: "html", report: reports.WriteHTML},
		{name: "markdown", report: reports.WriteMarkdown},
		{name: "csv", report: reports.WriteCSV},
		{name: "junit", report: reports.WriteJUnit},
		{name: "prometheus", report: reports.WritePrometheus},
		{name: "hgrm", strategy: reports.WriteHgrm},
		{name: "hlog", requests: writeIntervals},
		{name: "vegeta", requests: writeHits},
	}
}

// formatNames lists names as a sentence does.
func formatNames(names []string) string {
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

func namesOf(all []format) (names []string) {
	for _, f := range all {
		names = append(names, f.name)
	}
	return names
}

// sink is where a format goes: a file, or stdout if that is "".
type sink struct {
	format string
	file   string
}

// parseSinks reads the values of --format, FORMAT or FORMAT=FILE. One of them
// goes to stdout: the terminal's unless another is named without a file.
func parseSinks(values, known []string) ([]sink, error) {
	var sinks []sink
	stdout := ""
	for _, value := range values {
		name, file, named := strings.Cut(value, "=")
		switch {
		case !slices.Contains(known, name):
			return nil, misuse("for example --format json, or --format json=FILE", "format is %q, must be %s", name, formatNames(known))
		case named && file == "":
			return nil, misuse("for example --format "+name+"=FILE", "format %q names no file", value)
		case !named && stdout != "" && stdout != name:
			return nil, misuse(fmt.Sprintf("for example --format %s=FILE", name), "both %s and %s are to go to stdout", stdout, name)
		case !named && stdout == name:
			continue
		case !named:
			stdout = name
		}
		sinks = append(sinks, sink{name, file})
	}
	if stdout == "" {
		sinks = append(sinks, sink{format: known[0]})
	}
	return sinks, nil
}
