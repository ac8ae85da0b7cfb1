package stats

// Matrix counts how often each pair of voters agrees. One goroutine may use it
// at a time.
type Matrix struct {
	size  int
	cells []cell // of the lower triangle, row by row, with the diagonal
}

type cell struct{ both, same int }

// Add adds the votes of one panel: votes[i], a hash of what was voted for, was
// cast by the voter with the number voters[i], from 0. A voter has at most one
// vote.
func (m *Matrix) Add(voters []int, votes []uint64) {
	for i, v := range voters {
		m.grow(v + 1)
		m.at(v, v).both++
		for j := range i {
			c := m.at(max(v, voters[j]), min(v, voters[j]))
			c.both++
			if votes[i] == votes[j] {
				c.same++
			}
		}
	}
}

// grow makes room for n voters.
func (m *Matrix) grow(n int) {
	if n > m.size {
		m.size = n
		m.cells = append(m.cells, make([]cell, n*(n+1)/2-len(m.cells))...)
	}
}

// at returns the cell of two voters; row is not less than column.
func (m *Matrix) at(row, column int) *cell { return &m.cells[row*(row+1)/2+column] }

// Size returns the number of voters.
func (m *Matrix) Size() int { return m.size }

// Votes returns how many votes a voter cast.
func (m *Matrix) Votes(voter int) int { return m.at(voter, voter).both }

// Pair returns the share of the panels in which both voters voted where they
// gave the same vote, with its Wilson interval, and the number of such panels.
func (m *Matrix) Pair(a, b int) (agree Estimate, n int) {
	c := m.at(max(a, b), min(a, b))
	if c.both == 0 {
		return Missing("they never voted on the same request"), 0
	}
	return Wilson(c.same, c.both), c.both
}
