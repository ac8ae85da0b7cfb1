package reports

import "slices"

// Tokens counts tokens as providers bill them, cancelled attempts with what they
// had produced.
type Tokens struct {
	Input  int `json:"input"`
	Output int `json:"output"`
	// Unused are the output tokens of attempts whose answer was not returned.
	Unused int `json:"unused"`
}

// ModelTokens counts the tokens of one model.
type ModelTokens struct {
	Input  int `json:"input"`
	Output int `json:"output"`
	Unused int `json:"unused"`
	// MeanOutput is the mean length of its complete answers.
	MeanOutput float64 `json:"mean_output"`
}

// tokenRow is what a model read and wrote for a strategy.
type tokenRow struct {
	Look                        look
	Span                        int // rows of the strategy, at its first; else 0
	Model                       string
	Input, Output, Mean, Unused string
	Spent                       string
}

// tokenRows has a row for each model that each strategy has called.
func tokenRows(d *Document, looks []look) []tokenRow {
	var rows []tokenRow
	for _, l := range looks {
		s := &d.Strategies[l.Index]
		first := len(rows)
		for _, m := range s.Models {
			if m.Tokens == nil || s.Requests == 0 {
				continue
			}
			each := func(n int) string { return digits(float64(n)/float64(s.Requests), 3) }
			row := tokenRow{
				Look: l, Model: m.Name, Input: each(m.Tokens.Input), Output: each(m.Tokens.Output), Mean: "–",
				Unused: formatShare(float64(m.Tokens.Unused) / float64(max(1, m.Tokens.Output))),
				Spent:  formatUSD(1000 * m.CostUSD / float64(s.Requests)),
			}
			if m.Tokens.MeanOutput > 0 {
				row.Mean = digits(m.Tokens.MeanOutput, 3)
			}
			rows = append(rows, row)
		}
		if first < len(rows) {
			rows[first].Span = len(rows) - first
		}
	}
	return rows
}

// speechRow says when a strategy's answers begin, how fast they go on, and when
// they are complete.
type speechRow struct {
	Look     look
	Cells    []string
	Restarts string
}

// speechRows has a row for each strategy if any strategy's answers came token by
// token.
func speechRows(d *Document, looks []look) []speechRow {
	if !slices.ContainsFunc(d.Strategies, func(s Strategy) bool { return s.InterTokenMS != nil }) {
		return nil
	}
	var rows []speechRow
	for _, l := range looks {
		s := &d.Strategies[l.Index]
		gaps := Latency{}
		if s.InterTokenMS != nil {
			gaps = *s.InterTokenMS
		}
		row := speechRow{Look: l, Restarts: formatCount(s.Restarts)}
		for _, of := range []Latency{s.FirstTokenMS, gaps, s.LatencyMS} {
			row.Cells = append(row.Cells, speechText(of, s, 50), speechText(of, s, 95))
		}
		rows = append(rows, row)
	}
	return rows
}

func speechText(of Latency, s *Strategy, percent float64) string {
	e := of.P50
	if percent == 95 {
		e = of.P95
	}
	if !e.Known() && !s.lost(percent) {
		return "–"
	}
	return latencyText(e, s, percent)
}

// spentText is the money for a thousand requests.
func spentText(s *Strategy) string {
	return formatUSD(1000 * s.Cost.USD.Value / float64(max(1, s.Requests)))
}

// tokensText is the number of output tokens for a request.
func tokensText(s *Strategy) string {
	if s.Tokens == nil {
		return "–"
	}
	return digits(float64(s.Tokens.Output)/float64(max(1, s.Requests)), 3)
}
