package tune

import (
	"context"
	"math"
	"slices"
	"strings"

	"github.com/tailgate-bench/tailgate/internal/engine"
	"github.com/tailgate-bench/tailgate/internal/record"
	"github.com/tailgate-bench/tailgate/scenarios"
)

// votes are what models voted, request by request.
type votes struct {
	words    []string // votes and answers; 0 is none
	number   map[string]uint16
	rows     []voteRow
	seeds    int
	requests int
}

// voteRow is what the models made of one request.
type voteRow struct {
	seed int
	want uint16
	cast []uint16  // by model; 0 for none
	cost []float64 // by model, in US dollars
}

// mostWords bounds how many different votes are told apart.
const mostWords = math.MaxUint16

// word returns the number of a vote.
func (v *votes) word(text string) (uint16, error) {
	n, ok := v.number[text]
	switch {
	case ok:
		return n, nil
	case len(v.words) > mostWords:
		return 0, mistake("models give more than %d different votes: panels need answers that can agree, so give --extract, such as --extract '{json: category}'", mostWords)
	}
	n = uint16(len(v.words)) //nolint:gosec // bounded above
	v.words, v.number[text] = append(v.words, text), n
	return n, nil
}

// ballotBox is the name of the strategy that asks every model.
const ballotBox = "every-model"

// collect asks every model every request once: a panel that waits for all votes.
// A model's draws depend on the seed, the request and the model, so that it votes
// as it would alone.
func (p *Panel) collect(ctx context.Context, seeds []uint64) (*votes, error) {
	name := ballotBox
	for len(p.Scenario.Uses(name)) > 0 {
		name += "-"
	}
	sc, err := p.Scenario.With(scenarios.Change{
		Key:   strategyKey(name),
		Value: "{consensus: {targets: [" + strings.Join(p.Models, ", ") + "], quorum: plurality, wait: all, " + p.reading + "}}",
	})
	if err != nil {
		return nil, err
	}
	found := make([][]rawVotes, len(seeds))
	p.workers.plan(len(seeds))
	err = p.workers.each(ctx, len(seeds), func(ctx context.Context, i int) (err error) {
		found[i], err = p.ask(ctx, sc, name, seeds[i])
		return err
	})
	if err != nil {
		return nil, err
	}
	v := &votes{words: []string{""}, number: map[string]uint16{"": 0}, seeds: len(seeds)}
	for i, all := range found {
		for _, r := range all {
			if err := v.add(i, r); err != nil {
				return nil, err
			}
		}
	}
	v.requests = len(v.rows)
	return v, nil
}

// rawVotes are the votes on one request.
type rawVotes struct {
	want string
	cast []string
	cost []float64
}

// ask runs one seed.
func (p *Panel) ask(ctx context.Context, sc *scenarios.Scenario, name string, seed uint64) ([]rawVotes, error) {
	model := make([]int, len(sc.Models))
	for i := range sc.Models {
		model[i] = slices.Index(p.Models, sc.Models[i].Name)
	}
	var all []rawVotes
	o := p.workers.engineOptions(seed, []string{name})
	o.OnRequest = func(_ string, r *record.Request) {
		item := sc.Workload.Item(r.ID)
		if item.Answer == "" {
			return
		}
		own := rawVotes{want: item.Answer, cast: make([]string, len(p.Models)), cost: make([]float64, len(p.Models))}
		for _, b := range r.Ballots {
			own.cast[slices.Index(p.Models, b.Voter)] = b.Vote
		}
		for i := range r.Attempts {
			a := &r.Attempts[i]
			if a.Model >= 0 && model[a.Model] >= 0 {
				own.cost[model[a.Model]] += sc.Models[a.Model].Price.Cost(a.Usage)
			}
		}
		all = append(all, own)
	}
	job, err := engine.New(sc, o)
	if err != nil {
		return nil, err
	}
	_, err = job.Measure(ctx)
	return all, err
}

// add takes in the votes on one request.
func (v *votes) add(seed int, r rawVotes) (err error) {
	row := voteRow{seed: seed, cast: make([]uint16, len(r.cast)), cost: r.cost}
	if row.want, err = v.word(r.want); err != nil {
		return err
	}
	for i, text := range r.cast {
		if row.cast[i], err = v.word(text); err != nil {
			return err
		}
	}
	v.rows = append(v.rows, row)
	return nil
}

// pattern are requests on which the models voted alike, in the sense that matters:
// who agrees with whom, and who is right.
type pattern struct {
	cast  []string // by model, "" for none
	right map[string]bool
	count []float64   // by seed
	cost  [][]float64 // by seed and model
}

// patterns puts together what cannot be told apart by voting.
func (v *votes) patterns(rows []voteRow) []*pattern {
	right := v.right()
	index := map[string]*pattern{}
	var all []*pattern
	for _, r := range rows {
		key, own := canonical(r, right)
		p := index[key]
		if p == nil {
			p = own
			p.count, p.cost = make([]float64, v.seeds), make([][]float64, v.seeds)
			for k := range p.cost {
				p.cost[k] = make([]float64, len(r.cast))
			}
			index[key] = p
			all = append(all, p)
		}
		p.count[r.seed]++
		for i, usd := range r.cost {
			p.cost[r.seed][i] += usd
		}
	}
	return all
}

// canonical names the votes on a request in the order in which they first appear,
// in small letters where they are right.
func canonical(r voteRow, right func(vote, want uint16) bool) (key string, p *pattern) {
	p = &pattern{cast: make([]string, len(r.cast)), right: map[string]bool{}}
	names := map[uint16]string{}
	for i, vote := range r.cast {
		if vote == 0 {
			continue
		}
		name, ok := names[vote]
		if !ok {
			first := 'A'
			if right(vote, r.want) {
				first = 'a'
			}
			name = string(first + rune(len(names)))
			names[vote], p.right[name] = name, first == 'a'
		}
		p.cast[i] = name
	}
	for _, name := range p.cast {
		key += name + "."
	}
	return key, p
}

// right returns whether a vote answers rightly, remembering what it has been asked.
func (v *votes) right() func(vote, want uint16) bool {
	known := map[[2]uint16]bool{}
	return func(vote, want uint16) bool {
		key := [2]uint16{vote, want}
		is, ok := known[key]
		if !ok {
			is = rightly(v.words[vote], v.words[want])
			known[key] = is
		}
		return is
	}
}

// apart returns the votes as they might be if models erred independently: each
// model's votes are moved to other requests with the same right answer, and so
// keep how often it errs and with what.
func (v *votes) apart() []voteRow {
	groups := map[uint16][]int{}
	for i, r := range v.rows {
		groups[r.want] = append(groups[r.want], i)
	}
	all := make([]voteRow, len(v.rows))
	for i, r := range v.rows {
		all[i] = voteRow{seed: r.seed, want: r.want, cast: make([]uint16, len(r.cast)), cost: r.cost}
	}
	for _, group := range groups {
		n := len(group)
		for at, i := range group {
			for m := range all[i].cast {
				all[i].cast[m] = v.rows[group[(at+m*n/len(all[i].cast))%n]].cast[m]
			}
		}
	}
	return all
}
