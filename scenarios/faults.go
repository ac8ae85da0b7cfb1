package scenarios

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

// readFaults reads the section "faults".
func readFaults(v value) []Fault {
	var all []Fault
	for i, it := range v.list("faults such as {on: MODEL, from: 1m, to: 2m, outage: {}}") {
		f := it.fault()
		f.Name = v.r.faults[i]
		if first := slices.IndexFunc(all, func(g Fault) bool { return g.Name == f.Name }); first >= 0 {
			it.fail("has the name %q, which faults[%d] has already: give it a name of its own", f.Name, first)
		}
		all = append(all, f)
	}
	return all
}

// faultNames returns the name of each fault: the one it is given, or else its
// kind, with a number if it is not the first of the kind without a name.
func faultNames(items []value) []string {
	all := make([]string, len(items))
	unnamed := make(map[string]int)
	for i, it := range items {
		var kind string
		for _, e := range it.entries("a mapping") {
			if _, ok := faultKinds()[e.key]; ok {
				kind = e.key
			} else if e.key == "name" {
				all[i], _ = scalar(e.node)
			}
		}
		if all[i] != "" {
			continue
		}
		unnamed[kind]++
		all[i] = kind
		if n := unnamed[kind]; n > 1 {
			all[i] = fmt.Sprintf("%s-%d", kind, n)
		}
	}
	return all
}

// fault reads one fault: its kind with its settings, and its window.
func (v value) fault() Fault {
	var f Fault
	kinds := faultKinds()
	all := fields{
		"name": func(v value) {
			if strings.TrimSpace(v.string()) != "" {
				v.name()
			}
		},
		"on": func(v value) {
			v.oneOrMore("models", func(v value) { f.On = append(f.On, v.model()) })
		},
		"from":        func(v value) { f.From = v.duration() },
		"to":          func(v value) { f.To = v.positive() },
		"probability": func(v value) { f.Probability = v.chance() },
		"ramp_in":     func(v value) { f.RampIn = v.duration() },
		"ramp_out":    func(v value) { f.RampOut = v.duration() },
		"period":      func(v value) { f.Period = v.positive() },
		"on_for":      func(v value) { f.OnFor = v.positive() },
		"together":    func(v value) { f.Together = v.boolean() },
	}
	for kind, read := range kinds {
		all[kind] = func(v value) { f.Kind, f.scaled = kind, read(v) }
	}
	found := v.object(all)
	v.oneKind(found, kinds)
	f.checkWindow(v, found)
	if len(f.On) == 0 {
		f.On = slices.Clone(v.r.models)
	}
	if f.scaled != nil {
		f.Fault = f.scaled(1)
		f.Text, f.Definition = faultText(v.node), appendJSON(nil, v.node)
	}
	return f
}

// model reads the name of a model.
func (v value) model() string {
	if v.r.anyModel {
		return v.string()
	}
	return v.known("model", v.r.models)
}

// ParseFault reads one fault as a scenario's section "faults" has it, in YAML
// or JSON, ready for a run in which every duration is divided by scale. It may
// name the given models, or every model when there are none. The error is
// always an [*Errors].
func ParseFault(data []byte, models []string, scale float64) (fault.Window, error) {
	const file = "fault"
	if len(bytes.TrimSpace(data)) == 0 {
		return fault.Window{}, whole(file, "is empty: exactly one of %s is needed", strings.Join(keys(faultKinds()), ", "))
	}
	root, errs := parse(file, data)
	if errs != nil {
		return fault.Window{}, errs
	}
	top := value{r: &reader{file: file, models: models, anyModel: len(models) == 0}, node: root}
	f := top.fault()
	if len(top.r.errs) > 0 {
		return fault.Window{}, sorted(top.r.errs)
	}
	f.Name = faultNames([]value{top})[0]
	return f.window(timescale(scale)), nil
}

// oneKind checks that a fault has exactly one kind.
func (v value) oneKind(found present, kinds map[string]faultReader) {
	var given []string
	for _, kind := range slices.Sorted(maps.Keys(found)) {
		if _, ok := kinds[kind]; ok {
			given = append(given, kind)
		}
	}
	allowed := strings.Join(keys(kinds), ", ")
	switch {
	case !v.isMapping():
	case len(given) == 0:
		v.fail("lacks what goes wrong: exactly one of %s", allowed)
	case len(given) > 1:
		v.fail("has more than one kind (%s): write one fault for each of them", strings.Join(given, ", "))
	}
}

// checkWindow checks the window's times against each other.
func (f *Fault) checkWindow(v value, found present) {
	if found.has("to") && f.To > 0 && f.To <= f.From {
		found["to"].fail("must be later than from, %v", f.From)
	}
	if found.has("ramp_out") && !found.has("to") {
		found["ramp_out"].fail("has no meaning without to")
	}
	if found.has("to") && f.RampIn+f.RampOut > f.To-f.From && f.To > f.From {
		v.fail("has ramps of %v in a window of %v", f.RampIn+f.RampOut, f.To-f.From)
	}
	if found.has("on_for") && !found.has("period") {
		found["on_for"].fail("has no meaning without period")
	}
	if f.Period > 0 && f.OnFor > f.Period {
		found["on_for"].fail("must not be longer than period, %v", f.Period)
	}
	if f.Kind != "capacity" {
		return
	}
	for _, key := range []string{"probability", "ramp_in", "ramp_out"} {
		if found.has(key) {
			found[key].fail("has no meaning for capacity, which is on or off")
		}
	}
}

// faultText returns the settings of a fault without its name, models and times.
func faultText(n ast.Node) string {
	m, ok := n.(*ast.MappingNode)
	if !ok {
		return ""
	}
	rest := *m
	rest.Values = slices.DeleteFunc(slices.Clone(m.Values), func(line *ast.MappingValueNode) bool {
		key, _ := scalar(line.Key)
		return slices.Contains([]string{"name", "on", "from", "to"}, key)
	})
	return flow(&rest)
}

// window returns the fault's window on a time scale, its state fresh.
func (f *Fault) window(s timescale) fault.Window {
	w := f.Window
	w.Fault = f.scaled(s)
	w.From, w.To = s.time(w.From), s.time(w.To)
	w.RampIn, w.RampOut = s.time(w.RampIn), s.time(w.RampOut)
	w.Period, w.OnFor = s.time(w.Period), s.time(w.OnFor)
	return w
}
