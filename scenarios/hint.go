package scenarios

import (
	"fmt"
	"slices"
	"strings"
)

// unknown describes a name that is not among the known ones: a near miss gets a
// hint, and all that is allowed is listed.
func unknown(what, name string, known []string) string {
	hint := ""
	if near, ok := nearest(name, known); ok {
		hint = fmt.Sprintf(" (did you mean %q?)", near)
	}
	if len(known) == 0 {
		return fmt.Sprintf("unknown %s: there are none", what)
	}
	rest := ""
	if n := len(known); n > maxListed {
		known, rest = known[:maxListed], fmt.Sprintf(" and %d more", n-maxListed)
	}
	return fmt.Sprintf("unknown %s%s: allowed are %s%s", what, hint, strings.Join(known, ", "), rest)
}

// maxListed is how many names an error lists.
const maxListed = 30

// nearest returns the known name that is closest to name, if it is close
// enough to be what was meant: at most a third of the longer one changed.
func nearest(name string, known []string) (near string, ok bool) {
	if len(name) > maxShown {
		return "", false
	}
	best := len(name) + 1
	for _, k := range known {
		d := distance(strings.ToLower(name), strings.ToLower(k))
		if d < best && d <= max(len(name), len(k))/3 {
			near, best, ok = k, d, true
		}
	}
	return near, ok
}

// distance is the number of letters to insert, delete, replace, or swap with
// their neighbour to make b of a (optimal string alignment).
func distance(a, b string) int {
	var before []int
	last := make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row := make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j]+cost, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}

// keys returns the keys of m, sorted.
func keys[V any](m map[string]V) []string {
	all := make([]string, 0, len(m))
	for k := range m {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}
