package strategies

import (
	"regexp"
	"strings"

	"github.com/tailgate-bench/tailgate/llm"
)

// Route sends each request to the branch for its kind of work. The task is that
// of the request; one without gets what its header says, or else the task of the
// first rule its prompt matches. A task without a branch, and a request without a task, go to Default.
// A note tells the task and the target.
type Route struct {
	// Branches are the targets by task. It must not be changed once in use.
	Branches map[string]Target
	// Default takes what has no branch; the zero Target fails such requests.
	Default Target
	// Header names the header that gives the task of requests that do not say
	// it, in upper or lower case; empty means none does.
	Header string
	// Rules find the task where neither says it.
	Rules []Rule
}

// Rule gives the task of the prompts that a regular expression matches.
type Rule struct {
	Match *regexp.Regexp
	Task  string
}

var _ Strategy = Route{}

// Run implements [Strategy].
func (r Route) Run(x *Exchange) (llm.Answer, error) {
	task := r.task(x.Request())
	target, ok := r.Branches[task]
	if !ok {
		target = r.Default
	}
	x.Note(Note{Kind: Routed, Text: task, Target: target.name})
	return Single{Target: target}.Run(x)
}

// task returns the kind of work a request is, "" when nothing tells.
func (r Route) task(q *llm.Request) string {
	if q.Task != "" {
		return q.Task
	}
	if task := header(q, r.Header); task != "" {
		return task
	}
	for _, rule := range r.Rules {
		if rule.Match.MatchString(q.Prompt) {
			return rule.Task
		}
	}
	return ""
}

// header returns what q's header of the given name says, in any case of letters.
func header(q *llm.Request, name string) string {
	if name == "" {
		return ""
	}
	for n, value := range q.Header {
		if strings.EqualFold(n, name) {
			return value
		}
	}
	return ""
}
