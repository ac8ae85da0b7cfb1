package reports_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/tailgate-bench/tailgate/reports"
)

// FuzzFormats checks that no text of a scenario can break out of a format.
func FuzzFormats(f *testing.F) {
	f.Add("]]>&<\"'", "a\x00\x1b\xff\u202e\\\n")
	f.Add("::error::x%0A", "x\r\n::set-env name=a::b")
	base := small().document()
	f.Fuzz(func(t *testing.T, one, other string) {
		copied := *base
		d := &copied
		d.Scenario.Name, d.Command, d.Tool.Version = one, other, one
		d.Objectives = []reports.Objective{
			{Text: one, Verdict: "fail", Why: other, Strategies: []string{other}},
			{Text: other, Verdict: "undecided", Why: one, Strategies: []string{"single"}},
		}
		var b bytes.Buffer
		must(t, reports.WriteJUnit(&b, d))
		checkJUnit(t, b.Bytes())
		b.Reset()
		must(t, reports.WritePrometheus(&b, d))
		checkExposition(t, b.String())
		b.Reset()
		must(t, reports.WriteAnnotations(&b, d.Annotations()))
		if n := strings.Count(b.String(), "\n"); n != 2 || strings.Contains(b.String(), "\r") {
			t.Errorf("%d lines for two annotations: %q", n, b.String())
		}
	})
}
