package tune

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tailgate-bench/tailgate/internal/objective"
)

// Shown returns the metrics of a strategy that tables list beside the goal.
func Shown(strategy string) []objective.Ref {
	var all []objective.Ref
	for _, name := range []string{"success", "p50", "p95", "p99", "attempts", costs} {
		all = append(all, objective.Ref{Strategy: strategy, Metric: name})
	}
	return all
}

// Tuned returns the text of the scenario with the chosen settings. A comment at
// its top says where they came from; nothing else changes.
func (f *Finding) Tuned() (string, error) {
	changed, err := f.Scenario.With(f.Changes...)
	if err != nil {
		return "", err
	}
	return f.comment() + changed.Source, nil
}

// comment says where settings came from.
func (f *Finding) comment() string {
	d := f.Document
	var b strings.Builder
	for _, c := range f.Changes {
		fmt.Fprintf(&b, "# Tuned: %s\n", c)
	}
	fmt.Fprintf(&b, "#   by %s\n", strings.ReplaceAll(d.Command, "\n", " "))
	switch {
	case d.Interrupted:
		b.WriteString("#   interrupted: there may be better ones, and these were not measured on fresh requests\n")
	case d.Seeds.Part > 0:
		fmt.Fprintf(&b, "#   chosen with %d parts of a trace, measured with %d others\n", len(d.Seeds.Choice), len(d.Seeds.Fresh))
	default:
		fmt.Fprintf(&b, "#   chosen with seeds %s, measured with seeds %s\n", span(d.Seeds.Choice), span(d.Seeds.Fresh))
	}
	return b.String()
}

// span prints consecutive seeds.
func span(seeds []uint64) string {
	return fmt.Sprintf("%d to %d", seeds[0], seeds[len(seeds)-1])
}

// paste returns the strategies that the choice changes, as YAML.
func (f *Finding) paste() string {
	changed, err := f.Scenario.With(f.Changes...)
	if err != nil {
		return ""
	}
	var b strings.Builder
	var done []string
	for _, c := range f.Changes {
		name, ok := changed.Varied(c.Key)
		switch {
		case !ok:
			fmt.Fprintf(&b, "# %s: %s\n", c.Key, c.Value)
		case !slices.Contains(done, name):
			done = append(done, name)
			b.WriteString(changed.Excerpt(name))
		}
	}
	return b.String()
}
