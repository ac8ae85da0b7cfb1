package objective

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// class is what a token is.
type class uint8

const (
	end    class = iota
	name         // strategy, metric, fault
	number       // literal, with its value and unit
	symbol       // operator, comparison, dot, parenthesis
)

// token is a word of an objective; from and to are its place in the text.
type token struct {
	class    class
	text     string
	from, to int
	value    float64
	unit     Unit
}

// describe names the token for error messages.
func (t token) describe() string {
	if t.class == end {
		return "the end"
	}
	return strconv.Quote(t.text)
}

// lexer cuts a text into tokens.
type lexer struct {
	text []rune
	at   int
}

// next returns the next token. Hyphens belong to a name only if hyphens is
// set: after a dot, where metrics stand, they are minus signs.
func (l *lexer) next(hyphens bool) (token, error) {
	l.skip(unicode.IsSpace)
	from := l.at
	if from == len(l.text) {
		return token{class: end, from: from, to: from}, nil
	}
	switch r := l.text[from]; {
	case isLetter(r):
		l.skip(func(r rune) bool { return inName(r) && (hyphens || r != '-') })
		return l.token(name, from), nil
	case isDigit(r), r == '.' && from+1 < len(l.text) && isDigit(l.text[from+1]):
		return l.number(from)
	case strings.ContainsRune("<>", r):
		l.at++
		l.skipOne('=')
		return l.token(symbol, from), nil
	case strings.ContainsRune("+-*/().", r):
		l.at++
		return l.token(symbol, from), nil
	default:
		return token{}, errorAt(from, "unexpected %q: allowed are metrics such as hedge.p95, numbers, + - * / ( ) and <= < >= >", string(r))
	}
}

func (l *lexer) token(c class, from int) token {
	return token{class: c, text: string(l.text[from:l.at]), from: from, to: l.at}
}

// number reads a literal: digits, and a percent sign or a unit of time.
func (l *lexer) number(from int) (token, error) {
	l.skip(isNumeral)
	digits := string(l.text[from:l.at])
	if l.skipOne('%') {
		return l.plain(from, digits, "e-2", Ratio)
	}
	l.skip(func(r rune) bool { return isNumeral(r) || unicode.IsLetter(r) })
	t := l.token(number, from)
	if t.text == digits {
		return l.plain(from, digits, "", Number)
	}
	d, err := time.ParseDuration(t.text)
	if err != nil {
		return token{}, errorAt(from, "%q is no literal: write a number (1.3), a percentage (99.9%%) or a time with its unit (250ms, 3s, 2m)", t.text)
	}
	t.value, t.unit = float64(d)/float64(time.Millisecond), Milliseconds
	return t, nil
}

// plain returns the token of a number that is no time. The exponent makes a
// percentage the nearest float to its value, which a division would not.
func (l *lexer) plain(from int, digits, exponent string, u Unit) (token, error) {
	v, err := strconv.ParseFloat(digits+exponent, 64)
	if err != nil {
		return token{}, errorAt(from, "%q is no number: write it like 12 or 0.6", digits)
	}
	t := l.token(number, from)
	t.value, t.unit = v, u
	return t, nil
}

func (l *lexer) skip(in func(rune) bool) {
	for l.at < len(l.text) && in(l.text[l.at]) {
		l.at++
	}
}

func (l *lexer) skipOne(r rune) bool {
	if l.at < len(l.text) && l.text[l.at] == r {
		l.at++
		return true
	}
	return false
}

func isLetter(r rune) bool  { return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' }
func isDigit(r rune) bool   { return '0' <= r && r <= '9' }
func isNumeral(r rune) bool { return isDigit(r) || r == '.' }
func inName(r rune) bool    { return isLetter(r) || isDigit(r) || r == '_' || r == '-' }

// errorAt returns the error at a place in the text, counted from 0.
func errorAt(at int, format string, args ...any) *SyntaxError {
	return &SyntaxError{Column: at + 1, Message: fmt.Sprintf(format, args...)}
}
