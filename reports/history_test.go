package reports_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/reports"
)

// past is a history of four runs: as ever, a miss, another scenario file, and
// names that want to be markup.
func past() *reports.History {
	h := &reports.History{Scenario: "primary-outage", Clock: "virtual", Dir: "primary-outage"}
	for i, label := range []string{"v1.8", "v1.9", "v1.10", `</title><script>alert(1)</script>` + "\u202e"} {
		d := small().document()
		d.Started = time.Unix(0, 0)
		for j := range d.Strategies {
			s := &d.Strategies[j]
			s.LatencyMS.P95 = scaled(s.LatencyMS.P95, 1+0.2*float64(i))
		}
		switch {
		case i == 1:
			d.Objectives[0].Verdict = "fail"
			d.Verdict = reports.Verdict{Headline: "No strategy passes every objective.", Detail: "It is slow."}
		case i >= 2:
			d.Scenario.Source += "# another\n"
		}
		h.Runs = append(h.Runs, reports.PastRun{Label: label, Page: fmt.Sprintf("%d.html", i), Report: d})
	}
	return h
}

func scaled(e stats.Estimate, k float64) stats.Estimate { return e.Over(1 / k) }

func written(t *testing.T, write func(io.Writer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, write(&b))
	return b.Bytes()
}

