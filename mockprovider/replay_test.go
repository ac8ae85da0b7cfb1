package mockprovider_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/mockprovider"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

// script is a recording of one call, with its answer to one prompt.
type script struct {
	prompt, text string
	right, known bool
}

func (s script) Plan(p *fault.Plan, r *llm.Request, _ int, _ draw.Key) (right, known bool) {
	*p = fault.Plan{FirstToken: time.Second, Gap: time.Second, Tokens: 3, Input: 77}
	if r.Prompt == s.prompt {
		p.Text = s.text
	}
	return s.right, s.known
}

// replayed returns the plan of a model with the given recording.
func replayed(t *testing.T, s script, prompt string, faults ...fault.Window) (p fault.Plan) {
	t.Helper()
	never := 0.0
	models, err := mockprovider.NewModels(mockprovider.Config{
		Models: []mockprovider.Settings{{Name: "a", Replay: s, Accuracy: &never}}, Faults: faults,
		Workload: &mockprovider.Workload{Items: []mockprovider.Item{{Prompt: "even?", Answer: "yes"}, {Prompt: "odd?", Answer: "no"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	models[0].Plan(&p, &llm.Request{Prompt: prompt}, 0, 0)
	return p
}

// Times and tokens are those recorded. The answer is the one recorded for the
// prompt, or else as right as the one recorded, or else as the accuracy says.
func TestReplay_answers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		script script
		prompt string
		want   string
	}{
		"recorded":          {script{"even?", "YES", false, true}, "even?", "YES"},
		"recorded as right": {script{"other", "YES", true, true}, "even?", "yes"},
		"recorded as wrong": {script{"other", "YES", false, true}, "even?", "no"},
		"not known":         {script{}, "odd?", "yes"}, // the accuracy is 0
	} {
		p := replayed(t, c.script, c.prompt)
		if p.Text != c.want || p.Tokens != 3 || p.Input != 77 || p.Gap != time.Second {
			t.Errorf("%s: plan is %+v, want the answer %q", name, p, c.want)
		}
	}
	if p := replayed(t, script{}, "what?"); p.Text == "" || len(p.Text) > 12 {
		t.Errorf("prose of three tokens: %q", p.Text)
	}
	score := llm.Judging{Question: "even?", Answer: "yes"}.Prompt()
	if p := replayed(t, script{}, score); p.Tokens != 3 || p.Text == "" || len(p.Text) > 60 {
		t.Errorf("a judge's plan is %+v", p)
	}
}

func TestReplay_faultsOnTop(t *testing.T) {
	t.Parallel()
	p := replayed(t, script{}, "even?", fault.Window{Name: "slow", Fault: fault.Latency{Multiply: 4}})
	if p.FirstToken != 4*time.Second {
		t.Errorf("plan is %+v", p)
	}
}

func TestReplay_settings(t *testing.T) {
	t.Parallel()
	for _, s := range []mockprovider.Settings{
		{FirstToken: draw.Constant(1)}, {Latency: draw.Constant(1)}, {PerToken: draw.Constant(1)}, {OutputTokens: draw.Constant(1)},
	} {
		s.Name, s.Replay = "a", script{}
		_, err := mockprovider.NewModels(mockprovider.Config{Models: []mockprovider.Settings{s}})
		if err == nil || !strings.Contains(err.Error(), `model "a": a replay stands in place of times and lengths`) {
			t.Errorf("%+v: %v", s, err)
		}
	}
}
