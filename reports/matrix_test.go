package reports_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/reports"
)

var (
	tags  = regexp.MustCompile(`<[^>]*>`)
	cells = regexp.MustCompile(`(?s)<t([hd])\b([^>]*)>(.*?)</t[hd]>`)
)

// gates reads the table of objectives off the page: the rows of its body, a cell
// with its class before the text.
func gates(t *testing.T, d *reports.Document) [][]string {
	t.Helper()
	_, table, ok := strings.Cut(html(t, d), `<table class="gates plain">`)
	if !ok {
		return nil
	}
	table, _, _ = strings.Cut(table, "</table>")
	var rows [][]string
	for row := range strings.SplitSeq(table, "<tr>") {
		var texts []string
		for _, c := range cells.FindAllStringSubmatch(row, -1) {
			class := regexp.MustCompile(`class="([^"]*)"`).FindStringSubmatch(c[2])
			text := strings.Join(strings.Fields(tags.ReplaceAllString(c[3], " ")), " ")
			if class != nil {
				text = strings.TrimSpace(class[1] + "|" + text)
			}
			texts = append(texts, strings.ReplaceAll(text, "\u00a0", " "))
		}
		if texts != nil {
			rows = append(rows, texts)
		}
	}
	return rows
}

// Objectives that demand the same share a row; a strategy of which it is not
// demanded has an empty cell, one of which nothing is has no column.
func TestWriteHTML_objectives(t *testing.T) {
	t.Parallel()
	d := typical().document()
	claim := goal("consensus.success <= 99%", "pass", "ratio", 0.93, 0.92, 0.94, 0.99, "consensus")
	claim.Claim = true
	d.Objectives = append(d.Objectives, claim)
	want := [][]string{
		{"Objective", "Limit", "rec|breaker", "race", "hedge", "consensus"},
		{"success", "lim|≥ 99%", "ok rec|pass: ✓ 99.6% 99.5% to 99.7%", "mut|not demanded", "mut|not demanded", "mut|not demanded"},
		{"p95", "lim|≤ 0.6 * single.p95 (1.97 s)", "ok rec|pass: ✓ 1.51 s 1.49 s to 1.52 s", "mut|not demanded", "un|undecided: ? 1.96 s 1.93 s to 1.99 s", "mut|not demanded"},
		{"cost", "lim|≤ 1.3", "mut rec|not demanded", "ko|fail: ✕ 1.67× 1.66× to 1.68×", "mut|not demanded", "mut|not demanded"},
		{"success a claim, which judges nobody", "lim|≤ 99%", "mut rec|not demanded", "mut|not demanded", "mut|not demanded", "ok|pass: ✓ 93% 92% to 94%"},
	}
	if diff := cmp.Diff(want, gates(t, d)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if page := html(t, d); !strings.Contains(page, "Nothing is demanded of single and fallback.") {
		t.Error("the page does not say of whom nothing is demanded")
	}
	d.Objectives = nil
	if got := gates(t, d); got != nil {
		t.Errorf("a table without objectives: %v", got)
	}
}

// The zone of the spectrum is that of the recommended strategy's own limits on
// the whole run.
func TestWriteHTML_limits(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"breaker.p95 <= 2s": true, "breaker.p99 < 2s": true,
		"breaker.p95 >= 2s": false, "breaker.ok_p95 <= 2s": false, "breaker.during(outage).p95 <= 2s": false, "hedge.p95 <= 2s": false,
	} {
		d := small().document()
		d.Objectives = []reports.Objective{goal(text, "pass", "ms", 1500, 1400, 1600, 2000, strings.Split(text, ".")[0])}
		d.Verdict.Recommend = "breaker"
		if got := strings.Contains(html(t, d), "Tinted: where breaker would break"); got != want {
			t.Errorf("%s: a zone is drawn: %v, want %v", text, got, want)
		}
	}
}

func TestFinding_Title(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{"runner-up": "The runner-up", "of-a-later-program": "Of a later program", "": ""} {
		if got := (reports.Finding{ID: id}).Title(); got != want {
			t.Errorf("%q is called %q, want %q", id, got, want)
		}
	}
}
