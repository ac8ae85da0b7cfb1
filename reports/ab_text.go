package reports

import (
	"fmt"
	"strings"

	"github.com/tailgate-bench/tailgate/internal/stats"
)

// ruleAB is the rule for a run whose only candidates are A/B tests.
const ruleAB = "An A/B test promotes the challenger once the whole interval of the difference is at or beyond the minimum effect, " +
	"keeps the control once none of it is, and collects on in between. The interval holds at every moment at once."

// experiment is the verdict of the run's A/B tests, where no other strategy is a
// candidate: a test is not a way to serve requests for ever, and is not one
// itself. The first test that has decided gives the headline.
func experiment(d *Document) (v Verdict, ok bool) {
	var first *Strategy
	var texts []string
	for i := range d.Strategies {
		s := &d.Strategies[i]
		if s.AB == nil {
			continue
		}
		if first == nil || first.AB.DecidedAt == 0 && s.AB.DecidedAt > 0 {
			first = s
		}
		texts = append(texts, s.Name+": "+s.AB.sentence())
	}
	if first == nil || len(candidates(d)) > 0 {
		return Verdict{}, false
	}
	return Verdict{Headline: first.AB.headline(), Detail: strings.Join(texts, " "), Rule: ruleAB}, true
}

// headline says what to do.
func (ab *AB) headline() string {
	switch ab.Verdict {
	case promote:
		return "Promote " + ab.Challenger.Target + "."
	case keep:
		return "Keep " + ab.Control.Target + "."
	default:
		if ab.mismatched() {
			return "Repair the test: its arms have not got their shares."
		}
		return "Keep collecting."
	}
}

// sentence says what was found, and when.
func (ab *AB) sentence() string {
	if ab.mismatched() {
		return fmt.Sprintf("%s of %s units went to %s instead of %s: assignment or recording is broken, and nothing can be concluded.",
			formatCount(ab.SampleRatio.ChallengerUnits), formatCount(ab.SampleRatio.ControlUnits+ab.SampleRatio.ChallengerUnits),
			ab.Challenger.Target, formatShare(ab.SampleRatio.Expected))
	}
	if !ab.Effect.Known() {
		return "there is nothing to compare yet: " + ab.Effect.Why + "."
	}
	found := fmt.Sprintf("%s with %s differs by %s (%s)", ab.metricText(), ab.Challenger.Target, ab.format(ab.Effect.Value), ab.interval())
	switch ab.Verdict {
	case promote:
		return fmt.Sprintf("%s; that it is better%s was clear after %s of %s requests.", found, ab.wanted(),
			formatCount(ab.DecidedAt), formatCount(ab.asked()))
	case keep:
		return fmt.Sprintf("%s; that it is not better%s was clear after %s of %s requests.", found, ab.wanted(),
			formatCount(ab.DecidedAt), formatCount(ab.asked()))
	default:
		return fmt.Sprintf("%s; whether it is better%s is open after %s requests.", found, ab.wanted(), formatCount(ab.asked()))
	}
}

func (ab *AB) mismatched() bool { return ab.SampleRatio != nil && ab.SampleRatio.Mismatch }

// asked is the number of requests of the test.
func (ab *AB) asked() int {
	if ab.Shadow {
		return ab.Control.Requests
	}
	return ab.Control.Requests + ab.Challenger.Requests
}

// wanted says by how much the challenger was to be better.
func (ab *AB) wanted() string {
	if ab.MinimumEffect == 0 {
		return ""
	}
	return " by " + strings.TrimPrefix(ab.format(ab.MinimumEffect), "+") + " or more"
}

func (ab *AB) metricText() string {
	switch ab.Metric {
	case "latency":
		return "mean latency"
	case "success":
		return "the success rate"
	default:
		return ab.Metric
	}
}

// interval is the interval of the effect in words.
func (ab *AB) interval() string {
	if !ab.Effect.HasInterval() {
		return "no interval"
	}
	return fmt.Sprintf("%s interval %s to %s", trim(digits(100*(1-ab.Alpha), 3))+"%", ab.format(ab.Effect.Low), ab.format(ab.Effect.High))
}

// format prints a difference of the metric with its sign.
func (ab *AB) format(v float64) string {
	switch ab.Unit {
	case "ms":
		return signedText(v, formatMS)
	case "usd_per_1000":
		return signedText(v, formatUSD) + " per 1,000 requests"
	default:
		return formatPoints(v)
	}
}

// signedText puts the sign before what a format makes of the amount.
func signedText(v float64, format func(float64) string) string {
	switch {
	case v < 0:
		return "−" + format(-v)
	case v > 0:
		return "+" + format(v)
	default:
		return format(0)
	}
}

func sampleMismatch(d *Document, _ string) (Finding, bool) {
	for i := range d.Strategies {
		if s := &d.Strategies[i]; s.AB != nil && s.AB.mismatched() {
			return Finding{
				ID: "sample-ratio-mismatch", Severity: "high", Section: "ab", Text: s.Name + ": " + s.AB.sentence(),
			}, true
		}
	}
	return Finding{}, false
}

// tests prints the verdicts of A/B tests, unless the headline has told them.
func (p *printer) tests(d *Document) {
	if d.Verdict.Rule == ruleAB {
		return
	}
	before := "\n"
	for i := range d.Strategies {
		if s := &d.Strategies[i]; s.AB != nil {
			p.out.WriteString(before)
			before = ""
			p.line(clean(s.Name + ": " + s.AB.headline() + " " + capital(s.AB.sentence())))
		}
	}
}

// armCells are the figures of an arm in words.
func armCells(a *ABArm) []string {
	share := func(e stats.Estimate) string {
		if !e.Known() {
			return "–"
		}
		return formatShare(e.Value)
	}
	ms := func(e stats.Estimate) string {
		if !e.Known() {
			return "–"
		}
		return formatMS(e.Value)
	}
	return []string{
		formatCount(a.Requests), share(a.Success), share(a.Accuracy), ms(a.LatencyMS.P50), ms(a.LatencyMS.P95), ms(a.LatencyMS.Mean),
		digits(a.InputTokens, 3) + " / " + digits(a.OutputTokens, 3), formatUSD(a.CostPer1000),
	}
}
