package reports

import "github.com/tailgate-bench/tailgate/internal/stats"

// quantileRow has the percentiles of a strategy in words.
type quantileRow struct {
	Look  look
	Cells []string
}

func quantileRows(d *Document, looks []look) []quantileRow {
	rows := make([]quantileRow, 0, len(looks))
	for _, l := range looks {
		s := &d.Strategies[l.Index]
		row := quantileRow{Look: l}
		for _, q := range []struct {
			e stats.Estimate
			p float64
		}{{s.LatencyMS.P50, 50}, {s.LatencyMS.P90, 90}, {s.LatencyMS.P95, 95}, {s.LatencyMS.P99, 99}, {s.LatencyMS.P999, 99.9}} {
			text := latencyText(q.e, s, q.p)
			if in := formatInterval(q.e, formatMS); in != "" {
				text += " (" + in + ")"
			}
			row.Cells = append(row.Cells, text)
		}
		rows = append(rows, row)
	}
	return rows
}

// moneyRow is what a strategy cost.
type moneyRow struct {
	Look                                   look
	PerThousand, Billing, Multiple, Wasted string
}

func moneyRows(d *Document, looks []look) []moneyRow {
	var rows []moneyRow
	for _, l := range looks {
		s := &d.Strategies[l.Index]
		if s.Requests == 0 {
			continue
		}
		thousand := func(usd float64) string { return formatUSD(1000 * usd / float64(s.Requests)) }
		row := moneyRow{Look: l, PerThousand: thousand(s.Cost.USD.Value), Wasted: formatShare(s.Cost.Wasted), Multiple: "–"}
		if s.Cost.USD.High > s.Cost.USD.Low {
			row.Billing = thousand(s.Cost.USD.Low) + " to " + thousand(s.Cost.USD.High)
		}
		if e := s.costMultiplier(); e.Known() {
			row.Multiple = bracketed(e, formatTimes)
		}
		rows = append(rows, row)
	}
	return rows
}

// agreementRow says how the panel of a strategy agreed.
type agreementRow struct {
	Look                         look
	Rate, Pairs, Kappa, Accuracy string
}

func agreementRows(d *Document, looks []look) []agreementRow {
	var rows []agreementRow
	for _, l := range looks {
		a := d.Strategies[l.Index].Agreement
		if a == nil {
			continue
		}
		rows = append(rows, agreementRow{
			Look: l, Rate: estimateText(a.Rate, formatShare), Pairs: estimateText(a.Pairwise, formatShare),
			Kappa:    estimateText(a.FleissKappa, func(v float64) string { return digits(v, 2) }),
			Accuracy: estimateText(a.AccuracyGivenAgreement, formatShare),
		})
	}
	return rows
}

func estimateText(e stats.Estimate, format func(float64) string) string {
	if !e.Known() {
		return "–"
	}
	return bracketed(e, format)
}

// bracketed is a value with its interval in brackets, if it has one.
func bracketed(e stats.Estimate, format func(float64) string) string {
	if in := formatInterval(e, format); in != "" {
		return format(e.Value) + " (" + in + ")"
	}
	return format(e.Value)
}
