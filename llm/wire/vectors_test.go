package wire_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/wire"
)

// reading is what a vector says must be read from its bytes.
type reading struct {
	Answer   *answer        `json:"answer,omitempty"`
	Pieces   []string       `json:"pieces,omitempty"`
	Error    *failure       `json:"error,omitempty"`
	Incoming *wire.Incoming `json:"incoming,omitempty"`
	Key      string         `json:"key,omitempty"`
}

type answer struct {
	Text      string `json:"text"`
	Model     string `json:"model"`
	Length    bool   `json:"length,omitempty"`
	Input     int    `json:"input"`
	Output    int    `json:"output"`
	Estimated bool   `json:"estimated,omitempty"`
}

type failure struct {
	Kind       llm.Kind `json:"kind"`
	Status     int      `json:"status"`
	Message    string   `json:"message"`
	RetryAfter string   `json:"retry_after,omitempty"`
	Retryable  bool     `json:"retryable"`
}

// TestVectors reads what vendors, and the gateways before them, have been seen
// to send. Each file has a raw HTTP message and what must be made of it.
func TestVectors(t *testing.T) {
	t.Parallel()
	for _, f := range wire.Formats() {
		t.Run(f.String(), func(t *testing.T) {
			t.Parallel()
			files, err := filepath.Glob(filepath.Join("..", "..", "testdata", "wire", f.String(), "*.txt"))
			if err != nil || len(files) == 0 {
				t.Fatalf("no vectors: %v", err)
			}
			for _, file := range files {
				t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
					t.Parallel()
					checkVector(t, f, file)
				})
			}
		})
	}
}

// vector is a file of testdata/wire: a remark, a line that names the kind of
// message, the message, a line, and what must be read from it as JSON.
type vector struct {
	remark  []byte
	request bool
	message []byte
	want    []byte
}

const (
	requestLine  = "-- request --\n"
	responseLine = "-- response --\n"
	wantLine     = "-- want --\n"
)

func parseVector(t *testing.T, data []byte) (v vector) {
	t.Helper()
	message, want, ok := bytes.Cut(data, []byte(wantLine))
	v.want = want
	if v.remark, v.message, v.request = bytes.Cut(message, []byte(requestLine)); v.request && ok {
		return v
	}
	if v.remark, v.message, _ = bytes.Cut(message, []byte(responseLine)); v.message == nil || !ok {
		t.Fatal("a vector has a message and what is wanted")
	}
	return v
}

func (v vector) format() []byte {
	line := responseLine
	if v.request {
		line = requestLine
	}
	return slices.Concat(v.remark, []byte(line), v.message, []byte(wantLine), v.want)
}

func checkVector(t *testing.T, f wire.Format, file string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	v := parseVector(t, data)
	got := readMessage(t, f, v)
	if *update {
		text, err := json.MarshalIndent(got, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		v.want = append(text, '\n')
		if err := os.WriteFile(file, v.format(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var want reading
	if err := json.Unmarshal(v.want, &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("reading (-want +got):\n%s", diff)
	}
}

func readMessage(t *testing.T, f wire.Format, v vector) reading {
	t.Helper()
	in := bufio.NewReader(bytes.NewReader(v.message))
	if v.request {
		return readRequest(t, f, in)
	}
	resp, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
		pieces, ans, err := drain(f, resp.Body)
		return reading{Pieces: pieces, Answer: newAnswer(ans), Error: newFailure(err)}
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK {
		return reading{Error: newFailure(f.DecodeError(resp.StatusCode, resp.Header, body, noon))}
	}
	ans, err := f.DecodeAnswer(body)
	return reading{Answer: newAnswer(ans), Error: newFailure(err)}
}

func readRequest(t *testing.T, f wire.Format, in *bufio.Reader) reading {
	t.Helper()
	req, err := http.ReadRequest(in)
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := wire.FormatOf(req.URL.Path); !ok || got != f {
		t.Errorf("FormatOf(%q) = %v, %v", req.URL.Path, got, ok)
	}
	body, err := io.ReadAll(in) // a vector has no Content-Length
	if err != nil {
		t.Fatal(err)
	}
	incoming, err := f.DecodeRequest(req.URL, body)
	if err != nil {
		return reading{Error: newFailure(err), Key: f.Key(req.URL, req.Header)}
	}
	return reading{Incoming: &incoming, Key: f.Key(req.URL, req.Header)}
}

func newAnswer(a llm.Answer) *answer {
	return &answer{
		Text: a.Text, Model: a.Model, Length: a.Stop == llm.StopLength,
		Input: a.Usage.Input, Output: a.Usage.Output, Estimated: a.Usage.Estimated,
	}
}

func newFailure(err error) *failure {
	e := llm.AsError(err)
	if e == nil {
		return nil
	}
	f := &failure{Kind: e.Kind, Status: e.Status, Message: e.Message, Retryable: e.Retryable()}
	if e.RetryAfter.Given {
		f.RetryAfter = e.RetryAfter.After.String()
	}
	return f
}
