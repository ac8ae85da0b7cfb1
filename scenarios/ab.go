package scenarios

import (
	"github.com/tailgate-bench/tailgate/strategies"
)

// Trial says how the result of an A/B test is judged. Only a strategy that is
// an ab itself is judged, not one that stands in another.
type Trial struct {
	// Metric is success, accuracy, latency or cost.
	Metric string
	// Minimum is by how much the challenger must be better to be promoted: a
	// share for success and accuracy, milliseconds for latency, US dollars per
	// 1,000 requests for cost.
	Minimum float64
	// Alpha is the probability of a wrong verdict, however often one looks.
	Alpha float64
	// Share is the share of keys that go to the challenger.
	Share float64
	// Shadow is set when the challenger gets copies instead.
	Shadow bool
	// ByRequest is set when each request is assigned by itself, whoever asks.
	ByRequest bool
	// Control and Challenger name the targets.
	Control, Challenger string
}

const (
	defaultAlpha = 0.05
	byRequest    = "request"
)

// readAB reads the settings of an ab, and how it is judged.
func readAB(v value) recipe {
	var control, challenger targetRecipe
	t := Trial{Metric: "success", Alpha: defaultAlpha}
	share, name := 0.0, ""
	found := v.object(fields{
		"control":        func(v value) { control, t.Control = v.target(), label(v.node) },
		"challenger":     func(v value) { challenger, t.Challenger = v.target(), label(v.node) },
		"share":          func(v value) { share = v.chance() },
		"name":           func(v value) { name = v.string() },
		"key":            func(v value) { t.ByRequest = v.choice("key", "user", byRequest) == byRequest },
		"shadow":         func(v value) { t.Shadow = v.boolean() },
		"metric":         func(v value) { t.Metric = v.choice("metric", "success", "accuracy", "latency", "cost") },
		"minimum_effect": func(value) {}, // its unit depends on the metric
		"alpha":          func(v value) { t.Alpha = v.chance() },
	})
	v.need(found, "control", "challenger")
	if found.has("minimum_effect") {
		t.Minimum = found["minimum_effect"].effect(t.Metric)
	}
	if share == 1 && !t.Shadow {
		found["share"].fail("leaves nothing to compare the challenger with: must be less than 100%%")
	}
	if t.Alpha > 0.5 {
		found["alpha"].fail("must be at most 50%%: it is the probability of a wrong verdict")
	}
	if t.Share = share; share == 0 {
		t.Share = strategies.DefaultShare
	}
	if name == "" {
		name = t.Control + " or " + t.Challenger
	}
	v.r.trials[v.path] = &t
	return func(k *kitchen) strategies.Strategy {
		ab := strategies.AB{Control: control(k), Challenger: challenger(k), Share: share, Name: name, Shadow: t.Shadow}
		if t.ByRequest {
			ab.Key = strategies.EachRequest
		}
		return ab
	}
}

// effect reads the smallest difference worth a change, in the metric's unit.
func (v value) effect(metric string) float64 {
	switch metric {
	case "latency":
		return v.nanoseconds() / 1e6
	case "cost":
		return v.amount()
	default:
		return v.share()
	}
}
