package main

import (
	"fmt"
	"io"
	"time"

	"github.com/tailgate-bench/tailgate/internal/tune"
)

// tuneProgress shows on stderr how far a search has come: one line that is
// painted over on a terminal, a line every ten seconds elsewhere. It is used by
// one goroutine at a time.
type tuneProgress struct {
	w        io.Writer
	terminal bool
	now      func() time.Time
	began    time.Time // of the stage
	stage    string
	first    int // runs done when the stage began
	shown    time.Time
}

func newTuneProgress(w io.Writer, terminal bool) *tuneProgress {
	return &tuneProgress{w: w, terminal: terminal, now: time.Now, shown: time.Now()}
}

func (p *tuneProgress) update(at tune.Progress) {
	now := p.now()
	if at.Stage != p.stage {
		p.stage, p.began, p.first = at.Stage, now, at.Done-1
	}
	every := 10 * time.Second
	if p.terminal {
		every = 100 * time.Millisecond
	}
	if now.Sub(p.shown) < every {
		return
	}
	p.shown = now
	line := fmt.Sprintf("%s  %d of %d runs%s", at.Stage, at.Done, at.Planned, p.eta(at, now))
	if p.terminal {
		fmt.Fprintf(p.w, "\r\x1b[K%s", line)
		return
	}
	fmt.Fprintf(p.w, "%s %s\n", now.Format(time.TimeOnly), line)
}

// eta says how long what is planned by now will take.
func (p *tuneProgress) eta(at tune.Progress, now time.Time) string {
	done, left := at.Done-p.first, at.Planned-at.Done
	if done == 0 || left <= 0 {
		return ""
	}
	rest := now.Sub(p.began) * time.Duration(left) / time.Duration(done)
	return fmt.Sprintf("  about %v to go", max(time.Second, rest.Round(time.Second)))
}

// close leaves the terminal in order.
func (p *tuneProgress) close() {
	if p.terminal {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}
