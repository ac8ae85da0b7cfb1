package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/tailgate-bench/tailgate/reports"
)

// tellGitHub shows a result where GitHub Actions shows results, if it is what
// runs the program: annotations as workflow commands on stderr, and Markdown
// added to the summary of the step. What goes wrong is told and nothing else,
// since the result stands.
func tellGitHub(c *cli.Context, notes []reports.Annotation, markdown func(io.Writer) error) {
	if os.Getenv("GITHUB_ACTIONS") == "true" {
		_ = reports.WriteAnnotations(c.App.ErrWriter, notes) // a dead stderr cannot be told so
	}
	path := os.Getenv("GITHUB_STEP_SUMMARY")
	if path == "" {
		return
	}
	if err := addSummary(path, markdown); err != nil {
		fmt.Fprintf(c.App.ErrWriter, "tailgate: warning: no summary: %v\n", err)
	}
}

// addSummary adds Markdown to the file, as far as its limit allows.
func addSummary(path string, markdown func(io.Writer) error) error {
	var b strings.Builder
	if err := markdown(&b); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // the write says what went wrong
	info, err := f.Stat()
	if err != nil {
		return err
	}
	text := reports.Summary(b.String()+"\n", reports.SummaryLimit-int(info.Size()))
	if text == "" {
		return fmt.Errorf("%s holds as much as GitHub takes", path)
	}
	_, err = io.WriteString(f, text)
	return err
}
