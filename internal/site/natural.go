package site

import (
	"cmp"
	"strings"
)

// natural compares texts with their numbers by value: v1.9 comes before v1.10.
func natural(a, b string) int {
	x, y := a, b
	for x != "" && y != "" {
		var p, q string
		p, x = piece(x)
		q, y = piece(y)
		if digit(p[0]) && digit(q[0]) {
			p, q = strings.TrimLeft(p, "0"), strings.TrimLeft(q, "0")
			if c := cmp.Compare(len(p), len(q)); c != 0 {
				return c
			}
		}
		if c := strings.Compare(p, q); c != 0 {
			return c
		}
	}
	return cmp.Or(cmp.Compare(len(x), len(y)), strings.Compare(a, b))
}

// piece cuts off the digits that a text begins with, or what is before the next.
func piece(s string) (head, rest string) {
	i := 1
	for i < len(s) && digit(s[i]) == digit(s[0]) {
		i++
	}
	return s[:i], s[i:]
}

func digit(c byte) bool { return '0' <= c && c <= '9' }
