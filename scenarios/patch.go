package scenarios

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// patch changes the text of a file at the places that its syntax tree tells, so
// that everything else stays as it was written.
type patch struct {
	file  string
	lines [][]rune
	root  ast.Node
}

func newPatch(file, text string) (*patch, *Errors) {
	text = strings.TrimPrefix(text, "\ufeff")
	root, errs := parse(file, []byte(text))
	if errs != nil {
		return nil, errs
	}
	p := &patch{file: file, root: root}
	for line := range strings.SplitSeq(text, "\n") {
		p.lines = append(p.lines, []rune(line))
	}
	return p, nil
}

// spot is the place of a key: its mapping, and its value or nil if the mapping
// has no such key. The value may be an item of a list, without a mapping.
type spot struct {
	in   *ast.MappingNode
	key  string
	node ast.Node
}

// find goes the way to a key.
func (p *patch) find(way string) (spot, error) {
	at, rest := spot{node: p.root}, way
	for depth := 0; rest != ""; depth++ {
		var err error
		switch n := at.node.(type) {
		case *ast.MappingNode:
			at, rest, err = step(n, rest, depth > 1)
		case *ast.SequenceNode:
			if depth == 1 && strings.HasPrefix(way, faultsKey+".") {
				at, rest, err = named(n, rest)
			} else {
				at, rest, err = item(n, rest)
			}
		default:
			err = fmt.Errorf("leads beyond a plain value, at %q", rest)
		}
		if err != nil {
			return spot{}, err
		}
	}
	return at, nil
}

// step goes into a mapping by the longest of its keys that rest begins with. Where
// strategies stand, one that only names the kind of a strategy is stepped through;
// the section of strategies itself may have the name of a kind as well.
func step(m *ast.MappingNode, rest string, strategies bool) (next spot, left string, err error) {
	values := make(map[string]ast.Node, len(m.Values))
	for _, line := range m.Values {
		if key, ok := scalar(line.Key); ok {
			values[key] = line.Value
		}
	}
	known := keys(values)
	if key, left, ok := cutName(rest, known); ok {
		return spot{in: m, key: key, node: values[key]}, left, nil
	}
	if strategies && len(known) == 1 {
		if _, kind := strategyKinds()[known[0]]; kind {
			return spot{node: values[known[0]]}, rest, nil
		}
	}
	if strings.ContainsAny(rest, ".[") {
		first := rest[:strings.IndexAny(rest, ".[")]
		return spot{}, "", fmt.Errorf("%s", unknown(fmt.Sprintf("key %q", first), first, known))
	}
	return spot{in: m, key: rest}, "", nil
}

// named goes into the list of faults by a fault's name.
func named(s *ast.SequenceNode, rest string) (next spot, left string, err error) {
	items := make([]value, len(s.Values))
	for i, n := range s.Values {
		items[i] = value{r: &reader{}, node: n}
	}
	all := faultNames(items)
	name, left, ok := cutName(rest, all)
	if !ok {
		first, _, _ := strings.Cut(rest, ".")
		return spot{}, "", fmt.Errorf("%s", unknown(fmt.Sprintf("fault %q", first), first, all))
	}
	return spot{node: s.Values[slices.Index(all, name)]}, left, nil
}

// item goes into a list by an index such as [0].
func item(s *ast.SequenceNode, rest string) (next spot, left string, err error) {
	digits, left, closed := strings.Cut(strings.TrimPrefix(rest, "["), "]")
	i, err := strconv.Atoi(digits)
	if rest[0] != '[' || !closed || err != nil || i < 0 || i >= len(s.Values) {
		return spot{}, "", fmt.Errorf("needs an index from [0] to [%d] instead of %q", len(s.Values)-1, rest)
	}
	return spot{node: s.Values[i]}, strings.TrimPrefix(left, "."), nil
}

// set returns the text with a value changed, or with a new key.
func (p *patch) set(way string, c Change) (string, *Error) {
	fail := func(format string, args ...any) (string, *Error) {
		return "", &Error{File: p.file, Key: c.Key, Value: c.Value, Message: fmt.Sprintf(format, args...)}
	}
	if strings.TrimSpace(c.Value) == "" || strings.ContainsAny(c.Value, "\r\n") {
		return fail("a value must be written on one line")
	}
	at, err := p.find(way)
	switch {
	case err != nil:
		return fail("%v", err)
	case at.node == nil:
		return p.insert(at, c.Value), nil
	}
	from, to, ok := p.extent(at)
	if !ok {
		return fail("it holds text over several lines: write that on one line first")
	}
	return p.splice(from, to, c.Value), nil
}

