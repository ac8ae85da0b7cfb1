package reports

// complete returns a copy of d in which every list and every map exists, so
// that a reader of the JSON never meets null for one. d is not changed.
func complete(d *Document) *Document {
	c := *d
	c.Scenario.Models, c.Scenario.Faults = listing(d.Scenario.Models), listing(d.Scenario.Faults)
	for i := range c.Scenario.Faults {
		c.Scenario.Faults[i].On = listing(c.Scenario.Faults[i].On)
	}
	c.Strategies = listing(d.Strategies)
	for i := range c.Strategies {
		completeStrategy(&c.Strategies[i])
	}
	c.Objectives = listing(d.Objectives)
	for i := range c.Objectives {
		c.Objectives[i].Strategies = listing(c.Objectives[i].Strategies)
	}
	c.Verdict.Findings, c.Warnings = listing(d.Verdict.Findings), listing(d.Warnings)
	return &c
}

func completeStrategy(s *Strategy) {
	s.Calls, s.Errors = mapping(s.Calls), mapping(s.Errors)
	s.Breakers, s.Models, s.Faults = listing(s.Breakers), listing(s.Models), listing(s.Faults)
	for i := range s.Breakers {
		s.Breakers[i].Transitions = listing(s.Breakers[i].Transitions)
	}
	for i := range s.Models {
		s.Models[i].Errors = mapping(s.Models[i].Errors)
	}
	s.Timeline.Columns, s.Timeline.Rows = listing(s.Timeline.Columns), listing(s.Timeline.Rows)
	for i := range s.Timeline.Rows {
		s.Timeline.Rows[i] = listing(s.Timeline.Rows[i])
	}
	s.Spectrum.Percentile, s.Spectrum.MS = listing(s.Spectrum.Percentile), listing(s.Spectrum.MS)
}

// listing returns a copy of l that is not nil.
func listing[E any](l []E) []E { return append(make([]E, 0, len(l)), l...) }

// mapping returns m, or an empty one for nil.
func mapping[V any](m map[string]V) map[string]V {
	if m == nil {
		return map[string]V{}
	}
	return m
}
