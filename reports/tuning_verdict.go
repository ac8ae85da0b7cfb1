package reports

import (
	"fmt"
	"math"
	"strings"

	"github.com/tailgate-bench/tailgate/internal/stats"
)

// ConcludeTuning sets what a search comes to: [Tuning.Headline] and
// [Tuning.Detail]. Whatever it says of a setting was measured on fresh seeds, if
// there are any.
func ConcludeTuning(d *Tuning) {
	best := d.recommended()
	switch {
	case best == nil:
		d.Headline, d.Detail = "No result.", "The search was stopped before every setting had been run."
		return
	case d.Current != nil && *d.Recommended == *d.Current:
		d.Headline = "Keep the settings."
	default:
		d.Headline = "Set " + best.Name + "."
	}
	d.Detail = d.worth(best) + " " + d.certainty()
}

func (d *Tuning) recommended() *TuningSetting { return d.setting(d.Recommended) }

func (d *Tuning) setting(number *int) *TuningSetting {
	if number == nil {
		return nil
	}
	return &d.Settings[*number]
}

// worth says what the recommended setting achieves.
func (d *Tuning) worth(best *TuningSetting) string {
	realised, ok := best.Realised[d.Goal.Metric]
	if !ok {
		return fmt.Sprintf("%s %s on the seeds that the choice was made on; it has not been measured on fresh ones.",
			d.goal(), d.figure(best.Predicted[d.Goal.Metric]))
	}
	text := fmt.Sprintf("%s %s on %s that took no part in the choice", d.goal(), d.figure(realised), plural(len(d.Seeds.Fresh), d.fresh()))
	if current := d.setting(d.Current); current != nil && current != best {
		text += fmt.Sprintf("; now it %s", d.figure(current.Realised[d.Goal.Metric]))
		if v := best.VersusCurrent; v != nil && v.Delta != nil && !v.Significant {
			text += "; the difference may be chance"
		}
	}
	return text + best.doubts() + "."
}

// doubts names the constraints that do not hold for certain.
func (s *TuningSetting) doubts() string {
	var b strings.Builder
	for _, c := range s.Constraints {
		switch c.Verdict {
		case "fail":
			b.WriteString("; " + c.Text + " does not hold")
		case "undecided":
			b.WriteString("; whether " + c.Text + " holds is undecided")
		}
	}
	return b.String()
}

// certainty says how sure the choice is.
func (d *Tuning) certainty() string {
	switch {
	case d.Interrupted:
		return "The search was interrupted: there may be better settings."
	case d.OutOfTime:
		return "The time limit ended the search: there may be better settings."
	case d.Settled:
		return fmt.Sprintf("It beats each of the %s more clearly than chance would.", plural(len(d.Settings)-1, "other setting"))
	default:
		return fmt.Sprintf("The data cannot tell it from %s: take whichever you like better.", plural(len(d.Tied), "other"))
	}
}

// fresh names what the choice was measured with.
func (d *Tuning) fresh() string {
	if d.Seeds.Part > 0 {
		return "fresh part"
	}
	return "fresh seed"
}

// goal names what was made small or large.
func (d *Tuning) goal() string {
	if _, metric, ok := strings.Cut(d.Goal.Metric, "."); ok && d.Kind == TuneHedge {
		return metric
	}
	return d.Goal.Metric
}

// figure prints a value of the goal with its interval, behind a verb.
func (d *Tuning) figure(e stats.Estimate) string {
	if !e.Known() {
		return "has no value (" + e.Why + ")"
	}
	text := "is " + formatUnit(d.Goal.Unit, e)
	if between := formatInterval(e, func(v float64) string { return formatUnit(d.Goal.Unit, stats.Exactly(v)) }); between != "" {
		text += " (" + between + ")"
	}
	return text
}

// formatUnit prints a value in a unit of objectives.
func formatUnit(unit string, e stats.Estimate) string {
	switch {
	case !e.Known() && strings.HasSuffix(e.Why, "failed"):
		return fails
	case !e.Known():
		return "–"
	}
	switch unit {
	case "ms":
		if e.Value < 0 {
			return "−" + formatMS(-e.Value)
		}
		return formatMS(e.Value)
	case "multiple":
		return formatTimes(e.Value)
	case "ratio":
		return formatShare(e.Value)
	case "usd":
		return formatUSD(e.Value)
	default:
		return digits(e.Value, 3)
	}
}

// half returns half the width of an interval, or "" without one.
func half(unit string, e stats.Estimate) string {
	if !e.HasInterval() || math.IsInf(e.High-e.Low, 0) {
		return ""
	}
	return formatUnit(unit, stats.Exactly((e.High-e.Low)/2))
}
