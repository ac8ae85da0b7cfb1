package reports_test

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/reports"
)

// experiment is a document of two strategies, the second an A/B test that finds
// the effect, in ms of latency, to be within half on either side.
func experiment(verdict string, at int, effect, half float64) *reports.Document {
	s := typical()
	s.kinds, s.goals = []string{"single", "ab"}, nil
	d := s.document()
	ab := &reports.AB{
		Metric: "latency", Unit: "ms", MinimumEffect: 100, Alpha: 0.05, Verdict: verdict, DecidedAt: at,
		Control: arm("atlas", 9000), Challenger: arm("birch", 1000), Method: "a method",
		Effect: stats.Between(effect, effect-half, effect+half), Compared: 10_000,
		SampleRatio: &reports.SampleRatio{ControlUnits: 9000, ChallengerUnits: 1000, Expected: 0.1, PValue: 1},
		Sequence:    reports.ABSequence{Requests: []int{}, Value: []*float64{}, Low: []*float64{}, High: []*float64{}},
	}
	for n := 100; n <= 10_000; n += 100 {
		wide := half * math.Sqrt(10_000/float64(n))
		q := &ab.Sequence
		q.Requests = append(q.Requests, n)
		q.Value, q.Low, q.High = append(q.Value, new(effect)), append(q.Low, new(effect-wide)), append(q.High, new(effect+wide))
	}
	d.Strategies[1].AB = ab
	d.Verdict = reports.Decide(d)
	return d
}

func arm(target string, n int) reports.ABArm {
	none := stats.Missing("not measured")
	return reports.ABArm{
		Target: target, Requests: n, Succeeded: n, Success: stats.Wilson(n, n), Accuracy: none,
		LatencyMS: reports.Latency{P50: stats.Exactly(700), P90: none, P95: none, P99: none, P999: none, Mean: none},
	}
}

func TestAB_verdicts(t *testing.T) {
	t.Parallel()
	mismatched := experiment("keep_collecting", 0, -300, 50)
	mismatched.Strategies[1].AB.SampleRatio = &reports.SampleRatio{ControlUnits: 8000, ChallengerUnits: 2000, Expected: 0.1, Mismatch: true}
	mismatched.Verdict = reports.Decide(mismatched)
	nothing := experiment("keep_collecting", 0, 0, 0)
	nothing.Strategies[1].AB.Effect = stats.Missing("an arm has no observation")
	nothing.Verdict = reports.Decide(nothing)
	for _, c := range []struct {
		name, headline, detail string
		d                      *reports.Document
	}{
		{"promote", "Promote birch.", "mean latency with birch differs by −300 ms (95% interval −350 ms to −250 ms); that it is better by 100 ms or more was clear after 1,700 of 10,000 requests.", experiment("promote", 1700, -300, 50)},
		{"keep", "Keep atlas.", "+20.0 ms (95% interval −30.0 ms to +70.0 ms); that it is not better by 100 ms or more was clear after 900", experiment("keep", 900, 20, 50)},
		{"open", "Keep collecting.", "whether it is better by 100 ms or more is open after 10,000 requests.", experiment("keep_collecting", 0, -120, 50)},
		{"mismatch", "Repair the test: its arms have not got their shares.", "2,000 of 10,000 units went to birch instead of 10%", mismatched},
		{"nothing", "Keep collecting.", "there is nothing to compare yet: an arm has no observation.", nothing},
	} {
		if v := c.d.Verdict; v.Headline != c.headline || !strings.Contains(v.Detail, c.detail) || v.Recommend != "" {
			t.Errorf("%s: %q, recommending %q\n%s", c.name, v.Headline, v.Recommend, v.Detail)
		}
		page := html(t, c.d)
		if !strings.Contains(page, `<section id="ab"`) || !strings.Contains(page, `href="#ab"`) || numbers.MatchString(payload.ReplaceAllString(page, "")) {
			t.Errorf("%s: the section is missing or has bad numbers", c.name)
		}
		checkLinks(t, page)
		found := slices.ContainsFunc(c.d.Verdict.Findings, func(f reports.Finding) bool {
			return f.ID == "sample-ratio-mismatch" && f.Severity == "high" && f.Section == "ab"
		})
		if found != (c.name == "mismatch") {
			t.Errorf("%s: findings %+v", c.name, c.d.Verdict.Findings)
		}
	}
}

// A test is no candidate: where another strategy is, that one is recommended,
// and the test's verdict stands below the table.
func TestAB_besideCandidates(t *testing.T) {
	t.Parallel()
	d := experiment("promote", 1700, -300, 50)
	d.Objectives = []reports.Objective{
		goal("single.p95 <= 9s", "pass", "ms", 1000, 990, 1010, 9000, "single"),
		goal("ab.p95 <= 9s", "pass", "ms", 900, 890, 910, 9000, "ab"),
	}
	d.Verdict = reports.Decide(d)
	if d.Verdict.Headline != "Keep single." || d.Verdict.Recommend != "single" {
		t.Errorf("%q, recommending %q; want single", d.Verdict.Headline, d.Verdict.Recommend)
	}
	want := "ab: Promote birch. Mean latency with birch differs by −300 ms"
	if got := terminal(t, d, reports.Terminal{Width: 200}); !strings.Contains(got, want) {
		t.Errorf("the terminal does not say %q:\n%s", want, got)
	}
	told := experiment("promote", 1700, -300, 50)
	if n := strings.Count(terminal(t, told, reports.Terminal{Width: 2000}), "differs by −300 ms"); n != 1 {
		t.Errorf("the terminal tells it %d times, want once", n)
	}
}

var drawnBand = regexp.MustCompile(`class="band c5" d="M[0-9]+ [0-9]+l[0-9 -]+z"`)

// The chart has the band and the line, and no more than fits.
func TestAB_chart(t *testing.T) {
	t.Parallel()
	page := html(t, experiment("promote", 1700, -300, 50))
	if !drawnBand.MatchString(page) {
		t.Error("no band is drawn")
	}
	empty := experiment("keep_collecting", 0, 0, 0) // no width at all
	empty.Strategies[1].AB.MinimumEffect = 0
	page = html(t, empty)
	test, _, _ := strings.Cut(page, `<section id="spectrum"`)
	if strings.Contains(test, "band c5") || numbers.MatchString(payload.ReplaceAllString(page, "")) {
		t.Error("an effect of nothing is drawn")
	}
}
