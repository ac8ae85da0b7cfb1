package tune

// rows returns how many rows the shortest trace has that a model replays; 0
// without any.
func (s *Study) rows() (rows int) {
	for i := range s.Scenario.Models {
		if m := &s.Scenario.Models[i]; m.Trace != "" && (rows == 0 || m.Rows() < rows) {
			rows = m.Rows()
		}
	}
	return rows
}

// parts cuts a trace of so many rows, which is the same for every seed, into parts
// of consecutive ones. They take the place of seeds: those of the choice and fresh
// ones in turn, so that both meet the same weather. Without counts given they are
// as many as leave each twice what the percentile needs, since the percentile
// of a small sample is too low on average.
func (s *Study) parts(rows int) (choice, fresh []uint64, err error) {
	least := 1
	for _, r := range s.Goal.Refs() {
		least = max(least, needed(r.Metric))
	}
	n, m, err := s.counts(max(firstSeeds, min(DefaultSeeds, rows/(4*least))))
	if err != nil {
		return nil, nil, err
	}
	size := rows / (n + m)
	if s.Evaluator.Requests > 0 {
		size = min(size, s.Evaluator.Requests)
	}
	if size < least {
		return nil, nil, mistake("the goal needs %d requests in each of %d parts of the trace, which has %d rows: record at least %d, or give fewer --seeds and --fresh",
			least, n+m, rows, least*(n+m))
	}
	s.Evaluator.Part = size
	for k := range n + m {
		if (k+1)*m/(n+m) > k*m/(n+m) {
			fresh = append(fresh, uint64(k)) //nolint:gosec // counts from 0
		} else {
			choice = append(choice, uint64(k)) //nolint:gosec // counts from 0
		}
	}
	return choice, fresh, nil
}
