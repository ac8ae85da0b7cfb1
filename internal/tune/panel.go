package tune

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/reports"
	"github.com/tailgate-bench/tailgate/scenarios"
)

// Panel looks for the cheapest panel of models that answers a share of requests
// rightly: who votes, what must agree, what votes weigh, and what happens when
// they disagree.
//
// Every model is asked every request once. All panels are then evaluated exactly
// on what they voted, errors that models make together included, and the chosen
// ones are run with fresh seeds. A request without an answer is not answered
// rightly. On the votes every member is paid for its whole answer; a panel that
// is run pays less, since it cancels those whose votes cannot change the result.
type Panel struct {
	// Study has the scenario, the seeds and the rest; what is searched is set here.
	Study
	// Accuracy is the share of requests to be answered rightly.
	Accuracy float64
	// Models are those that may vote; none means all of the scenario.
	Models []string
	// Size is how many may vote at most; 0 means [DefaultPanelSize].
	Size int
	// Extract says how a vote is found in an answer, as in a scenario; "" means as
	// the scenario's first panel does, and that answers abstain as there.
	Extract string

	reading       string // how votes are read, as settings of a panel
	choice, fresh []uint64
	workers       *counted
	votes         *votes // with the seeds of the choice
	panels        []*seated
	best          *seated
	front         []*seated
	ties          []*seated
	baseline      played
}

// Limits of panels.
const (
	DefaultPanelSize = 5
	mostModels       = 10
	mostPanels       = 200_000
)

// Run looks for the panel. When ctx is cancelled it returns the best so far,
// marked as interrupted. The error wraps [ErrInput], or says what went wrong.
func (p *Panel) Run(ctx context.Context) (*Finding, error) {
	if err := p.prepare(); err != nil {
		return nil, err
	}
	limited, stop := p.limit(ctx)
	defer stop()
	var err error
	p.votes, err = p.collect(limited, p.choice)
	switch {
	case err != nil && !isCancel(err):
		return nil, err
	case err != nil && ctx.Err() == nil:
		return nil, mistake("the time limit of %v ended before every model had voted: give more time, or fewer --seeds or --requests", p.TimeLimit)
	case err == nil:
		if err := p.choose(); err != nil {
			return nil, err
		}
		p.workers.stage = stageVerify
		if err := p.verify(ctx); err != nil && !isCancel(err) {
			return nil, err
		}
	}
	d := p.document()
	d.Interrupted = ctx.Err() != nil
	f := &Finding{Document: d, Scenario: p.Scenario}
	if p.best != nil {
		f.Changes = p.best.changes(p.name(), p)
		d.YAML = f.paste()
	}
	p.conclude(d)
	return f, nil
}

// prepare checks what was given.
func (p *Panel) prepare() error {
	if !(p.Accuracy > 0 && p.Accuracy <= 1) {
		return mistake("accuracy is %v, must be a share of requests above 0%% and up to 100%%", p.Accuracy)
	}
	var names []string
	for i := range p.Scenario.Models {
		names = append(names, p.Scenario.Models[i].Name)
	}
	if len(p.Models) == 0 {
		p.Models = names
	}
	for i, m := range p.Models {
		switch {
		case !slices.Contains(names, m):
			return mistake("there is no model %q in scenario %s: those are %s", m, p.Scenario.Name, strings.Join(names, ", "))
		case slices.Contains(p.Models[:i], m):
			return mistake("model %q is given twice", m)
		}
	}
	if len(p.Models) > mostModels {
		return mistake("%d models are too many to try every panel of: name up to %d", len(p.Models), mostModels)
	}
	if p.Size == 0 {
		p.Size = DefaultPanelSize
	}
	if p.Size < 1 {
		return mistake("size is %d, must be at least 1", p.Size)
	}
	if len(p.Scenario.Workload.Answers()) == 0 {
		return mistake("no prompt of scenario %s has a known answer: give workload.prompts with answers, such as tickets-400", p.Scenario.Name)
	}
	p.extractor()
	var err error
	p.choice, p.fresh, err = p.seeds()
	p.workers = p.crew() // after the seeds, which may be parts of a trace
	return err
}

// extractor takes the way to find votes from the scenario, unless given.
func (p *Panel) extractor() {
	of := func(key string) string {
		places := p.Scenario.Places("consensus")
		if p.Extract != "" || len(places) == 0 {
			return ""
		}
		text, _ := p.Scenario.Current(places[0].Key + "." + key)
		if strings.Contains(text, ": ") && !strings.HasPrefix(text, "{") {
			text = "{" + text + "}"
		}
		return text
	}
	extract, abstain := of("extract"), of("abstain")
	p.reading = "extract: " + cmp.Or(p.Extract, extract, "normalized")
	if abstain != "" {
		p.reading += ", abstain: " + abstain
	}
}

// name is under what name the choice is put into the scenario.
func (p *Panel) name() string {
	name := "panel"
	for len(p.Scenario.Uses(name)) > 0 || slices.ContainsFunc(p.Scenario.Models, func(m scenarios.Model) bool { return m.Name == name }) {
		name += "-"
	}
	return name
}

