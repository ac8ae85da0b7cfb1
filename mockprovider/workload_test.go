package mockprovider_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/mockprovider"
)

func TestEmbedded_tickets(t *testing.T) {
	t.Parallel()
	w := tickets(t)
	want := []string{"account", "billing", "feedback", "sales", "shipping", "technical"}
	if diff := cmp.Diff(want, w.Answers()); diff != "" {
		t.Errorf("categories (-want +got):\n%s", diff)
	}
	seen := map[string]bool{}
	count := map[string]int{}
	for _, it := range w.Items {
		if seen[it.Prompt] {
			t.Errorf("%q is there twice", it.Prompt)
		}
		seen[it.Prompt] = true
		count[it.Answer]++
	}
	for _, c := range want {
		if count[c] != 10 {
			t.Errorf("%d tickets about %s, want 10", count[c], c)
		}
	}
	if _, ok := mockprovider.Embedded("nonesuch"); ok {
		t.Error("there is a workload of any name")
	}
}

func TestWorkload_Request(t *testing.T) {
	t.Parallel()
	w := tickets(t)
	w.System, w.MaxTokens = "Sort this.", 64
	r := w.Request(61)
	if it := w.Items[1]; r.Prompt != it.Prompt || r.Task != it.Task || w.Item(61).Answer != it.Answer {
		t.Errorf("request 61 asks %q, want the second of 60 items", r.Prompt)
	}
	if r.ID != 61 || r.System != w.System || r.MaxTokens != 64 {
		t.Errorf("request %+v", r)
	}
}

func TestWorkload_Correct(t *testing.T) {
	t.Parallel()
	it := &mockprovider.Item{Prompt: "?", Answer: "billing"}
	for text, want := range map[string]bool{
		"billing":                 true,
		" Billing.\n":             true,
		`"billing"`:               true,
		"shipping":                false,
		"":                        false,
		"the category is billing": false,
		`{"category":"billing","confidence":0.93}`:  true,
		` {"category": "Billing"} `:                 true,
		`{"category":"shipping"}`:                   false,
		`{"category":"bill`:                         false,
		`{"answer":"billing"}`:                      false,
		`{"category":"billing"} and "billing" once`: false,
	} {
		if right, known := new(mockprovider.Workload).Correct(text, it); right != want || !known {
			t.Errorf("%q: %v, %v, want %v", text, right, known, want)
		}
	}
	if _, known := new(mockprovider.Workload).Correct("billing", &mockprovider.Item{Prompt: "?"}); known {
		t.Error("an item without an answer has a right one")
	}
}

func TestReadItems(t *testing.T) {
	t.Parallel()
	got, err := mockprovider.ReadItems(strings.NewReader(`{"prompt":"a"}

  {"prompt":"b","answer":"x","task":"t"}
`), "f")
	want := []mockprovider.Item{{Prompt: "a"}, {Prompt: "b", Answer: "x", Task: "t"}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("error %v, items (-want +got):\n%s", err, diff)
	}
}

func TestReadItems_errors(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"":                                 {"f: has no items"},
		"{\"prompt\":\"a\"}\n{\"prompt\":": {"f:2: "},
		"{\"answer\":\"a\"}\n\n{\"prompt\":\" \"}":            {"f:1: prompt", "f:3: prompt"},
		"{\"prompt\":\"a\",\"answr\":\"b\"}":                  {"f:1: ", "answr"},
		"{\"prompt\":\"a\"}{\"prompt\":\"b\"}":                {"f:1: more than one"},
		"{\"prompt\":\"" + strings.Repeat("x", 5<<20) + "\"}": {"f:1: ", "too long"},
	} {
		_, err := mockprovider.ReadItems(strings.NewReader(text), "f")
		if err == nil {
			t.Errorf("%.40q is taken", text)
			continue
		}
		for _, part := range want {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%.40q: error %q does not say %q", text, err, part)
			}
		}
	}
}

func FuzzReadItems(f *testing.F) {
	f.Add(`{"prompt":"a","answer":"b"}`)
	f.Add("\n\n{}\n")
	f.Fuzz(func(t *testing.T, text string) {
		items, err := mockprovider.ReadItems(strings.NewReader(text), "f")
		if err != nil {
			return
		}
		if len(items) == 0 {
			t.Fatal("no items and no error")
		}
		for _, it := range items {
			if strings.TrimSpace(it.Prompt) == "" {
				t.Fatal("an empty prompt")
			}
		}
	})
}

func TestParseReply(t *testing.T) {
	t.Parallel()
	for _, want := range []mockprovider.Reply{mockprovider.ReplyText, mockprovider.ReplyJSON} {
		if got, ok := mockprovider.ParseReply(want.String()); got != want || !ok {
			t.Errorf("%v reads as %v, %v", want, got, ok)
		}
	}
	if _, ok := mockprovider.ParseReply("yaml"); ok {
		t.Error("yaml is a reply")
	}
}
