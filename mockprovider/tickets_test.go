package mockprovider_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/mockprovider"
)

// The large set of tickets has eight categories of the same size, and nothing
// twice, be it in other capitals or with other punctuation.
func TestEmbedded_tickets400(t *testing.T) {
	t.Parallel()
	items, ok := mockprovider.Embedded(mockprovider.Tickets400)
	if !ok || len(items) < 400 {
		t.Fatalf("%d tickets", len(items))
	}
	w := &mockprovider.Workload{Items: items}
	want := []string{"account", "billing", "feedback", "returns", "sales", "security", "shipping", "technical"}
	if diff := cmp.Diff(want, w.Answers()); diff != "" {
		t.Errorf("categories (-want +got):\n%s", diff)
	}
	seen, count := map[string]string{}, map[string]int{}
	for _, it := range items {
		plain := strings.Join(words(it.Prompt), " ")
		if first, twice := seen[plain]; twice {
			t.Errorf("%q is %q again", it.Prompt, first)
		}
		seen[plain] = it.Prompt
		count[it.Answer]++
		if it.Task != "classify" {
			t.Errorf("%q has the task %q", it.Prompt, it.Task)
		}
	}
	for _, c := range want {
		if n := len(items) / len(want); count[c] != n {
			t.Errorf("%d tickets about %s, want %d", count[c], c, n)
		}
	}
}

// No two tickets share more than half of their words, so none was made from
// another by filling in a form.
func TestEmbedded_tickets400_vary(t *testing.T) {
	t.Parallel()
	items, _ := mockprovider.Embedded(mockprovider.Tickets400)
	sets := make([]map[uint64]bool, len(items))
	for i, it := range items {
		sets[i] = map[uint64]bool{}
		for _, word := range words(it.Prompt) {
			sets[i][draw.Hash(word)] = true
		}
		for j := range i {
			shared := 0
			for word := range sets[i] {
				if sets[j][word] {
					shared++
				}
			}
			if all := len(sets[i]) + len(sets[j]) - shared; 2*shared > all {
				t.Errorf("%q and %q share %d of %d words", it.Prompt, items[j].Prompt, shared, all)
			}
		}
	}
}

// words returns the words of a text in lower case.
func words(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return strings.ContainsRune(" .,;:?!()\"'–-", r) })
}

// A request carries the right answer, for strategies that learn from it.
func TestWorkload_Request_want(t *testing.T) {
	t.Parallel()
	w := tickets(t)
	if r := w.Request(1); r.Want != w.Items[1].Answer || r.Want == "" {
		t.Errorf("the request wants %q, its item %q", r.Want, w.Items[1].Answer)
	}
}
