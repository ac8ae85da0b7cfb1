package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/tailgate-bench/tailgate/internal/engine"
	"github.com/tailgate-bench/tailgate/reports"
	"github.com/tailgate-bench/tailgate/scenarios"
)

// output is how a report is shown on stdout.
type output struct {
	format string
	quiet  bool
	show   reports.Terminal
}

// writers are the formats of --format.
var writers = map[string]func(io.Writer, *reports.Document) error{
	"json":     reports.WriteJSON,
	"html":     reports.WriteHTML,
	"markdown": reports.WriteMarkdown,
	"csv":      reports.WriteCSV,
}

const formats = "terminal, json, html, markdown or csv"

func outputFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "format", Value: "terminal", Usage: "print `FORMAT` on stdout: " + formats},
		&cli.BoolFlag{Name: "json", Usage: "same as --format json"},
		&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "print the verdict only, no progress"},
		&cli.BoolFlag{Name: "ascii", Usage: "keep to ASCII characters"},
		&cli.StringFlag{Name: "color", Value: "auto", Usage: "`WHEN` to colour: auto, always or never"},
	}
}

// newOutput reads the flags that decide how a report is shown.
func newOutput(c *cli.Context) (*output, error) {
	o := &output{format: c.String("format"), quiet: c.Bool("quiet")}
	if c.Bool("json") {
		o.format = "json"
	}
	if _, ok := writers[o.format]; !ok && o.format != "terminal" {
		return nil, misuse("for example --format json", "format is %q, must be %s", o.format, formats)
	}
	show, err := terminal(c)
	o.show = show
	return o, err
}

// terminal reads the flags and the environment that decide how text looks.
func terminal(c *cli.Context) (reports.Terminal, error) {
	mode, err := reports.ParseColorMode(c.String("color"))
	if err != nil {
		return reports.Terminal{}, misuse("for example --color never", "%w", err)
	}
	width, terminal := terminalWidth(c.App.Writer)
	return reports.Terminal{Width: width, Color: reports.UseColor(mode, os.Getenv, terminal), ASCII: c.Bool("ascii") || !utf8Locale()}, nil
}

// terminalWidth returns the width of the terminal that w is, if it is one.
func terminalWidth(w io.Writer) (width int, ok bool) {
	f, ok := w.(*os.File)
	if !ok {
		return 0, false
	}
	return reports.TerminalWidth(f)
}

// utf8Locale says whether the environment's locale, if it names one, has UTF-8.
func utf8Locale() bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := os.Getenv(name); v != "" {
			upper := strings.ToUpper(v)
			return strings.Contains(upper, "UTF-8") || strings.Contains(upper, "UTF8")
		}
	}
	return true
}

// progress returns what shows the run on stderr, nil if nothing is to.
func (o *output) progress(c *cli.Context, sc *scenarios.Scenario, run engine.Options) *reports.Progress {
	if o.quiet {
		return nil
	}
	seed := sc.Seed
	if run.Seed != nil {
		seed = *run.Seed
	}
	width, terminal := terminalWidth(c.App.ErrWriter)
	return reports.NewProgress(c.App.ErrWriter, reports.ProgressOptions{
		Title:    fmt.Sprintf("%s  seed %d  %s clock", sc.Name, seed, run.Clock),
		Terminal: terminal && os.Getenv("CI") == "" && os.Getenv("TERM") != "dumb", Width: width, ASCII: o.show.ASCII,
	})
}

// write shows the report; files are named at the end.
func (o *output) write(w io.Writer, d *reports.Document, files []string) error {
	switch {
	case o.format != "terminal":
		return writers[o.format](w, d)
	case o.quiet:
		_, err := fmt.Fprintln(w, d.Verdict.Headline)
		return err
	}
	show := o.show
	show.Files = files
	return reports.WriteTerminal(w, d, show)
}
