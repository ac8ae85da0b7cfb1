package site

import (
	"cmp"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/tailgate-bench/tailgate/reports"
)

// Options say how to make a site.
type Options struct {
	Title string
	// Out is where the site will be; what is in it is not searched for runs.
	Out string
	// KeepGoing leaves out reports that cannot be read, and lists them; without
	// it the first of them is an error.
	KeepGoing bool
}

// Collect reads the runs of the sources and puts those of each scenario on the
// same clock in order: by date where every one has a date, else by their source
// and then by their label, numbers by their value.
//
// A run's label is made of the directories between its source and its report,
// without one that is called as the scenario is; where none is left it is the
// source's own name. The label of a source comes first, and its name where two
// runs would be called the same. A run on the real clock
// has the date on which it began; a simulated one has none unless its label does,
// as YYYY-MM-DD at the beginning of one of its parts.
//
// The error is a *[ReportError], [ErrNone], or about a source.
func Collect(sources []Source, o Options) (*reports.Site, error) {
	runs, bad, err := find(sources, o.Out)
	if err != nil {
		return nil, err
	}
	if len(bad) > 0 && !o.KeepGoing {
		return nil, bad[0]
	}
	if len(runs) == 0 {
		return nil, ErrNone
	}
	s := &reports.Site{Title: o.Title}
	for _, err := range bad {
		s.LeftOut = append(s.LeftOut, err.Error())
	}
	folders := names{}
	for _, group := range groups(runs) {
		s.Histories = append(s.Histories, history(sources, group, folders))
	}
	return s, nil
}

// groups puts the runs of one scenario on one clock together, by name.
func groups(runs []run) (all [][]run) {
	key := func(r run) string { return r.report.Scenario.Name + "\x00" + r.report.Clock }
	slices.SortStableFunc(runs, func(a, b run) int { return strings.Compare(key(a), key(b)) })
	for len(runs) > 0 {
		n := 1
		for n < len(runs) && key(runs[n]) == key(runs[0]) {
			n++
		}
		all = append(all, runs[:n])
		runs = runs[n:]
	}
	return all
}

// history puts the runs of a group in order.
func history(sources []Source, group []run, folders names) reports.History {
	scenario, clock := group[0].report.Scenario.Name, group[0].report.Clock
	label(sources, group)
	dated := !slices.ContainsFunc(group, func(r run) bool { return r.date().IsZero() })
	slices.SortStableFunc(group, func(a, b run) int {
		if dated && !a.date().Equal(b.date()) {
			return a.date().Compare(b.date())
		}
		return cmp.Or(cmp.Compare(a.source, b.source), natural(a.label, b.label))
	})
	folder := scenario
	if clock == "real" {
		folder += "-real"
	}
	h := reports.History{Scenario: scenario, Clock: clock, Dir: folders.file(folder)}
	pages := names{"index": true}
	for _, r := range group {
		h.Runs = append(h.Runs, reports.PastRun{Label: r.label, Date: r.date(), Page: pages.file(r.label) + ".html", Report: r.report})
	}
	return h
}

// label names the runs of a scenario. Where two would be called the same, the
// name of the source comes first, and where that is not enough a number last.
func label(sources []Source, group []run) {
	count := map[string]int{}
	for i := range group {
		group[i].label = group[i].short(sources[group[i].source])
		count[group[i].label]++
	}
	used := map[string]int{}
	for i := range group {
		r := &group[i]
		if name := sources[r.source].name(); count[r.label] > 1 && name != r.label {
			r.label = name + "/" + r.label
		}
		used[r.label]++
		if n := used[r.label]; n > 1 {
			r.label = fmt.Sprintf("%s (%d)", r.label, n)
		}
	}
}

// short is the label of a run if no other has the same.
func (r *run) short(s Source) string {
	var parts []string
	if s.Label != "" {
		parts = append(parts, s.Label)
	}
	for _, name := range r.below {
		if name != r.report.Scenario.Name {
			parts = append(parts, name)
		}
	}
	if len(parts) > 0 {
		return strings.Join(parts, "/")
	}
	return s.name()
}

// name is what the source's directory is called.
func (s Source) name() string {
	dir := s.Dir
	if filepath.Base(dir) == reportFile {
		dir = filepath.Dir(dir)
	}
	return filepath.Base(absolute(dir))
}

var day = regexp.MustCompile(`(?:^|/)(\d{4}-\d{2}-\d{2})(?:\D|$)`)

// date is when the run was made, as far as it is known.
func (r *run) date() time.Time {
	if r.report.Started.Unix() > 0 {
		return r.report.Started.UTC()
	}
	if m := day.FindStringSubmatch(r.label); m != nil {
		if t, err := time.Parse(time.DateOnly, m[1]); err == nil {
			return t
		}
	}
	return time.Time{}
}

// names are the names of files in one folder, none of which another has in other
// letters.
type names map[string]bool

var unsafe = regexp.MustCompile(`[^a-z0-9._-]+`)

// file makes a name of a file, without its ending, out of any text.
func (n names) file(text string) string {
	base := strings.Trim(unsafe.ReplaceAllString(strings.ToLower(text), "-"), "-.")
	base = cmp.Or(base[:min(len(base), 80)], "run")
	name := base
	for i := 2; n[name]; i++ {
		name = fmt.Sprintf("%s-%d", base, i)
	}
	n[name] = true
	return name
}
