package record_test

import (
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/internal/record"
	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/draw"
)

// zipped writes text as a file of requests.
func zipped(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "requests.ndjson.gz")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	zip := gzip.NewWriter(file)
	if _, err := io.WriteString(zip, text); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(zip.Close(), file.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestReader(t *testing.T) {
	t.Parallel()
	answered, failed := request(0, s, 2*s), failing(request(1, 2*s, s), llm.Overloaded)
	answered.Correct = record.Wrong
	r, err := record.OpenReader(write(t, record.Config{Strategy: "hedge", Models: models()}, answered, failed))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var l record.Line
	if err := r.Next(&l); err != nil {
		t.Fatal(err)
	}
	want := record.Line{
		Strategy: "hedge", ID: 0, DueMS: 1000, SentMS: 1000, EndMS: 3000, LatencyMS: 2000, FirstTokenMS: new(2000.0),
		OK: true, Correct: new(false), Winner: new(0), CostUSD: 0.0033,
		Attempts: []record.AttemptLine{{Model: "a", Role: "first", State: "won", StartMS: 1000, EndMS: 3000, Input: 100, Output: 200}},
	}
	if diff := cmp.Diff(want, l); diff != "" {
		t.Error(diff)
	}
	if a := l.Won(); a == nil || a.Model != "a" {
		t.Errorf("won by %+v", a)
	}
	if err := r.Next(&l); err != nil || l.OK || l.Error != "overloaded" || l.Winner != nil || l.Won() != nil {
		t.Errorf("the second is %+v, %v", l, err)
	}
	if err := r.Next(&l); !errors.Is(err, io.EOF) {
		t.Errorf("after the last: %v", err)
	}
}

func TestReadLogs_mistakes(t *testing.T) {
	t.Parallel()
	const good = `{"strategy":"a","id":0,"due_ms":1,"latency_ms":1,"ok":true,"attempts":[]}` + "\n"
	for _, c := range []struct {
		name, text string
		line       int
		want       string
	}{
		{"not JSON", good + "{strategy}\n", 2, "invalid character"},
		{"cut off", good + good[:20], 2, "unexpected EOF"},
		{"no strategy", "{}\n", 1, "names no strategy"},
		{"wrong type", good + strings.Replace(good, "0", `"0"`, 1), 2, "id"},
		{"twice", good + good, 2, "request 0 of a is there twice"},
		{"too large", good + strings.Replace(good, `"id":0`, `"id":99999999999`, 1), 2, "id is 99999999999"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			path := zipped(t, c.text)
			_, err := record.ReadLogs(path, nil)
			e, ok := errors.AsType[*record.LineError](err)
			if !ok || e.Line != c.line || e.Path != path || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want line %d: %s", err, c.line, c.want)
			}
		})
	}
	if _, err := record.ReadLogs(filepath.Join(t.TempDir(), "none"), nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	plain := filepath.Join(t.TempDir(), "plain")
	if err := os.WriteFile(plain, []byte(good), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := record.ReadLogs(plain, nil); err == nil || !strings.Contains(err.Error(), plain) {
		t.Errorf("not compressed: %v", err)
	}
}

// What is read back has the same replicates as what was recorded.
func TestPairLogs(t *testing.T) {
	t.Parallel()
	recorders := pair(3000)
	want := record.NewReplicates(recorders, 20, draw.New(1))
	path := filepath.Join(t.TempDir(), "requests.ndjson.gz")
	w := record.NewWriter(path)
	serve := []func(id uint64, due time.Duration) *record.Request{slowly, quickly}
	for i, name := range []string{"slow", "fast"} {
		part, err := w.Part(record.Config{Strategy: name, Models: models()})
		if err != nil {
			t.Fatal(err)
		}
		for id := range uint64(3000) {
			part.Add(serve[i](id, time.Duration(id)*50*ms))
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	logs, err := record.ReadLogs(path, nil)
	if err != nil || len(logs) != 2 || logs[1].Strategy != "fast" {
		t.Fatalf("%d logs, %v", len(logs), err)
	}
	got := record.PairLogs(logs, 20, draw.New(1))
	for strategy := range 2 {
		for _, metric := range []string{"success", "p50", "p95", "ok_p99", "mean", "first_token_p50", "accuracy", "attempts", "cost", "cost_high"} {
			point, vector, _ := got.Vector(strategy, metric)
			wantPoint, wantVector, _ := want.Vector(strategy, metric)
			alike := func(a, b float64) bool { return a == b || near(a, b, 1e-6*b) || a != a && b != b }
			if !alike(point, wantPoint) || !slices.EqualFunc(vector, wantVector, alike) {
				t.Errorf("%s of %d is %v, want %v", metric, strategy, point, wantPoint)
			}
		}
	}
}

// Reading never panics, and what it accepts is in order.
func FuzzReader(f *testing.F) {
	f.Add(`{"strategy":"a","id":0,"ok":true,"winner":0,"attempts":[{"model":"m"}]}`)
	f.Add(`{"strategy":"a","id":7,"winner":-1,"due_ms":1000,"latency_ms":-1}`)
	large := regexp.MustCompile(`[0-9]{5}|[eE]`) // a request of that number takes memory for all before it
	f.Fuzz(func(t *testing.T, line string) {
		if large.MatchString(line) {
			t.Skip()
		}
		logs, err := record.ReadLogs(zipped(t, line+"\n"), nil)
		if err == nil && len(logs) > 0 && logs[0].Strategy == "" {
			t.Error("a log without a name")
		}
		if err == nil && len(logs) > 0 && record.PairLogs(logs, 1, draw.New(1)).Requests() == 0 {
			t.Error("a log without requests")
		}
	})
}
