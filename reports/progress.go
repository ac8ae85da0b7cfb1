package reports

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"
)

// Intervals between two paintings on a terminal and two lines elsewhere.
const (
	repaint   = 100 * time.Millisecond
	heartbeat = 10 * time.Second
)

// ProgressOptions say how a [Progress] prints.
type ProgressOptions struct {
	// Title names the run: its scenario and seed.
	Title string
	// Terminal allows repainting; otherwise there is a line every ten seconds.
	Terminal bool
	// Width is that of the terminal in columns; 0 means 80.
	Width int
	ASCII bool
	// Now is the wall clock; nil means [time.Now].
	Now func() time.Time
}

// Step is what is known of a strategy under way.
type Step struct {
	Strategy      string
	Done, Planned int
	// P95MS is the P95 so far in milliseconds, 0 where there is none yet.
	P95MS float64
	// FailShare is the share of failed requests.
	FailShare float64
	// Calls is the number of attempts per request.
	Calls float64
}

// Progress shows a run on standard error: repainted ten times a second at most
// on a terminal, a line every ten seconds elsewhere. It prints in the call that
// updates it and has no goroutine of its own. It is safe for concurrent use. It
// ignores errors of writing: a lost terminal does not stop a run.
type Progress struct {
	o ProgressOptions

	mu      sync.Mutex
	w       io.Writer
	steps   []Step    // guarded by mu, in the order of their first update
	began   time.Time // guarded by mu
	printed time.Time // guarded by mu
	lines   int       // guarded by mu: lines on the terminal to paint over
	closed  bool      // guarded by mu
}

// NewProgress starts to show a run on w. Close it to leave the terminal in
// order.
func NewProgress(w io.Writer, o ProgressOptions) *Progress {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Width <= 0 {
		o.Width = 80
	}
	now := o.Now()
	p := &Progress{o: o, w: w, began: now, printed: now}
	if o.Terminal {
		p.printed = now.Add(-repaint)
		p.print("\x1b[?25l") // hide the cursor
	} else {
		p.print(p.stamp("start") + clean(o.Title) + "\n")
	}
	return p
}

// Update tells what a strategy has done so far.
func (p *Progress) Update(s Step) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	p.keep(s)
	every := heartbeat
	if p.o.Terminal {
		every = repaint
	}
	if now := p.o.Now(); now.Sub(p.printed) >= every {
		p.printed = now
		p.show()
	}
}

// Note prints a line that stays, such as the start of a fault.
func (p *Progress) Note(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	if !p.o.Terminal {
		p.print(p.stamp("note") + clean(line) + "\n")
		return
	}
	p.print(p.erase() + p.fit(line) + "\n")
	p.lines = 0
	p.show()
}

// Close prints the last state on a terminal and shows the cursor again. Later
// updates are ignored; closing twice is fine.
func (p *Progress) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	p.closed = true
	if len(p.steps) > 0 {
		p.show()
	}
	if p.o.Terminal {
		p.print("\x1b[?25h")
	}
}

func (p *Progress) keep(s Step) {
	for i := range p.steps {
		if p.steps[i].Strategy == s.Strategy {
			p.steps[i] = s
			return
		}
	}
	p.steps = append(p.steps, s)
}

func (p *Progress) print(s string) {
	if p.o.ASCII {
		s = progressASCII.Replace(toASCII.Replace(s))
	}
	_, _ = io.WriteString(p.w, s) // see the doc of Progress
}

var progressASCII = strings.NewReplacer("━", "=", "─", "-", "╸", ">")

// stamp begins a line where there is no terminal.
func (p *Progress) stamp(word string) string {
	return fmt.Sprintf("%s %-8s ", p.o.Now().Format(time.TimeOnly), word)
}

func (p *Progress) show() {
	if p.o.Terminal {
		p.paint()
		return
	}
	p.print(p.stamp("running") + p.beat() + "\n")
}

// beat is the state in one line.
func (p *Progress) beat() string {
	parts := []string{fmt.Sprintf("%.0f%%", 100*p.share())}
	for _, s := range p.steps {
		parts = append(parts, fmt.Sprintf("%s p95=%s fail=%s", clean(s.Strategy), strings.ReplaceAll(s.p95(), " ", ""), formatShare(s.FailShare)))
	}
	return strings.Join(parts, "  ")
}

func (s Step) p95() string {
	if s.P95MS <= 0 {
		return "–"
	}
	return formatMS(s.P95MS)
}

// share is how much of the run is done.
func (p *Progress) share() float64 {
	done, planned := 0, 0
	for _, s := range p.steps {
		done, planned = done+s.Done, planned+s.Planned
	}
	if planned == 0 {
		return 0
	}
	return min(1, float64(done)/float64(planned))
}

// paint draws the state over the one before.
func (p *Progress) paint() {
	lines := []string{p.o.Title, p.overall(), fmt.Sprintf("%-24s %10s %9s %8s %7s", "strategy", "done", "p95", "fail", "calls")}
	for _, s := range p.steps {
		lines = append(lines, fmt.Sprintf("%s %10s %9s %8s %7s", text.Pad(shorten(clean(s.Strategy), 24), 24, ' '),
			formatCount(s.Done), s.p95(), formatShare(s.FailShare), digits(s.Calls, 3)))
	}
	for i := range lines {
		lines[i] = p.fit(lines[i]) + "\x1b[K"
	}
	p.print(p.erase() + strings.Join(lines, "\n") + "\n")
	p.lines = len(lines)
}

// erase moves to the first line painted and clears from there on.
func (p *Progress) erase() string {
	if p.lines == 0 {
		return ""
	}
	return fmt.Sprintf("\x1b[%dA\x1b[J", p.lines)
}

// fit keeps a line from wrapping, which would break the count of lines.
func (p *Progress) fit(s string) string { return text.Trim(clean(s), p.o.Width-1) }

// overall is the bar with the share and the time left.
func (p *Progress) overall() string {
	const width = 40
	share := p.share()
	full := int(share * width)
	bar := strings.Repeat("━", full)
	if full < width {
		bar += "╸" + strings.Repeat("─", width-full-1)
	}
	line := fmt.Sprintf("%s %3.0f%%", bar, 100*share)
	if spent := p.o.Now().Sub(p.began); share > 0 && share < 1 && spent > time.Second {
		left := time.Duration(float64(spent) * (1 - share) / share)
		line += "  about " + formatDuration(float64(left.Round(time.Second).Milliseconds())) + " left"
	}
	return line
}
