package tune

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/tailgate-bench/tailgate/internal/engine"
	"github.com/tailgate-bench/tailgate/internal/record"
)

// step is how finely the time to recover is told.
const step = 5 * time.Second

// cell is a budget at a level of load.
type cell struct {
	budget string
	share  float64
	level  int
	choice []recovery
	fresh  []recovery
}

// recovery is how one run came through the trigger.
type recovery struct {
	success, calls float64 // before the trigger: share, and calls per request
	recovered      bool    // in time
	took           time.Duration
	after          float64 // calls per request in the last window of the time allowed
	then           float64 // success in it
}

// sound says whether there was anything to recover to.
func (r recovery) sound() bool { return r.success >= sound }

// good says whether a run served requests before the trigger and recovered.
func (r recovery) good() bool { return r.sound() && r.recovered }

// search runs every budget at every level with a few seeds, those at the
// scenario's own load with all, and then halves what lies between the largest
// budget that it recovers with and the next.
func (b *Budget) search(ctx context.Context) error {
	var all, here []job
	for _, s := range b.subjects {
		for _, c := range s.cells {
			if c.level == b.here() {
				here = append(here, job{s, c})
			}
			all = append(all, job{s, c})
		}
	}
	for k := range firstSeeds { // one by one, so that there is something when time is up
		if err := b.run(ctx, all, b.choice[k:k+1], false); err != nil {
			return err
		}
		b.bounds()
	}
	if err := b.run(ctx, here, b.choice[firstSeeds:], false); err != nil {
		return err
	}
	b.bounds()
	for range refinements {
		between := b.between()
		if err := b.run(ctx, between, b.choice, false); err != nil {
			return err
		}
		for _, j := range between {
			j.subject.cells = append(j.subject.cells, j.cell)
		}
		b.bounds()
	}
	return nil
}

// job is a cell to be run.
type job struct {
	subject *subject
	cell    *cell
}

// run runs cells with some seeds.
func (b *Budget) run(ctx context.Context, jobs []job, seeds []uint64, fresh bool) error {
	n := len(jobs) * len(seeds)
	found := make([]recovery, n)
	b.workers.plan(n)
	err := b.workers.each(ctx, n, func(ctx context.Context, i int) (err error) {
		found[i], err = b.recover(ctx, jobs[i/len(seeds)], seeds[i%len(seeds)])
		return err
	})
	if err != nil {
		return err
	}
	for i, j := range jobs {
		own := found[i*len(seeds) : (i+1)*len(seeds)]
		if fresh {
			j.cell.fresh = append(j.cell.fresh, own...)
		} else {
			j.cell.choice = append(j.cell.choice, own...)
		}
	}
	return nil
}

// recover runs one cell with one seed.
func (b *Budget) recover(ctx context.Context, j job, seed uint64) (recovery, error) {
	sc, err := b.Scenario.With(j.subject.with(j.cell.budget)...)
	if err != nil {
		return recovery{}, err
	}
	c := newCourse(b.length)
	run, err := engine.New(sc, engine.Options{
		Seed: &seed, Only: []string{j.subject.place.Strategy}, Rate: sc.Load.Rate * b.Levels[j.cell.level],
		OnRequest: func(_ string, r *record.Request) { c.add(r) },
	})
	if err != nil {
		return recovery{}, err
	}
	if _, err := run.Measure(ctx); err != nil {
		return recovery{}, err
	}
	return b.judge(c), nil
}

// course is how a run went, in steps of time.
type course struct{ requests, succeeded, calls []float64 }

func newCourse(length time.Duration) *course {
	n := int(length/step) + 1
	return &course{requests: make([]float64, n), succeeded: make([]float64, n), calls: make([]float64, n)}
}

