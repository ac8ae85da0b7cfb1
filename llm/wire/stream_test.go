package wire_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/wire"
)

var pieces = []string{"Once", " upon", " a \"time\"", "\n", "Ünd", "."}

// TestStreamRoundTrip: a client reads what a server streamed, piece by piece,
// whatever the sizes in which the bytes come.
func TestStreamRoundTrip(t *testing.T) {
	t.Parallel()
	want := llm.Answer{
		Text: strings.Join(pieces, ""), Model: "m", Stop: llm.StopLength,
		Usage: llm.Usage{Input: 9, Output: 6},
	}
	for _, f := range wire.Formats() {
		t.Run(f.String(), func(t *testing.T) {
			t.Parallel()
			b := streamed(f, head("m", 9), pieces, want.Stop, want.Usage)
			for name, r := range map[string]io.Reader{
				"whole": bytes.NewReader(b), "bytes": iotest.OneByteReader(bytes.NewReader(b)),
				"eof with data": iotest.DataErrReader(bytes.NewReader(b)),
			} {
				got, ans, err := drain(f, r)
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				if diff := cmp.Diff(pieces, got); diff != "" {
					t.Errorf("%s: pieces (-want +got):\n%s", name, diff)
				}
				if diff := cmp.Diff(want, ans); diff != "" {
					t.Errorf("%s: answer (-want +got):\n%s", name, diff)
				}
			}
		})
	}
}

// TestLineEnds: lines may end in \n, \r or \r\n.
func TestLineEnds(t *testing.T) {
	t.Parallel()
	for _, f := range wire.Formats() {
		t.Run(f.String(), func(t *testing.T) {
			t.Parallel()
			b := streamed(f, head("m", 9), pieces, llm.StopEnd, llm.Usage{Input: 9, Output: 6})
			lines := strings.ReplaceAll(string(b), "\r\n", "\n")
			for _, end := range []string{"\n", "\r", "\r\n"} {
				r := strings.NewReader("\ufeff" + strings.ReplaceAll(lines, "\n", end))
				got, _, err := drain(f, iotest.OneByteReader(r))
				if diff := cmp.Diff(pieces, got); diff != "" || err != nil {
					t.Errorf("lines that end in %q: %v; pieces (-want +got):\n%s", end, err, diff)
				}
			}
		})
	}
}

// TestEventOverLines: the data lines of one event belong together, whatever the
// lines end in.
func TestEventOverLines(t *testing.T) {
	t.Parallel()
	const stream = ": hello\ndata: {\"choices\":[{\"delta\":\nevent: x\ndata: {\"content\":\"Once\"},\n" +
		"data:\ndata:\"finish_reason\":\"stop\"}]}\n\n\ndata: [DONE]\n\n"
	for _, end := range []string{"\n", "\r", "\r\n"} {
		got, _, err := drain(wire.OpenAI, strings.NewReader(strings.ReplaceAll(stream, "\n", end)))
		if diff := cmp.Diff([]string{"Once"}, got); diff != "" || err != nil {
			t.Errorf("lines that end in %q: %v; pieces (-want +got):\n%s", end, err, diff)
		}
	}
}

// TestCutAnywhere: a stream that ends cleanly before the last byte of its
// terminator is never an answer, and what is billed for it never exceeds the whole.
// The blank line after the terminator may be missing.
func TestCutAnywhere(t *testing.T) {
	t.Parallel()
	for _, f := range wire.Formats() {
		t.Run(f.String(), func(t *testing.T) {
			t.Parallel()
			whole := streamed(f, head("m", 9), pieces, llm.StopEnd, llm.Usage{Input: 9, Output: 6})
			text := strings.Join(pieces, "")
			last := bytes.TrimRight(whole, "\r\n")
			for n := len(last); n <= len(whole); n++ {
				if _, ans, err := drain(f, bytes.NewReader(whole[:n])); err != nil || ans.Text != text || ans.Usage.Estimated {
					t.Errorf("without its last %d bytes: error = %v, answer = %+v", len(whole)-n, err, ans)
				}
			}
			for n := range last {
				_, ans, err := drain(f, bytes.NewReader(whole[:n]))
				if kindOf(err) != llm.Truncated {
					t.Fatalf("cut at byte %d of %d: error = %v", n, len(whole), err)
				}
				if !strings.HasPrefix(text, ans.Text) {
					t.Fatalf("cut at byte %d: text = %q", n, ans.Text)
				}
			}
		})
	}
}

// TestBrokenAnywhere: the error of the connection comes through as it is.
func TestBrokenAnywhere(t *testing.T) {
	t.Parallel()
	broken := errors.New("connection reset by peer")
	for _, f := range wire.Formats() {
		t.Run(f.String(), func(t *testing.T) {
			t.Parallel()
			whole := streamed(f, head("m", 9), pieces, llm.StopEnd, llm.Usage{Input: 9, Output: 6})
			for n := range bytes.TrimRight(whole, "\r\n") {
				r := io.MultiReader(bytes.NewReader(whole[:n]), iotest.ErrReader(broken))
				if _, _, err := drain(f, r); !errors.Is(err, broken) {
					t.Fatalf("broken at byte %d: error = %v", n, err)
				}
			}
		})
	}
}

// TestReaderIsDone: after the end the same error comes again, and bytes after
// the terminator are not looked at. Gemini's is the end itself.
func TestReaderIsDone(t *testing.T) {
	t.Parallel()
	for _, f := range wire.Formats() {
		t.Run(f.String(), func(t *testing.T) {
			t.Parallel()
			b := streamed(f, head("m", 9), pieces, llm.StopEnd, llm.Usage{Input: 9, Output: 6})
			after := iotest.ErrReader(errors.New("read after the terminator"))
			if f == wire.Gemini {
				after = iotest.ErrReader(io.EOF)
			}
			r := f.NewReader(io.MultiReader(bytes.NewReader(b), after))
			for range len(pieces) {
				if _, err := r.Next(); err != nil {
					t.Fatal(err)
				}
			}
			for range 3 {
				if piece, err := r.Next(); piece != "" || !errors.Is(err, io.EOF) {
					t.Errorf("Next() = %q, %v", piece, err)
				}
			}
		})
	}
}

func TestEventTooLarge(t *testing.T) {
	t.Parallel()
	endless := io.MultiReader(strings.NewReader("data: "), io.LimitReader(zeros{}, 64<<20))
	_, _, err := drain(wire.OpenAI, endless)
	if kindOf(err) != llm.Malformed {
		t.Errorf("error = %v", err)
	}
}

// zeros is an endless text of the digit 0.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '0'
	}
	return len(p), nil
}
