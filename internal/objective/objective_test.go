package objective_test

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/internal/objective"
)

// measured are the values the tests evaluate with.
var measured = map[string]float64{
	"guarded.success": 0.999, "hedge.p95": 1500, "single.p95": 3000, "hedge.p99": 2000, "single.p99": 9000,
	"hedge.cost": 1.25, "hedge.usd": 12.5, "single.usd": 10, "race.attempts": 2, "single.attempts": 1,
	"best-of-3.p95": 2900, "a-b.p95": 7, "hedge.during(outage).success": 0.97,
	"hedge.during(primary-outage).recovered": 4000, "dead.p99": math.Inf(1),
}

func lookup(r objective.Ref) (float64, bool) {
	v, ok := measured[r.String()]
	return v, ok
}

func TestEval(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text        string
		left, right float64
		unit        objective.Unit
		holds       bool
	}{
		{"guarded.success >= 99.9%", 0.999, 0.999, objective.Ratio, true}, // the literal is exactly 0.999
		{"guarded.success > 0.999", 0.999, 0.999, objective.Ratio, false},
		{"hedge.p95 <= 0.6 * single.p95", 1500, 1800, objective.Milliseconds, true},
		{"hedge.p95 / single.p95 < 50%", 0.5, 0.5, objective.Ratio, false},
		{"hedge.cost <= 1.3", 1.25, 1.3, objective.Ratio, true},
		{"hedge.cost - 1 <= 30%", 0.25, 0.3, objective.Ratio, true},
		{"hedge.p99 - single.p99 < -2s", -7000, -2000, objective.Milliseconds, true},
		{"hedge.p99-single.p99<-(2s)", -7000, -2000, objective.Milliseconds, true},
		{"hedge.during(outage).success >= 99%", 0.97, 0.99, objective.Ratio, false},
		{"hedge.during( primary-outage ).recovered <= 1m30s", 4000, 90000, objective.Milliseconds, true},
		{"best-of-3.p95 <= 3s", 2900, 3000, objective.Milliseconds, true},
		{"a-b.p95 > 2ms*3", 7, 6, objective.Milliseconds, true},
		{"race.attempts <= 2", 2, 2, objective.Count, true},
		{"race.attempts <= 2 * single.attempts", 2, 2, objective.Count, true},
		{"hedge.usd <= 1.2*single.usd", 12.5, 12, objective.USD, false},
		{"hedge.usd <= 12.5", 12.5, 12.5, objective.USD, true},
		{"3s >= hedge.p95", 3000, 1500, objective.Milliseconds, true},
		{"hedge.p95 <= 8s - 2 * (1s + 2s) - 1s", 1500, 1000, objective.Milliseconds, false}, // minus binds to the left
		{"hedge.p95 <= 12s / 2 / 3", 1500, 2000, objective.Milliseconds, true},
		{"-hedge.p95 < -1s", -1500, -1000, objective.Milliseconds, true},
		{"1 <= race.attempts", 1, 2, objective.Count, true},
		{"1 + race.attempts > 3", 3, 3, objective.Count, false},
		{"race.attempts / hedge.cost <= 1.6", 1.6, 1.6, objective.Count, true},
		{"1 / hedge.cost >= 80%", 0.8, 0.8, objective.Ratio, true},
		{"race.attempts / single.attempts <= 200%", 2, 2, objective.Ratio, true},
		{"hedge.usd / 2 <= single.usd", 6.25, 10, objective.USD, true},
		{"hedge.cost * hedge.cost <= (1 + 1) * 1", 1.5625, 2, objective.Ratio, true},
		{"hedge.p95 <= 1.1 * hedge.cost * 2s", 1500, 2750, objective.Milliseconds, true},
		{"dead.p99 <= 1h", math.Inf(1), 3.6e6, objective.Milliseconds, false},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()
			o, err := objective.Parse(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			left, right, ok := o.Eval(lookup)
			if !ok || left != tt.left || right != tt.right {
				t.Errorf("Eval = %v, %v, %v; want %v, %v", left, right, ok, tt.left, tt.right)
			}
			if o.Holds(left, right) != tt.holds {
				t.Errorf("Holds = %v", !tt.holds)
			}
			if o.Unit() != tt.unit || o.String() != tt.text {
				t.Errorf("Unit %q, String %q", o.Unit(), o.String())
			}
		})
	}
}

