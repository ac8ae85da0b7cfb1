package scenarios

import (
	"strings"

	"github.com/tailgate-bench/tailgate/internal/trace"
	"github.com/tailgate-bench/tailgate/llm/wire"
	"github.com/tailgate-bench/tailgate/mockprovider"
)

// readModels reads the section "models".
func readModels(v value) []Model {
	var all []Model
	lines := v.entries("a mapping of names of models to their settings")
	for _, e := range lines {
		if strings.TrimSpace(e.key) == "" {
			e.at.fail("a model needs a name")
		}
		all = append(all, readModel(e.key, e.value))
	}
	if v.isMapping() && len(lines) == 0 {
		v.fail("must not be empty: write models such as {gpt-4.1-mini: {preset: gpt-4.1-mini}}")
	}
	v.notMixed(all)
	return all
}

// readModel reads one model. What it says replaces what its preset says.
func readModel(name string, v value) Model {
	switch {
	case v.isReal():
		return readRemote(name, v)
	case v.provider() == "trace":
		return readReplay(name, v)
	}
	m := Model{Settings: mockprovider.Settings{}}
	if v.isMapping() {
		m = fromPreset(v)
	}
	m.Name = name
	found := v.object(fields{
		"provider":      readProvider,
		"preset":        func(value) {}, // has been read
		"format":        func(v value) { m.Format = readFormat(v) },
		"first_token":   func(v value) { m.FirstToken = v.dist(times()) },
		"per_token":     func(v value) { m.PerToken = v.dist(times()) },
		"output_tokens": func(v value) { m.OutputTokens = v.dist(amounts()) },
		"latency":       func(v value) { m.Latency = v.dist(times()) },
		"price":         m.readPrice,
		"accuracy":      func(v value) { share := v.share(); m.Accuracy = &share },
		"judge":         m.readJudge,
	})
	m.checkLatency(v, found)
	return m
}

// checkLatency checks that the model has exactly one way of taking time.
func (m *Model) checkLatency(v value, found present) {
	switch {
	case !v.isMapping():
	case !found.has("latency"):
		if m.FirstToken == nil && !found.has("first_token") && !found.has("preset") {
			v.fail("lacks how long it takes: give a preset, first_token, or latency")
		}
	case found.has("first_token") || found.has("per_token"):
		found["latency"].fail("is the total time, without a token process: it cannot stand beside first_token or per_token")
	default:
		m.FirstToken, m.PerToken = nil, nil
	}
}

// fromPreset returns the settings of the preset that a model names, if any.
func fromPreset(v value) (m Model) {
	quiet := value{r: &reader{}, node: v.node}
	for _, e := range quiet.entries("a mapping") {
		if e.key != "preset" {
			continue
		}
		preset := value{r: v.r, path: join(v.path, "preset"), node: e.node}
		m.Preset = preset.choice("preset", append(presets(), services()...)...)
		m.Settings, _ = mockprovider.Preset(m.Preset)
	}
	return m
}

func presets() []string {
	var all []string
	for _, p := range mockprovider.Presets() {
		all = append(all, p.Name)
	}
	return all
}

// readProvider reads who answers. Real providers and traces have been dealt with
// before.
func readProvider(v value) {
	v.choice("provider", "mock", "openai", "anthropic", "gemini", "trace")
}

func readFormat(v value) wire.Format {
	var names []string
	for _, f := range wire.Formats() {
		names = append(names, f.String())
	}
	f, _ := wire.ParseFormat(v.choice("format", names...))
	return f
}

// readPrice reads a price in USD per million tokens.
func (m *Model) readPrice(v value) {
	v.need(v.object(fields{
		"input":  func(v value) { m.Price.Input = v.amount() },
		"output": func(v value) { m.Price.Output = v.amount() },
	}), "input", "output")
}

// readJudge reads how well the model scores answers.
func (m *Model) readJudge(v value) {
	j := mockprovider.DefaultJudge
	v.object(fields{
		"noise":      func(v value) { j.Noise = v.amount() },
		"unreadable": func(v value) { j.Unreadable = v.share() },
	})
	m.Judge = &j
}

// scaled returns the settings on a time scale.
func (m *Model) scaled(s timescale) mockprovider.Settings {
	set := m.Settings
	if y, ok := set.Replay.(trace.Replay); ok {
		y.TimeScale = float64(s)
		set.Replay = y
	}
	set.FirstToken, set.PerToken, set.Latency = s.dist(set.FirstToken), s.dist(set.PerToken), s.dist(set.Latency)
	return set
}
