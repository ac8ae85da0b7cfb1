package scenarios_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
	"github.com/tailgate-bench/tailgate/scenarios"
)

// One fault may be read on its own, in JSON as in YAML, on a time scale.
func TestParseFault(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{"name": "storm", "on": ["a"], "from": "10s", "to": "1m", "probability": 0.5, "latency": {"add": "2s"}}`,
		"name: storm\non: a\nfrom: 10s\nto: 1m\nprobability: 50%\nlatency: {add: 2s}\n",
	} {
		w, err := scenarios.ParseFault([]byte(text), []string{"a", "b"}, 10)
		if err != nil {
			t.Fatal(err)
		}
		l, _ := w.Fault.(fault.Latency)
		if w.Name != "storm" || len(w.On) != 1 || w.From != time.Second || w.To != 6*time.Second || w.Probability != 0.5 || l.Add != 200*time.Millisecond {
			t.Errorf("%s: %+v", text, w)
		}
	}
	w, err := scenarios.ParseFault([]byte(`{"on": "any/model", "outage": {}}`), nil, 1)
	if err != nil || w.Name != "outage" || !w.Hits("any/model") || w.Hits("a") {
		t.Errorf("without known models: %+v, %v", w, err)
	}
	w, err = scenarios.ParseFault([]byte(`{"outage": {}}`), nil, 1)
	if err != nil || !w.Hits("whatever") {
		t.Errorf("without models: %+v, %v", w, err)
	}
}

// What is wrong with a fault is said as clearly as in a scenario.
func TestParseFault_Mistakes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		``:                                       "is empty",
		`[]`:                                     "must be a mapping",
		`{}`:                                     "lacks what goes wrong",
		`{"on": "c", "outage": {}}`:              `on: "c": unknown model: allowed are a, b`,
		`{"outage": {}, "hang": {}}`:             "more than one kind",
		`{"outrage": {}}`:                        `did you mean "outage"`,
		`{"from": "2m", "to": "1m", "hang": {}}`: "must be later than from",
		`{"ttl": "1m", "hang": {}}`:              "ttl",
		`{`:                                      "is not YAML",
	} {
		_, err := scenarios.ParseFault([]byte(text), []string{"a", "b"}, 1)
		if many := (*scenarios.Errors)(nil); !errors.As(err, &many) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", text, err, want)
		}
	}
}

// One mistake is one error.
func TestParseFault_oneMistake(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{"outage": {"hang": 5}}`, `{"name": "", "hang": {}}`, `{"blank": true}`,
		`{"status": {"code": 200, "kind": "auth"}}`, `{"status": {"code": 429, "kind": "quota"}}`,
	} {
		_, err := scenarios.ParseFault([]byte(text), nil, 1)
		if many := (*scenarios.Errors)(nil); !errors.As(err, &many) || len(many.All) != 1 {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// A share of 0 is the beginning of an answer; to leave it out is any place.
func TestParseFault_shareOfNothing(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`truncate: {share: 0}`, `truncate: {share: 0%}`, `in_stream: {after_share: 0}`, `stall: {for: 1s, after_share: 0}`,
	} {
		w, err := scenarios.ParseFault([]byte(text), nil, 1)
		if err != nil {
			t.Fatal(err)
		}
		for id := range uint64(20) {
			p := fault.Plan{Tokens: 1000}
			w.Apply(&p, fault.Instant{Strength: 1, Draw: draw.New(id)})
			if p.Until != 0 || p.StallAfter != 0 {
				t.Errorf("%s: after %d tokens, stands still after %d", text, p.Until, p.StallAfter)
			}
		}
	}
}
