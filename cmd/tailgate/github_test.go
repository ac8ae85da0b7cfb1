package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tailgate-bench/tailgate/reports"
)

// A summary is added to what earlier commands of a step have left, and never
// takes the file beyond what GitHub accepts.
func TestAddSummary(t *testing.T) {
	t.Parallel()
	markdown := func(w io.Writer) error {
		_, err := io.WriteString(w, strings.Repeat("a line of a report\n", 200))
		return err
	}
	for before, want := range map[int]struct {
		grows, fails bool
	}{
		0:                          {true, false},
		5000:                       {true, false},
		reports.SummaryLimit - 500: {true, false},
		reports.SummaryLimit - 10:  {false, true},
		reports.SummaryLimit + 10:  {false, true},
	} {
		path := filepath.Join(t.TempDir(), "summary.md")
		if err := os.WriteFile(path, make([]byte, before), 0o600); err != nil {
			t.Fatal(err)
		}
		err := addSummary(path, markdown)
		info, statErr := os.Stat(path)
		if statErr != nil {
			t.Fatal(statErr)
		}
		after := int(info.Size())
		if (err != nil) != want.fails || (after > before) != want.grows || after > max(before, reports.SummaryLimit) {
			t.Errorf("from %d to %d bytes: %v", before, after, err)
		}
	}
}
