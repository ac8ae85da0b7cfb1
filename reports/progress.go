package reports

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"sync"
	"time"
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
	// Planned is how many requests there will be, over all strategies and seeds;
	// 0 means those of the strategies that have begun.
	Planned int
	// Order is that of the strategies on every line; those it does not name come
	// last, in the order of their first update.
	Order []string
	// LengthMS is how long the load lasts, in the scenario's time like all else
	// here; Faults are its faults, by beginning.
	LengthMS float64
	Faults   []ScenarioFault
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
	// P95MS is the P95 so far in milliseconds, 0 where there is none yet and
	// negative where it lies among the failures.
	P95MS float64
	// FailShare is the share of failed requests.
	FailShare float64
	// Calls is the number of attempts per request.
	Calls float64
	// AtMS is the time of the scenario that has been reached.
	AtMS float64
}

// Progress shows a run on standard error: repainted ten times a second at most
// on a terminal, a line every ten seconds elsewhere. It prints in the call that
// updates it and has no goroutine of its own. It is safe for concurrent use. It
// ignores errors of writing: a lost terminal does not stop a run.
type Progress struct {
	o ProgressOptions

	mu      sync.Mutex
	w       io.Writer
	steps   []Step    // guarded by mu
	before  int       // guarded by mu: requests of earlier seeds
	at      float64   // guarded by mu: the time of the scenario last told, in ms
	told    []string  // guarded by mu: the edges of faults that were told
	now     []state   // guarded by mu: breakers that have changed
	broke   time.Time // guarded by mu: when a change of a breaker was told last
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
	p.at = s.AtMS
	every := heartbeat
	if p.o.Terminal {
		every = repaint
	}
	if now := p.o.Now(); now.Sub(p.printed) >= every {
		p.printed = now
		p.show()
	}
}

// Fault tells that a fault has begun, or has ended, for some strategy. It is told
// once however many strategies meet it; on a terminal the line of faults says so.
func (p *Progress) Fault(name string, starts bool, atMS float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	line := fmt.Sprintf("t=%s %s ends", formatClock(atMS), clean(name))
	if starts {
		line = fmt.Sprintf("t=%s %s starts", formatClock(atMS), clean(name))
	}
	if p.closed || p.o.Terminal || slices.Contains(p.told, line) {
		return
	}
	p.told = append(p.told, line)
	p.print(p.stamp("fault") + line + "\n")
}

// state is that of a strategy's breaker.
type state struct{ strategy, is string }

// Breaker tells that a breaker of a strategy has changed its state. Where there is
// no terminal that makes a line, at most one a second.
func (p *Progress) Breaker(strategy, target, is, why string, atMS float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	is = strings.ReplaceAll(is, "_", " ")
	if i := slices.IndexFunc(p.now, func(s state) bool { return s.strategy == strategy }); i >= 0 {
		p.now[i].is = is
	} else {
		p.now = append(p.now, state{strategy, is})
	}
	now := p.o.Now()
	if p.o.Terminal || now.Sub(p.broke) < time.Second {
		return
	}
	p.broke = now
	line := fmt.Sprintf("t=%s %s: breaker of %s is %s", formatClock(atMS), clean(strategy), clean(target), is)
	if why != "" {
		line += " (" + clean(why) + ")"
	}
	p.print(p.stamp("breaker") + line + "\n")
}

// Conclude closes and, where there is no terminal, says how long it took, or after
// how long it was stopped, and what came of it.
func (p *Progress) Conclude(d *Document) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.o.Terminal {
		p.close()
		return
	}
	p.closed = true
	verdict := d.Verdict.Recommend
	if verdict == "" {
		verdict = "none"
	}
	took := formatDuration(math.Round(p.o.Now().Sub(p.began).Seconds()*10) * 100)
	end := p.stamp("done") + formatDuration(d.Scenario.DurationMS) + " in " + took
	if d.Interrupted {
		end = p.stamp("stopped") + "after " + took
	}
	p.print(fmt.Sprintf("%s  verdict=%s  %s\n", end, clean(verdict), p.beat()))
}

// Close prints the last state and shows the cursor again. Later updates are
// ignored; closing twice is fine.
func (p *Progress) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.close()
}

// close is Close under the lock.
func (p *Progress) close() {
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
			if s.Done < p.steps[i].Done { // with the next seed
				p.before += p.steps[i].Done
			}
			p.steps[i] = s
			return
		}
	}
	p.steps = append(p.steps, s)
	slices.SortStableFunc(p.steps, func(a, b Step) int { return cmp.Compare(p.place(a), p.place(b)) })
}

// place is where a strategy stands among the others.
func (p *Progress) place(s Step) int {
	if i := slices.Index(p.o.Order, s.Strategy); i >= 0 {
		return i
	}
	return len(p.o.Order)
}

func (p *Progress) print(s string) {
	_, _ = io.WriteString(p.w, p.plain(s)) // see the doc of Progress
}

// plain writes s in ASCII where that was asked for.
func (p *Progress) plain(s string) string {
	if !p.o.ASCII {
		return s
	}
	return progressASCII.Replace(toASCII.Replace(s))
}

var progressASCII = strings.NewReplacer("━", "=", "─", "-", "╸", ">", "·", "|")

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
	switch {
	case s.P95MS < 0:
		return fails
	case s.P95MS == 0:
		return "–"
	}
	return formatMS(s.P95MS)
}

// share is how much of the run is done.
func (p *Progress) share() float64 {
	done, planned := p.before, 0
	for _, s := range p.steps {
		done, planned = done+s.Done, planned+s.Planned
	}
	planned = max(planned, p.o.Planned)
	if planned == 0 {
		return 0
	}
	return min(1, float64(done)/float64(planned))
}
