package reports

import (
	_ "embed" // the template and the script
	"fmt"
	"html/template"
	"io"
	"math"
	"slices"
	"strings"
)

//go:embed html/live.tmpl
var liveSource string

//go:embed html/live.js
var liveScript string

// WriteLive writes the page of a run that is under way: the report of what was
// measured so far, without a verdict, and a script that asks the server of the
// page for [WriteLiveBody] from time to time, at the path events below its own.
// Nothing else may run in it or be asked for.
func WriteLive(w io.Writer, d *Document) error { return writeLive(w, "live", d) }

// WriteLiveBody writes what changes in the page that [WriteLive] has written.
func WriteLiveBody(w io.Writer, d *Document) error { return writeLive(w, "body", d) }

func writeLive(w io.Writer, name string, d *Document) error {
	tmpl, err := parse("report", pageSource)
	if err == nil {
		_, err = tmpl.New("live").Parse(liveSource)
	}
	if err != nil {
		return fmt.Errorf("write live page: %w", err)
	}
	p := livePage(d)
	script := highlightSource + liveScript
	p.Style, p.Script = template.CSS(styleSource), template.JS(script) //nolint:gosec // embedded
	p.Policy = policy(styleSource, script) + "; connect-src 'self'"
	if err := tmpl.ExecuteTemplate(unturnedWriter{w}, name, p); err != nil {
		return fmt.Errorf("write live page: %w", err)
	}
	return nil
}

// livePage is a page that draws no conclusions: who looks while the requests come
// in would stop, or believe, at the moment that pleases.
func livePage(d *Document) *page {
	shown := *d
	shown.Verdict = Verdict{Headline: d.progress(), Detail: d.underWay()}
	shown.Strategies = slices.Clone(d.Strategies)
	for i := range shown.Strategies {
		shown.Strategies[i].Faults = nil // none has recovered for good before the end
	}
	p := newPage(&shown)
	p.Brand, p.Kick, p.Banner, p.FaultRows = "live", "Under way", "", nil
	p.Colophon = "This page follows a run and asks nobody but tailgate on this machine."
	p.Score.How = "What was measured so far. The dot is the estimate, the pale bar its 95% interval; differences come with the end of the run."
	for _, c := range []*drawn{p.Spectrum, p.First, p.Cost} {
		if c != nil {
			c.Take = ""
		}
	}
	p.Calls.Take = ""
	if p.Timeline != nil {
		p.Timeline.Take = ""
	}
	if p.Wins != nil {
		p.Wins.Take = ""
	}
	return p
}

// progress says how much of a run is done.
func (d *Document) progress() string {
	done := 0
	for i := range d.Strategies {
		done += d.Strategies[i].Requests
	}
	planned := d.Planned * len(d.Strategies)
	if planned == 0 {
		return "Waiting for the run."
	}
	return fmt.Sprintf("%.0f%% measured.", math.Floor(100*float64(done)/float64(planned)))
}

// underWay says which strategies are at work.
func (d *Document) underWay() string {
	var done, now []string
	left := 0
	for i := range d.Strategies {
		switch s := &d.Strategies[i]; {
		case s.Requests >= d.Planned:
			done = append(done, s.Name)
		case s.Requests > 0:
			now = append(now, fmt.Sprintf("%s with %s of %s requests", s.Name, formatCount(s.Requests), formatCount(d.Planned)))
		default:
			left++
		}
	}
	var parts []string
	if len(now) > 0 {
		parts = append(parts, "Under way: "+allOf(now)+".")
	}
	if len(done) > 0 {
		parts = append(parts, "Through: "+allOf(done)+".")
	}
	if left > 0 {
		parts = append(parts, plural(left, "strategy")+" to come.")
	}
	parts = append(parts, "The verdict comes with the end of the run.")
	return strings.Join(parts, " ")
}
