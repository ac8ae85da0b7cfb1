package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/tailgate-bench/tailgate/internal/site"
	"github.com/tailgate-bench/tailgate/reports"
)

func siteCommand() *cli.Command {
	return &cli.Command{
		Name:      "site",
		Usage:     "make pages of many saved runs: verdicts, trends, badges, a feed",
		ArgsUsage: "[DIR...]",
		Description: "Looks for report.json below each DIR (default out), or LABEL=DIR to name its runs. A run\n" +
			"is labelled with the directories above its report; runs of a scenario are in order of\n" +
			"their dates if all have one, else of the DIRs and then of their labels (v9 before v10).\n" +
			"Simulated runs have no date: a label may begin with one, such as 2026-11-22.\n\n" +
			"  tailgate site runs --out public               runs/v1/..., runs/v2/...\n" +
			"  tailgate site before=out/old after=out/new    two runs\n" +
			"  tailgate site runs --keep-going               in spite of damaged reports",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "out", Value: "public", Usage: "write the pages to `DIR`; other files in it stay"},
			&cli.StringFlag{Name: "title", Value: "tailgate runs", Usage: "call the site `TEXT`"},
			&cli.BoolFlag{Name: "keep-going", Usage: "leave out reports that cannot be read instead of failing"},
		},
		Action:       makeSite,
		OnUsageError: badUsage,
	}
}

func makeSite(c *cli.Context) error {
	sources := []site.Source{{Dir: "out"}}
	if c.NArg() > 0 {
		sources = nil
		for _, arg := range c.Args().Slice() {
			sources = append(sources, site.ParseSource(arg))
		}
	}
	dir := c.String("out")
	s, err := site.Collect(sources, site.Options{Title: c.String("title"), Out: dir, KeepGoing: c.Bool("keep-going")})
	if _, bad := errors.AsType[*site.ReportError](err); bad {
		return &usageError{err: err, hint: "mend or remove it, or leave out what cannot be read with --keep-going"}
	}
	if err != nil {
		return &usageError{err: err, hint: "give directories with runs, such as tailgate site out --out public"}
	}
	for _, why := range s.LeftOut {
		fmt.Fprintf(c.App.ErrWriter, "tailgate: warning: left out %s\n", why)
	}
	if _, err := site.Write(dir, s); err != nil {
		return err
	}
	runs := 0
	for i := range s.Histories {
		runs += len(s.Histories[i].Runs)
	}
	_, err = fmt.Fprintf(c.App.Writer, "%s  %s, %s\n", filepath.ToSlash(filepath.Join(dir, reports.SiteIndex)),
		work{"scenario", "scenarios", len(s.Histories), 1}, work{"run", "runs", runs, 1})
	return err
}
