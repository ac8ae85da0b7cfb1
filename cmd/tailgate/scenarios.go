package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/tailgate-bench/tailgate/scenarios"
)

func scenariosCommand() *cli.Command {
	return &cli.Command{
		Name:   "scenarios",
		Usage:  "list, show and check scenarios",
		Action: listScenarios,
		Subcommands: []*cli.Command{
			{Name: "list", Usage: "list the embedded scenarios", Action: listScenarios, OnUsageError: badUsage},
			{
				Name: "show", Usage: "print a scenario file, to start your own from", ArgsUsage: "NAME",
				Description: "  tailgate scenarios show primary-outage > my.yaml",
				Action:      showScenario, OnUsageError: badUsage,
			},
			{
				Name: "check", Usage: "check scenario files and report every mistake at once", ArgsUsage: "FILE...",
				Action: checkScenarios, OnUsageError: badUsage,
			},
			{Name: "schema", Usage: "print the JSON Schema of scenario files", Action: showSchema, OnUsageError: badUsage},
		},
		OnUsageError: badUsage,
	}
}

func listScenarios(c *cli.Context) error {
	if c.NArg() > 0 {
		return misuse("list, show, check and schema are what there is", "unknown command %q", "scenarios "+c.Args().First())
	}
	names := scenarios.List()
	width := 0
	for _, name := range names {
		width = max(width, len(name))
	}
	for _, name := range names {
		sc, err := scenarios.Load(name)
		if err != nil {
			return err
		}
		about, _, _ := strings.Cut(strings.TrimSpace(sc.About), "\n")
		if _, err := fmt.Fprintf(c.App.Writer, "%-*s  %s\n", width, name, about); err != nil {
			return err
		}
	}
	return nil
}

func showScenario(c *cli.Context) error {
	name, err := oneArgument(c, "scenario name", "")
	if err != nil {
		return err
	}
	sc, err := scenarios.Load(name)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(c.App.Writer, sc.Source)
	return err
}

func checkScenarios(c *cli.Context) error {
	if c.NArg() == 0 {
		return misuse("tailgate scenarios check FILE...", "a file is missing")
	}
	code := exitGood
	for _, name := range c.Args().Slice() {
		sc, err := scenarios.Load(name)
		if err != nil {
			code = max(code, report(c.App.ErrWriter, err))
			continue
		}
		if _, err := fmt.Fprintf(c.App.Writer, "%s: ok, %s, %s, %s, %s\n", name,
			counted(len(sc.Strategies), "strategy", "strategies"), counted(len(sc.Models), "model", "models"),
			counted(len(sc.Faults), "fault", "faults"), counted(len(sc.Objectives), "objective", "objectives")); err != nil {
			return err
		}
	}
	if code != exitGood {
		return exitError(code)
	}
	return nil
}

func showSchema(c *cli.Context) error {
	_, err := c.App.Writer.Write(scenarios.Schema())
	return err
}

// givenScenario loads the scenario that is the only argument of a command, or else
// fallback.
func givenScenario(c *cli.Context, fallback string) (*scenarios.Scenario, error) {
	name, err := oneArgument(c, "scenario", fallback)
	if err != nil {
		return nil, err
	}
	return loadScenario(name)
}

// loadScenario loads a scenario; a mistake in it is the user's.
func loadScenario(name string) (*scenarios.Scenario, error) {
	sc, err := scenarios.Load(name)
	var many *scenarios.Errors
	if err == nil || errors.As(err, &many) {
		return sc, err
	}
	return nil, &usageError{err: err, hint: "tailgate scenarios lists the embedded ones"}
}
