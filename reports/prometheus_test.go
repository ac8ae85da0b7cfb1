package reports_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/tailgate-bench/tailgate/reports"
)

func TestWritePrometheus(t *testing.T) {
	t.Parallel()
	hostile := judged()
	hostile.Scenario.Name, hostile.Objectives[0].Text = "a\\b\"c\nd\xff", `x{y="z"} 1`
	hostile.Objectives = append(hostile.Objectives, hostile.Objectives[0])
	for name, d := range map[string]*reports.Document{"judged": judged(), "hostile": hostile, "empty": {}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var b bytes.Buffer
			must(t, reports.WritePrometheus(&b, d))
			checkExposition(t, b.String())
			golden(t, "metrics.prom", b.Bytes())
		})
	}
}

var (
	helpLine   = regexp.MustCompile(`^# HELP ([a-z_]+) [^\n\\]+$`)
	typeLine   = regexp.MustCompile(`^# TYPE ([a-z_]+) gauge$`)
	sampleLine = regexp.MustCompile(`^([a-z_]+)\{([a-z]+="(\\[\\"n]|[^"\\\n])*",?)+\} (\+Inf|-Inf|-?[0-9.]+(e[+-][0-9]+)?)$`)
)

// checkExposition checks the rules of the text format that a scrape depends on:
// HELP and TYPE once before the samples of a family, all of which stand
// together, and no series twice. Module interop lets Prometheus' own parser read it.
func checkExposition(t *testing.T, text string) {
	t.Helper()
	family := ""
	families, series := map[string]bool{}, map[string]bool{}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if m := helpLine.FindStringSubmatch(line); m != nil {
			if families[m[1]] {
				t.Errorf("%s is there twice", m[1])
			}
			family, families[m[1]] = m[1], true
			continue
		}
		if m := typeLine.FindStringSubmatch(line); m != nil && m[1] == family {
			continue
		}
		m := sampleLine.FindStringSubmatch(line)
		if m == nil || m[1] != family {
			t.Errorf("not a line of the format, or not in its place: %q", line)
			continue
		}
		key := line[:strings.LastIndexByte(line, ' ')]
		if series[key] {
			t.Errorf("%s is there twice", key)
		}
		series[key] = true
	}
}
