package wire

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/llm"
)

// scanned scans text into a T; ok says whether the scanner took it.
func scanned[T any, P scannable[T]](text []byte) (v *T, ok bool) {
	s := scanner{text: text}
	v = new(T)
	P(v).scan(&s)
	return v, s.done()
}

// agree checks that what the scanner takes is what encoding/json makes of it.
func agree[T any, P scannable[T]](t *testing.T, text []byte) (ok bool) {
	t.Helper()
	got, ok := scanned[T, P](text)
	if !ok {
		return false
	}
	want := new(T)
	if err := json.Unmarshal(text, want); err != nil {
		t.Errorf("%T: took %q, for which encoding/json has %v", want, text, err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%q (-encoding/json +scanner):\n%s", text, diff)
	}
	return true
}

// agreeEvent reads text as an event of the format.
func agreeEvent(t *testing.T, f Format, text []byte) (ok bool) {
	t.Helper()
	switch f {
	case OpenAI:
		return agree[openAIChunk](t, text)
	case Anthropic:
		return agree[anthropicEvent](t, text)
	case OpenAIResponses:
		return agree[responsesEvent](t, text)
	default:
		return agree[geminiAnswer](t, text)
	}
}

// agreeAll reads text as everything that is scanned.
func agreeAll(t *testing.T, text []byte) {
	t.Helper()
	for _, f := range Formats() {
		agreeEvent(t, f, text)
	}
	agree[openAIRequest](t, text)
}

// eventsOf returns the data of the events of a stream.
func eventsOf(stream string) (all []string) {
	for line := range strings.Lines(stream) {
		if data, ok := strings.CutPrefix(strings.TrimSpace(line), "data: "); ok && data != "[DONE]" {
			all = append(all, data)
		}
	}
	return all
}

// ordinary returns the stream a mock sends, without errors.
func ordinary(f Format) string {
	s := f.NewStream(Head{ID: "0a1b", Model: "m-1", Input: 7, Usage: true})
	b := s.AppendPiece(s.AppendStart(nil), "two\nlines, \"é\"")
	return string(s.AppendEnd(b, llm.StopLength, llm.Usage{Input: 7, Output: 3}))
}

// TestScanner_takesTheOrdinary: what every stream consists of does not need
// encoding/json.
func TestScanner_takesTheOrdinary(t *testing.T) {
	t.Parallel()
	for _, f := range Formats() {
		for _, data := range eventsOf(ordinary(f)) {
			if !agreeEvent(t, f, []byte(data)) {
				t.Errorf("%v: gave up on %s", f, data)
			}
		}
	}
	_, body := OpenAI.EncodeRequest("m", &llm.Request{System: "s", Prompt: "p", MaxTokens: 3}, true)
	if !agree[openAIRequest](t, body) {
		t.Errorf("gave up on %s", body)
	}
}

// TestScanner_acceptance: the scanner takes only what is valid; where it gives up
// on something valid, it is on something rare.
func TestScanner_acceptance(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		`{}`:                                true,
		` {"x" : [ 1 , {} , [ ] ] } `:       true,
		`null`:                              true,
		`{"MODEL":"m"}`:                     true,
		`{"model":"a","model":"b"}`:         true,
		`{"model":null,"choices":null}`:     true,
		`{"model":"\u00e9\n\ud83d\ude00"}`:  true,
		"{\"model\":\"\xff\"}":              true,
		"{\"x\":\"\xff\"}":                  true,
		`{"x":[-0,1.5,-2e+9,1E5,0.0]}`:      true,
		`{"choices":[{"index":-0}]}`:        true,
		`{"choices":[null,{"delta":null}]}`: true,
		`{"choices":[],"choices":[]}`:       false, // rare
		`{"choices":[{}],"choices":[{}]}`:   false, // rare
		`{"error":{}}`:                      false, // rare
		`{"mod\u0065l":"m"}`:                false, // rare
		`{"\u017ftop":"m"}`:                 false, // rare
		strings.Repeat(`{"x":`, 70) + "1" + strings.Repeat("}", 70): false, // rare
		``:                            false,
		`{`:                           false,
		`{}x`:                         false,
		`{} {}`:                       false,
		`{"x"}`:                       false,
		`{"x":}`:                      false,
		`{"x":1,}`:                    false,
		`{,}`:                         false,
		`{x:1}`:                       false,
		`{"x":[1,]}`:                  false,
		`{"x":[1 2]}`:                 false,
		`{"x":01}`:                    false,
		`{"x":1.}`:                    false,
		`{"x":.5}`:                    false,
		`{"x":-}`:                     false,
		`{"x":1e}`:                    false,
		`{"x":+1}`:                    false,
		`{"x":"\q"}`:                  false,
		`{"x":"\u12"}`:                false,
		"{\"x\":\"\n\"}":              false,
		`{"x":"}`:                     false,
		`{"x":"\`:                     false,
		`{"x":nul}`:                   false,
		`{"x":truefalse}`:             false,
		`[]`:                          false,
		`{"model":1}`:                 false,
		`{"choices":{}}`:              false,
		`{"choices":[{"index":1.0}]}`: false,
		`{"choices":[{"index":99999999999999999999}]}`: false,
		"{\"x\":1}\x00": false,
	} {
		if got := agree[openAIChunk](t, []byte(text)); got != want {
			t.Errorf("%q: taken %v, want %v", text, got, want)
		}
	}
}

// TestScanner_cutsAndChanges: no event that is cut short or has a byte changed
// is read otherwise than by encoding/json.
func TestScanner_cutsAndChanges(t *testing.T) {
	t.Parallel()
	for _, f := range Formats() {
		for _, data := range eventsOf(ordinary(f)) {
			for i := 0; i < len(data); i += 1 + len(data)/150 { // every byte of all but the longest
				agreeEvent(t, f, []byte(data[:i]))
				for _, c := range []byte("\"\\{}[]:,0-e. \x00\xffnX") {
					agreeEvent(t, f, []byte(data[:i]+string([]byte{c})+data[i+1:]))
				}
			}
		}
	}
}

// FuzzScanner: whatever the scanner takes, encoding/json reads as the same.
func FuzzScanner(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("..", "..", "testdata", "wire", "*", "*.txt"))
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, data := range eventsOf(string(text)) {
			f.Add([]byte(data))
		}
	}
	f.Fuzz(agreeAll)
}

// BenchmarkDecode is one event, with and without the scanner.
func BenchmarkDecode(b *testing.B) {
	text := []byte(eventsOf(ordinary(OpenAI))[1])
	b.Run("scanner", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := decode[openAIChunk](text); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding-json", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := json.Unmarshal(text, new(openAIChunk)); err != nil {
				b.Fatal(err)
			}
		}
	})
}