func (c *course) add(r *record.Request) {
	if at := int(r.Due / step); at < len(c.requests) {
		c.requests[at]++
		if r.OK {
			c.succeeded[at]++
		}
	}
	for i := range r.Attempts {
		if at := int(r.Attempts[i].Start / step); at < len(c.calls) && r.Attempts[i].State != record.StateRejected {
			c.calls[at]++
		}
	}
}

// between returns the success and the calls per request in a stretch of time.
func (c *course) between(from, to time.Duration) (success, calls float64) {
	var n, ok, sent float64
	for i := int(from / step); i < min(int(to/step), len(c.requests)); i++ {
		n, ok, sent = n+c.requests[i], ok+c.succeeded[i], sent+c.calls[i]
	}
	if n == 0 {
		return 1, 0
	}
	return ok / n, sent / n
}

// judge says how a run came through the trigger. The first quarter of the time
// before it is for warming up.
func (b *Budget) judge(c *course) recovery {
	t := b.trigger
	var r recovery
	r.success, r.calls = c.between(t.from/4, t.from)
	r.took = b.length - t.to
	for d := time.Duration(0); t.to+d+b.Window <= b.length; d += step {
		success, calls := c.between(t.to+d, t.to+d+b.Window)
		if success >= r.success-b.Tolerance && calls <= r.calls*(1+b.Tolerance) {
			r.took = d
			break
		}
	}
	r.recovered = r.took <= b.Within
	r.then, r.after = c.between(t.to+b.Within, t.to+b.Within+b.Window)
	return r
}

// at returns the cells of a level, the smallest budget first.
func (s *subject) at(level int) []*cell {
	var all []*cell
	for _, c := range s.cells {
		if c.level == level {
			all = append(all, c)
		}
	}
	slices.SortStableFunc(all, func(a, b *cell) int { return cmp.Compare(a.share, b.share) })
	return all
}

// largest returns the largest budget up to which every run of every cell is good,
// and the next one. Budgets with which the system is not sound even before the
// trigger, since they are too small to make up for failures, are passed over.
func largest(cells []*cell, runs func(*cell) []recovery) (last, next *cell) {
	for _, c := range cells {
		r := runs(c)
		switch {
		case len(r) > 0 && !slices.ContainsFunc(r, func(r recovery) bool { return !r.good() }):
			last = c
		case last == nil && slices.ContainsFunc(r, func(r recovery) bool { return !r.sound() }):
		default:
			return last, c
		}
	}
	return last, nil
}

func chosenBy(c *cell) []recovery { return c.choice }

// bounds finds the boundary by what has been run.
func (b *Budget) bounds() {
	for _, s := range b.subjects {
		s.largest = make([]string, len(b.Levels))
		for level := range b.Levels {
			if last, _ := largest(s.at(level), chosenBy); last != nil {
				s.largest[level] = last.budget
			}
		}
	}
}

// mostBudget is the largest that can be written down, 1000 %.
const mostBudget = 10

// between returns for each subject the budget between the largest that it recovers
// with at the scenario's own load and the next, if they are worth telling apart.
func (b *Budget) between() []job {
	var all []job
	for _, s := range b.subjects {
		last, next := largest(s.at(b.here()), chosenBy)
		if last == nil || next == nil {
			continue
		}
		high := next.share
		if math.IsInf(high, 1) {
			high = min(4*max(last.share, 0.5), mostBudget)
		}
		share := significant((last.share+high)/2, 2)
		if share <= last.share*1.05 || share >= next.share {
			continue
		}
		all = append(all, job{s, &cell{budget: strconv.FormatFloat(significant(100*share, 3), 'f', -1, 64) + "%", share: share, level: b.here()}})
	}
	return all
}

// verify runs with fresh seeds all budgets at the scenario's own load.
func (b *Budget) verify(ctx context.Context) error {
	var all []job
	for _, s := range b.subjects {
		for _, c := range s.at(b.here()) {
			all = append(all, job{s, c})
		}
	}
	return b.run(ctx, all, b.fresh, true)
}
