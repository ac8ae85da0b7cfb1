package mockprovider_test

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/mockprovider"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

// judging returns a judge of the tickets.
func judging(t *testing.T, how *mockprovider.Judge) *mockprovider.Model {
	t.Helper()
	s := steady("judge")
	s.Judge, s.OutputTokens = how, draw.Constant(500)
	return models(t, mockprovider.Config{Models: []mockprovider.Settings{s}, Workload: tickets(t)})[0]
}

// asked is the request to judge an answer to the ticket with the given number.
func asked(t *testing.T, id uint64, answer string) *llm.Request {
	t.Helper()
	return &llm.Request{ID: id, Prompt: llm.Judging{Question: tickets(t).Item(id).Prompt, Answer: answer}.Prompt()}
}

// Without noise the score is the quality, however the answer is worded.
func TestModel_Plan_judgesQuality(t *testing.T) {
	t.Parallel()
	m := judging(t, &mockprovider.Judge{})
	for answer, want := range map[string]string{
		"billing": "8", " Billing.": "8", `{"category":"billing","confidence":0.4}`: "8",
		"account": "4", "": "4", "billing and account": "4",
	} {
		p := planned(m, asked(t, 0, answer))
		if p.Text != want || p.Tokens != 1 {
			t.Errorf("%q: scored %q in %d tokens, want %s in 1", answer, p.Text, p.Tokens, want)
		}
	}
	unknown := &llm.Request{Prompt: llm.Judging{Question: "What is beauty?", Answer: "truth"}.Prompt()}
	if p := planned(m, unknown); p.Text != "6" {
		t.Errorf("an answer whose truth is not known is scored %q, want 6", p.Text)
	}
}

// The scores are normal around the quality, rounded and held to the scale.
func TestModel_Plan_judgesWithNoise(t *testing.T) {
	t.Parallel()
	how := mockprovider.Judge{Noise: 2, Unreadable: 0.1}
	m := judging(t, &how)
	r := asked(t, 0, "billing")
	counts := make(map[string]int)
	for id := range uint64(draws) {
		r.ID = id
		counts[planned(m, r).Text]++
	}
	phi := func(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 }
	below, words := 0.0, draws
	for s := 1; s <= 10; s++ {
		upTo := phi((float64(s) + 0.5 - 8) / how.Noise)
		if s == 10 {
			upTo = 1
		}
		near(t, strconv.Itoa(s), counts[strconv.Itoa(s)], (1-how.Unreadable)*(upTo-below))
		words -= counts[strconv.Itoa(s)]
		below = upTo
	}
	near(t, "in words", words, how.Unreadable)
}

// A score belongs to the request and the answer, not to the order in which a
// judge is asked.
func TestModel_Plan_judgesInAnyOrder(t *testing.T) {
	t.Parallel()
	m := judging(t, &mockprovider.Judge{Noise: 3})
	scores := make(map[string]bool)
	differ := 0
	for id := range uint64(60) {
		var first, again, other fault.Plan
		m.Plan(&first, asked(t, id, "maybe"), 0, 0)
		m.Plan(&again, asked(t, id, "maybe"), 1, 0)
		m.Plan(&other, asked(t, id, "perhaps"), 0, 0)
		if first.Text != again.Text {
			t.Errorf("request %d: %s, then %s", id, first.Text, again.Text)
		}
		if first.Text != other.Text {
			differ++
		}
		scores[first.Text] = true
	}
	if differ < 30 || len(scores) < 5 {
		t.Errorf("two wrong answers differ in %d of 60 requests, with %d different scores", differ, len(scores))
	}
}

func TestNewModels_judgeErrors(t *testing.T) {
	t.Parallel()
	for want, how := range map[string]mockprovider.Judge{
		"the noise of a judge must be a number of at least 0, not -1":   {Noise: -1},
		"the noise of a judge must be a number of at least 0, not NaN":  {Noise: math.NaN()},
		"the noise of a judge must be a number of at least 0, not +Inf": {Noise: math.Inf(1)},
		"the unreadable share of a judge must be in [0, 1], not 1.5":    {Unreadable: 1.5},
	} {
		s := steady("m")
		s.Judge = &how
		_, err := mockprovider.NewModels(mockprovider.Config{Models: []mockprovider.Settings{s}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// The embedded set of tasks has all kinds, with a right answer where there is
// one; what is wrong is an answer to the same kind of question.
func TestTasks(t *testing.T) {
	t.Parallel()
	items, ok := mockprovider.Embedded(mockprovider.Tasks)
	if !ok {
		t.Fatal("no embedded tasks")
	}
	count, answers := make(map[string]int), make(map[string]map[string]bool)
	for _, it := range items {
		count[it.Task]++
		if answers[it.Task] == nil {
			answers[it.Task] = make(map[string]bool)
		}
		answers[it.Task][it.Answer] = true
		if known := it.Answer != ""; known != (it.Task != "chat") && it.Task != "" {
			t.Errorf("%q: answer %q", it.Prompt, it.Answer)
		}
	}
	if len(items) != 60 || count["classify"] < 15 || count["code"] < 15 || count["chat"] < 15 || count[""] == 0 {
		t.Errorf("%d items: %v", len(items), count)
	}
	s := steady("m")
	s.Accuracy = new(0.0)
	w := &mockprovider.Workload{Items: items}
	m := models(t, mockprovider.Config{Models: []mockprovider.Settings{s}, Workload: w})[0]
	for id := range uint64(600) {
		it, r := w.Item(id), w.Request(id)
		if it.Answer == "" {
			continue
		}
		if p := planned(m, &r); p.Text == it.Answer || !answers[it.Task][p.Text] {
			t.Errorf("%q: wrong answer %q", it.Prompt, p.Text)
		}
	}
}