// splice returns the text with a value instead of what stands between two places.
// A block that begins below its key comes to stand beside it, and a comment there
// stays behind it.
func (p *patch) splice(from, to place, value string) string {
	head, tail := p.lines[from.line-1], string(p.lines[to.line-1][to.column-1:])
	before, comment := string(head[:from.column-1]), ""
	if from.line < to.line && strings.HasSuffix(before, ":") {
		before, comment = before+" ", string(head[from.column-1:])
	}
	text := before + value + strings.TrimRight(comment, " \r") + tail
	all := make([]string, 0, len(p.lines))
	for i, l := range p.lines {
		switch n := i + 1; {
		case n == from.line:
			all = append(all, text)
		case n < from.line || n > to.line:
			all = append(all, string(l))
		}
	}
	return strings.Join(all, "\n")
}

// replace returns the text with another line instead of one.
func (p *patch) replace(line int, with string) string {
	all := make([]string, len(p.lines))
	for i, l := range p.lines {
		all[i] = string(l)
	}
	all[line-1] = with
	return strings.Join(all, "\n")
}

// extent returns where a value begins and ends; a block that stands below its key
// begins behind the colon. There is none if a text in it goes over several lines.
func (p *patch) extent(at spot) (from, to place, ok bool) {
	to, ok = p.end(at.node)
	from = begin(at.node)
	if !block(at.node) || at.in == nil {
		return from, to, ok
	}
	for _, line := range at.in.Values {
		if line.Value == at.node {
			if colon := after(line.Start); colon.line < from.line {
				from = colon
			}
		}
	}
	return from, to, ok
}

// block says whether a value is written with indentation instead of brackets.
func block(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.MappingNode:
		return !n.IsFlowStyle
	case *ast.SequenceNode:
		return !n.IsFlowStyle
	}
	return false
}

// begin returns the place of the first character of a value.
func begin(n ast.Node) place {
	if m, ok := n.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) > 0 {
		return placeOf(m.Values[0].Key.GetToken())
	}
	return placeOf(n.GetToken())
}

// end returns the place behind the last character of a value.
func (p *patch) end(n ast.Node) (to place, ok bool) {
	switch n := n.(type) {
	case *ast.MappingNode:
		if n.IsFlowStyle {
			return after(n.End), true
		}
		return p.end(n.Values[len(n.Values)-1].Value)
	case *ast.SequenceNode:
		if n.IsFlowStyle {
			return after(n.End), true
		}
		return p.end(n.Values[len(n.Values)-1])
	case *ast.LiteralNode:
		return to, false
	}
	from, raw := placeOf(n.GetToken()), []rune(strings.TrimSpace(n.GetToken().Origin))
	to = place{from.line, from.column + len(raw)}
	line := p.lines[from.line-1]
	_, plain := scalar(n)
	return to, plain && to.column-1 <= len(line) && string(line[from.column-1:to.column-1]) == string(raw)
}

// after returns the place behind a bracket or a colon.
func after(t *token.Token) place {
	at := placeOf(t)
	at.column++
	return at
}

// insert returns the text with a new key in a mapping: at the end of one in
// braces on one line, at the beginning of any other.
func (p *patch) insert(at spot, value string) string {
	entry := at.key + ": " + value
	if !at.in.IsFlowStyle {
		first := placeOf(at.in.Values[0].Key.GetToken())
		line := string(p.lines[first.line-1])
		indent := strings.Repeat(" ", first.column-1)
		head := string([]rune(line)[:first.column-1])
		return p.replace(first.line, head+entry+"\n"+indent+line[len(head):])
	}
	from, end := placeOf(at.in.Start), placeOf(at.in.End)
	line := p.lines[from.line-1]
	if from.line != end.line || len(at.in.Values) == 0 {
		if len(at.in.Values) > 0 {
			entry += ", "
		}
		return p.replace(from.line, string(line[:from.column])+entry+string(line[from.column:]))
	}
	body := strings.TrimRight(string(line[:end.column-1]), " ,")
	return p.replace(from.line, body+", "+entry+string(line[end.column-1:]))
}
