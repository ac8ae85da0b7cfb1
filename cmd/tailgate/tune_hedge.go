package main

import "github.com/urfave/cli/v2"

func tuneHedgeCommand() *cli.Command { return &cli.Command{Name: "hedge"} }
