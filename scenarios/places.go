package scenarios

import (
	"strconv"

	"github.com/goccy/go-yaml/ast"
)

// Place is where a strategy stands in a scenario, alone or within another.
type Place struct {
	// Key is the way to it, as in [Change], such as guarded.targets[0].
	Key string
	// Strategy is the named strategy that it is, or is part of.
	Strategy string
	// Kind is its own kind, such as "breaker".
	Kind string
}

// Places returns where strategies of a kind stand, in the order of the file.
func (s *Scenario) Places(kind string) []Place {
	p, errs := newPatch(s.origin.file, s.Source)
	if errs != nil {
		return nil
	}
	at, err := p.find(strategiesKey)
	section, ok := at.node.(*ast.MappingNode)
	if err != nil || !ok {
		return nil
	}
	var all []Place
	for _, line := range section.Values {
		if name, ok := scalar(line.Key); ok {
			visit(line.Value, name, func(key, found string) {
				if found == kind {
					all = append(all, Place{Key: key, Strategy: name, Kind: kind})
				}
			})
		}
	}
	return all
}

// visit calls see for a strategy and for all that stand within it.
func visit(n ast.Node, key string, see func(key, kind string)) {
	switch n := n.(type) {
	case *ast.SequenceNode:
		for i, item := range n.Values {
			visit(item, key+"["+strconv.Itoa(i)+"]", see)
		}
	case *ast.MappingNode:
		if name, ok := kindOf(n); ok {
			see(key, name)
			visit(n.Values[0].Value, key, see)
			return
		}
		for _, line := range n.Values {
			if name, ok := scalar(line.Key); ok {
				visit(line.Value, key+"."+name, see)
			}
		}
	}
}

// kindOf returns the kind of strategy that a mapping holds and nothing else.
func kindOf(m *ast.MappingNode) (kind string, ok bool) {
	if len(m.Values) != 1 {
		return "", false
	}
	name, ok := scalar(m.Values[0].Key)
	if !ok {
		return "", false
	}
	_, ok = strategyKinds()[name]
	_, settings := m.Values[0].Value.(*ast.MappingNode)
	return name, ok && settings
}
