package reports_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/tailgate-bench/tailgate/reports"
)

// wall is a clock that moves when told.
type wall struct{ now time.Time }

func (w *wall) Now() time.Time { return w.now }

// watchRun shows 25 s of a run on a terminal or elsewhere.
func watchRun(o reports.ProgressOptions, end func(p *reports.Progress)) string {
	clock := &wall{time.Date(2026, 3, 4, 14, 5, 12, 0, time.UTC)}
	o.Title, o.Now, o.LengthMS = "primary-outage  seed 42  2 strategies × 12000 requests  virtual clock", clock.Now, 600_000
	o.Faults = []reports.ScenarioFault{
		{Name: "outage", FromMS: 120_000, ToMS: 300_000}, {Name: "storm", FromMS: 420_000, ToMS: 480_000},
	}
	var b bytes.Buffer
	p := reports.NewProgress(&b, o)
	for i := range 500 {
		clock.now = clock.now.Add(50 * time.Millisecond)
		at := 1200 * float64(i)
		p.Update(reports.Step{Strategy: "single", Done: 24 * i, Planned: 12_000, P95MS: 3100, FailShare: 0.03, Calls: 1, AtMS: at})
		p.Update(reports.Step{Strategy: "guarded-with-a-long-name", Done: 20 * i, Planned: 12_000, P95MS: 0, Calls: 1.1, AtMS: at})
		switch i {
		case 100, 101: // both strategies meet it
			p.Fault("outage", true, 120_000)
		case 102, 103, 104:
			p.Breaker("guarded-with-a-long-name", "atlas", "open", "5 of 5 calls failed", 122_000)
		case 250:
			p.Fault("outage", false, 300_000)
			p.Breaker("guarded-with-a-long-name", "atlas", "half_open", "", 301_000)
		}
	}
	end(p)
	p.Close()
	p.Update(reports.Step{Strategy: "late"})
	p.Fault("late", true, 0)
	p.Breaker("single", "late", "open", "", 0)
	return b.String()
}

func TestProgress_terminal(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]reports.ProgressOptions{
		"40-ascii": {Width: 40, ASCII: true}, "60": {Width: 60}, "80": {Width: 80}, "100": {Width: 100}, "120": {Width: 120},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o.Terminal = true
			out := watchRun(o, (*reports.Progress).Close)
			if strings.Contains(out, "late") {
				t.Error("printed after Close")
			}
			if !strings.HasSuffix(out, "\x1b[?25h") || !strings.HasPrefix(out, "\x1b[?25l") {
				t.Error("the cursor is not hidden first and shown last")
			}
			if n := strings.Count(out, "\x1b[J"); n < 100 || n > 253 {
				t.Errorf("painted %d times in 25 s", n)
			}
			for line := range strings.Lines(out) {
				if n := text.StringWidthWithoutEscSequences(strings.TrimSpace(line)); n >= o.Width {
					t.Fatalf("a line of %d columns would wrap: %q", n, line)
				}
			}
			frames := strings.Split(out, "\x1b[J")
			golden(t, "during.txt", []byte(frames[len(frames)*2/5]))
			golden(t, "last.txt", []byte(frames[len(frames)-1]))
		})
	}
}

func TestProgress_heartbeat(t *testing.T) {
	t.Parallel()
	d := typical().document()
	out := watchRun(reports.ProgressOptions{}, func(p *reports.Progress) { p.Conclude(d) })
	golden(t, "lines.txt", []byte(out))
	if strings.Contains(out, "\x1b") || strings.Contains(out, "late") {
		t.Errorf("escape sequences, or lines after the end: %q", out)
	}
	for word, want := range map[string]int{"start ": 1, "fault ": 2, "breaker ": 2, "running ": 2, "done ": 1} {
		if n := len(regexp.MustCompile(`(?m)^\S+ `+word).FindAllString(out, -1)); n != want {
			t.Errorf("%d lines of %q, want %d", n, word, want)
		}
	}
	d.Interrupted = true
	stopped := watchRun(reports.ProgressOptions{}, func(p *reports.Progress) { p.Conclude(d) })
	if strings.Contains(stopped, " done ") || !regexp.MustCompile(`(?m)^\S+ stopped  after \S+ s  verdict=\w+  91%`).MatchString(stopped) {
		t.Errorf("a run that was interrupted is not done: %s", stopped)
	}
	interrupted := watchRun(reports.ProgressOptions{}, (*reports.Progress).Close)
	if !strings.Contains(interrupted, "running  91%") {
		t.Errorf("without a result the last state is told: %s", interrupted)
	}
}

// Lines have the order of the scenario, whoever comes first, and a P95 among the
// failures is none.
func TestProgress_order(t *testing.T) {
	t.Parallel()
	clock := &wall{time.Date(2026, 3, 4, 14, 5, 12, 0, time.UTC)}
	var b bytes.Buffer
	p := reports.NewProgress(&b, reports.ProgressOptions{Now: clock.Now, Order: []string{"single", "race"}})
	for _, s := range []reports.Step{{Strategy: "other"}, {Strategy: "race", P95MS: 1000}, {Strategy: "single", P95MS: -1, FailShare: 0.3}} {
		p.Update(s)
	}
	p.Close()
	if want := "single p95=fails fail=30%  race p95=1.00s fail=0%  other p95=–"; !strings.Contains(b.String(), want) {
		t.Errorf("not %q: %s", want, b.String())
	}
}

// Requests of strategies that have not begun, and of seeds that are done, count.
func TestProgress_share(t *testing.T) {
	t.Parallel()
	clock := &wall{time.Date(2026, 3, 4, 14, 5, 12, 0, time.UTC)}
	var b bytes.Buffer
	p := reports.NewProgress(&b, reports.ProgressOptions{Now: clock.Now, Planned: 4000}) // two strategies, two seeds
	for i, s := range []reports.Step{
		{Strategy: "a", Done: 1000},
		{Strategy: "b", Done: 1000},
		{Strategy: "a", Done: 500},
		{Strategy: "b", Done: 500},
		{Strategy: "a", Done: 1000},
		{Strategy: "b", Done: 1000},
	} {
		clock.now = clock.now.Add(10 * time.Second)
		s.Planned = 1000
		p.Update(s)
		want := []string{" 25% ", " 50% ", " 62% ", " 75% ", " 88% ", " 100% "}[i]
		if lines := strings.Split(strings.TrimSpace(b.String()), "\n"); !strings.Contains(lines[len(lines)-1], want) {
			t.Errorf("not%s: %s", want, lines[len(lines)-1])
		}
	}
}
