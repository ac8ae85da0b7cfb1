package scenarios

import (
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// Excerpt returns the lines of a strategy as they stand in the file, moved to the
// left edge, to be pasted under "strategies:" of another file. It is "" for an
// unknown name.
func (s *Scenario) Excerpt(strategy string) string {
	p, errs := newPatch(s.origin.file, s.Source)
	if errs != nil {
		return ""
	}
	at, err := p.find(strategiesKey)
	section, ok := at.node.(*ast.MappingNode)
	if err != nil || !ok {
		return ""
	}
	for i, line := range section.Values {
		if key, ok := scalar(line.Key); !ok || key != strategy {
			continue
		}
		if section.IsFlowStyle {
			return strategy + ": " + inner(line.Value) + "\n"
		}
		return p.excerpt(placeOf(line.Key.GetToken()), p.behind(section, i))
	}
	return ""
}

// behind returns the line behind an entry of the section of strategies.
func (p *patch) behind(section *ast.MappingNode, entry int) int {
	if entry+1 < len(section.Values) {
		return placeOf(section.Values[entry+1].Key.GetToken()).line
	}
	last := placeOf(section.Values[entry].Key.GetToken())
	if root, ok := p.root.(*ast.MappingNode); ok {
		for _, line := range root.Values {
			if at := placeOf(line.Key.GetToken()); at.line > last.line {
				return at.line
			}
		}
	}
	return len(p.lines) + 1
}

// excerpt returns the lines from a place on, without what only leads to the next
// entry: comments and empty lines at the end.
func (p *patch) excerpt(from place, end int) string {
	var all []string
	for n := from.line; n < end; n++ {
		line := p.lines[n-1]
		all = append(all, strings.TrimRight(string(line[min(from.column-1, len(line)):]), " \r"))
	}
	for len(all) > 1 {
		last := strings.TrimSpace(all[len(all)-1])
		if last != "" && last[0] != '#' {
			break
		}
		all = all[:len(all)-1]
	}
	return strings.Join(all, "\n") + "\n"
}
