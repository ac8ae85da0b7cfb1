package reports_test

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"github.com/tailgate-bench/tailgate/reports"
)

func TestWriteMarkdown(t *testing.T) {
	t.Parallel()
	for name, d := range map[string]*reports.Document{"small": small().document(), "hostile": hostile(), "24": shapes()["24"]} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var b bytes.Buffer
			must(t, reports.WriteMarkdown(&b, d))
			golden(t, "report.md", b.Bytes())
			if strings.Contains(b.String(), "\x1b") {
				t.Error("colour in Markdown")
			}
			outside := codeSpans(b.String())
			if strings.Contains(outside, "<img") {
				t.Error("a name became markup")
			}
			if b.Len() > 60_000 {
				t.Errorf("%d bytes", b.Len())
			}
		})
	}
}

// codeSpans leaves out what stands between backquotes, which is not markup.
func codeSpans(s string) string {
	var out strings.Builder
	for i, part := range strings.Split(s, "`") {
		if i%2 == 0 {
			out.WriteString(part)
		}
	}
	return out.String()
}

func TestWriteCSV(t *testing.T) {
	t.Parallel()
	for name, d := range map[string]*reports.Document{"small": small().document(), "hostile": hostile(), "n1": shapes()["n1"]} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var b bytes.Buffer
			must(t, reports.WriteCSV(&b, d))
			golden(t, "report.csv", b.Bytes())
			rows, err := csv.NewReader(&b).ReadAll()
			must(t, err)
			if len(rows) != len(d.Strategies)+1 {
				t.Fatalf("%d rows", len(rows))
			}
			for i, s := range d.Strategies {
				if rows[i+1][0] != s.Name {
					t.Errorf("row %d is %q, want %q", i, rows[i+1][0], s.Name)
				}
			}
		})
	}
}
