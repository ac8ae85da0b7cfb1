package scenarios

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// The limits a file must keep before it is parsed. The parser's work can grow
// with the square of a line's length, of the nesting and of the number of keys;
// a scenario of a few hundred lines is far below all of them.
const (
	maxSize    = 256 << 10 // bytes
	maxLines   = 10_000
	maxLine    = 10_000 // bytes
	maxNesting = 100    // brackets open at the same time
)

// guard returns what forbids to parse data at all, or nil.
func guard(file string, data []byte) *Errors {
	if len(data) > maxSize {
		return whole(file, "is larger than a scenario may be: at most %d bytes are allowed", maxSize)
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return whole(file, "is empty: a scenario needs at least the keys models and strategies")
	}
	if lines := bytes.Count(data, []byte("\n")); lines > maxLines {
		return whole(file, "has %d lines: at most %d are allowed", lines, maxLines)
	}
	open := 0
	for i, line := range bytes.Split(data, []byte("\n")) {
		at := &Error{File: file, Line: i + 1, Column: 1}
		open = max(0, open+brackets(line))
		switch {
		case !utf8.Valid(line):
			at.Column, at.Message = firstInvalid(line), "is not UTF-8 text"
		case bytes.IndexByte(line, 0) >= 0:
			at.Column, at.Message = bytes.IndexByte(line, 0)+1, "is not text: there is a zero byte"
		case len(line) > maxLine:
			at.Message = fmt.Sprintf("the line is too long: at most %d bytes are allowed", maxLine)
		case open > maxNesting:
			at.Message = fmt.Sprintf("is nested too deeply: at most %d brackets may be open", maxNesting)
		default:
			continue
		}
		return &Errors{All: []*Error{at}}
	}
	return nil
}

// brackets returns how many more brackets a line opens than it closes.
func brackets(line []byte) (n int) {
	for _, c := range line {
		switch c {
		case '[', '{':
			n++
		case ']', '}':
			n--
		}
	}
	return n
}

// firstInvalid returns the column of the first byte that is not UTF-8.
func firstInvalid(line []byte) int {
	column := 1
	for len(line) > 0 {
		r, size := utf8.DecodeRune(line)
		if r == utf8.RuneError && size == 1 {
			break
		}
		line = line[size:]
		column++
	}
	return column
}

// parse returns the syntax tree of the one document in data. Keys given twice
// are let through, to be reported together with everything else.
func parse(file string, data []byte) (root ast.Node, errs *Errors) {
	if errs := guard(file, data); errs != nil {
		return nil, errs
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff")) // which some editors begin files with
	defer func() {                                  // a scenario may be anybody's file; a parser's bug is not the end
		if p := recover(); p != nil {
			root, errs = nil, whole(file, "is not YAML that can be read: %v", p)
		}
	}()
	tree, err := parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, syntaxErrors(file, err)
	}
	var bodies []ast.Node
	for _, doc := range tree.Docs {
		if doc.Body != nil && doc.Body.Type() != ast.CommentType {
			bodies = append(bodies, doc.Body)
		}
	}
	switch len(bodies) {
	case 0:
		return nil, whole(file, "is empty: a scenario needs at least the keys models and strategies")
	case 1:
		return bodies[0], nil
	default:
		at := value{r: &reader{file: file}, node: bodies[1]}
		at.failAt(at.place(), "a file holds one scenario: a second document begins here")
		return nil, sorted(at.r.errs)
	}
}

// syntaxErrors turns the parser's error into ours.
func syntaxErrors(file string, err error) *Errors {
	syntax, ok := errors.AsType[yaml.Error](err)
	if !ok {
		return whole(file, "is not YAML that can be read: %v", err)
	}
	at := placeOf(syntax.GetToken())
	message := strings.TrimSpace(syntax.GetMessage())
	return &Errors{All: []*Error{{File: file, Line: at.line, Column: at.column, Message: "is not YAML: " + message}}}
}