func TestEvalWithoutValue(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"nobody.p95 <= 3s",               // not known
		"hedge.p95 <= 2 * nobody.p95",    // on the other side
		"dead.p99 - dead.p99 <= 0ms",     // infinite minus infinite
		"hedge.p95 / (1s - 1s) * 0 <= 1", // infinite times zero
	} {
		o, err := objective.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if l, r, ok := o.Eval(lookup); ok {
			t.Errorf("%s: Eval = %v, %v, true", text, l, r)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	o, err := objective.Parse("3s - b-1.p95 < 2 * a.p50 + b-1.during(out_1).p95")
	if err != nil {
		t.Fatal(err)
	}
	if o.Subject() != "b-1" || o.Op() != "<" {
		t.Errorf("Subject %q, Op %q", o.Subject(), o.Op())
	}
	if diff := cmp.Diff([]string{"b-1", "a"}, o.Strategies()); diff != "" {
		t.Error(diff)
	}
	want := []objective.Ref{
		{Strategy: "b-1", Metric: "p95", Column: 6},
		{Strategy: "a", Metric: "p50", Column: 20},
		{Strategy: "b-1", Fault: "out_1", Metric: "p95", Column: 28, FaultColumn: 39},
	}
	if diff := cmp.Diff(want, o.Refs()); diff != "" {
		t.Error(diff)
	}
}

func TestMistakes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text   string
		column int
		says   string
	}{
		{"", 1, "found the end"},
		{"hedge.p95 <= 3", 14, "cannot compare hedge.p95 (a time) with 3 (a plain number): allowed is a time such as 250ms or 3s, or another latency"},
		{"hedge.p95 <= 99%", 14, "cannot compare hedge.p95 (a time) with 99% (a ratio): allowed is a time"},
		{"3 >= hedge.p95", 1, "allowed is a time"},
		{"race.success >= 3s", 17, "allowed is a ratio such as 99.9%"},
		{"race.attempts <= 150%", 18, "allowed is a number such as 2"},
		{"race.usd <= 1s", 13, "an amount in USD"},
		{"race.usd <= race.p95", 13, "cannot compare race.usd (an amount in USD) with race.p95 (a time)"},
		{"a.p95 + 1 < 2s", 9, "cannot add a.p95 (a time) and 1 (a plain number): allowed is a time"},
		{"a.p95 - 1% < 2s", 9, "cannot take a.p95 (a time) minus 1% (a ratio)"},
		{"a.p95 * b.p95 < 2s", 9, "cannot multiply"},
		{"a.p95 / b.usd < 2s", 9, "cannot divide"},
		{"a.p95", 6, "expected a comparison (<=, <, >= or >), found the end"},
		{"a.p95 == 3s", 7, `unexpected "="`},
		{"a.p95 <= 3s <= 4s", 13, "expected the end"},
		{"a <= 3s", 1, `"a" lacks a metric`},
		{"1 <= 2", 1, "names no strategy"},
		{"a.p96 <= 3s", 3, `unknown metric "p96": allowed are success, p50,`},
		{"a. <= 3s", 4, `unknown metric "<="`},
		{"a.recovered <= 3s", 3, "unknown metric"},
		{"a.during(f).p99 <= 3s", 13, "allowed are success, p95, recovered, amplification"},
		{"a.during f.p95 <= 3s", 10, `expected "("`},
		{"a.during().p95 <= 3s", 10, "expected the name of a fault"},
		{"a.during(f).during(f).p95 <= 3s", 13, "unknown metric"},
		{"a.p95 <= 5 apples", 12, "expected the end of the objective"},
		{"a.p95 <= 5apples", 10, `"5apples" is no literal`},
		{"a.p95 <= 1.2.3", 10, `"1.2.3" is no number`},
		{"a.p95 <= (3s", 13, `expected ")", found the end`},
		{"a.p95 <= ü", 10, `unexpected "ü"`},
		{"ü.p95 <= 3s", 1, `unexpected "ü"`},
		{"a.p95 <= " + strings.Repeat("(", 5000), 110, "nested too deeply"},
		{"a.p95 <= " + strings.Repeat("-", 5000), 110, "nested too deeply"},
	}
	for _, tt := range tests {
		t.Run(tt.text[:min(len(tt.text), 30)], func(t *testing.T) {
			t.Parallel()
			_, err := objective.Parse(tt.text)
			syntax, ok := errors.AsType[*objective.SyntaxError](err)
			if !ok {
				t.Fatalf("got %v", err)
			}
			if syntax.Column != tt.column || !strings.Contains(syntax.Message, tt.says) {
				t.Errorf("got %v\nwant column %d: …%s…", err, tt.column, tt.says)
			}
		})
	}
}

