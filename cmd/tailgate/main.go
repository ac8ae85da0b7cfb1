// Command tailgate measures ways of calling several language models (one, race,
// hedge, consensus, fallback, breaker) against injected faults and says which
// one to ship, with which settings, and what it costs.
//
//	tailgate run primary-outage
//
// runs an embedded scenario on the virtual clock, prints the comparison and
// writes report.json, report.html and requests.ndjson.gz. Run tailgate help for
// the other commands.
//
// Results go to stdout, everything meant for people to stderr. Exit codes: 0
// good, 1 tailgate failed, 2 the command line or a file is wrong, 3 objectives
// missed, 4 objectives undecided (with --strict), 130 interrupted.
package main

import (
	"context"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"

	"github.com/urfave/cli/v2"
)

func main() {
	// The standard library's HTTP client logs parts of answers that it did not expect.
	slog.SetDefault(slog.New(slog.DiscardHandler))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	os.Exit(run(ctx, os.Args, os.Stdout, os.Stderr))
}

// run runs the program and returns its exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	app := newApp(stdout, stderr)
	return report(stderr, app.RunContext(ctx, flagsFirst(app, args)))
}

func newApp(stdout, stderr io.Writer) *cli.App {
	app := &cli.App{
		Name:      "tailgate",
		Usage:     "measure which way of calling several language models to ship",
		Version:   version(),
		Writer:    stdout,
		ErrWriter: stderr,
		Description: "tailgate runs the same strategy code against a mock with injected faults and reports\n" +
			"tail latency, success, cost and agreement, each with its uncertainty.\n\n" +
			"  tailgate run primary-outage             the comparison in a few seconds of virtual time\n" +
			"  tailgate run my.yaml --clock real       the same on the wall clock over loopback sockets\n" +
			"  tailgate scenarios                      what else there is to run",
		Commands:             []*cli.Command{runCommand(), recordCommand(), scenariosCommand(), mockCommand(), proxyCommand(), reportCommand(), compareCommand(), mergeCommand(), siteCommand(), tuneCommand()},
		ExitErrHandler:       func(*cli.Context, error) {}, // report does it
		OnUsageError:         badUsage,
		EnableBashCompletion: true,

		DisableSliceFlagSeparator: true, // commas separate the values of one --vary
		Suggest:                   true,
		Action:                    noCommand,
	}
	withoutDefaults(app.Commands)
	return app
}

// withoutDefaults keeps the help from saying of every switch that it is off.
func withoutDefaults(commands []*cli.Command) {
	for _, cmd := range commands {
		for _, f := range cmd.Flags {
			if b, ok := f.(*cli.BoolFlag); ok {
				b.DisableDefaultText = true
			}
		}
		withoutDefaults(cmd.Subcommands)
	}
}

// noCommand is what happens without a command, or with an unknown one.
func noCommand(c *cli.Context) error {
	if c.NArg() == 0 {
		return cli.ShowAppHelp(c)
	}
	var names []string
	for _, cmd := range c.App.Commands {
		names = append(names, cmd.Name)
	}
	return misuse("commands are "+strings.Join(names, ", "), "unknown command %q", c.Args().First())
}

// version is the module's version, as far as the build knows it.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "devel"
	}
	return info.Main.Version
}

// flagsFirst moves flags before the other arguments of a command, since the
// library stops looking for flags at the first argument that is none, and
// people write them last.
func flagsFirst(app *cli.App, args []string) []string {
	at, commands := 1, app.Commands
	var flags []cli.Flag
	for at < len(args) {
		cmd := find(commands, args[at])
		if cmd == nil {
			break
		}
		commands, flags = cmd.Subcommands, cmd.Flags
		at++
	}
	if at == 1 || at > len(args) {
		return args
	}
	var first, rest []string
	for i := at; i < len(args); i++ {
		switch arg := args[i]; {
		case arg == "--":
			rest = append(rest, args[i:]...)
			i = len(args)
		case len(arg) < 2 || arg[0] != '-':
			rest = append(rest, arg)
		default:
			first = append(first, arg)
			if !takesValue(flags, arg) {
				continue
			}
			if i++; i == len(args) { // its value is missing: no other argument may pass for it
				return slices.Concat(args[:at], first)
			}
			first = append(first, args[i])
		}
	}
	return slices.Concat(args[:at], first, rest)
}

func find(commands []*cli.Command, name string) *cli.Command {
	i := slices.IndexFunc(commands, func(c *cli.Command) bool { return c.HasName(name) })
	if i < 0 {
		return nil
	}
	return commands[i]
}

// takesValue says whether the next argument belongs to the flag arg.
func takesValue(flags []cli.Flag, arg string) bool {
	name := strings.TrimLeft(arg, "-")
	if strings.Contains(name, "=") {
		return false
	}
	for _, f := range flags {
		if slices.Contains(f.Names(), name) {
			_, boolean := f.(*cli.BoolFlag)
			return !boolean
		}
	}
	return false
}

// oneArgument returns the only argument of a command, or fallback without one.
func oneArgument(c *cli.Context, what, fallback string) (string, error) {
	switch {
	case c.NArg() > 1:
		return "", misuse(seeHelp(c), "one %s is expected, not %d: %s",
			what, c.NArg(), strings.Join(c.Args().Slice(), " "))
	case c.NArg() == 1:
		return c.Args().First(), nil
	case fallback == "":
		return "", misuse(seeHelp(c), "a %s is missing", what)
	}
	return fallback, nil
}
