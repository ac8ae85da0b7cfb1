package mockprovider_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/mockprovider"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

func TestNewModels_errors(t *testing.T) {
	t.Parallel()
	good, twice := steady("a"), 2.0
	for want, c := range map[string]mockprovider.Config{
		"has no name":               {Models: []mockprovider.Settings{{Latency: draw.Constant(1)}}},
		`model "a": is there twice`: {Models: []mockprovider.Settings{good, good}},
		`model "b": needs`:          {Models: []mockprovider.Settings{{Name: "b"}}},
		`model "b": a latency`: {Models: []mockprovider.Settings{{
			Name: "b", Latency: draw.Constant(1), PerToken: draw.Constant(1),
		}}},
		"accuracy must be in [0, 1], not 2": {Models: []mockprovider.Settings{{
			Name: "b", Latency: draw.Constant(1), Accuracy: &twice,
		}}},
		`fault "x": does nothing`: {Faults: []fault.Window{{Name: "x"}}},
		`fault "x": there is no model "z"`: {
			Models: []mockprovider.Settings{good},
			Faults: []fault.Window{{Name: "x", On: []string{"a", "z"}, Fault: fault.Refuse{}}},
		},
		"correlation must be in [0, 1], not -1": {Correlation: -1},
		"the workload has no items":             {Workload: &mockprovider.Workload{}},
	} {
		if _, err := mockprovider.NewModels(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func TestModel_Plan(t *testing.T) {
	t.Parallel()
	m := one(t)
	r := &llm.Request{ID: 1, System: "Be brief.", Prompt: "What is the matter?"}
	got := planned(m, r)
	if len(got.Text) != 44 {
		t.Errorf("%d bytes of text for 11 tokens, want 44", len(got.Text))
	}
	got.Text = ""
	want := fault.Plan{Wait: 100 * ms, FirstToken: 100 * ms, Gap: 10 * ms, Input: 3 + 5, Tokens: 11}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
}

func TestModel_Plan_latency(t *testing.T) {
	t.Parallel()
	m := models(t, mockprovider.Config{Models: []mockprovider.Settings{{
		Name: "m", Latency: draw.Constant(time.Second),
	}}})[0]
	p := planned(m, &llm.Request{Prompt: "hi"})
	if d, ok := p.Lasts(); d != time.Second || !ok || p.Gap != 0 {
		t.Errorf("lasts %v, gap %v, want 1 s in one piece", d, p.Gap)
	}
	if p.Tokens != 128 {
		t.Errorf("%d tokens, want 128", p.Tokens)
	}
}

// TestModel_Plan_sameWeather: a plan depends on seed, request, model and call
// number, and on nothing else.
func TestModel_Plan_sameWeather(t *testing.T) {
	t.Parallel()
	build := func(seed uint64, names ...string) map[string]*mockprovider.Model {
		c := mockprovider.Config{Seed: seed, Faults: []fault.Window{{Name: "f", Probability: 0.5, Fault: fault.Outage{}}}}
		for _, name := range names {
			s, _ := mockprovider.Preset("gpt-4o")
			s.Name = name
			c.Models = append(c.Models, s)
		}
		all := map[string]*mockprovider.Model{}
		for _, m := range models(t, c) {
			all[m.Name()] = m
		}
		return all
	}
	plans := func(m *mockprovider.Model, ordinal int) (all []fault.Plan) {
		for id := uint64(200); id > 0; id-- {
			var p fault.Plan
			m.Plan(&p, &llm.Request{ID: id, Prompt: "hi"}, ordinal, 0)
			all = append(all, p)
		}
		return all
	}
	base := plans(build(1, "a")["a"], 0)
	if diff := cmp.Diff(base, plans(build(1, "z", "a")["a"], 0)); diff != "" {
		t.Errorf("another model changes the weather:\n%s", diff)
	}
	for what, other := range map[string][]fault.Plan{
		"seed":    plans(build(2, "a")["a"], 0),
		"model":   plans(build(1, "z", "a")["z"], 0),
		"ordinal": plans(build(1, "a")["a"], 1),
	} {
		if cmp.Equal(base, other) {
			t.Errorf("another %s has the same weather", what)
		}
	}
}

// TestModel_Plan_windowKeepsItsVictims: victims stay when another window is put
// before.
func TestModel_Plan_windowKeepsItsVictims(t *testing.T) {
	t.Parallel()
	victims := func(windows ...fault.Window) (hit []uint64) {
		m := models(t, mockprovider.Config{Models: []mockprovider.Settings{steady("m")}, Faults: windows})[0]
		for id := range uint64(500) {
			if p := planned(m, &llm.Request{ID: id}); p.End == fault.EndRefuse {
				hit = append(hit, id)
			}
		}
		return hit
	}
	w := fault.Window{Name: "w", Probability: 0.2, Fault: fault.Refuse{}}
	other := fault.Window{Kind: "hang", Probability: 0.2, Fault: fault.Latency{Multiply: 2}}
	if diff := cmp.Diff(victims(w), victims(other, w)); diff != "" {
		t.Errorf("victims changed:\n%s", diff)
	}
	w.Name = ""
	if n := len(victims(w, w)); n < 150 || n > 210 { // 36 % if independent, 20 % if the same
		t.Errorf("two windows of the same name hit %d of 500, want about 180", n)
	}
}

func TestModel_Plan_lastFaultWins(t *testing.T) {
	t.Parallel()
	p := planned(one(t, fault.Status{Code: 500}, fault.Refuse{}, fault.Hang{AfterTokens: 3}), &llm.Request{})
	if p.End != fault.EndHang || p.Until != 3 {
		t.Errorf("end %v after %d tokens, want the last fault's", p.End, p.Until)
	}
}

// TestModel_Plan_state: models have buckets of their own unless they are
// hit together, and every run begins with full ones.
func TestModel_Plan_state(t *testing.T) {
	t.Parallel()
	for together, want := range map[bool]fault.End{false: fault.EndComplete, true: fault.EndFail} {
		c := mockprovider.Config{
			Models: []mockprovider.Settings{steady("a"), steady("b")},
			Faults: []fault.Window{{Together: together, Fault: &fault.RateLimit{Requests: 1}}},
		}
		for range 2 {
			all := models(t, c)
			if p := planned(all[0], &llm.Request{}); p.End != fault.EndComplete {
				t.Error("a new run begins with an empty bucket")
			}
			if p := planned(all[0], &llm.Request{}); p.End != fault.EndFail {
				t.Error("the limit does not hold")
			}
			if p := planned(all[1], &llm.Request{}); p.End != want {
				t.Errorf("together %v: the other model's end is %v, want %v", together, p.End, want)
			}
		}
	}
}

func TestModel_Plan_maxTokens(t *testing.T) {
	t.Parallel()
	m := one(t)
	for limit, want := range map[int]fault.Plan{
		0:  {Tokens: 11, Stop: llm.StopEnd},
		11: {Tokens: 11, Stop: llm.StopEnd},
		10: {Tokens: 10, Stop: llm.StopLength},
		1:  {Tokens: 1, Stop: llm.StopLength},
	} {
		p := planned(m, &llm.Request{Prompt: "hi", MaxTokens: limit})
		if p.Tokens != want.Tokens || p.Stop != want.Stop || len(p.Text) != 4*want.Tokens {
			t.Errorf("limit %d: %d tokens, stop %v, %d bytes", limit, p.Tokens, p.Stop, len(p.Text))
		}
	}
}

// TestModel_Plan_answers: models are right as often as their accuracy says,
// wrong evenly otherwise, whatever the correlation, and it says how often they
// err as one.
func TestModel_Plan_answers(t *testing.T) {
	t.Parallel()
	for _, correlation := range []float64{0, 0.5, 1} {
		t.Run(fmt.Sprint(correlation), func(t *testing.T) {
			t.Parallel()
			w := tickets(t)
			w.Reply = mockprovider.ReplyJSON
			a, b := steady("a"), steady("b")
			a.Accuracy, b.Accuracy = new(0.8), new(0.8)
			c := mockprovider.Config{
				Seed: 1, Models: []mockprovider.Settings{a, b}, Workload: w, Correlation: correlation,
			}
			all := models(t, c)
			rightA, rightB, bothWrong := 0, 0, 0
			for id := range uint64(draws) {
				r := w.Request(id)
				okA, known := w.Correct(planned(all[0], &r).Text, w.Item(id))
				okB, _ := w.Correct(planned(all[1], &r).Text, w.Item(id))
				if !known {
					t.Fatal("a ticket without an answer")
				}
				rightA += count(okA)
				rightB += count(okB)
				bothWrong += count(!okA && !okB)
			}
			near(t, "a right", rightA, 0.8)
			near(t, "b right", rightB, 0.8)
			near(t, "both wrong", bothWrong, correlation*0.2+(1-correlation)*0.04)
		})
	}
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestModel_Plan_wrongAnswersAreEven(t *testing.T) {
	t.Parallel()
	w := tickets(t)
	s := steady("a")
	s.Accuracy = new(0.0)
	m := models(t, mockprovider.Config{Models: []mockprovider.Settings{s}, Workload: w})[0]
	votes := map[string]int{}
	r := w.Request(0) // about billing
	for id := range uint64(draws) {
		r.ID = id
		votes[planned(m, &r).Text]++
	}
	if len(votes) != 5 {
		t.Errorf("votes %v, want the five other categories", votes)
	}
	for answer, v := range votes {
		near(t, answer, v, 0.2)
	}
}

func TestModel_Plan_oneAnswerOnly(t *testing.T) {
	t.Parallel()
	w := &mockprovider.Workload{Items: []mockprovider.Item{{Prompt: "6*7?", Answer: "42"}}}
	s := steady("a")
	s.Accuracy = new(0.0)
	m := models(t, mockprovider.Config{Models: []mockprovider.Settings{s}, Workload: w})[0]
	r := w.Request(0)
	if got := planned(m, &r).Text; got == "42" || got == "" {
		t.Errorf("a model that is never right says %q", got)
	}
}

func TestModel_Plan_extremes(t *testing.T) {
	t.Parallel()
	m := models(t, mockprovider.Config{Models: []mockprovider.Settings{{
		Name: "m", FirstToken: draw.Constant(1e300), PerToken: draw.Constant(1e300), OutputTokens: draw.Constant(1e300),
	}, {
		Name: "n", FirstToken: draw.Constant(-1), PerToken: draw.Constant(-1), OutputTokens: draw.Constant(-1),
	}}})
	slow, fast := planned(m[0], &llm.Request{}), planned(m[1], &llm.Request{})
	if d, ok := slow.Lasts(); d <= 0 || !ok {
		t.Errorf("the slowest plan lasts %v", d)
	}
	if d, _ := fast.Lasts(); d != 0 || fast.Tokens != 1 || fast.Text == "" {
		t.Errorf("the fastest plan lasts %v and has %d tokens", d, fast.Tokens)
	}
}

//nolint:paralleltest // counts the allocations of the whole process
func TestModel_Plan_doesNotAllocate(t *testing.T) {
	m, w := busy(t)
	p := new(fault.Plan)
	r := w.Request(3)
	if got := testing.AllocsPerRun(1000, func() {
		r.ID++
		m.Plan(p, &r, 0, time.Second)
	}); got != 0 {
		t.Errorf("a plan allocates %v times", got)
	}
}

// busy returns a model with everything: preset, workload, common cause, faults.
func busy(tb testing.TB) (*mockprovider.Model, *mockprovider.Workload) {
	tb.Helper()
	s, _ := mockprovider.Preset("claude-sonnet-4-6")
	s.Accuracy = new(0.9)
	w := tickets(tb)
	return models(tb, mockprovider.Config{
		Models: []mockprovider.Settings{s}, Workload: w, Correlation: 0.3,
		Faults: []fault.Window{
			{Name: "outage", From: time.Minute, To: time.Hour, Fault: fault.Outage{}},
			{Kind: "latency", Probability: 0.2, Fault: fault.Latency{Multiply: 8}},
		},
	})[0], w
}

func BenchmarkModel_Plan(b *testing.B) {
	m, w := busy(b)
	p := new(fault.Plan)
	r := w.Request(3)
	b.ReportAllocs()
	for b.Loop() {
		r.ID++
		m.Plan(p, &r, 0, time.Second)
	}
}
