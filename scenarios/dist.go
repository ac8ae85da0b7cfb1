package scenarios

import (
	"bufio"
	"bytes"
	"math"
	"strings"
	"time"

	"github.com/tailgate-bench/tailgate/llm/draw"
)

// quantity is what a distribution is over: how a value is read and what values
// are called in messages.
type quantity struct {
	read  func(value) float64
	parse func(string) (float64, bool)
	what  string
}

// times are durations in nanoseconds.
func times() quantity {
	return quantity{value.nanoseconds, parseNanoseconds, durations}
}

// amounts are numbers that are not negative.
func amounts() quantity {
	return quantity{value.amount, func(text string) (float64, bool) {
		f, ok := parseFloat(text)
		return f, ok && f >= 0
	}, "a number of at least 0"}
}

func parseNanoseconds(text string) (float64, bool) {
	d, err := time.ParseDuration(text)
	return float64(d), err == nil && d >= 0
}

// dist reads a distribution: a bare value, or one kind with its parameters.
func (v value) dist(q quantity) draw.Dist {
	if !v.isMapping() {
		return draw.Constant(q.read(v))
	}
	kinds := distributions(q)
	e, ok := v.one("distribution", keys(kinds))
	if !ok {
		return nil
	}
	read, ok := kinds[e.key]
	if !ok {
		e.at.fail("%s", unknown("distribution", e.key, keys(kinds)))
		return nil
	}
	return read(e.value)
}

// distributions are the kinds of distributions over q.
func distributions(q quantity) map[string]func(value) draw.Dist {
	return map[string]func(value) draw.Dist{
		"constant":    func(v value) draw.Dist { return draw.Constant(q.read(v)) },
		"uniform":     q.uniform,
		"exponential": q.exponential,
		"lognormal":   q.lognormal,
		"pareto":      q.pareto,
		"mixture":     q.mixture,
		"empirical":   q.empirical,
	}
}

// above reads a parameter that must be greater than zero.
func (q quantity) above(v value) float64 {
	before := len(v.r.errs)
	f := q.read(v)
	if f <= 0 && len(v.r.errs) == before {
		v.fail("must be more than zero")
	}
	return f
}

func (q quantity) uniform(v value) draw.Dist {
	var d draw.Uniform
	found := v.object(fields{
		"min": func(v value) { d.Min = q.read(v) },
		"max": func(v value) { d.Max = q.read(v) },
	})
	v.need(found, "min", "max")
	if found.has("min") && found.has("max") && d.Min > d.Max {
		found["max"].fail("must not be less than min")
	}
	return d
}

func (q quantity) exponential(v value) draw.Dist {
	var d draw.Exponential
	v.need(v.object(fields{"mean": func(v value) { d.Mean = q.above(v) }}), "mean")
	return d
}

func (q quantity) lognormal(v value) draw.Dist {
	var median, p95, sigma float64
	found := v.object(fields{
		"median": func(v value) { median = q.above(v) },
		"p95":    func(v value) { p95 = q.above(v) },
		"sigma":  func(v value) { sigma = v.number(0, 10) },
	})
	v.need(found, "median")
	if v.isMapping() && found.has("p95") == found.has("sigma") {
		v.fail("needs, beside the median, exactly one of p95 and sigma")
	}
	if !found.has("p95") {
		return draw.Lognormal{Median: median, Sigma: sigma}
	}
	if p95 > 0 && p95 < median {
		found["p95"].fail("must not be less than the median")
	}
	return draw.LognormalP95(median, p95)
}

func (q quantity) pareto(v value) draw.Dist {
	var d draw.Pareto
	v.need(v.object(fields{
		"min":   func(v value) { d.Min = q.above(v) },
		"alpha": func(v value) { d.Alpha = v.above() },
	}), "min", "alpha")
	return d
}

// maxMixing bounds mixtures of mixtures.
const maxMixing = 8

func (q quantity) mixture(v value) draw.Dist {
	if strings.Count(v.path, "mixture[") >= maxMixing {
		v.fail("is nested too deeply: at most %d mixtures", maxMixing)
		return nil
	}
	parts := make([]draw.Dist, 0, 4)
	weights := make([]float64, 0, 4)
	for _, it := range v.list("distributions with a weight, such as {weight: 0.9, lognormal: {...}}") {
		part, weight := q.weighted(it)
		parts, weights = append(parts, part), append(weights, weight)
	}
	if v.isList() && len(parts) == 0 {
		v.fail("must not be empty: write distributions with a weight, such as {weight: 0.9, lognormal: {...}}")
	}
	if len(parts) == 0 {
		return nil
	}
	return draw.NewMixture(parts, weights)
}

// weighted reads a part of a mixture: a weight and one distribution.
func (q quantity) weighted(v value) (part draw.Dist, weight float64) {
	f := fields{"weight": func(v value) { weight = v.above() }}
	kinds := distributions(q)
	for kind, read := range kinds {
		f[kind] = func(v value) { part = read(v) }
	}
	found := v.object(f)
	v.need(found, "weight")
	if v.isMapping() && len(found) != 2 {
		v.fail("must have a weight and exactly one distribution: allowed are %s", strings.Join(keys(kinds), ", "))
	}
	return part, weight
}

// empirical reads samples from a file, one a line; blank lines and lines that
// begin with # are skipped.
func (q quantity) empirical(v value) draw.Dist {
	name, ok := v.text("the name of a file of samples, one a line")
	if !ok {
		return nil
	}
	data, ok := v.attachment(name)
	if !ok {
		return nil
	}
	var samples []float64
	lines := bufio.NewScanner(bytes.NewReader(data))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		f, ok := q.parse(line)
		if !ok {
			v.fail("line %d of the file is %q: each must be %s", n, shorten(line), q.what)
			return nil
		}
		samples = append(samples, f)
	}
	if err := lines.Err(); err != nil || len(samples) == 0 {
		v.fail("has no samples: each line must be %s", q.what)
		return nil
	}
	return draw.NewEmpirical(samples)
}

// timescale is how many times faster a run is than its scenario.
type timescale float64

// time returns d on the scale. What was some time stays some time.
func (s timescale) time(d time.Duration) time.Duration {
	if s == 1 || d == 0 {
		return d
	}
	return max(1, time.Duration(math.Round(float64(d)/float64(s))))
}

// dist returns a distribution of times on the scale.
func (s timescale) dist(d draw.Dist) draw.Dist {
	if s == 1 || d == nil {
		return d
	}
	return draw.Scaled{Dist: d, Factor: 1 / float64(s)}
}
