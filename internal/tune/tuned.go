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
func (s *Study) Tuned(f *Finding) (string, error) {
	changed, err := s.Scenario.With(f.Result.Best.Setting.Changes...)
	if err != nil {
		return "", err
	}
	return s.comment(f) + changed.Source, nil
}

// comment says where settings came from.
func (s *Study) comment(f *Finding) string {
	d := f.Document
	var b strings.Builder
	fmt.Fprintf(&b, "# Tuned: %s\n", f.Result.Best.Setting.Name())
	fmt.Fprintf(&b, "#   by %s\n", strings.ReplaceAll(d.Command, "\n", " "))
	fmt.Fprintf(&b, "#   chosen with seeds %s, measured with seeds %s\n", span(d.Seeds.Choice), span(d.Seeds.Fresh))
	return b.String()
}

// span prints consecutive seeds.
func span(seeds []uint64) string {
	return fmt.Sprintf("%d to %d", seeds[0], seeds[len(seeds)-1])
}

// paste returns the strategies that the chosen setting changes, as YAML.
func (s *Study) paste(f *Finding) string {
	changed, err := s.Scenario.With(f.Result.Best.Setting.Changes...)
	if err != nil {
		return ""
	}
	var b strings.Builder
	var done []string
	for _, c := range f.Result.Best.Setting.Changes {
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
