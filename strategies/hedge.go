package strategies

import (
	"time"

	"github.com/tailgate-bench/tailgate/llm"
)

// Hedge asks its first target and, when that is slow, a backup as well; the
// first success wins [Dean and Barroso, "The Tail at Scale", CACM 2013].
//
// After every Delay without an answer it starts the next target, up to
// MaxHedges times, going round the targets again when it runs out of them. A
// failure starts the next target at once, without asking the budget: that is a
// fallback, not extra load. A failed hedge never ends a primary that still
// runs. Delay 0 makes a race, a delay that never comes a fallback.
type Hedge struct {
	Targets []Target
	// Delay is how long to wait for each target before starting the next;
	// ignored if Adaptive is set.
	Delay time.Duration
	// Adaptive learns the delay from the primary's own latency; nil means the
	// fixed Delay.
	Adaptive *AdaptiveDelay
	// MaxHedges is how many backups may be started; 0 means 1.
	MaxHedges int
	// Budget limits the share of requests that are hedged; nil does not.
	Budget *Budget
	// Probability is the chance to hedge when the delay has passed, the q of
	// SingleR [Kaler, He, Elnikety, SPAA 2017]; 0 means 1.
	Probability float64
	On          Trigger
	// Restart asks the next target, from the beginning, when the stream that
	// spoke first breaks. It has no meaning without OnFirstToken.
	Restart bool
}

var _ Strategy = Hedge{}

// Run implements [Strategy].
func (h Hedge) Run(x *Exchange) (llm.Answer, error) {
	h.Budget.earn()
	f := hedging{Hedge: h, x: x, delay: h.Delay, limit: 1 + orDefault(h.MaxHedges, 1)}
	if h.Adaptive != nil {
		f.delay, f.began = h.Adaptive.current(), x.Now()
	}
	f.start(AsFirst)
	return f.run()
}

// hedging is the state of one hedged request.
type hedging struct {
	Hedge
	x       *Exchange
	delay   time.Duration
	limit   int // attempts that may be made in all
	started int
	running int
	chances int // delays that have passed
	timer   int // the timer that counts

	began   time.Time // when the primary was started, if Adaptive is set
	learned bool      // Adaptive knows about this primary
}

func (f *hedging) run() (llm.Answer, error) {
	for {
		ev := f.x.Next()
		switch ev.Kind {
		case TimerFired:
			if ev.Timer == f.timer {
				f.slow()
			}
		case Failed:
			f.running--
			if ev.Attempt == 0 {
				f.learn(false)
			}
			if f.started < f.limit {
				f.start(AsFallback)
			} else if f.running == 0 {
				return ev.result()
			}
		case FirstToken:
			f.learn(ev.Attempt == 0)
			return relay(f.x, f.Targets, ev.Attempt, f.started, f.Restart)
		default:
			f.learn(ev.Kind == Succeeded && ev.Attempt == 0)
			return ev.result()
		}
	}
}

// learn tells Adaptive how long the primary has run, once: exactly if the
// primary itself ends the wait now, as a lower bound if it fails or loses now.
func (f *hedging) learn(exact bool) {
	if f.Adaptive == nil || f.learned {
		return
	}
	f.learned = true
	f.Adaptive.observe(f.x.Now().Sub(f.began), exact)
}

// start starts the next target and sets the timer for the one after it.
func (f *hedging) start(role Role) {
	t := f.Targets[f.started%len(f.Targets)]
	f.x.Start(t, Start{Role: role, Tokens: f.On == OnFirstToken})
	f.started++
	f.running++
	f.wait()
}

// wait sets the timer for the next hedge, if there may be one.
func (f *hedging) wait() {
	f.timer = -1
	if f.started < f.limit && f.chances < f.limit-1 {
		f.timer = f.x.After(f.delay)
	}
}

// slow decides on a hedge when the delay has passed.
func (f *hedging) slow() {
	f.chances++
	slow := f.Targets[(f.started-1)%len(f.Targets)].name
	if p := orDefault(f.Probability, 1); p < 1 && f.x.Draw("hedge").Word(uint64(f.chances)).Float64() >= p {
		f.wait()
		return
	}
	if !f.Budget.spend() {
		f.x.Note(Note{Kind: HedgeDenied, Target: slow})
		f.wait()
		return
	}
	f.x.Note(Note{Kind: HedgeFired, Target: slow})
	f.start(AsHedge)
}
