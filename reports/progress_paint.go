package reports

import (
	"fmt"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"
)

// paint draws the state over the one before.
func (p *Progress) paint() {
	lines := []string{p.o.Title, p.overall()}
	if line := p.faults(); line != "" {
		lines = append(lines, line)
	}
	name := max(8, min(24, p.o.Width-50))
	lines = append(lines, fmt.Sprintf("%-*s %9s %8s %8s %6s  %s", name, "strategy", "done", "p95", "fail", "calls", "now"))
	for _, s := range p.steps {
		lines = append(lines, fmt.Sprintf("%s %9s %8s %8s %6s  %s", text.Pad(shorten(clean(s.Strategy), name), name, ' '),
			formatCount(s.Done), s.p95(), formatShare(s.FailShare), digits(s.Calls, 3), p.breaker(s.Strategy)))
	}
	for i := range lines {
		lines[i] = p.fit(strings.TrimRight(lines[i], " ")) + "\x1b[K"
	}
	p.print(p.erase() + strings.Join(lines, "\n") + "\n")
	p.lines = len(lines)
}

// breaker is what the breaker of a strategy is now, "" if it has not changed.
func (p *Progress) breaker(strategy string) string {
	for _, s := range p.now {
		if s.strategy == strategy {
			return s.is
		}
	}
	return ""
}

// faults says which faults are under way, or which was last, and which is next.
func (p *Progress) faults() string {
	var parts []string
	last, next := "", ""
	for _, f := range p.o.Faults {
		switch {
		case p.at < f.FromMS:
			if next == "" {
				next = fmt.Sprintf("next %s at %s", f.Name, formatClock(f.FromMS))
			}
		case p.at < f.ToMS:
			parts = append(parts, fmt.Sprintf("%s until %s", f.Name, formatClock(f.ToMS)))
		default:
			last = fmt.Sprintf("%s ended at %s", f.Name, formatClock(f.ToMS))
		}
	}
	if len(parts) == 0 && last != "" {
		parts = append(parts, last)
	}
	if next != "" {
		parts = append(parts, next)
	}
	if len(parts) == 0 {
		return ""
	}
	return "fault  " + strings.Join(parts, " · ")
}

// erase moves to the first line painted and clears from there on.
func (p *Progress) erase() string {
	if p.lines == 0 {
		return ""
	}
	return fmt.Sprintf("\x1b[%dA\x1b[J", p.lines)
}

// fit keeps a line from wrapping, which would break the count of lines.
func (p *Progress) fit(s string) string { return text.Trim(p.plain(clean(s)), p.o.Width-1) }

// overall is the bar with the share, the time reached and the time left.
func (p *Progress) overall() string {
	width := max(10, min(40, p.o.Width-42))
	share := p.share()
	full := int(share * float64(width))
	bar := strings.Repeat("━", full)
	if full < width {
		bar += "╸" + strings.Repeat("─", width-full-1)
	}
	line := fmt.Sprintf("%s %3.0f%%", bar, 100*share)
	if p.o.LengthMS > 0 {
		line += fmt.Sprintf("  %s of %s", formatClock(min(p.at, p.o.LengthMS)), formatClock(p.o.LengthMS))
	}
	if spent := p.o.Now().Sub(p.began); share > 0 && share < 1 && spent > time.Second {
		left := time.Duration(float64(spent) * (1 - share) / share)
		line += "  ETA " + formatDuration(float64(left.Round(time.Second).Milliseconds()))
	}
	return line
}
