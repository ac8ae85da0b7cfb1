package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/tailgate-bench/tailgate/reports"
)

// tuningAt returns the file of a tuning, given that or its directory; ok is false
// if there is none.
func tuningAt(path string) (file string, ok bool) {
	if filepath.Base(path) != reports.TuningFile {
		path = filepath.Join(path, reports.TuningFile)
	}
	info, err := os.Stat(path)
	return path, err == nil && info.Mode().IsRegular()
}

// printTuning writes a saved tuning in the formats that it has.
func printTuning(c *cli.Context, out *output, file string) error {
	for _, s := range out.sinks {
		if s.format != "terminal" && s.format != "json" && s.format != "html" {
			return misuse("the formats are terminal, json and html", "%s is what tune has found, and cannot be printed as %s", file, s.format)
		}
	}
	for _, name := range []string{"models", "requests", "attempts"} {
		if c.Bool(name) {
			return misuse("run the scenario with its settings", "%s is what tune has found, which has no %s", file, name)
		}
	}
	if err := checkFiles(out.sinks); err != nil {
		return err
	}
	d, err := readTuning(file)
	if err != nil {
		return &usageError{err: err, hint: "give the directory that tailgate tune has left"}
	}
	for _, s := range out.sinks {
		if s.file == "" {
			continue
		}
		plain := reports.Terminal{ASCII: out.show.ASCII}
		if err := reports.WriteFile(s.file, func(w io.Writer) error { return writeTuning(w, s.format, d, plain) }); err != nil {
			return err
		}
		out.show.Files = append(out.show.Files, s.file)
	}
	if out.quiet && out.stdout() == "terminal" {
		_, err := fmt.Fprintln(c.App.Writer, d.Headline)
		return err
	}
	return writeTuning(c.App.Writer, out.stdout(), d, out.show)
}

func readTuning(file string) (*reports.Tuning, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // nothing was written
	d, err := reports.ReadTuningJSON(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return d, nil
}

func writeTuning(w io.Writer, format string, d *reports.Tuning, show reports.Terminal) error {
	switch format {
	case "json":
		return reports.WriteTuningJSON(w, d)
	case "html":
		return reports.WriteTuningHTML(w, d)
	default:
		return reports.WriteTuning(w, d, show)
	}
}
