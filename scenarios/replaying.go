package scenarios

import (
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
)

// Replaying returns the scenario with models that do what they did in a trace, the
// file of that name, at the times at which they were asked then. Faults are left
// out, since the trace has what they did. The strategies are the same, so that
// what is found out about them on the replay can be changed in s. The error is
// always an [*Errors].
func (s *Scenario) Replaying(trace string) (*Scenario, error) {
	from := *s
	open := s.origin.open
	from.origin.open = func(name string) (fs.File, error) {
		if name == trace {
			return os.Open(name)
		}
		return open(name)
	}
	changes := []Change{{Key: "load", Value: fmt.Sprintf("{arrivals: trace, timeout: %v}", s.Load.Timeout)}}
	for i := range s.Models {
		changes = append(changes, s.replayed("models."+s.Models[i].Name, trace))
	}
	if len(s.Faults) > 0 {
		changes = append(changes, Change{Key: "faults", Value: "[]"})
	}
	return from.With(changes...)
}

// replayed is the change that has a model replay a trace. What of its settings the
// trace need not know stays.
func (s *Scenario) replayed(model, trace string) Change {
	settings := []string{"provider: trace", "file: " + strconv.Quote(trace)}
	for _, key := range []string{"price", "accuracy", "judge"} {
		if own, ok := s.Current(model + "." + key); ok && !strings.Contains(own, "\n") {
			settings = append(settings, key+": "+own)
		}
	}
	return Change{Key: model, Value: "{" + strings.Join(settings, ", ") + "}"}
}
