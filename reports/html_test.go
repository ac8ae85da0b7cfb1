package reports_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/reports"
)

func html(t *testing.T, d *reports.Document) string {
	t.Helper()
	var b bytes.Buffer
	must(t, reports.WriteHTML(&b, d))
	return b.String()
}

func TestWriteHTML(t *testing.T) {
	t.Parallel()
	golden(t, "report.html", []byte(html(t, small().document())))
}

// A percentile whose interval is open at the top, as in a short run, has its mark
// and no end of the axis.
func TestWriteHTML_openInterval(t *testing.T) {
	t.Parallel()
	d := small().document()
	for i := range d.Strategies {
		e := &d.Strategies[i].LatencyMS.P95
		*e = stats.Between(e.Value, e.Low, math.Inf(1))
	}
	if page := html(t, d); strings.Contains(page, "Inf") || strings.Contains(page, "NaN") {
		t.Error("an infinite number is on the page")
	}
}

// shapes are documents of every kind that must render; nobody changes them.
var shapes = sync.OnceValue(func() map[string]*reports.Document {
	with := func(change func(*sketch)) *reports.Document {
		s := typical()
		s.bins = 20
		change(&s)
		return s.document()
	}
	kinds := []string{"single", "fallback", "race", "hedge", "breaker", "consensus"}
	many := make([]string, 24)
	for i := range many {
		many[i] = kinds[i%len(kinds)]
	}
	interrupted := with(func(*sketch) {})
	interrupted.Interrupted, interrupted.Planned = true, 58_000
	interrupted.Verdict = reports.Decide(interrupted)
	free := typical().document()
	for i := range free.Strategies {
		free.Strategies[i].Cost = reports.Cost{MultiplierCI: stats.Missing("no prices")}
	}
	return map[string]*reports.Document{
		"typical":       typical().document(),
		"empty":         with(func(s *sketch) { s.kinds = nil }),
		"n0":            with(func(s *sketch) { s.requests = 0 }),
		"n1":            with(func(s *sketch) { s.requests = 1 }),
		"n100":          with(func(s *sketch) { s.requests = 100 }),
		"all-failed":    with(func(s *sketch) { s.kinds = []string{"broken", "broken"}; s.goals = nil }),
		"one":           with(func(s *sketch) { s.kinds = []string{"single"}; s.goals = nil }),
		"24":            with(func(s *sketch) { s.kinds = many }),
		"no-faults":     with(func(s *sketch) { s.faults = false }),
		"no-objectives": with(func(s *sketch) { s.goals = nil }),
		"interrupted":   interrupted,
		"no-prices":     free,
		"hostile":       hostile(),
		"zero":          {},
	}
})

const attack = `</script><img src=x onerror=alert(1)>`

// hostile has names that want out of their place.
func hostile() *reports.Document {
	s := typical()
	s.bins = 20
	d := s.document()
	long := strings.Repeat("a-very-long-name ", 12)
	names := []string{attack, "מודל ראשון \u202Eevil", long, `" onload="x`, "{{.}}", "breaker"}
	for i := range d.Strategies {
		d.Strategies[i].Name, d.Strategies[i].Text = names[i], attack+long
	}
	d.Baseline, d.Scenario.Name, d.Scenario.About, d.Scenario.Source = attack, attack, attack, attack
	d.Scenario.Faults[0].Name, d.Scenario.Faults[1].Name = attack, long
	d.Command, d.Warnings = attack, []string{attack}
	d.Scenario.Models[0].Name = attack
	for i := range d.Strategies {
		d.Strategies[i].Models[0].Name = attack
	}
	d.Objectives[0].Text, d.Objectives[0].Strategies = attack+" <= 3", []string{attack}
	d.Verdict = reports.Decide(d)
	return d
}

var (
	ids      = regexp.MustCompile(` id="([^"]*)"`)
	targets  = regexp.MustCompile(` (?:href="#|aria-labelledby=")([^"]+)"`)
	external = regexp.MustCompile(`https?://|//cdn|<link rel="stylesheet"|src=|@import|url\(| style="`)
	numbers  = regexp.MustCompile(`NaN|Inf\b|%!`)
	element  = regexp.MustCompile(`(?s)<(style|script)>(.*?)</(?:style|script)>`)
	digest   = regexp.MustCompile(`sha256-[^=]*=`)
	payload  = regexp.MustCompile(`(?s)<script type="application/json" id="data">(.*?)</script>`)
)

