package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/tailgate-bench/tailgate/internal/engine"
	"github.com/tailgate-bench/tailgate/internal/record"
	"github.com/tailgate-bench/tailgate/reports"
)

// output is how a report is shown: on stdout, and in files.
type output struct {
	sinks    []sink
	strategy string // for the formats that take one; "" is all
	quiet    bool
	show     reports.Terminal
}

func outputFlags() []cli.Flag {
	return append([]cli.Flag{
		&cli.StringFlag{Name: "strategy", Usage: "write only strategy `NAME` (hgrm, hlog, vegeta)"},
		&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "print the verdict only, no progress"},
	}, formatFlags(namesOf(formats()))...)
}

// formatFlags are the flags of every command that writes in several formats.
func formatFlags(names []string) []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "format", Usage: "print `FORMAT` on stdout, or FORMAT=FILE into a file; repeatable: " + formatNames(names)},
		&cli.BoolFlag{Name: "json", Usage: "same as --format json"},
		&cli.BoolFlag{Name: "ascii", Usage: "keep to ASCII characters"},
		&cli.StringFlag{Name: "color", Value: "auto", Usage: "`WHEN` to colour: auto, always or never"},
	}
}

// newOutput reads the flags that decide how a report is shown.
func newOutput(c *cli.Context) (*output, error) {
	sinks, err := sinksOf(c, namesOf(formats()))
	if err != nil {
		return nil, err
	}
	show, err := terminal(c)
	return &output{sinks: sinks, strategy: c.String("strategy"), quiet: c.Bool("quiet"), show: show}, err
}

func sinksOf(c *cli.Context, names []string) ([]sink, error) {
	values := c.StringSlice("format")
	if c.Bool("json") {
		values = append(values, "json")
	}
	return parseSinks(values, names)
}

// stdout is the format that goes to stdout.
func (o *output) stdout() string {
	return o.sinks[slices.IndexFunc(o.sinks, func(s sink) bool { return s.file == "" })].format
}

// terminal reads the flags and the environment that decide how text looks.
func terminal(c *cli.Context) (reports.Terminal, error) {
	mode, err := reports.ParseColorMode(c.String("color"))
	if err != nil {
		return reports.Terminal{}, misuse("for example --color never", "%w", err)
	}
	width, terminal := terminalWidth(c.App.Writer)
	if os.Getenv("CI") != "" { // where people read a log
		width, terminal = 0, false
	}
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

// check finds before a run what could not be written after it.
func (o *output) check(strategies []string) error {
	if o.strategy != "" && !slices.Contains(strategies, o.strategy) {
		return misuse("the strategies are "+strings.Join(strategies, ", "), "there is no strategy %q", o.strategy)
	}
	takes := false
	for _, s := range o.sinks {
		f := formatOf(s.format)
		takes = takes || f.strategy != nil || f.requests != nil
		if f.strategy != nil && o.strategy == "" && len(strategies) > 1 {
			return misuse("choose with --strategy one of "+strings.Join(strategies, ", "), "%s holds one strategy, and there are %d", s.format, len(strategies))
		}
	}
	if o.strategy != "" && !takes {
		return misuse("add such a --format; run --only NAME runs one strategy", "--strategy is for the formats hgrm, hlog and vegeta")
	}
	return checkFiles(o.sinks)
}

// checkFiles makes the directories of the files and proves that they can be
// written to, each by one format.
func checkFiles(sinks []sink) error {
	formats := map[string]string{}
	for _, s := range sinks {
		if s.file == "" {
			continue
		}
		if other, taken := formats[filepath.Clean(s.file)]; taken {
			return misuse("give each format a file of its own", "both %s and %s are to go to %s", other, s.format, s.file)
		}
		formats[filepath.Clean(s.file)] = s.format
		if info, err := os.Stat(s.file); err == nil && info.IsDir() {
			return misuse("name a file in it", "--format %s=%s: is a directory", s.format, s.file)
		}
		if err := reports.CheckDir(filepath.Dir(s.file)); err != nil {
			return misuse("choose another file", "--format %s=%s: %w", s.format, s.file, err)
		}
	}
	return nil
}

func formatOf(name string) format {
	all := formats()
	return all[slices.IndexFunc(all, func(f format) bool { return f.name == name })]
}

// saved is a run with what it has left.
type saved struct {
	report   *reports.Document
	requests string   // path of its requests.ndjson.gz
	files    []string // to be named at the end
}

// write writes the run wherever it is to go, stdout last.
func (o *output) write(w io.Writer, run saved) error {
	for _, s := range o.sinks {
		if s.file == "" {
			continue
		}
		if err := reports.WriteFile(s.file, func(w io.Writer) error { return o.print(w, s.format, run, reports.Terminal{ASCII: o.show.ASCII}) }); err != nil {
			return explain(s.format, err)
		}
		run.files = append(run.files, s.file)
	}
	name := o.stdout()
	show := o.show
	show.Files = run.files
	if o.quiet && name == "terminal" {
		_, err := fmt.Fprintln(w, run.report.Verdict.Headline)
		return err
	}
	return explain(name, o.print(w, name, run, show))
}

func (o *output) print(w io.Writer, name string, run saved, show reports.Terminal) error {
	switch f := formatOf(name); {
	case f.report != nil:
		return f.report(w, run.report)
	case f.requests != nil:
		if _, err := os.Stat(run.requests); err != nil { // before the head of the format
			return err
		}
		return f.requests(w, run.report, run.requests, o.strategy)
	case f.strategy != nil:
		i := slices.IndexFunc(run.report.Strategies, func(s reports.Strategy) bool { return o.strategy == "" || s.Name == o.strategy })
		if i < 0 {
			return errors.New("the report has no strategy")
		}
		return f.strategy(w, &run.report.Strategies[i])
	default:
		return reports.WriteTerminal(w, run.report, show)
	}
}

// explain says what the user can do about a run without its requests.
func explain(name string, err error) error {
	switch _, damaged := errors.AsType[*record.LineError](err); {
	case err == nil:
		return nil
	case damaged:
		return &usageError{err: err, hint: damagedHint}
	case errors.Is(err, fs.ErrNotExist) && formatOf(name).requests != nil:
		return &usageError{err: err, hint: fmt.Sprintf("%s is made from a run's %s; give the directory that tailgate run has left", name, engine.RequestsFile)}
	}
	return err
}