// choose evaluates every panel on the votes and picks the cheapest that is right
// often enough: with its whole interval if there is one, else on average.
func (p *Panel) choose() error {
	var err error
	if p.panels, err = p.every(); err != nil {
		return err
	}
	patterns := p.votes.patterns(p.votes.rows)
	for _, s := range p.panels {
		s.figures = s.evaluate(p, patterns)
	}
	slices.SortStableFunc(p.panels, (*seated).better)
	certain := func(s *seated) bool {
		e := across(s.figures.right)
		return e.Value >= p.Accuracy && (!e.HasInterval() || e.Low >= p.Accuracy)
	}
	for _, keeps := range []func(*seated) bool{certain, func(s *seated) bool { return s.right() >= p.Accuracy }} {
		if i := slices.IndexFunc(p.panels, keeps); i >= 0 {
			p.best = p.panels[i]
			break
		}
	}
	p.findFront()
	if p.best == nil {
		top := p.front[len(p.front)-1]
		return mistake("no panel of up to %d of the %d models answers %s of requests rightly: the best, %s, reaches %s: lower --accuracy, or add better models",
			p.Size, len(p.Models), percent(p.Accuracy), top.String(), percent(significant(top.right(), 4)))
	}
	p.findTies()
	return nil
}

// findFront sets the panels that no cheaper one beats.
func (p *Panel) findFront() {
	for _, s := range p.panels {
		if n := len(p.front); n == 0 || s.right() > p.front[n-1].right() {
			p.front = append(p.front, s)
		}
	}
}

// findTies sets the other panels that reach the accuracy and are neither dearer nor
// less often right than the best by more than chance.
func (p *Panel) findTies() {
	for _, s := range p.panels {
		dearer := s.cost() > p.best.cost() && stats.AcrossPValue(differences(s.figures.cost, p.best.figures.cost)) < tieLevel
		worse := s.right() < p.best.right() && stats.AcrossPValue(differences(s.figures.right, p.best.figures.right)) < tieLevel
		if s != p.best && s.right() >= p.Accuracy && !dearer && !worse {
			p.ties = append(p.ties, s)
		}
	}
}

// logOdds is the weight of a member that is right r times of n votes, by
// Laplace's rule of succession, as [strategies.LearnedWeights] has it.
func logOdds(right, voted int) float64 {
	w := math.Log(float64(right+1) / float64(voted-right+1))
	return math.Round(max(0, w)*100) / 100
}

// document writes down what was found.
func (p *Panel) document() *reports.Tuning {
	d := &reports.Tuning{
		Schema: reports.TuningSchema, Kind: reports.TunePanel,
		Scenario: reports.TuningScenario{
			Name: p.Scenario.Name, About: p.Scenario.About, Baseline: p.Scenario.Baseline, Source: p.Scenario.Source,
		},
		Goal:    reports.TuningGoal{Metric: "usd_per_1000", Unit: "usd", Constraints: []string{"right >= " + percent(p.Accuracy)}},
		Seeds:   reports.TuningSeeds{Choice: p.choice, Fresh: p.fresh, Part: p.Evaluator.Part},
		Metrics: panelMetrics(), Knobs: []reports.TuningKnob{}, Settings: []reports.TuningSetting{}, Tied: []int{},
		TradeOff: []reports.TuningPoint{}, Sensitivity: []reports.TuningSensitivity{}, Warnings: []string{},
		Panel: &reports.TuningPanel{Accuracy: p.Accuracy, Models: []reports.TuningPanelMember{}, Pairs: []reports.TuningErrorPair{}, Front: []int{}},
	}
	if p.votes == nil {
		return d
	}
	d.Scenario.Requests = p.votes.requests / len(p.choice)
	p.describe(d)
	return d
}

// conclude says in words what was found.
func (p *Panel) conclude(d *reports.Tuning) {
	if p.best == nil {
		d.Headline, d.Detail = "No result.", "The search was stopped before every model had voted."
		return
	}
	d.Headline = "Ask " + p.best.String() + "."
	predicted, realised := across(p.best.figures.right), p.best.played
	text := func(v float64) string { return percent(significant(v, 4)) }
	if realised.right == nil {
		d.Detail = fmt.Sprintf("%s of requests are answered rightly on the seeds that the choice was made on; it has not been measured on fresh ones.", text(predicted.Value))
		return
	}
	e := across(realised.right)
	d.Detail = text(e.Value)
	if e.HasInterval() {
		d.Detail += fmt.Sprintf(" (%s to %s)", text(e.Low), text(e.High))
	}
	d.Detail += fmt.Sprintf(" of requests are answered rightly on %d fresh %s that took no part in the choice; the votes predicted %s",
		len(p.fresh), map[bool]string{false: "seeds", true: "parts of the trace"}[d.Seeds.Part > 0], text(predicted.Value))
	if base := p.baseline.right; base != nil {
		d.Detail += fmt.Sprintf("; with %s it is %s at %.3g times the cost", p.Scenario.Baseline, text(across(base).Value),
			across(p.baseline.cost).Value/max(across(realised.cost).Value, 1e-12))
	}
	d.Detail += "."
	if free := d.Panel.Independent; free != nil && p.best.size() > 1 {
		d.Detail += fmt.Sprintf(" Models that err independently would have promised %s.", text(*free))
	}
	if e.HasInterval() && e.Low < p.Accuracy {
		d.Warnings = append(d.Warnings, fmt.Sprintf("on fresh seeds %s is not certain: ask for a little more with --accuracy, or give more --seeds", percent(p.Accuracy)))
	}
}
