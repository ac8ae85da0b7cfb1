package record_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/internal/record"
	"github.com/tailgate-bench/tailgate/llm"
)

// write writes the requests as the one part of a file and returns its path.
func write(t *testing.T, cfg record.Config, requests ...*record.Request) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "requests.ndjson.gz")
	w := record.NewWriter(path)
	part, err := w.Part(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range requests {
		part.Add(q)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func lines(t *testing.T, path string) []string {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	zip, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	scanner := bufio.NewScanner(zip)
	scanner.Buffer(nil, 1<<24)
	for scanner.Scan() {
		all = append(all, scanner.Text())
	}
	if err := scanner.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestWriter_lines(t *testing.T) {
	t.Parallel()
	full := hedged(7, 1500*ms)
	full.Sent = 1500*ms + 250*time.Microsecond
	full.Correct, full.HedgesDenied, full.RetriesMade, full.RetriesDenied = record.Right, 1, 2, 3
	full.Quorum, full.Votes = record.Agreed, []string{"yes", "\"no\"\n"}
	full.Transitions = []record.Transition{{Target: "a", At: 2 * s, From: "closed", To: "open", Why: "5 of 5 failed"}}
	full.Attempts[0].FirstToken, full.Attempts[0].HasFirstToken = 1900*ms, true
	full.Attempts[1].Usage.Estimated = true
	failed := failing(request(8, 2*s, 30*s), llm.Timeout)
	failed.Attempts = append(failed.Attempts, record.Attempt{Model: -1, Role: "fallback", State: record.StateRejected, Kind: llm.Rejected})
	want := []string{
		`{"strategy":"hedge","id":7,"due_ms":1500,"sent_ms":1500.25,"end_ms":3500,"latency_ms":2000,"first_token_ms":2500,` +
			`"ok":true,"correct":true,"winner":1,"cost_usd":0.0039,"cost_low_usd":0.0039,"cost_high_usd":0.0069,` +
			`"hedges_fired":1,"hedges_denied":1,"retries":2,"retries_denied":3,"quorum":"agreed","votes":["yes","\"no\"\n"],` +
			`"breakers":[{"target":"a","at_ms":2000,"from":"closed","to":"open","why":"5 of 5 failed"}],"attempts":[` +
			`{"model":"a","role":"first","state":"lost","start_ms":1500,"end_ms":3500,"first_token_ms":1900,"input":100,"output":200,"whole":400},` +
			`{"model":"b","role":"hedge","state":"won","start_ms":2500,"end_ms":3500,"input":100,"output":100,"estimated":true}]}`,
		`{"strategy":"hedge","id":8,"due_ms":2000,"sent_ms":2000,"end_ms":32000,"latency_ms":30000,"ok":false,"error":"timeout",` +
			`"cost_usd":0,"attempts":[{"model":"a","role":"first","state":"failed","start_ms":2000,"end_ms":32000,"error":"timeout"},` +
			`{"role":"fallback","state":"rejected","start_ms":0,"end_ms":0,"error":"rejected"}]}`,
	}
	got := lines(t, write(t, record.Config{Strategy: "hedge", Models: models()}, full, failed))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Parts follow one another in the order of their making, whichever was filled
// first, and the bytes depend on nothing else.
func TestWriter_parts(t *testing.T) {
	t.Parallel()
	var files [2][]byte
	for round := range files {
		path := filepath.Join(t.TempDir(), "requests.ndjson.gz")
		w := record.NewWriter(path)
		var parts []*record.Part
		for _, name := range []string{"one", "two", "three"} {
			part, err := w.Part(record.Config{Strategy: name, Models: models()})
			if err != nil {
				t.Fatal(err)
			}
			parts = append(parts, part)
		}
		for i := range parts {
			part := parts[(i+round)%len(parts)]
			for id := range uint64(1000) {
				part.Add(request(id, time.Duration(id)*ms, weather(id)))
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		files[round], _ = os.ReadFile(path)
		all := lines(t, path)
		check(t, "lines", len(all), 3000)
		check(t, "order", strings.HasPrefix(all[0], `{"strategy":"one"`) && strings.HasPrefix(all[2999], `{"strategy":"three"`), true)
		check(t, "files", len(entries(t, path)), 1)
	}
	check(t, "same bytes", bytes.Equal(files[0], files[1]), true)
}

// entries lists the folder path is in.
func entries(t *testing.T, path string) []os.DirEntry {
	t.Helper()
	found, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestWriter_Abort(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "requests.ndjson.gz")
	w := record.NewWriter(path)
	for range 2 {
		part, err := w.Part(record.Config{Models: models()})
		if err != nil {
			t.Fatal(err)
		}
		part.Add(request(0, 0, ms))
	}
	check(t, "files before", len(entries(t, path)), 2)
	if err := w.Abort(); err != nil {
		t.Error(err)
	}
	check(t, "files after", len(entries(t, path)), 0)
	check(t, "a second time", w.Abort(), nil)
	check(t, "closing afterwards", w.Close(), nil)
	check(t, "files at last", len(entries(t, path)), 0)
}

func TestWriter_errors(t *testing.T) {
	t.Parallel()
	if _, err := record.NewWriter(filepath.Join(t.TempDir(), "none", "x.gz")).Part(record.Config{}); err == nil {
		t.Error("a folder that is not there can be written to")
	}
	// The name is taken by a folder, so the file cannot get it.
	path := filepath.Join(t.TempDir(), "taken")
	if err := os.MkdirAll(filepath.Join(path, "full"), 0o755); err != nil {
		t.Fatal(err)
	}
	w := record.NewWriter(path)
	if _, err := w.Part(record.Config{}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err == nil {
		t.Error("a file replaced a folder")
	}
	check(t, "files", len(entries(t, path)), 1)
}

// Any string at all makes a line of valid JSON that holds it.
func FuzzPart_Add(f *testing.F) {
	for _, s := range []string{"", "plain", "\"\\\n\r\t\x00\x1f\x7f", "é世\U0001F600\u2028\u2029", "\xff\xc0\xaf", "</script>", "\xed\xa0\x80", "\ufffd"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		q := request(1, 0, ms)
		q.Votes, q.Quorum = []string{text, text}, record.Disagreed
		q.Transitions = []record.Transition{{Target: text, From: text, To: text, Why: text}}
		q.Attempts[0].Role = text
		cfg := record.Config{Strategy: text, Models: []record.ModelInfo{{Name: text}}}
		all := lines(t, write(t, cfg, q))
		if len(all) != 1 {
			t.Fatalf("%d lines", len(all))
		}
		var line struct {
			Strategy string
			Votes    []string
		}
		if err := json.Unmarshal([]byte(all[0]), &line); err != nil {
			t.Fatalf("%v: %s", err, all[0])
		}
		if want := strings.ToValidUTF8(text, ""); utf8.ValidString(text) && (line.Strategy != want || line.Votes[1] != want) {
			t.Errorf("%q became %q", text, line.Strategy)
		}
		if !utf8.ValidString(all[0]) {
			t.Errorf("not UTF-8: %q", all[0])
		}
	})
}

func BenchmarkPart_Add(b *testing.B) {
	w := record.NewWriter(filepath.Join(b.TempDir(), "requests.ndjson.gz"))
	part, err := w.Part(record.Config{Strategy: "hedge", Models: models()})
	if err != nil {
		b.Fatal(err)
	}
	q := hedged(0, 0)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		q.ID = uint64(i)
		q.Due = time.Duration(i) * 1234 * time.Microsecond
		q.End = q.Due + weatherless(i)
		part.Add(q)
	}
	b.StopTimer()
	if err := w.Abort(); err != nil {
		b.Error(err)
	}
}
