package reports_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/tailgate-bench/tailgate/reports"
)

func TestWriteAnnotations(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	must(t, reports.WriteAnnotations(&b, judged().Annotations()))
	golden(t, "commands.txt", b.Bytes())
}

func TestWriteAnnotations_escapes(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	must(t, reports.WriteAnnotations(&b, []reports.Annotation{{"error", "a:b,c%\n::x", "100% ::error::\r\nnext, line: 2"}}))
	const want = "::error title=a%3Ab%2Cc%25%0A%3A%3Ax::100%25 ::error::%0D%0Anext, line: 2\n"
	if b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}

func TestWriteAnnotations_limit(t *testing.T) {
	t.Parallel()
	var all []reports.Annotation
	for i := range 25 {
		all = append(all, reports.Annotation{"error", "e", fmt.Sprint(i)}, reports.Annotation{"warning", "w", fmt.Sprint(i)})
	}
	var b bytes.Buffer
	must(t, reports.WriteAnnotations(&b, all))
	if e, w := strings.Count(b.String(), "::error "), strings.Count(b.String(), "::warning "); e != 10 || w != 10 {
		t.Errorf("%d errors and %d warnings, want ten of each", e, w)
	}
}

func TestSummary(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a line with ünïcode\n", 10_000)
	for name, tt := range map[string]struct {
		text  string
		room  int
		whole bool
		empty bool
	}{
		"fits":         {"short\n", 100, true, false},
		"a comment":    {long, 1 << 20, false, false},
		"little room":  {long, 300, false, false},
		"no room":      {long, 20, false, true},
		"one line":     {strings.Repeat("ü", 500), 301, false, false},
		"past the end": {"short\n", -5, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := reports.Summary(tt.text, tt.room)
			switch {
			case (got == tt.text) != tt.whole, (got == "") != tt.empty, len(got) > max(0, tt.room), len(got) > 60<<10:
				t.Errorf("%d bytes of %d in room for %d", len(got), len(tt.text), tt.room)
			case !utf8.ValidString(got):
				t.Error("a character is cut")
			}
		})
	}
}