// goldenShapes are those whose markup is kept, less the style sheet, the script
// and the data, which are tested by themselves.
var goldenShapes = map[string]bool{
	"n0": true, "n1": true, "all-failed": true, "one": true, "24": true, "no-faults": true, "no-objectives": true,
	"interrupted": true, "hostile": true,
}

func TestWriteHTML_shapes(t *testing.T) {
	t.Parallel()
	for name, d := range shapes() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			page := html(t, d)
			keep(t, name, page)
			if goldenShapes[name] {
				markup := element.ReplaceAllString(payload.ReplaceAllString(page, ""), "<$1>…</$1>")
				golden(t, "report.html", []byte(digest.ReplaceAllString(markup, "sha256-…")))
			}
			checkLinks(t, page)
			visible := payload.ReplaceAllString(page, "")
			if bad := numbers.FindString(visible); bad != "" {
				t.Errorf("%q on the page", bad)
			}
			if name != "hostile" {
				if bad := external.FindString(page); bad != "" {
					t.Errorf("%q on the page", bad)
				}
			}
			checkPayload(t, d, page)
		})
	}
}

// keep writes the page where a person can look at it, if asked.
func keep(t *testing.T, name, page string) {
	t.Helper()
	if dir := os.Getenv("TAILGATE_KEEP_REPORTS"); dir != "" {
		must(t, os.WriteFile(filepath.Join(dir, name+".html"), []byte(page), 0o644))
	}
}

func checkLinks(t *testing.T, page string) {
	t.Helper()
	known := map[string]bool{}
	for _, m := range ids.FindAllStringSubmatch(page, -1) {
		if known[m[1]] {
			t.Errorf("id %q is there twice", m[1])
		}
		known[m[1]] = true
	}
	for _, m := range targets.FindAllStringSubmatch(page, -1) {
		for id := range strings.FieldsSeq(m[1]) {
			if !known[id] {
				t.Errorf("nothing has the id %q", id)
			}
		}
	}
}

func checkPayload(t *testing.T, d *reports.Document, page string) {
	t.Helper()
	m := payload.FindStringSubmatch(page)
	if m == nil {
		t.Fatal("no data on the page")
	}
	var got, want any
	must(t, json.Unmarshal([]byte(m[1]), &got))
	must(t, json.Unmarshal(encode(t, d), &want))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the data on the page are not the document (-want +got):\n%s", diff)
	}
}

func TestWriteHTML_policy(t *testing.T) {
	t.Parallel()
	page := html(t, small().document())
	for _, m := range element.FindAllStringSubmatch(page, -1) {
		sum := sha256.Sum256([]byte(m[2]))
		want := fmt.Sprintf("%s-src &#39;sha256-%s&#39;", m[1], strings.ReplaceAll(base64.StdEncoding.EncodeToString(sum[:]), "+", "&#43;"))
		if !strings.Contains(page, want) {
			t.Errorf("the policy lacks %s", want)
		}
	}
}

func TestWriteHTML_escapes(t *testing.T) {
	t.Parallel()
	page := html(t, hostile())
	if strings.Contains(page, "<img") {
		t.Error("a name became markup")
	}
	if got, want := strings.Count(page, "</script>"), 2; got != want {
		t.Errorf("%d ends of scripts, want %d", got, want)
	}
	if regexp.MustCompile(`<[^>"]* onload=`).MatchString(page) {
		t.Error("a name became an attribute")
	}
}

func TestWriteHTML_headline(t *testing.T) {
	t.Parallel()
	d := typical().document()
	if want := `<h1 id="v">` + d.Verdict.Headline + `</h1>`; !strings.Contains(html(t, d), want) {
		t.Errorf("the page lacks %s", want)
	}
}

