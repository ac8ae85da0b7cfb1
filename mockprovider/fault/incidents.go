package fault

import (
	"sync"
	"time"

	"github.com/tailgate-bench/tailgate/llm/draw"
)

// Incidents make a model go down again and again, for as long and as often as
// real providers do, in the ways of an [Outage]. When incidents begin and end is
// drawn from the run's seed and the window's name, and from nothing else: all
// models of the window are down at the same time. The i-th incident, from 0,
// begins at
//
//	b(0) = gap(0)    b(i) = b(i-1) + duration(i-1) + gap(i)
//
// after the window's From, and lasts duration(i); both are drawn independently,
// and divided by Speed. In the long run a model is down for the share
// E[duration] / (E[duration] + E[gap]) of the time.
//
// The zero values have the gaps and durations of OpenAI's incidents with impact
// on its API, n = 222 from March 2021 to August 2024: lognormal durations of 75
// min in the median and 371 min at P95, and lognormal gaps of 2.1 days in the
// median and 5.8 in the mean, whose sigma is sqrt(2 ln(5.8/2.1)) = 1.43. Source:
// the status pages collected in github.com/atlarge-research/llm-service-analysis
// (ICPE 2025). The durations' quartiles under this fit are 39 and 144 min, where
// 33 and 180 were seen; Anthropic's (n = 72) were shorter in the median, 47 min,
// and had a longer tail, 1094 min at P95. Most real incidents hit some calls only: the
// mean availability of that API was 99.82 %, while these numbers alone make 98.6
// %, so a window's Probability of 0.13 gives both.
type Incidents struct {
	// Gap is the time from the end of an incident to the beginning of the next,
	// Duration how long one lasts, both in nanoseconds; nil means those above.
	// A draw below a millisecond counts as one.
	Gap, Duration draw.Dist
	// Speed is the factor by which incidents come faster and are over sooner
	// than drawn: 720 puts a month into an hour. 0 means 1.
	Speed float64
	// Ramp is the share of an incident in which it gets to its full strength,
	// and again to its end, in [0, 0.5]; the share of attempts hit rises and
	// falls with it.
	Ramp float64
	// Outage is what attempts meet.
	Outage Outage

	mu  sync.Mutex
	now incident // guarded by mu
}

var _ Fresher = (*Incidents)(nil)

// The distributions of [Incidents], in nanoseconds.
var (
	incidentGap      = draw.Lognormal{Median: 50.4 * float64(time.Hour), Sigma: 1.43}
	incidentDuration = draw.LognormalP95(75*float64(time.Minute), 371*float64(time.Minute))
)

// Fresh implements [Fresher].
func (f *Incidents) Fresh() Fault {
	return &Incidents{Gap: f.Gap, Duration: f.Duration, Speed: f.Speed, Ramp: f.Ramp, Outage: f.Outage}
}

// Apply implements [Fault].
func (f *Incidents) Apply(p *Plan, in Instant) {
	now := f.at(in.Since, in.Run)
	if s := now.strength(in.Since, f.Ramp); s > 0 && hit(in.Draw, drawIncident, s) {
		f.Outage.Apply(p, in)
	}
}

// incident is one incident: the number-th, from 0, from begin until before end.
// The zero incident is none, before the first.
type incident struct {
	number     uint64
	begin, end time.Duration
}

// at returns the last incident that has begun before or at the given time, or
// the one that comes next if it is the first. It goes on from the one it
// returned last, and begins anew for an earlier time, so that the result does
// not depend on what was asked before.
func (f *Incidents) at(at time.Duration, run draw.Key) incident {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.now.end == 0 || at < f.now.begin {
		f.now = f.next(incident{}, 0, run)
	}
	for at >= f.now.end {
		following := f.next(f.now, f.now.number+1, run)
		if following.begin > at {
			break
		}
		f.now = following
	}
	return f.now
}

// Span is a time from From until before To, since the beginning of the scenario.
type Span struct{ From, To time.Duration }

// Incidents returns the incidents of the window that begin before end, kept to the
// window, in order, and at most limit of them; complete says that there are no
// more. Run keys them as [Instant.Run] does. A window that does not hold
// [Incidents] has none.
func (w *Window) Incidents(end time.Duration, run draw.Key, limit int) (all []Span, complete bool) {
	f, ok := w.Fault.(*Incidents)
	if !ok {
		return nil, true
	}
	if w.To > 0 {
		end = min(end, w.To)
	}
	for i := f.next(incident{}, 0, run); w.From+i.begin < end; i = f.next(i, i.number+1, run) {
		if len(all) == limit {
			return all, false
		}
		all = append(all, Span{From: w.From + i.begin, To: min(w.From+i.end, end)})
	}
	return all, true
}

// next draws the incident after the given one.
func (f *Incidents) next(after incident, number uint64, run draw.Key) incident {
	gap, lasts := f.Gap, f.Duration
	if gap == nil {
		gap = incidentGap
	}
	if lasts == nil {
		lasts = incidentDuration
	}
	k := run.Word(number)
	begin := after.end + f.draw(gap, k.Word(drawGap))
	return incident{number: number, begin: begin, end: begin + f.draw(lasts, k.Word(drawDuration))}
}

// draw draws a time from a millisecond up.
func (f *Incidents) draw(d draw.Dist, k draw.Key) time.Duration {
	speed := f.Speed
	if speed <= 0 {
		speed = 1
	}
	return max(duration(d.Quantile(k.Float64())/speed), time.Millisecond)
}

// strength returns how strong the incident is at the given time, in [0, 1].
func (i incident) strength(at time.Duration, ramp float64) float64 {
	if at < i.begin || at >= i.end {
		return 0
	}
	rise := ramp * float64(i.end-i.begin)
	if nearest := float64(min(at-i.begin, i.end-at)); nearest < rise {
		return nearest / rise
	}
	return 1
}
