package reports

import "slices"

// abridgement is the document with less in it, for a page that would be too
// large.
type abridgement struct {
	leftOut string // what is missing, in words
	shorten func(*Document) *Document
}

// abridgements begin with the whole document; each leaves out more.
var abridgements = []abridgement{
	{"", func(d *Document) *Document { return d }},
	{"the histograms, the changes of breakers and what the charts over time do not need", func(d *Document) *Document {
		return abridge(d, "requests", "failed", "p95_ms")
	}},
	{"the histograms, the changes of breakers and the tables over time", func(d *Document) *Document { return abridge(d) }},
}

// abridge returns a copy of d without histograms, without the transitions of
// breakers, and with no other columns of the timelines than those named. A step
// without its time is at its number times the length of a step.
func abridge(d *Document, columns ...string) *Document {
	short := *d
	short.Strategies = slices.Clone(d.Strategies)
	for i := range short.Strategies {
		s := &short.Strategies[i]
		s.Histogram, s.Timeline = "", s.Timeline.only(columns)
		s.Breakers = slices.Clone(s.Breakers)
		for j := range s.Breakers {
			s.Breakers[j].Transitions = nil
		}
	}
	return &short
}

// only keeps the named columns.
func (t Timeline) only(columns []string) Timeline {
	out := Timeline{StepMS: t.StepMS, Columns: columns}
	if len(columns) == 0 {
		return out
	}
	for _, row := range t.Rows {
		kept := make([]*float64, 0, len(columns))
		for _, c := range columns {
			v := (*float64)(nil)
			if i := t.column(c); i >= 0 && i < len(row) {
				v = row[i]
			}
			kept = append(kept, v)
		}
		out.Rows = append(out.Rows, kept)
	}
	return out
}
