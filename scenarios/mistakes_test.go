package scenarios_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/scenarios"
)

// mistakes returns what is wrong with text, which must be something.
func mistakes(t *testing.T, text string) []*scenarios.Error {
	t.Helper()
	s, err := scenarios.Parse("bad.yaml", []byte(text))
	if err == nil {
		t.Fatalf("accepted: %+v", s)
	}
	all, ok := errors.AsType[*scenarios.Errors](err)
	if !ok {
		t.Fatalf("got %T: %v", err, err)
	}
	return all.All
}

// Everything wrong with a file is reported at once, in the order of the file,
// with place, key, value and what is allowed.
func TestAllMistakesAtOnce(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join("testdata", "mistakes.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(filepath.Join("testdata", "mistakes.txt"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = scenarios.Parse("mistakes.yaml", data)
	if err == nil {
		t.Fatal("accepted")
	}
	if diff := cmp.Diff(string(want), err.Error()+"\n"); diff != "" {
		t.Error(diff)
	}
}

func TestMistakes(t *testing.T) {
	t.Parallel()
	const head = "models: {a: {latency: 1s}, b: {latency: 1s}}\n" // line 1
	strategy := func(s string) string { return head + "strategies: {s: {" + s + "}}" }
	ok := head + "strategies: {s: {single: {target: a}}}\n" // lines 1 and 2
	fault := func(f string) string { return ok + "faults: [{" + f + "}]" }
	model := func(m string) string { return "models: {a: {" + m + "}}\nstrategies: {s: {single: {target: a}}}" }
	tests := []struct{ name, text, want string }{
		{"no YAML", "a: b: c", `bad.yaml:1:4: is not YAML: mapping value is not allowed`},
		{"unclosed", "models: [1, 2\n", `bad.yaml:1:`},
		{"a word", "hello", `bad.yaml:1:1: "hello": must be a mapping with the keys about, baseline,`},
		{"a list", "- 1\n", `bad.yaml:1:1: must be a mapping with the keys`},
		{"empty", " \n\n", `bad.yaml: is empty`},
		{"comments only", "# nothing\n", `bad.yaml: is empty`},
		{"two documents", ok + "---\nname: x\n", `bad.yaml:4:1: a file holds one scenario`},
		{"nothing needed", "name: x\n", `bad.yaml:1:1: lacks the key "models"`},
		{"not UTF-8", "name: \xff\n", `bad.yaml:1:7: is not UTF-8 text`},
		{"zero bytes", "name: x\x00\n", `bad.yaml:1:8: is not text`},
		{"long line", "name: " + strings.Repeat("x", 20000), `bad.yaml:1:1: the line is too long`},
		{"noise", strings.Repeat("x\n", 1<<20), `bad.yaml: is larger than a scenario may be`},
		{"nesting", "a: " + strings.Repeat("[\n", 5000), `is nested too deeply`},
		{"alias", "models: &m {a: {latency: 1s}}\nstrategies: {s: {single: {target: a}}}", `bad.yaml:1:9: models: must be a mapping of names of models to their settings, not an anchor or alias`},
		{"alias bomb", "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nmodels: *c\nstrategies: *c", `bad.yaml:4:9: models: must be a mapping`},
		{"merge", ok + "load: {<<: {rate: 3/s}}", `a key must be plain text`},
		{"tag", ok + "seed: !!str 3", `seed: must be a whole number from 0 to 18446744073709551615, not a tagged value`},
		{"key twice", ok + "seed: 1\nseed: 2", `bad.yaml:4:1: seed: "seed": is given twice: it stands in line 3 already`},
		{"unknown key", ok + "sead: 1", `bad.yaml:3:1: sead: "sead": unknown key (did you mean "seed"?): allowed are about,`},
		{"no value", ok + "seed:", `seed: must be a whole number from 0 to 18446744073709551615, not empty`},
		{"negative seed", ok + "seed: -1", `bad.yaml:3:7: seed: "-1": must be a whole number`},
		{"negative duration", ok + "load: {duration: -3s}", `bad.yaml:3:18: load.duration: "-3s": must not be negative`},
		{"no duration", ok + "load: {duration: 0s}", `must be more than zero`},
		{"apples", ok + "load: {timeout: 5 apples}", `bad.yaml:3:17: load.timeout: "5 apples": must be a duration with its unit`},
		{"rate without unit", ok + "load: {rate: 20}", `load.rate: "20": must be a rate`},
		{"rate of zero", ok + "load: {rate: 0/s}", `load.rate: "0/s": must be more than zero`},
		{"infinite rate", ok + "load: {rate: inf/s}", `must be a rate`},
		{"too many", ok + "load: {rate: 1000000/s, duration: 100h}", `is a load of 360000000000 requests: at most 100000000`},
		{"both lengths", ok + "load: {requests: 3, duration: 3s}", `load.requests: "3": stands beside a duration`},
		{"arrivals", ok + "load: {arrivals: poison}", `unknown shape of arrivals (did you mean "poisson"?): allowed are constant, poisson, ramp, sine, steps`},
		{"bare ramp", ok + "load: {arrivals: ramp}", `load.arrivals: "ramp": needs its parameters`},
		{"trace", ok + "load: {arrivals: trace}", `bad.yaml:3:7: load: arrivals are those of a trace, and no model replays one: write {trace: FILE}`},
		{"rate of a ramp", ok + "load: {rate: 3/s, arrivals: {ramp: {from: 1/s, to: 2/s}}}", `load.rate: "3/s": has no meaning beside a ramp`},
		{"half a ramp", ok + "load: {arrivals: {ramp: {from: 1/s}}}", `load.arrivals.ramp: lacks the key "to"`},
		{"deep sine", ok + "load: {rate: 3/s, arrivals: {sine: {amplitude: 4/s, period: 1m}}}", `an amplitude of 4/s is more than the mean rate, 3/s`},
		{"no steps", ok + "load: {arrivals: {steps: []}}", `load.arrivals.steps: must not be empty`},
		{"silent steps", ok + "load: {arrivals: {steps: [{rate: 0/s, for: 1s}]}}", `load: brings no requests at all`},
		{"endless steps", ok + "load: {arrivals: {steps: [{rate: 1/s, for: 2000000h}, {rate: 1/s, for: 2000000h}]}}", `is a load of`},
		{"prompts", ok + "workload: {prompts: tikets}", `workload.prompts: "tikets": must be an embedded set (tasks, tickets, tickets-400) or a .jsonl file`},
		{"prompts directory", ok + "workload: {prompts: .}", `is not a regular file`},
		{"correlation", ok + "workload: {correlation: 1.5}", `workload.correlation: "1.5": must be a share from 0 to 1, or from 0% to 100%`},
		{"billing", ok + "billing: {cancelled: half}", `billing.cancelled: "half": unknown rule: allowed are produced, whole`},
		{"no models", "models: {}\nstrategies: {}", `bad.yaml:1:9: models: must not be empty`},
		{"model without latency", model("accuracy: 1"), `models.a: lacks how long it takes: give a preset, first_token, or latency`},
		{"two latencies", model("latency: 1s, first_token: 1s"), `models.a.latency: "1s": is the total time`},
		{"preset", model("preset: gpt-4.1-mni"), `models.a.preset: "gpt-4.1-mni": unknown preset (did you mean "gpt-4.1-mini"?)`},
		{"nobody", model("provider: acme, latency: 1s"), `unknown provider: allowed are mock, openai, anthropic, gemini, trace`},
		{"price", model("latency: 1s, price: {input: -1, output: 2}"), `models.a.price.input: "-1": must be a number of at least 0`},
		{"delay without unit", model("latency: 3"), `models.a.latency: "3": must be a duration with its unit`},
		{"distribution", model("latency: {normal: {mean: 3s}}"), `models.a.latency.normal: "normal": unknown distribution (did you mean "lognormal"?): allowed are constant,`},
		{"two distributions", model("latency: {constant: 1s, uniform: {min: 1s, max: 2s}}"), `must have exactly one key, the distribution, and has 2`},
		{"uniform", model("latency: {uniform: {min: 2s, max: 1s}}"), `models.a.latency.uniform.max: "1s": must not be less than min`},
		{"lognormal", model("latency: {lognormal: {median: 2s}}"), `exactly one of p95 and sigma`},
		{"lognormal order", model("latency: {lognormal: {median: 2s, p95: 1s}}"), `p95: "1s": must not be less than the median`},
		{"lognormal zero", model("latency: {lognormal: {median: 0s, sigma: 1}}"), `median: "0s": must be more than zero`},
		{"pareto", model("latency: {pareto: {min: 1s, alpha: 0}}"), `alpha: "0": must be a number above 0`},
		{"mixture", model("latency: {mixture: []}"), `latency.mixture: must not be empty`},
		{"mixture part", model("latency: {mixture: [{weight: 1}]}"), `latency.mixture[0]: must have a weight and exactly one distribution`},
		{"deep mixture", model("latency: {" + strings.Repeat("mixture: [{weight: 1, ", 12) + "constant: 1s" + strings.Repeat("}]", 12) + "}"), `nested too deeply`},
		{"empirical", model("latency: {empirical: nowhere.txt}"), `models.a.latency.empirical: "nowhere.txt": cannot be opened as a file`},
		{"probability", fault("probability: 1.5, refuse: {}"), `faults[0].probability: "1.5": must be a share`},
		{"no probability", fault("probability: 0, refuse: {}"), `faults[0].probability: "0": must be more than 0`},
		{"no kind", fault("on: a"), `faults[0]: lacks what goes wrong: exactly one of blank, brownout,`},
		{"two kinds", fault("refuse: {}, hang: {}"), `faults[0]: has more than one kind (hang, refuse)`},
		{"on", fault("on: c, refuse: {}"), `faults[0].on: "c": unknown model: allowed are a, b`},
		{"on nobody", fault("on: [], refuse: {}"), `faults[0].on: must not be empty`},
		{"backwards", fault("from: 3m, to: 2m, refuse: {}"), `faults[0].to: "2m": must be later than from, 3m0s`},
		{"long ramps", fault("to: 10s, ramp_in: 8s, ramp_out: 4s, refuse: {}"), `has ramps of 12s in a window of 10s`},
		{"endless ramp", fault("ramp_out: 4s, refuse: {}"), `ramp_out: "4s": has no meaning without to`},
		{"on_for", fault("period: 4s, on_for: 5s, refuse: {}"), `must not be longer than period, 4s`},
		{"together", fault("together: yes, refuse: {}"), `faults[0].together: "yes": unknown truth value: allowed are true, false`},
		{"names twice", ok + "faults: [{name: x, refuse: {}}, {name: x, refuse: {}}]", `faults[1]: has the name "x", which faults[0] has already`},
		{"fault name", fault("name: a.b, refuse: {}"), `cannot be a name: it must be a letter, then`},
		{"status", fault("status: {code: 200}"), `status.code: "200": must be a whole number from 400 to 599`},
		{"status kind", fault("status: {code: 429, kind: quota}"), `unknown kind of failure: allowed are rate_limited`},
		{"no change", fault("latency: {}"), `changes nothing: give add, multiply or replace`},
		{"no limit", fault("rate_limit: {}"), `limits nothing: give requests, tokens or both`},
		{"half capacity", fault("capacity: {concurrency: 2}, probability: 0.5"), `has no meaning for capacity`},
		{"reason of no 429", fault("status: {code: 500, reason: quota}"), `status.reason: "quota": has a meaning for code 429 only`},
		{"reason and kind", fault("status: {code: 429, reason: quota, kind: auth}"), `status.kind: "auth": follows from the reason`},
		{"a page with a kind", fault("status: {code: 500, html: true, kind: auth}"), `has no meaning beside html: true`},
		{"no reason", fault("status: {code: 429, reason: rpd}"), `unknown reason: allowed are quota, spend_limit, per_day, slow_down`},
		{"no stall", fault("stall: {}"), `lacks the key "for"`},
		{"a kind nobody can say", fault("status: {code: 429, kind: rejected}"), `is nothing that a vendor's response of status 429 says: allowed are rate_limited, overloaded,`},
		{"a kind of another status", fault("status: {code: 502, kind: auth}"), `status 502 says: allowed are server_error`},
		{"a stall at the end", fault("stall: {for: 5s, after_share: 1}"), `must be below 1: nothing is left to wait for`},
		{"settings where there are none", fault("blank: true"), `"true": must be empty, as it has no settings`},
		{"too fast", fault("incidents: {speed: 1e7}"), `must be a number from 1e-06 to 1e+06`},
		{"steep", fault("incidents: {ramp: 0.6}"), `must be a number from 0 to 0.5`},
		{"no key limit", fault("key_limit: {}"), `limits nothing: give requests, tokens or both`},
		{"what stream", fault("in_stream: {kind: auth}"), `allowed are server_error, overloaded, rate_limited, timeout`},
		{"refused twice", fault("refusal: {marked: true}"), `unknown key (did you mean "unmarked"?)`},
		{"no mix", fault("outage: {hang: 0}"), `has only shares of 0`},
		{"strategy", strategy("hdge: {targets: [a], delay: 3s}"), `bad.yaml:2:18: strategies.s.hdge: "hdge": unknown kind of strategy (did you mean "hedge"?): allowed are ab,`},
		{"two strategies", strategy("single: {target: a}, race: {targets: [a]}"), `must have exactly one key, the kind of strategy, and has 2`},
		{"strategy name", head + "strategies: {a.b: {single: {target: a}}}", `strategies.a.b: "a.b": cannot be a name`},
		{"ambiguous", head + "strategies: {a: {single: {target: a}}}", `is the name of a model as well`},
		{"target", strategy("single: {target: c}"), `strategies.s.single.target: "c": unknown target: allowed are a, b, s`},
		{"itself", strategy("single: {target: s}"), `strategies.s.single.target: "s": makes a cycle of targets: s → s`},
		{"circle", head + "strategies: {s: {race: {targets: [a, t]}}, t: {single: {target: {breaker: {target: s}}}}}", `strategies.t.single.target.breaker.target: "s": makes a cycle of targets: s → t → s`},
		{"deep", strategy(strings.Repeat("single: {target: {", 30) + "single: {target: a}" + strings.Repeat("}}", 30)), `stands too deep`},
		{"long chain", head + "strategies:\n" + chain(20), `strategies.s4.single.target: "s5": stands too deep: at most 16`},
		{"many names", head + "strategies:\n" + chain(50) + "baseline: x\n", `s29 and 21 more`},
		{"many lines", ok + strings.Repeat("#\n", 20000), `bad.yaml: has 20002 lines: at most 10000`},
		{"empty race", strategy("race: {targets: []}"), `strategies.s.race.targets: must not be empty`},
		{"quorum", strategy("consensus: {targets: [a, b], quorum: 3}"), `quorum: "3": is more than the 2 targets`},
		{"no quorum", strategy("consensus: {targets: [a, b], quorum: 0}"), `quorum: "0": must be majority, or a number of votes`},
		{"extract", strategy("consensus: {targets: [a], extract: fuzzy}"), `must be exact, normalized, {json: FIELD} or {regexp: PATTERN}`},
		{"regexp", strategy("consensus: {targets: [a], extract: {regexp: '('}}"), `is no regular expression`},
		{"hedge delay", strategy("hedge: {targets: [a, b], delay: 3}"), `strategies.s.hedge.delay: "3": must be a duration with its unit`},
		{"no limit", strategy("budgeted: {target: a}"), `strategies.s.budgeted: lacks a limit: give per_request or per_run, in USD`},
		{"limit of nothing", strategy("budgeted: {target: a, per_run: 0}"), `budgeted.per_run: "0": must be a number above 0`},
		{"limit with a unit", strategy("budgeted: {target: a, per_run: 5usd}"), `budgeted.per_run: "5usd": must be a number above 0`},
		{"no concurrency", strategy("limited: {target: a}"), `strategies.s.limited: lacks the key "concurrency"`},
		{"limited target", strategy("single: {target: {model: a}}"), `strategies.s.single.target: lacks the key "max_tokens"`},
		{"limited whom", strategy("single: {target: {model: c, max_tokens: 9}}"), `strategies.s.single.target.model: "c": unknown target`},
		{"break", strategy("race: {targets: [a, b], on: first_token, on_break: stop}"), `on_break: "stop": unknown way`},
		{"break without stream", strategy("race: {targets: [a, b], on_break: restart}"), `on_break: "restart": has no meaning without on: first_token`},
		{"break of a fallback", strategy("fallback: {targets: [a, b], on_break: fail}"), `on_break: "fail": has no meaning without first_token`},
		{"no delay", strategy("hedge: {targets: [a, b]}"), `strategies.s.hedge: lacks the key "delay"`},
		{"percentile", strategy("hedge: {targets: [a, b], delay: p100}"), `must be a percentile from p1 to p99.9`},
		{"cap", strategy("hedge: {targets: [a, b], delay: 1s, cap: 2s}"), `has no meaning beside a fixed delay`},
		{"budget", strategy("hedge: {targets: [a, b], delay: 1s, budget: -5%}"), `budget: "-5%": must be a share of requests`},
		{"trigger", strategy("race: {targets: [a, b], on: token}"), `unknown trigger: allowed are answer, first_token`},
		{"retry cap", strategy("retry: {target: a, base: 9s, cap: 1s}"), `has a cap, 1s, below its base, 9s`},
		{"attempts", strategy("retry: {target: a, attempts: 0}"), `attempts: "0": must be a whole number of at least 1`},
		{"fallback on", strategy("fallback: {targets: [a], on: [overload]}"), `unknown kind of failure (did you mean "overloaded"?)`},
		{"rate without window", strategy("breaker: {target: a, failure_rate: 0.5}"), `has a failure_rate without a window`},
		{"window without rate", strategy("breaker: {target: a, window: 30s}"), `window: "30s": has no meaning without failure_rate`},
		{"window", strategy("breaker: {target: a, failure_rate: 0.5, window: 30}"), `window: "30": must be a number of calls such as 100 calls, or a time such as 30s`},
		{"minimum", strategy("breaker: {target: a, failure_rate: 0.5, window: 10 calls, minimum: 20}"), `is more than the window holds, 10 calls`},
		{"baseline", ok + "baseline: t", `baseline: "t": unknown strategy: allowed are s`},
		{"no strategy named", ok + "objectives: [1 <= 2]", `objectives[0]: "1 <= 2": names no strategy`},
		{"who", ok + "objectives:\n - s.p95 <= q.p95", `bad.yaml:4:13: objectives[0]: "s.p95 <= q.p95": unknown strategy "q": allowed are s`},
		{"quoted", ok + "objectives:\n - 's.p95 <= q.p95'", `bad.yaml:4:14: objectives[0]:`},
		{"wrong unit", ok + "objectives: [s.p95 <= 3]", `bad.yaml:3:23: objectives[0]: "s.p95 <= 3": cannot compare s.p95 (a time) with 3 (a plain number): allowed is a time`},
		{"which fault", fault("refuse: {}") + "\nobjectives: [s.during(outage).p95 <= 3s]", `unknown fault "outage": allowed are refuse`},
		{"objective list", ok + "objectives: s.p95 <= 3s", `objectives: "s.p95 <= 3s": must be a list of objectives`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var lines []string
			for _, e := range mistakes(t, tt.text) {
				lines = append(lines, e.Error())
			}
			if all := strings.Join(lines, "\n"); !strings.Contains(all, tt.want) {
				t.Errorf("got  %s\nwant …%s…", all, tt.want)
			}
		})
	}
}