func TestWriteHistory(t *testing.T) {
	t.Parallel()
	h := past()
	page := written(t, func(w io.Writer) error { return reports.WriteHistory(w, h) })
	golden(t, "history.html", withoutStyle(page))
	text := string(page)
	for _, want := range []string{
		`<a href="1.html"><bdi>v1.9</bdi></a>`, "verdict changed", "scenario changed", "✕</span> ", `class="tw bad">was `, `class="cut"`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	for _, never := range []string{"<script", "NaN", "Inf", "style=", "http:", "https:", "\u202e"} {
		if strings.Contains(text, never) {
			t.Errorf("the page has %q", never)
		}
	}
}

// withoutStyle leaves out the style sheet, and its hash, so that golden pages do
// not change with it.
func withoutStyle(page []byte) []byte {
	page = regexp.MustCompile(`(?s)<style>.*?</style>`).ReplaceAll(page, []byte("<style></style>"))
	return regexp.MustCompile(`sha256-[^;]*;`).ReplaceAll(page, []byte("sha256-...;"))
}

// Whatever a report has or lacks, its history can be drawn.
func TestWriteHistory_shapes(t *testing.T) {
	t.Parallel()
	h := reports.History{Scenario: "all", Clock: "real", Dir: "all"}
	try := func(h reports.History) {
		s := &reports.Site{Title: "t", Histories: []reports.History{h}}
		for _, page := range [][]byte{
			written(t, func(w io.Writer) error { return reports.WriteHistory(w, &h) }),
			written(t, func(w io.Writer) error { return reports.WriteBadge(w, &h) }),
			written(t, func(w io.Writer) error { return reports.WriteSite(w, s) }),
			written(t, func(w io.Writer) error { return reports.WriteFeed(w, s) }),
		} {
			if bytes.Contains(page, []byte("NaN")) || bytes.Contains(page, []byte("Inf")) {
				t.Errorf("%s: a number that is none", h.Runs[0].Label)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(shapes())) {
		r := reports.PastRun{Label: name, Page: name + ".html", Report: shapes()[name]}
		try(reports.History{Scenario: name, Clock: "virtual", Dir: "x", Runs: []reports.PastRun{r}})
		h.Runs = append(h.Runs, r)
	}
	try(h)
}

func TestWriteSite(t *testing.T) {
	t.Parallel()
	s := &reports.Site{Title: "Runs & trials", Histories: []reports.History{*past()}, LeftOut: []string{"runs/x/report.json: read report: bad"}}
	page := written(t, func(w io.Writer) error { return reports.WriteSite(w, s) })
	golden(t, "index.html", withoutStyle(page))
}

func TestWriteBadge(t *testing.T) {
	t.Parallel()
	h := past()
	golden(t, "met.svg", written(t, func(w io.Writer) error { return reports.WriteBadge(w, h) }))
	h.Runs = h.Runs[:2]
	golden(t, "missed.svg", written(t, func(w io.Writer) error { return reports.WriteBadge(w, h) }))
	h.Scenario = "<&\x00\u202e>"
	badge := written(t, func(w io.Writer) error { return reports.WriteBadge(w, h) })
	if err := xml.Unmarshal(badge, new(struct{})); err != nil {
		t.Errorf("no XML: %v\n%s", err, badge)
	}
}

// atom is what RFC 4287 demands of a feed, section by section.
type atom struct {
	XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
	ID      []string `xml:"id"`
	Title   []string `xml:"title"`
	Updated []string `xml:"updated"`
	Author  []struct {
		Name []string `xml:"name"`
	} `xml:"author"`
	Link  []atomLink `xml:"link"`
	Entry []struct {
		ID      []string   `xml:"id"`
		Title   []string   `xml:"title"`
		Updated []string   `xml:"updated"`
		Link    []atomLink `xml:"link"`
		Summary []string   `xml:"summary"`
	} `xml:"entry"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Href string `xml:"href,attr"`
	Type string `xml:"type,attr"`
}

func feedOf(t *testing.T, s *reports.Site) atom {
	t.Helper()
	data := written(t, func(w io.Writer) error { return reports.WriteFeed(w, s) })
	var f atom
	must(t, xml.Unmarshal(data, &f))
	return f
}

func TestWriteFeed_valid(t *testing.T) {
	t.Parallel()
	s := &reports.Site{Title: "Runs", Histories: []reports.History{*past()}}
	golden(t, "feed.xml", written(t, func(w io.Writer) error { return reports.WriteFeed(w, s) }))
	f := feedOf(t, s)
	urn := regexp.MustCompile(`^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	seen := map[string]bool{}
	check := func(what string, id, title, updated []string) {
		if len(id) != 1 || len(title) != 1 || len(updated) != 1 { // 4.1.1 and 4.1.2: exactly one each
			t.Fatalf("%s has %d ids, %d titles, %d dates", what, len(id), len(title), len(updated))
		}
		if !urn.MatchString(id[0]) || seen[id[0]] { // 4.2.6: an IRI of its own
			t.Errorf("%s: id %q", what, id[0])
		}
		seen[id[0]] = true
		if _, err := time.Parse(time.RFC3339, updated[0]); err != nil { // 3.3
			t.Errorf("%s: %v", what, err)
		}
		if title[0] == "" {
			t.Errorf("%s has no title", what)
		}
	}
	check("the feed", f.ID, f.Title, f.Updated)
	if len(f.Author) != 1 || len(f.Author[0].Name) != 1 || len(f.Link) == 0 || f.Link[0].Rel != "self" {
		t.Errorf("author %v, links %v", f.Author, f.Link)
	}
	var changes []string
	for _, e := range f.Entry {
		check(e.Title[0], e.ID, e.Title, e.Updated)
		if len(e.Link) != 1 || e.Link[0].Rel != "alternate" { // 4.1.2: without content there must be one
			t.Errorf("links %v", e.Link)
		}
		changes = append(changes, e.Link[0].Href)
	}
	if want := []string{"primary-outage/2.html", "primary-outage/1.html", "primary-outage/0.html"}; !slices.Equal(changes, want) {
		t.Errorf("entries of %v, want %v: the verdict did not change in the last run", changes, want)
	}
}

// An entry keeps its ID when runs come after it.
func TestWriteFeed_stable(t *testing.T) {
	t.Parallel()
	h := past()
	ids := func(n int) (all []string) {
		part := *h
		part.Runs = h.Runs[:n]
		for _, e := range feedOf(t, &reports.Site{Title: "Runs", Histories: []reports.History{part}}).Entry {
			all = append(all, e.ID...)
		}
		return all
	}
	before, after := ids(2), ids(4)
	if got := after[len(after)-len(before):]; !slices.Equal(got, before) {
		t.Errorf("ids were %v, are %v", before, got)
	}
}

// A page of a run under way draws no conclusion and may ask its own server only.
func TestWriteLive(t *testing.T) {
	t.Parallel()
	d := typical().document()
	d.Strategies[1].Requests = 0
	page := string(written(t, func(w io.Writer) error { return reports.WriteLive(w, d) }))
	for _, want := range []string{"Under way", "% measured.", "connect-src &#39;self&#39;", "1 strategy to come", `id="spectrum"`, `id="faults"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	for _, never := range []string{d.Verdict.Headline, `id="data"`, "NaN", "recovers"} {
		if strings.Contains(page, never) {
			t.Errorf("the page says %q", never)
		}
	}
	body := string(written(t, func(w io.Writer) error { return reports.WriteLiveBody(w, d) }))
	if !strings.Contains(page, body) || strings.Contains(body, "<script") {
		t.Error("what changes is not the page's body")
	}
	must(t, reports.WriteLive(io.Discard, &reports.Document{Scenario: reports.Scenario{Name: "x"}}))
	for name, d := range shapes() {
		if page := written(t, func(w io.Writer) error { return reports.WriteLive(w, d) }); bytes.Contains(page, []byte("NaN")) {
			t.Errorf("%s: a number that is none", name)
		}
	}
}
