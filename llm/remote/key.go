package remote

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tailgate-bench/tailgate/llm"
)

// Key is a secret that prints as "[key]" in every way of printing. Convert it to
// a string to use it.
type Key string

const hidden = "[key]"

// String returns a placeholder.
func (k Key) String() string { return hidden }

// GoString returns a placeholder.
func (k Key) GoString() string { return hidden }

// MarshalText returns a placeholder.
func (k Key) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// shortKey is how long a key is that may stand in other words by chance, in
// bytes. It is struck out only where it is a word.
const shortKey = 8

// strike returns text without the key.
func (k Key) strike(text string) string {
	if len(k) >= shortKey {
		return k.strikeEnd(strings.ReplaceAll(text, string(k), hidden))
	}
	key := string(k)
	if key == "" || !strings.Contains(text, key) {
		return text
	}
	var b strings.Builder
	for {
		before, after, found := strings.Cut(text, key)
		b.WriteString(before)
		if !found {
			return b.String()
		}
		if endsInWord(b.String()) || startsWithWord(after) {
			b.WriteString(key)
		} else {
			b.WriteString(hidden)
		}
		text = after
	}
}

// strikeEnd returns text without the beginning of the key where what follows it
// was cut off.
func (k Key) strikeEnd(text string) string {
	rest, clipped := strings.CutSuffix(text, "…")
	for n := len(k) - 1; clipped && n >= shortKey; n-- {
		if before, found := strings.CutSuffix(rest, string(k[:n])); found {
			return before + hidden + "…"
		}
	}
	return text
}

// strikeError returns err, or what it says without the key.
func (k Key) strikeError(err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	if clean := k.strike(text); clean != text {
		return errors.New(clean)
	}
	return err
}

// strikeAnswer strikes the key out of an answer. One that is short stays, since a
// word may be what was asked for.
func (k Key) strikeAnswer(ans *llm.Answer) {
	if len(k) >= shortKey {
		ans.Text, ans.Model = k.strike(ans.Text), k.strike(ans.Model)
	}
}

func endsInWord(s string) bool {
	r, _ := utf8.DecodeLastRuneInString(s)
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}

func startsWithWord(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}