// chain returns strategies of which each is the target of the one before.
func chain(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "  s%d: {single: {target: s%d}}\n", i, i+1)
	}
	fmt.Fprintf(&b, "  s%d: {single: {target: a}}\n", n)
	return b.String()
}

func TestErrorsAreSortedAndWhole(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	text.WriteString("baseline: nobody\nstrategies: {s: {single: {target: q}}}\nmodels: {a: {latency: 3}}\nload:\n")
	for i := range 20 {
		fmt.Fprintf(&text, "  wrong%d: 1\n", i)
	}
	all := mistakes(t, text.String())
	if len(all) != 23 {
		t.Errorf("%d errors, want 23", len(all))
	}
	for i, e := range all {
		if e.File != "bad.yaml" || i > 0 && e.Line < all[i-1].Line {
			t.Errorf("error %d: %v", i, e)
		}
	}
}

// Whatever a file holds, reading it does not panic; every error names the file
// and says something; what is accepted can be built, and is accepted again.
func FuzzParse(f *testing.F) {
	for _, name := range scenarios.List() {
		s, err := scenarios.Load(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add([]byte(s.Source))
	}
	bad, err := os.ReadFile(filepath.Join("testdata", "mistakes.yaml"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(bad)
	f.Add([]byte(minimal))
	f.Add([]byte(everyKind))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := scenarios.Parse("fuzz.yaml", data)
		if err == nil {
			s.Mock(s.Seed, 10)
			if s.Name == "" || s.Baseline == "" || len(s.Models) == 0 || len(s.Strategies) == 0 || s.Load.Rate <= 0 {
				t.Errorf("accepted: %+v", s)
			}
			if _, err := scenarios.Parse("fuzz.yaml", []byte(s.Source)); err != nil {
				t.Error(err)
			}
			return
		}
		all, ok := errors.AsType[*scenarios.Errors](err)
		if !ok || len(all.All) == 0 {
			t.Fatalf("got %T: %v", err, err)
		}
		for _, e := range all.All {
			if e.File != "fuzz.yaml" || e.Message == "" || !strings.HasPrefix(e.Error(), "fuzz.yaml:") {
				t.Errorf("got %v", e)
			}
		}
	})
}
