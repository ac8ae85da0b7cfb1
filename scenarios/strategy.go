package scenarios

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/strategies"
)

// recipe makes a strategy afresh.
type recipe func(*kitchen) strategies.Strategy

// kitchen is what recipes work with: the models, the time scale, and the named
// strategies made so far, since a strategy that is a target twice is still one.
type kitchen struct {
	timescale
	model func(name string) llm.Model
	named map[string]strategies.Strategy
	all   []Strategy
	price func(model string) llm.Price
}

// strategy makes the named strategy, once.
func (k *kitchen) strategy(name string) strategies.Strategy {
	if s, ok := k.named[name]; ok {
		return s
	}
	i := slices.IndexFunc(k.all, func(s Strategy) bool { return s.Name == name })
	s := k.all[i].build(k)
	k.named[name] = s
	return s
}

// targetRecipe makes a target afresh.
type targetRecipe func(*kitchen) strategies.Target

func (k *kitchen) targets(rs []targetRecipe) []strategies.Target {
	all := make([]strategies.Target, len(rs))
	for i, r := range rs {
		all[i] = r(k)
	}
	return all
}

// call is a strategy's mention of another as a target.
type call struct {
	from, to string
	at       value
}

// readStrategies reads the section "strategies".
func readStrategies(v value) []Strategy {
	var all []Strategy
	lines := v.entries("a mapping of names to strategies, such as {fast: {hedge: {...}}}")
	for _, e := range lines {
		e.at.name()
		if slices.Contains(v.r.models, e.key) {
			e.at.fail("is the name of a model as well: a target of that name could be either")
		}
		s := Strategy{Name: e.key}
		before := len(v.r.calls)
		s.Kind, s.Text, s.build = e.strategy()
		s.Trial = v.r.trials[join(e.path, s.Kind)]
		for i := range v.r.calls[before:] {
			v.r.calls[before+i].from = e.key
			s.uses = append(s.uses, v.r.calls[before+i].to)
		}
		all = append(all, s)
	}
	if v.isMapping() && len(lines) == 0 {
		v.fail("must not be empty: write strategies such as {fast: {single: {target: MODEL}}}")
	}
	v.r.checkCycles()
	return all
}

// strategy reads one strategy, named or not: {KIND: {settings}}.
func (v value) strategy() (kind, text string, build recipe) {
	kinds := strategyKinds()
	e, ok := v.one("kind of strategy", keys(kinds))
	if !ok {
		return "", "", nil
	}
	read, ok := kinds[e.key]
	if !ok {
		e.at.fail("%s", unknown("kind of strategy", e.key, keys(kinds)))
		return "", "", nil
	}
	return e.key, flow(e.node), read(e.value)
}

// maxDepth bounds how deep strategies may stand in each other.
const (
	maxDepth = 16
	tooDeep  = "stands too deep: at most %d strategies may stand in each other"
)

// target reads a target: the name of a model, the name of another strategy, or
// a strategy in place.
func (v value) target() targetRecipe {
	if _, limited := modelOf(v.node); limited {
		return v.limitedTarget()
	}
	if v.isMapping() {
		return v.targetInPlace()
	}
	name, ok := v.text("a target: the name of a model or strategy, or a strategy such as {breaker: {target: MODEL}}")
	switch {
	case !ok:
		return nil
	case slices.Contains(v.r.models, name):
		return func(k *kitchen) strategies.Target { return strategies.ModelTarget(k.model(name)) }
	case slices.Contains(v.r.strategies, name):
		v.r.calls = append(v.r.calls, call{to: name, at: v})
		return func(k *kitchen) strategies.Target { return strategies.NestedTarget(name, k.strategy(name)) }
	}
	v.fail("%s", unknown("target", name, slices.Concat(v.r.models, v.r.strategies)))
	return nil
}

func (v value) targetInPlace() targetRecipe {
	if depth(v.path) >= maxDepth {
		v.fail(tooDeep, maxDepth)
		return nil
	}
	_, _, build := v.strategy()
	if build == nil {
		return nil
	}
	name := label(v.node)
	return func(k *kitchen) strategies.Target { return strategies.NestedTarget(name, build(k)) }
}

// depth returns how many targets lie on the way to a value.
func depth(path string) int {
	return strings.Count(path, ".target") + strings.Count(path, ".judge") + strings.Count(path, ".route.") + strings.Count(path, ".ab.")
}

// label names a strategy in place after its kind and targets, as in
// breaker(claude-sonnet-4-5).
func label(n ast.Node) string {
	if model, limited := modelOf(n); limited {
		return label(model)
	}
	m, ok := n.(*ast.MappingNode)
	if !ok || len(m.Values) != 1 {
		return inner(n)
	}
	kind, _ := scalar(m.Values[0].Key)
	return kind + "(" + strings.Join(targetLabels(m.Values[0].Value, kind == "route"), ", ") + ")"
}

// targetLabels names the targets in the settings of a strategy, whose keys may
// be the branches of a route.
func targetLabels(settings ast.Node, branches bool) []string {
	m, ok := settings.(*ast.MappingNode)
	if !ok {
		return nil
	}
	var all []string
	for _, line := range m.Values {
		key, _ := scalar(line.Key)
		list, isList := line.Value.(*ast.SequenceNode)
		switch {
		case key == "target" || key == "control" || key == "challenger" || branches && key != routeRules && key != routeHeader:
			all = append(all, label(line.Value))
		case key == "targets" && isList:
			for _, t := range list.Values {
				all = append(all, label(t))
			}
		}
	}
	return all
}

// checkCycles records every way in which strategies are targets of themselves,
// at the mention that closes the circle, and chains of names that are too long.
func (r *reader) checkCycles() {
	w := walk{r: r, depth: make(map[string]int)}
	for _, name := range r.strategies {
		w.visit(name)
	}
}

// walk goes from strategies to the strategies that are their targets.
type walk struct {
	r     *reader
	way   []string       // from where it began to where it is
	depth map[string]int // of the strategies it is done with
}

// visit returns how deep strategies stand in each other from name on.
func (w *walk) visit(name string) int {
	if d, done := w.depth[name]; done {
		return d
	}
	w.way = append(w.way, name)
	deepest := 1
	for _, c := range w.r.calls {
		if c.from != name {
			continue
		}
		if i := slices.Index(w.way, c.to); i >= 0 {
			circle := append(slices.Clone(w.way[i:]), c.to)
			c.at.fail("makes a cycle of targets: %s: a strategy must not reach itself", strings.Join(circle, " → "))
			continue
		}
		d := 1 + w.visit(c.to)
		if d == maxDepth+1 {
			c.at.fail(tooDeep, maxDepth)
		}
		deepest = max(deepest, d)
	}
	w.way = w.way[:len(w.way)-1]
	w.depth[name] = deepest
	return deepest
}
