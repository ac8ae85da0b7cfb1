package reports

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Annotation is a remark that GitHub shows beside a change.
type Annotation struct {
	Level   string // error | warning
	Title   string
	Message string
}

// mostAnnotations is how many of a level GitHub keeps of one step.
const mostAnnotations = 10

// Annotations returns an error for every objective that is missed, and a warning
// for every one that is undecided.
func (d *Document) Annotations() (all []Annotation) {
	for _, o := range d.Objectives {
		switch o.Verdict {
		case fail:
			all = append(all, Annotation{"error", "objective missed", o.Text + ": " + o.Reading()})
		case undecided:
			all = append(all, Annotation{"warning", "objective undecided", o.Text + ": " + o.Reading()})
		}
	}
	return all
}

// Annotations returns an error for every regression.
func (c *Comparison) Annotations() (all []Annotation) {
	for i := range c.Changes {
		if x := &c.Changes[i]; x.Regression {
			all = append(all, Annotation{"error", "regression", x.Strategy + " " + x.Metric + ": " + x.sentence()})
		}
	}
	return all
}

// WriteAnnotations writes workflow commands of GitHub Actions, at most ten of a
// level, which is how many it shows. Nothing in them can end a command or begin
// another.
func WriteAnnotations(w io.Writer, all []Annotation) error {
	var b strings.Builder
	left := map[string]int{}
	for _, a := range all {
		if left[a.Level]++; left[a.Level] <= mostAnnotations {
			fmt.Fprintf(&b, "::%s title=%s::%s\n", a.Level, commandProperty.Replace(a.Title), commandData.Replace(a.Message))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// The escapes of a workflow command, as GitHub's toolkit makes them.
var (
	commandData     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	commandProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// Limits of a summary in bytes: GitHub refuses more than 1 MiB for a step, and
// more than 64 KiB in a comment that somebody may copy it to.
const (
	SummaryLimit = 1 << 20
	commentLimit = 60 << 10
)

// Summary cuts Markdown to what fits into room bytes, and into a comment: whole
// lines, and a last one that says so. It is "" if not even that fits.
func Summary(markdown string, room int) string {
	room = min(room, commentLimit)
	if len(markdown) <= room {
		return markdown
	}
	const note = "\n\nThe rest is cut: GitHub limits a summary.\n"
	room -= len(note)
	if room <= 0 {
		return ""
	}
	end := strings.LastIndexByte(markdown[:room], '\n')
	if end < 0 {
		for end = room; end > 0 && !utf8.RuneStart(markdown[end]); end-- {
		}
	}
	return markdown[:end] + note
}
