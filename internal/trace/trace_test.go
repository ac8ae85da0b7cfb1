package trace_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tailgate-bench/tailgate/internal/trace"
	"github.com/tailgate-bench/tailgate/llm"
)

// What is written is what is read, to the nanosecond, in the order of the
// requests whatever the order of their ends.
func TestTrace_roundTrip(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		rows := drawRows(t)
		path := filepath.Join(dir, "x.gz")
		w, err := trace.Create(path, header())
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range rapid.Permutation(indices(rows)).Draw(t, "order") {
			w.Add(&rows[i])
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		tr, err := trace.Load(path)
		if err != nil {
			t.Fatal(err)
		}
		want := header()
		want.Schema = trace.Schema
		if diff := cmp.Diff(want, tr.Header); diff != "" {
			t.Error(diff)
		}
		var got []trace.Row
		for i := range tr.Len() {
			got = append(got, tr.Row(i))
		}
		if diff := cmp.Diff(rows, got); diff != "" {
			t.Error(diff)
		}
	})
}

func indices(rows []trace.Row) []int {
	all := make([]int, len(rows))
	for i := range all {
		all[i] = i
	}
	return all
}

func drawRows(t *rapid.T) []trace.Row {
	rows := make([]trace.Row, rapid.IntRange(1, 5).Draw(t, "rows"))
	id, due := uint64(0), time.Duration(0)
	for i := range rows {
		rows[i] = trace.Row{
			ID: id, Due: due, Prompt: rapid.Uint64().Draw(t, "prompt"), Task: rapid.SampledFrom([]string{"", "chat"}).Draw(t, "task"),
			Calls: []trace.Call{drawCall(t), drawCall(t)},
		}
		id += rapid.Uint64Range(1, 3).Draw(t, "gap")
		due += time.Duration(rapid.Int64Range(0, 1e12).Draw(t, "wait"))
	}
	return rows
}

func drawCall(t *rapid.T) trace.Call {
	c := trace.Call{
		Latency: time.Duration(rapid.Int64Range(0, 1e12).Draw(t, "latency")),
		Usage:   llm.Usage{Input: rapid.IntRange(0, 9).Draw(t, "input"), Output: rapid.IntRange(0, 9).Draw(t, "output"), Estimated: rapid.Bool().Draw(t, "estimated")},
	}
	if c.HasFirstToken = rapid.Bool().Draw(t, "speaks"); c.HasFirstToken {
		c.FirstToken = time.Duration(rapid.Int64Range(0, int64(c.Latency)).Draw(t, "first"))
	}
	if rapid.Bool().Draw(t, "answers") {
		c.Text = rapid.String().Draw(t, "text")
		c.Correct = rapid.SampledFrom([]trace.Truth{trace.Unknown, trace.Right, trace.Wrong}).Draw(t, "correct")
		return c
	}
	c.Cut = rapid.Bool().Draw(t, "cut")
	c.Failure = &llm.Error{
		Kind: rapid.SampledFrom(llm.Kinds()).Draw(t, "kind"), Status: rapid.SampledFrom([]int{0, 429, 503}).Draw(t, "status"), Message: "as recorded",
		Override: rapid.SampledFrom([]llm.Override{llm.NoOverride, llm.ForceRetry, llm.ForbidRetry}).Draw(t, "override"),
	}
	if rapid.Bool().Draw(t, "hint") {
		c.Failure.RetryAfter = llm.HintAfter(time.Duration(rapid.Int64Range(0, 1e12).Draw(t, "after")))
	}
	return c
}

// The columns are the calls.
func TestTrace_columns(t *testing.T) {
	t.Parallel()
	refused := trace.Call{Latency: time.Second, Failure: &llm.Error{Kind: llm.Overloaded, Status: 529}}
	tr := load(t, written(t, header(),
		trace.Row{ID: 0, Calls: []trace.Call{answered(2 * time.Second), refused}},
		trace.Row{ID: 1, Due: time.Second, Calls: []trace.Call{answered(4 * time.Second), answered(time.Second)}}))
	b, ok := tr.Model("b")
	if !ok || !slices.Equal(tr.Names(), []string{"a", "b"}) {
		t.Fatalf("names are %q", tr.Names())
	}
	if _, ok := tr.Model("c"); ok {
		t.Error("there is a model c")
	}
	if b.OK(0) || !b.OK(1) {
		t.Error("b failed request 0 only")
	}
	if !slices.Equal(b.Latency, []time.Duration{time.Second, time.Second}) || !slices.Equal(b.FirstToken, []time.Duration{-1, time.Second / 2}) {
		t.Errorf("b took %v, first tokens %v", b.Latency, b.FirstToken)
	}
	if got := trace.Rate(tr.Due); got != 1 {
		t.Errorf("rate is %v, want 1/s", got)
	}
}

// Nothing appears under the name before the end, and nothing is left of a trace
// that came to nothing.
func TestWriter_atomic(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x.gz")
	w, err := trace.Create(path, header())
	if err != nil {
		t.Fatal(err)
	}
	w.Add(&trace.Row{Calls: []trace.Call{{}, {}}})
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("before Close: %v", err)
	}
	if err := w.Abort(); err != nil {
		t.Fatal(err)
	}
	if w, err = trace.Create(path, header()); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err == nil {
		t.Error("a trace without rows was written")
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

// The same rows give the same bytes in whatever order they end.
func TestWriter_deterministic(t *testing.T) {
	t.Parallel()
	rows := []trace.Row{
		{ID: 0, Calls: []trace.Call{answered(9), answered(2)}},
		{ID: 1, Due: 5, Calls: []trace.Call{answered(1), answered(2)}},
		{ID: 3, Due: 8, Calls: []trace.Call{answered(1), answered(2)}},
	}
	one, err := os.ReadFile(written(t, header(), rows...))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "x.gz")
	w, err := trace.Create(path, header())
	if err != nil {
		t.Fatal(err)
	}
	w.Skip(2) // there is no request 2
	for i := range slices.Backward(rows) {
		w.Add(&rows[i])
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	two, err := os.ReadFile(path)
	if err != nil || string(one) != string(two) {
		t.Errorf("the files differ (%v)", err)
	}
}