// sixteen is the largest report that must fit: 16 strategies with full timelines,
// streams, long histograms and breakers that flap, as a run of a day leaves them.
func sixteen() *reports.Document {
	s := typical()
	s.requests, s.bins = 10_000, 300
	for len(s.kinds) < 16 {
		s.kinds = append(s.kinds, s.kinds...)
	}
	s.kinds = s.kinds[:16]
	d := s.document()
	for i := range d.Strategies {
		s := &d.Strategies[i]
		s.Histogram, s.FirstTokenSpectrum = "HIST"+strings.Repeat("A", 4000), &s.Spectrum
		if s.Kind == "breaker" {
			for len(s.Breakers[0].Transitions) < 500 {
				s.Breakers[0].Transitions = append(s.Breakers[0].Transitions, s.Breakers[0].Transitions...)
			}
		}
	}
	return d
}

// TestWriteHTML_size holds the page to half a megabyte, and has it say what it
// leaves out for that.
func TestWriteHTML_size(t *testing.T) {
	t.Parallel()
	page := html(t, sixteen())
	if n := len(page); n > 500_000 {
		t.Errorf("%d bytes", n)
	}
	if !strings.Contains(page, "The JSON in this page leaves out the histograms") {
		t.Error("the page does not say what it leaves out")
	}
	got, err := reports.ReadJSON(strings.NewReader(payload.FindStringSubmatch(page)[1]))
	must(t, err)
	if line := got.Strategies[15].Timeline; len(line.Rows) != 300 || strings.Join(line.Columns, " ") != "requests failed p95_ms" {
		t.Errorf("%d steps of %v are left", len(line.Rows), line.Columns)
	}
	if strings.Contains(html(t, small().document()), "leaves out") {
		t.Error("a small page leaves something out")
	}
}

// The first token has a chart of its own where anything was streamed.
func TestWriteHTML_firstToken(t *testing.T) {
	t.Parallel()
	d := small().document()
	if strings.Contains(html(t, d), `id="spectrum-first"`) {
		t.Error("a chart of first tokens without any")
	}
	first := d.Strategies[1].Spectrum
	first.MS = slices.Clone(first.MS)
	for i := range first.MS {
		if first.MS[i] != nil {
			first.MS[i] = new(*first.MS[i] / 3)
		}
	}
	d.Strategies[1].FirstTokenSpectrum = &first
	page := html(t, d)
	checkLinks(t, page)
	_, total, _ := strings.Cut(page, `<div id="spectrum-total">`)
	total, chart, _ := strings.Cut(total, `<div id="spectrum-first">`)
	chart, _, _ = strings.Cut(chart, `<section id="cost"`)
	lines := regexp.MustCompile(`class="ln k k(\d) c\d" d="([^"]*)"`)
	if a, b := lines.FindAllString(chart, -1), lines.FindAllString(total, -1); len(a) != 3 || len(b) != 3 {
		t.Errorf("%d lines of first tokens and %d of answers, want 3", len(a), len(b))
	}
}

// What turns the direction of text stays in the data and does not reach the eye.
func TestWriteHTML_direction(t *testing.T) {
	t.Parallel()
	page := html(t, hostile())
	if strings.ContainsRune(page, '\u202e') {
		t.Error("an override of the direction is on the page")
	}
	if !strings.Contains(page, `\u202eevil`) {
		t.Error("the data have lost a character")
	}
}

func TestWriteHTML_sameBytes(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(html(t, typical().document()), html(t, typical().document())); diff != "" {
		t.Error(diff)
	}
}

func BenchmarkWriteHTML(b *testing.B) {
	for name, d := range map[string]*reports.Document{"typical": typical().document(), "sixteen": sixteen()} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := reports.WriteHTML(io.Discard, d); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func FuzzWriteHTML(f *testing.F) {
	f.Add(attack, "\u202Eabc", `"'<>&`)
	var base bytes.Buffer
	if err := reports.WriteJSON(&base, small().document()); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, name, text, model string) {
		d, err := reports.ReadJSON(bytes.NewReader(base.Bytes()))
		must(t, err)
		plain := payload.ReplaceAllString(html(t, d), "")
		d.Strategies[1].Name, d.Strategies[1].Text = name, text
		d.Strategies[1].Models[0].Name, d.Scenario.Faults[0].Name = model, model
		d.Verdict = reports.Decide(d)
		page := payload.ReplaceAllString(html(t, d), "")
		if a, b := strings.Count(page, "<script"), strings.Count(plain, "<script"); a != b {
			t.Errorf("%d scripts, want %d", a, b)
		}
		checkLinks(t, page)
	})
}
