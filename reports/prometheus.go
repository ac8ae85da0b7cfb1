package reports

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/tailgate-bench/tailgate/internal/stats"
)

// family is a metric of [WritePrometheus] with its samples.
type family struct {
	name, help string
	samples    []sample
}

type sample struct {
	labels []string // name, value, name, value, …
	value  float64
}

// WritePrometheus writes the report in Prometheus' text format (version 0.0.4),
// as for a textfile collector or a push gateway. All metrics are gauges in base
// units, without timestamps. A percentile among the failures is +Inf, since a
// failure is slower than any success; what has no value is left out.
func WritePrometheus(w io.Writer, d *Document) error {
	var b strings.Builder
	for _, f := range families(d) {
		f.write(&b)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func families(d *Document) []*family {
	all := []*family{{
		name: "tailgate_run_info", help: "What was run.",
		samples: []sample{{[]string{
			"scenario", d.Scenario.Name, "clock", d.Clock, "seed", strconv.FormatUint(d.Seed, 10),
			"baseline", d.Baseline, "recommended", d.Verdict.Recommend, "version", d.Tool.Version,
		}, 1}},
	}}
	plain := func(name, help string, value func(s *Strategy) float64) {
		f := &family{name: name, help: help}
		for i := range d.Strategies {
			f.add(value(&d.Strategies[i]), "strategy", d.Strategies[i].Name)
		}
		all = append(all, f)
	}
	plain("tailgate_requests", "Requests per strategy.", func(s *Strategy) float64 { return float64(s.Requests) })
	plain("tailgate_attempts_per_request", "Calls to models per request.", func(s *Strategy) float64 { return s.Attempts.PerRequest })
	plain("tailgate_cost_usd", "Money spent by all attempts, in US dollars.", func(s *Strategy) float64 { return s.Cost.USD.Value })
	all = append(all, failures(d))
	all = append(all, estimated(d, "tailgate_success", "ratio", "Share of requests that were answered", func(s *Strategy) []measured {
		return []measured{{e: s.Success}}
	})...)
	all = append(all, estimated(d, "tailgate_cost", "ratio", "Cost as a multiple of the baseline's", func(s *Strategy) []measured {
		return []measured{{e: s.costMultiplier()}}
	})...)
	all = append(all, estimated(d, "tailgate_latency", "seconds", "Latency from due time over all requests, +Inf among the failures", latencies)...)
	return append(all, verdicts(d))
}

// measured is an estimate with the labels that tell it from its siblings.
type measured struct {
	labels []string
	e      stats.Estimate
}

func latencies(s *Strategy) (all []measured) {
	for _, q := range []struct {
		percent float64
		e       stats.Estimate
	}{{50, s.LatencyMS.P50}, {90, s.LatencyMS.P90}, {95, s.LatencyMS.P95}, {99, s.LatencyMS.P99}, {99.9, s.LatencyMS.P999}} {
		e := q.e.Over(1000)
		if latencyText(q.e, s, q.percent) == fails {
			e = stats.Exactly(math.Inf(1))
		}
		all = append(all, measured{[]string{"quantile", formatFloat(stats.Round(q.percent / 100))}, e})
	}
	return all
}

// estimated returns the families of an estimate and the two ends of its interval.
func estimated(d *Document, name, unit, help string, of func(s *Strategy) []measured) []*family {
	value := &family{name: name + "_" + unit, help: help + "."}
	low := &family{name: name + "_low_" + unit, help: help + ": lower end of the 95% interval."}
	high := &family{name: name + "_high_" + unit, help: help + ": upper end of the 95% interval."}
	for i := range d.Strategies {
		for _, m := range of(&d.Strategies[i]) {
			labels := append([]string{"strategy", d.Strategies[i].Name}, m.labels...)
			if m.e.Known() {
				value.add(m.e.Value, labels...)
			}
			if m.e.HasInterval() {
				low.add(m.e.Low, labels...)
				high.add(m.e.High, labels...)
			}
		}
	}
	return []*family{value, low, high}
}

func failures(d *Document) *family {
	f := &family{name: "tailgate_failed_requests", help: "Failed requests by kind of failure."}
	for i := range d.Strategies {
		s := &d.Strategies[i]
		for _, kind := range slices.Sorted(maps.Keys(s.Errors)) {
			f.add(float64(s.Errors[kind]), "strategy", s.Name, "error", kind)
		}
	}
	return f
}

// verdicts are the objectives, a sample for each verdict there could be.
func verdicts(d *Document) *family {
	f := &family{name: "tailgate_objective", help: "Objectives: 1 for the verdict that was found, 0 for the others."}
	for i, o := range d.Objectives {
		if slices.ContainsFunc(d.Objectives[:i], func(other Objective) bool { return other.Text == o.Text }) {
			continue // a series may be there once only
		}
		for _, verdict := range []string{pass, fail, undecided} {
			is := 0.0
			if o.Verdict == verdict {
				is = 1
			}
			f.add(is, "objective", o.Text, "strategy", o.judged(), "verdict", verdict)
		}
	}
	return f
}

func (f *family) add(v float64, labels ...string) { f.samples = append(f.samples, sample{labels, v}) }

func (f *family) write(b *strings.Builder) {
	if len(f.samples) == 0 {
		return
	}
	fmt.Fprintf(b, "# HELP %s %s\n# TYPE %s gauge\n", f.name, f.help, f.name)
	for _, s := range f.samples {
		b.WriteString(f.name)
		for i := 0; i < len(s.labels); i += 2 {
			separator := ","
			if i == 0 {
				separator = "{"
			}
			fmt.Fprintf(b, `%s%s="%s"`, separator, s.labels[i], labelValue.Replace(strings.ToValidUTF8(s.labels[i+1], "\uFFFD")))
		}
		fmt.Fprintf(b, "} %s\n", formatFloat(stats.Round(s.value)))
	}
}

var labelValue = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

// formatFloat writes a number in full; infinities as +Inf and -Inf.
func formatFloat(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
