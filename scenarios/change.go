package scenarios

import (
	"io/fs"
	"slices"
	"strings"
)

// Change is a new value for a key of a scenario's file.
type Change struct {
	// Key is the way to the value: the name of a strategy and keys of its
	// settings, such as hedge.delay or guarded.targets[0].failures, or else a way
	// from the top of the file, such as load.rate, or faults.outage.to for the fault
	// of that name. The kind of a strategy may be left out of the way. The last key
	// need not be there yet.
	Key string
	// Value is the value as it would stand in the file.
	Value string
}

// String returns the change as it is written on a command line.
func (c Change) String() string { return c.Key + "=" + c.Value }

// origin is what a scenario was read from, to read it again.
type origin struct {
	file string
	open func(name string) (fs.File, error)
}

// With returns the scenario with some values changed, in order. The changed text
// passes the same reader and the same checks as any file, so every key of the
// format can be changed, and what cannot be is the reader's own error: always an
// [*Errors]. [Scenario.Source] of the result is the changed text, with all
// comments where they were.
//
// Where only strategies are changed the result shares models, faults, load and
// workload with s, so that making many of them costs little time and memory.
func (s *Scenario) With(changes ...Change) (*Scenario, error) {
	text, errs := s.patch(changes)
	if errs != nil {
		return nil, errs
	}
	var from *Scenario
	if !slices.ContainsFunc(changes, func(c Change) bool { return !s.inStrategies(c.Key) }) {
		from = s
	}
	changed, errs := read(s.origin.file, []byte(text), s.origin.open, from)
	if errs != nil {
		return nil, errs
	}
	changed.Name = s.Name
	return changed, nil
}

// Current returns the value of a key as it is written in the file, and whether
// it is there as a plain value or on one line.
func (s *Scenario) Current(key string) (text string, ok bool) {
	doc, errs := newPatch(s.origin.file, s.Source)
	if errs != nil {
		return "", false
	}
	spot, err := doc.find(s.way(key))
	if err != nil || spot.node == nil {
		return "", false
	}
	return inner(spot.node), true
}

// Varied returns the strategy that a key belongs to, or false for a key outside
// of the strategies.
func (s *Scenario) Varied(key string) (strategy string, ok bool) {
	name, _, ok := cutName(strings.TrimPrefix(key, strategiesKey+"."), s.names())
	return name, ok && s.inStrategies(key)
}

// Uses returns the named strategies and all that they have as targets, directly
// or through others.
func (s *Scenario) Uses(names ...string) []string {
	var all []string
	for todo := slices.Clone(names); len(todo) > 0; todo = todo[1:] {
		i := slices.IndexFunc(s.Strategies, func(t Strategy) bool { return t.Name == todo[0] })
		if i < 0 || slices.Contains(all, todo[0]) {
			continue
		}
		all = append(all, todo[0])
		todo = append(todo, s.Strategies[i].uses...)
	}
	return all
}

const (
	strategiesKey = "strategies"
	faultsKey     = "faults"
)

// inStrategies says whether a key lies in the section of the strategies.
func (s *Scenario) inStrategies(key string) bool {
	return strings.HasPrefix(s.way(key), strategiesKey+".")
}

// way returns the way of a key from the top of the file.
func (s *Scenario) way(key string) string {
	if _, _, ok := cutName(key, s.names()); ok {
		return strategiesKey + "." + key
	}
	return key
}

func (s *Scenario) names() []string {
	all := make([]string, len(s.Strategies))
	for i := range s.Strategies {
		all[i] = s.Strategies[i].Name
	}
	return all
}

// cutName cuts the longest of the names that a key begins with off it.
func cutName(key string, names []string) (name, rest string, ok bool) {
	for _, n := range names {
		after, begins := strings.CutPrefix(key, n)
		if begins && len(n) > len(name) && (after == "" || after[0] == '.' || after[0] == '[') {
			name, rest, ok = n, strings.TrimPrefix(after, "."), true
		}
	}
	return name, rest, ok
}

// patch returns the text of s with changes.
func (s *Scenario) patch(changes []Change) (string, *Errors) {
	text := s.Source
	for _, c := range changes {
		doc, errs := newPatch(s.origin.file, text)
		if errs != nil {
			return "", errs
		}
		changed, err := doc.set(s.way(c.Key), c)
		if err != nil {
			return "", &Errors{All: []*Error{err}}
		}
		text = changed
	}
	return text, nil
}