// Every metric is accepted, and compares with itself.
func TestEveryMetric(t *testing.T) {
	t.Parallel()
	for _, m := range objective.Metrics() {
		if _, err := objective.Parse("a." + m + " <= b." + m); err != nil {
			t.Error(err)
		}
	}
	for _, m := range objective.FaultMetrics() {
		if _, err := objective.Parse("a.during(f)." + m + " <= b.during(g)." + m); err != nil {
			t.Error(err)
		}
	}
}

func TestValid(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"a": true, "best-of-3": true, "A_1": true, "": false, "3way": false, "-a": false, "a.b": false, "a b": false, "ä": false,
	} {
		if objective.Valid(name) != want {
			t.Errorf("Valid(%q) = %v", name, !want)
		}
	}
}

// Whatever is read, a mistake has its place in the text; what parses names a
// strategy, evaluates without a panic, and keeps its meaning in parentheses.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"guarded.success >= 99.9%", "hedge.p99 - single.p99 < -2s", "a.during(f).p95/2 > (1m30s+2ms)*0.5", "a.p95 <= 5 apples", "a.<", "(((",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		o, err := objective.Parse(text)
		if err != nil {
			syntax, ok := errors.AsType[*objective.SyntaxError](err)
			if !ok || syntax.Column < 1 || syntax.Column > len([]rune(text))+1 || syntax.Message == "" {
				t.Fatalf("error without a place: %v", err)
			}
			return
		}
		if !objective.Valid(o.Subject()) {
			t.Errorf("subject %q", o.Subject())
		}
		value := func(r objective.Ref) (float64, bool) { return float64(len(r.String())), true }
		left, right, ok := o.Eval(value)
		at := strings.IndexAny(text, "<>")
		again, err := objective.Parse("(" + text[:at] + ")" + text[at:])
		if err != nil {
			if strings.Contains(err.Error(), "nested") {
				return
			}
			t.Fatal(err)
		}
		left2, right2, ok2 := again.Eval(value)
		if ok != ok2 || ok && (left != left2 || right != right2) {
			t.Errorf("%v, %v, %v became %v, %v, %v", left, right, ok, left2, right2, ok2)
		}
	})
}

func TestObjective_Demands(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"a.success >= 99%":              true,
		"a.success <= 50%":              false,
		"a.p95 <= 0.6 * b.p95":          true,
		"a.p95 >= 0.4 * b.p95":          false,
		"3s >= a.p99":                   true,
		"3s <= a.p99":                   false,
		"99% <= a.accuracy":             true,
		"a.attempts < 2":                true,
		"a.cost > 1":                    false,
		"a.during(f).recovered <= 5s":   true,
		"a.success - b.success <= -30%": false,
		"a.success - b.success >= 5%":   true,
		"a.agreement > 0.5":             true,
		"a.agreed_right <= 97%":         false,
		"a.picked_right >= 99%":         true,
		"a.during(f).success >= 99%":    true,
		"a.during(f).amplification > 1": false,
	} {
		o, err := objective.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := o.Demands(); got != want {
			t.Errorf("%s: Demands is %v, want %v", text, got, want)
		}
	}
}

// The documentation has every metric.
func TestMetrics_documented(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join("..", "..", "doc", "objectives.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(objective.Metrics(), objective.FaultMetrics()...) {
		if !strings.Contains(string(page), "`"+name+"`") {
			t.Errorf("%s is not in doc/objectives.md", name)
		}
	}
}
