package mockprovider

import (
	"errors"
	"fmt"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

// Config says which models there are, what they are asked and what befalls
// them.
type Config struct {
	// Seed keys every draw together with the request's ID.
	Seed uint64
	// Models are the models; names must differ.
	Models []Settings
	// Faults are applied to a plan in this order, so that a later one has the
	// last word on how an attempt ends.
	Faults []fault.Window
	// Weather, if not nil, has more faults, applied after Faults, which may
	// change while the models are in use.
	Weather *Weather
	// Workload gives the answers; nil means that every answer is prose.
	Workload *Workload
	// Correlation is the common cause of wrong answers, in [0, 1]: the chance,
	// drawn once per request, that all models answer as one voter would. Then
	// one draw decides for all of them, and each model is as often right as
	// its own accuracy says; otherwise each draws for itself.
	Correlation float64
	// Start is when the scenario began, for [Model.Call] and [Server]; the zero
	// time means when Weather began, or else when NewModels is called. Virtual
	// time does not need it.
	Start time.Time
}

// Model is a mock model in one run: settings, faults and the state they keep.
// It is safe for concurrent use, except for its Station.
type Model struct {
	settings Settings
	accuracy float64
	cause    float64 // Config.Correlation
	root     draw.Key
	name     uint64 // hash of the name
	faults   []weather
	weather  *Weather // nil: only the faults
	answers  *answers
	gate     *gate // nil: unlimited
	start    time.Time
	load     counters
}

var _ llm.Model = (*Model)(nil)

// weather is a fault window with the word that keys its draws.
type weather struct {
	window fault.Window
	word   uint64
}

// NewModels returns the models of a new run, in the order of c.Models, with
// faults whose state is as at the beginning. Its error names everything that is
// wrong with c.
func NewModels(c Config) ([]*Model, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	if c.Start.IsZero() && c.Weather != nil {
		c.Start = c.Weather.start
	}
	if c.Start.IsZero() {
		c.Start = time.Now()
	}
	shared := newAnswers(c.Workload)
	common := freshWeather(c.Faults)
	models := make([]*Model, len(c.Models))
	for i, s := range c.Models {
		m := &Model{
			settings: s, accuracy: s.accuracy(), cause: c.Correlation, start: c.Start, answers: shared,
			root: draw.New(c.Seed), name: draw.Hash(s.Name), faults: weatherFor(s.Name, common),
			weather: c.Weather,
		}
		m.gate = newGate(s.Name, m.faults, c.Weather, c.Start)
		models[i] = m
	}
	return models, nil
}

func (c *Config) check() error {
	var problems []error
	known := make(map[string]bool, len(c.Models))
	for i := range c.Models {
		s := &c.Models[i]
		problems = append(problems, s.check())
		if known[s.Name] {
			problems = append(problems, fmt.Errorf("model %q: is there twice", s.Name))
		}
		known[s.Name] = true
	}
	for i := range c.Faults {
		problems = append(problems, checkWindow(&c.Faults[i], known))
	}
	if !(c.Correlation >= 0 && c.Correlation <= 1) {
		problems = append(problems, fmt.Errorf("correlation must be in [0, 1], not %v", c.Correlation))
	}
	if c.Workload != nil && len(c.Workload.Items) == 0 {
		problems = append(problems, errors.New("the workload has no items"))
	}
	return errors.Join(problems...)
}

func checkWindow(w *fault.Window, known map[string]bool) error {
	if w.Fault == nil {
		return fmt.Errorf("fault %q: does nothing", w.Label())
	}
	for _, name := range w.On {
		if !known[name] {
			return fmt.Errorf("fault %q: there is no model %q", w.Label(), name)
		}
	}
	return nil
}

// freshWeather returns the windows ready for a run. The draws of a window are
// keyed by its label and by how many with that label came before, so that a
// window keeps its victims when others are added.
func freshWeather(windows []fault.Window) []weather {
	seen := make(map[string]uint64, len(windows))
	fresh := make([]weather, len(windows))
	for i := range windows {
		label := windows[i].Label()
		fresh[i] = weather{window: windows[i].Fresh(), word: draw.Hash(label) + seen[label]}
		seen[label]++
	}
	return fresh
}

// weatherFor returns the windows that hit the named model, with state of its
// own unless they hit models together.
func weatherFor(name string, common []weather) []weather {
	var own []weather
	for _, w := range common {
		if !w.window.Hits(name) {
			continue
		}
		if !w.window.Together {
			w.window = w.window.Fresh()
		}
		own = append(own, w)
	}
	return own
}

// Name implements [llm.Model].
func (m *Model) Name() string { return m.settings.Name }

// Settings returns the settings the model was made from.
func (m *Model) Settings() Settings { return m.settings }

// Station returns the places and the queue of the model, nil when it has no
// limit. It is for a performer on a clock of its own, which must not use Call
// besides; Call and [Server] use it under a lock.
func (m *Model) Station() *fault.Station {
	if m.gate == nil {
		return nil
	}
	return m.gate.station
}

// The purposes of the draws in this package, hashed once.
var (
	drawFirstToken = draw.Hash("first_token")
	drawPerToken   = draw.Hash("per_token")
	drawTokens     = draw.Hash("output_tokens")
	drawCause      = draw.Hash("common_cause")
	drawVoter      = draw.Hash("voter")
	drawRight      = draw.Hash("right")
	drawWrong      = draw.Hash("wrong")
	drawWording    = draw.Hash("wording")
	drawProse      = draw.Hash("prose")
)

// proseTokens is the length of an answer in prose when the settings give none.
const proseTokens = 128

// Plan draws what the model does with the ordinal-th call for r, taken on at
// the given time since the scenario began, and writes it to p. All of p is
// overwritten. Without stateful faults the same arguments give the same plan;
// those with state must be asked in order of time. Plan does not allocate, but
// for a block of memory now and then while a [fault.RateLimit] rejects, and where
// a judge reads an answer in JSON.
func (m *Model) Plan(p *fault.Plan, r *llm.Request, ordinal int, at time.Duration) {
	m.planFor(p, r, ordinal, fault.Instant{At: at})
}

// planFor is Plan for an attempt of which in has the time, the account and who
// takes down what it meets.
func (m *Model) planFor(p *fault.Plan, r *llm.Request, ordinal int, in fault.Instant) {
	request := m.root.Word(r.ID)
	call := request.Word(m.name).Word(uint64(ordinal))
	*p = fault.Plan{Input: llm.EstimateTokens(r.System) + llm.EstimateTokens(r.Prompt)}
	if m.settings.Replay != nil {
		m.replay(p, r, ordinal, request, call)
	} else {
		m.plan(p, call)
		m.speak(p, r, request, call)
	}
	in.Strength, in.Draw, in.Shared, in.Run = 1, call, request.Word(uint64(ordinal)), m.root
	for i := range m.faults {
		w := &m.faults[i]
		w.window.Apply(p, in.For(w.word))
	}
	if m.weather != nil {
		m.weather.Apply(p, m.settings.Name, in)
	}
}

// plan draws the times.
func (m *Model) plan(p *fault.Plan, call draw.Key) {
	s := &m.settings
	first := s.FirstToken
	if s.Latency != nil {
		first = s.Latency
	}
	p.FirstToken = duration(first, call.Word(drawFirstToken), maxWait)
	p.Wait = p.FirstToken
	if s.PerToken != nil {
		p.Gap = duration(s.PerToken, call.Word(drawPerToken), maxGap)
	}
}

// speak draws the answer and its length.
func (m *Model) speak(p *fault.Plan, r *llm.Request, request, call draw.Key) {
	if j, ok := llm.ParseJudging(r.Prompt); ok {
		m.judge(p, j, request)
		return
	}
	it, known := m.answers.items[r.Prompt]
	tokens := proseTokens
	if known {
		p.Text = m.answer(&it, request, call)
		tokens = llm.EstimateTokens(p.Text)
	}
	if d := m.settings.OutputTokens; d != nil {
		tokens = int(min(max(d.Quantile(call.Word(drawTokens).Float64()), 1), maxTokens))
	}
	if r.MaxTokens > 0 && tokens > r.MaxTokens {
		tokens, p.Stop = r.MaxTokens, llm.StopLength
	}
	p.Tokens = tokens
	if known {
		p.Text = limit(p.Text, r.MaxTokens)
	} else {
		p.Text = m.answers.prose(call.Word(drawProse), tokens)
	}
}

// answer draws what the model answers to an item whose right answer is known.
func (m *Model) answer(it *known, request, call draw.Key) string {
	voter := call
	if m.cause > 0 && request.Word(drawCause).Float64() < m.cause {
		voter = request.Word(drawVoter)
	}
	choice := it.right
	if voter.Word(drawRight).Float64() >= m.accuracy {
		choice = it.wrong(voter.Word(drawWrong))
	}
	return m.answers.wording(choice, call.Word(drawWording))
}

// The largest values a plan may have: their products and sums stay within a
// time.Duration.
const (
	maxWait   = 1000 * time.Hour
	maxGap    = time.Hour
	maxTokens = 1_000_000
)

// duration draws a time of at most limit.
func duration(d draw.Dist, k draw.Key, limit time.Duration) time.Duration {
	ns := d.Quantile(k.Float64())
	if !(ns > 0) {
		return 0
	}
	return time.Duration(min(ns, float64(limit)))
}
