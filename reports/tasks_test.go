package reports_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/reports"
)

// worked returns a document with tasks and a judge.
func worked() *reports.Document {
	d := small().document()
	for i := range d.Strategies {
		s := &d.Strategies[i]
		for _, name := range []string{"", attack, "chat"} {
			s.Tasks = append(s.Tasks, reports.Task{
				Task: name, Requests: 100, Succeeded: 97, Success: stats.Wilson(97, 100), P50MS: stats.Between(1234, 1200, 1300),
				P95MS: stats.Missing("needs 368 requests, has 100"), Attempts: 1.5, CostUSD: 0.25, Accuracy: stats.Missing("no right answers are known"),
			})
		}
	}
	d.Strategies[0].Judge = &reports.Judge{
		Requests: 100, Scores: 180, Unreadable: 5, Failures: 15, Degraded: 3, UnreadableShare: stats.Wilson(5, 185),
		MeanScore: stats.Between(6.31, 6.1, 6.5), MeanRight: stats.Exactly(7.5), MeanWrong: stats.Missing("there are no values"),
		PickedRight: stats.Wilson(88, 95), AtRandom: stats.Exactly(0.81),
	}
	return d
}

func TestWriteJSON_tasks(t *testing.T) {
	t.Parallel()
	data := encode(t, worked())
	must(t, validate(t, data))
	d, err := reports.ReadJSON(bytes.NewReader(data))
	must(t, err)
	if len(d.Strategies[0].Tasks) != 3 || d.Strategies[0].Judge == nil || d.Strategies[1].Judge != nil {
		t.Error("tasks or judge were lost")
	}
	if !bytes.Equal(data, encode(t, d)) {
		t.Error("reading and writing changes the report")
	}
}

func TestWriteHTML_tasks(t *testing.T) {
	t.Parallel()
	page := html(t, worked())
	checkLinks(t, page)
	for _, want := range []string{
		`<section id="judge"`, `<a href="#judge">`, "<td>92.6% (85.6% to 96.4%)</td><td>81%</td>",
		`<section id="tasks"`, `<a href="#tasks">`, "<bdi>(none said)</bdi>", "<td>1.23 s</td><td>",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(page, "<img") {
		t.Error("the name of a task became markup")
	}
	if plain := html(t, small().document()); strings.Contains(plain, `id="judge"`) || strings.Contains(plain, `id="tasks"`) {
		t.Error("sections without anything in them")
	}
}

func TestWriteTerminal_tasks(t *testing.T) {
	t.Parallel()
	wide := terminal(t, worked(), reports.Terminal{})
	for _, want := range []string{
		"task ", "cost of 1,000", "requests", "(none said)", "$2.50",
		"picked a right answer in 92.6% of the requests that had one (81% at random); mean score 6.3;",
		"unreadable; 15 failed; 3 picked without a score",
	} {
		if !strings.Contains(strings.Join(strings.Fields(wide), " "), strings.TrimSpace(want)) {
			t.Errorf("lacks %q:\n%s", want, wide)
		}
	}
	for line := range strings.Lines(terminal(t, worked(), reports.Terminal{Width: 70, ASCII: true})) {
		if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > 70 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
}
