package scenarios

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// value is a node of the syntax tree with the way to it. Its methods read it as
// something; what cannot be read is recorded as an error, and reads as zero, so
// that the rest of the file is checked as well.
type value struct {
	r    *reader
	path string
	node ast.Node
}

// place is a position in a file, in characters from 1.
type place struct{ line, column int }

func placeOf(t *token.Token) place {
	if t == nil || t.Position == nil {
		return place{1, 1}
	}
	return place{max(t.Position.Line, 1), max(t.Position.Column, 1)}
}

// place returns where the value begins.
func (v value) place() place {
	if m, ok := v.node.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) > 0 {
		return placeOf(m.Values[0].Key.GetToken())
	}
	return placeOf(v.node.GetToken())
}

// fail records that the value is wrong.
func (v value) fail(format string, args ...any) {
	v.failAt(v.place(), format, args...)
}

func (v value) failAt(at place, format string, args ...any) {
	shown, _ := scalar(v.node)
	v.r.errs = append(v.r.errs, &Error{
		File: v.r.file, Line: at.line, Column: at.column, Key: v.path, Value: shown, Message: fmt.Sprintf(format, args...),
	})
}

// must records that the value is not what it must be.
func (v value) must(be string) {
	if _, ok := scalar(v.node); ok {
		v.fail("must be %s", be)
		return
	}
	v.fail("must be %s, not %s", be, describe(v.node))
}

// describe says what a node is that is no plain value.
func describe(n ast.Node) string {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	case *ast.NullNode:
		return "empty"
	case *ast.AliasNode, *ast.AnchorNode:
		return "an anchor or alias (write the value out instead)"
	case *ast.TagNode:
		return "a tagged value (leave the tag out)"
	default:
		return "something else"
	}
}

// scalar returns the text of a plain value as it is written.
func scalar(n ast.Node) (text string, ok bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	default:
		return "", false
	}
}

// empty says whether there is nothing after the colon.
func (v value) empty() bool {
	_, null := v.node.(*ast.NullNode)
	return null
}

// entry is one line of a mapping.
type entry struct {
	key string
	at  value // the key, as a value to complain about
	value
}

// entries returns the lines of a mapping in order; what is no mapping is an
// error, and of a key given twice only the first counts.
func (v value) entries(what string) []entry {
	m, ok := v.node.(*ast.MappingNode)
	if !ok {
		v.must(what)
		return nil
	}
	lines := make(map[string]int, len(m.Values))
	entries := make([]entry, 0, len(m.Values))
	for _, line := range m.Values {
		at := value{r: v.r, path: v.path, node: line.Key}
		key, ok := scalar(line.Key)
		if !ok {
			at.fail("a key must be plain text: anchors, aliases, merges and lists cannot be keys")
			continue
		}
		at.path = join(v.path, key)
		if first, twice := lines[key]; twice {
			at.fail("is given twice: it stands in line %d already", first)
			continue
		}
		lines[key] = at.place().line
		entries = append(entries, entry{key: key, at: at, value: value{r: v.r, path: at.path, node: line.Value}})
	}
	return entries
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// list returns the items of a list; what is no list is an error.
func (v value) list(what string) []value {
	s, ok := v.node.(*ast.SequenceNode)
	if !ok {
		v.must("a list of " + what)
		return nil
	}
	items := make([]value, len(s.Values))
	for i, n := range s.Values {
		items[i] = value{r: v.r, path: fmt.Sprintf("%s[%d]", v.path, i), node: n}
	}
	return items
}

// isList says whether the value is a list.
func (v value) isList() bool {
	_, ok := v.node.(*ast.SequenceNode)
	return ok
}

// isMapping says whether the value is a mapping.
func (v value) isMapping() bool {
	_, ok := v.node.(*ast.MappingNode)
	return ok
}

// fields says how to read each key of a mapping.
type fields map[string]func(value)

// present are the keys a mapping has.
type present map[string]value

// has says whether a key was given.
func (p present) has(key string) bool {
	_, ok := p[key]
	return ok
}

// object reads a mapping: every key must be one of f. It returns what it found.
func (v value) object(f fields) present {
	found := make(present)
	what := "a mapping with the keys " + strings.Join(keys(f), ", ")
	if len(f) == 0 {
		what = "empty, as it has no settings"
	}
	for _, e := range v.entries(what) {
		read, ok := f[e.key]
		if !ok {
			e.at.fail("%s", unknown("key", e.key, keys(f)))
			continue
		}
		found[e.key] = e.value
		read(e.value)
	}
	return found
}

// need records which keys are missing from a mapping that was read.
func (v value) need(found present, names ...string) {
	if !v.isMapping() {
		return // has been complained about
	}
	for _, name := range names {
		if !found.has(name) {
			v.fail("lacks the key %q", name)
		}
	}
}

// one returns the only entry of a mapping that names a kind, such as
// {hedge: {...}}.
func (v value) one(what string, kinds []string) (e entry, ok bool) {
	before := len(v.r.errs)
	all := v.entries(fmt.Sprintf("a mapping of a %s to its settings, such as {%s: ...}", what, kinds[0]))
	if len(v.r.errs) > before {
		return entry{}, false
	}
	if len(all) != 1 {
		v.fail("must have exactly one key, the %s, and has %d: allowed are %s", what, len(all), strings.Join(kinds, ", "))
		return entry{}, false
	}
	return all[0], true
}

// flow returns a node in one line, as YAML's flow style without outer braces.
func flow(n ast.Node) string {
	if m, ok := n.(*ast.MappingNode); ok {
		return strings.Join(pairs(m), ", ")
	}
	return inner(n)
}

func inner(n ast.Node) string {
	switch n := n.(type) {
	case *ast.MappingNode:
		return "{" + strings.Join(pairs(n), ", ") + "}"
	case *ast.SequenceNode:
		items := make([]string, len(n.Values))
		for i, v := range n.Values {
			items[i] = inner(v)
		}
		return "[" + strings.Join(items, ", ") + "]"
	default:
		text, _ := scalar(n)
		return strings.Join(strings.Fields(text), " ")
	}
}

func pairs(m *ast.MappingNode) []string {
	all := make([]string, len(m.Values))
	for i, line := range m.Values {
		key, _ := scalar(line.Key)
		all[i] = strings.TrimSuffix(key+": "+inner(line.Value), " ")
	}
	return all
}

// appendJSON appends a node as JSON, its keys in the order of the file. What
// looks like a number or a truth value is one.
func appendJSON(b []byte, n ast.Node) []byte {
	switch n := n.(type) {
	case *ast.MappingNode:
		b = append(b, '{')
		for i, line := range n.Values {
			if i > 0 {
				b = append(b, ',')
			}
			key, _ := scalar(line.Key)
			b = append(appendQuoted(b, key), ':')
			b = appendJSON(b, line.Value)
		}
		return append(b, '}')
	case *ast.SequenceNode:
		b = append(b, '[')
		for i, v := range n.Values {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendJSON(b, v)
		}
		return append(b, ']')
	case *ast.NullNode:
		return append(b, "null"...)
	case *ast.StringNode, *ast.LiteralNode:
		text, _ := scalar(n)
		return appendQuoted(b, text)
	default:
		text, _ := scalar(n)
		if json.Valid([]byte(text)) {
			return append(b, text...)
		}
		return appendQuoted(b, text)
	}
}

func appendQuoted(b []byte, text string) []byte {
	quoted, err := json.Marshal(text)
	if err != nil { // no string does that
		return append(b, `""`...)
	}
	return append(b, quoted...)
}
