package scenarios

import (
	"slices"

	"github.com/tailgate-bench/tailgate/strategies"
)

// The keys of a route that are no tasks.
const (
	routeDefault = "default"
	routeHeader  = "header"
	routeRules   = "rules"
)

// readRoute reads the settings of a route: targets by task, beside them the
// default, the header and the rules.
func readRoute(v value) recipe {
	branches := make(map[string]targetRecipe)
	var otherwise targetRecipe
	found := make(present)
	header := ""
	for _, e := range v.entries("a mapping of tasks to targets, with default, header and rules") {
		found[e.key] = e.value
		switch e.key {
		case routeDefault:
			otherwise = e.target()
		case routeHeader:
			header = e.string()
		case routeRules: // below, when all tasks are known
		default:
			branches[e.key] = e.target()
		}
	}
	v.need(found, routeDefault)
	var rules []strategies.Rule
	if found.has(routeRules) {
		rules = found[routeRules].rules(keys(branches))
	}
	return func(k *kitchen) strategies.Strategy {
		s := strategies.Route{Default: otherwise(k), Header: header, Rules: rules, Branches: make(map[string]strategies.Target, len(branches))}
		for task, target := range branches {
			s.Branches[task] = target(k)
		}
		return s
	}
}

// rules reads the list of rules of a route with the given tasks.
func (v value) rules(tasks []string) []strategies.Rule {
	var all []strategies.Rule
	for _, it := range v.list("rules, such as {match: \"^Classify\", task: classify}") {
		var r strategies.Rule
		it.need(it.object(fields{
			"match": func(v value) { r.Match = v.pattern() },
			"task":  func(v value) { r.Task = v.task(tasks) },
		}), "match", "task")
		all = append(all, r)
	}
	return all
}

// task reads a task that must have a branch.
func (v value) task(tasks []string) string {
	text := v.string()
	if text != "" && !slices.Contains(tasks, text) {
		v.fail("%s", unknown("task", text, tasks))
	}
	return text
}
