package stats_test

import (
	"testing"

	"github.com/tailgate-bench/tailgate/internal/stats"
)

func TestMatrix(t *testing.T) {
	t.Parallel()
	var m stats.Matrix
	m.Add([]int{0, 1, 2}, []uint64{7, 7, 8})
	m.Add([]int{2, 0}, []uint64{9, 9})
	m.Add([]int{1}, []uint64{5})
	m.Add([]int{1, 0}, []uint64{5, 6})
	m.Add([]int{4}, []uint64{5}) // 3 never voted
	for _, c := range []struct{ a, b, same, both int }{{0, 1, 1, 2}, {0, 2, 1, 2}, {1, 2, 0, 1}} {
		want := stats.Wilson(c.same, c.both)
		for _, pair := range [][2]int{{c.a, c.b}, {c.b, c.a}} {
			if got, n := m.Pair(pair[0], pair[1]); got != want || n != c.both {
				t.Errorf("pair %v: %+v of %d, want %+v of %d", pair, got, n, want, c.both)
			}
		}
	}
	if got, n := m.Pair(4, 0); got.Known() || n != 0 {
		t.Errorf("a pair that never met: %+v of %d", got, n)
	}
	for voter, want := range []int{3, 3, 2, 0, 1} {
		if got := m.Votes(voter); got != want {
			t.Errorf("voter %d cast %d votes, want %d", voter, got, want)
		}
	}
	if m.Size() != 5 {
		t.Errorf("%d voters, want 5", m.Size())
	}
}
