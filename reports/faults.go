package reports

import (
	"fmt"
	"slices"
)

// lossSeen is the share of requests lost in a fault from which on a report says
// that the strategy lost some.
const lossSeen = 0.01

// lossy says whether the strategy lost requests that a report speaks of.
func (f Fault) lossy() bool { return f.SuccessDuring.Known() && f.SuccessDuring.Value < 1-lossSeen }

// faultRow is a strategy in the table of faults.
type faultRow struct {
	Look  look
	Cells []faultCell
}

// faultCell is how a strategy fared in one fault.
type faultCell struct {
	Text, Note string
	Hurt, Bad  bool // by the fault; by not coming back from it
}

// faultHead is a column of the table of faults.
type faultHead struct{ Label, Name, Text string }

func faultHeads(d *Document) []faultHead {
	heads := make([]faultHead, len(d.Scenario.Faults))
	for i, f := range d.Scenario.Faults {
		heads[i] = faultHead{Label: fmt.Sprintf("F%d", i+1), Name: shorten(f.Name, 40), Text: f.Text}
	}
	return heads
}

func faultRows(d *Document, looks []look) []faultRow {
	rows := make([]faultRow, 0, len(looks))
	for _, l := range looks {
		row := faultRow{Look: l}
		for _, f := range d.Scenario.Faults {
			row.Cells = append(row.Cells, faultCellOf(&d.Strategies[l.Index], f.Name, f.FromMS, d.Scenario.DurationMS))
		}
		rows = append(rows, row)
	}
	return rows
}

func faultCellOf(s *Strategy, name string, from, length float64) faultCell {
	for _, f := range s.Faults {
		if f.Name == name && f.FromMS == from {
			note, bad := recoveryText(f)
			if f.Recovery == "no_aftermath" && f.ToMS < length {
				note = "no calm to compare with"
			}
			return faultCell{Text: duringText(f), Note: note, Hurt: f.lossy(), Bad: bad}
		}
	}
	return faultCell{Text: "not measured"}
}

// duringText says how requests due in the window fared.
func duringText(f Fault) string {
	if f.Requests == 0 {
		return "no requests"
	}
	text := "P95 " + fails
	switch {
	case f.P95During.Known():
		text = "P95 " + formatMS(f.P95During.Value)
	case !f.SuccessDuring.Known() || f.SuccessDuring.Value >= 0.95:
		text = "P95 unknown"
	}
	if f.SuccessDuring.Known() && f.SuccessDuring.Value < 1 {
		text += ", " + formatShare(1-f.SuccessDuring.Value) + " failed"
	}
	return text
}

// recoveryText says how the strategy came back after the fault.
func recoveryText(f Fault) (text string, bad bool) {
	switch {
	case f.Recovery == "unaffected":
		return "unaffected", false
	case f.Recovery == "not_by_the_end":
		return "no recovery by the end", true
	case f.Recovery == "no_aftermath":
		return "the run ended with it", false
	case f.RecoveredAfterMS != nil && *f.RecoveredAfterMS == 0:
		return "recovered at once", false
	case f.RecoveredAfterMS != nil:
		return formatDuration(*f.RecoveredAfterMS) + " to recover", false
	default:
		return "recovery unknown", false
	}
}

// recoveryNote sums up the recoveries of a strategy.
func recoveryNote(s *Strategy) string {
	switch ms, status := s.worstRecovery(); {
	case status == "unaffected":
		return "unaffected"
	case status == "not_by_the_end":
		return "no recovery by the end"
	case status == "recovered" && ms == 0:
		return "recovers at once"
	case status == "recovered":
		return "recovers within " + formatDuration(ms)
	default:
		return ""
	}
}

// timelineTake counts; it makes no claim that needs an interval.
func timelineTake(d *Document) string {
	if len(d.Scenario.Faults) == 0 {
		return "No faults were injected"
	}
	calm, hit, all := 0, 0, len(d.Strategies)
	for i := range d.Strategies {
		switch _, status := d.Strategies[i].worstRecovery(); {
		case slices.ContainsFunc(d.Strategies[i].Faults, Fault.lossy):
			hit++
		case status == "unaffected":
			calm++
		}
	}
	text := ofAll(hit, all) + " lost more than 1% of their requests during a fault"
	switch hit {
	case 0:
		text = "No strategy lost more than 1% of its requests during a fault"
	case 1:
		text = ofAll(hit, all) + " lost more than 1% of its requests during a fault"
	}
	if calm > 0 {
		text += fmt.Sprintf("; %d of %d came through unaffected", calm, all)
	}
	return text
}

// showsRecovery says whether some strategy had a recovery to be seen.
func showsRecovery(d *Document) bool {
	return slices.ContainsFunc(d.Strategies, func(s Strategy) bool {
		_, status := s.worstRecovery()
		return status != "" && status != "no_aftermath"
	})
}

// recoveryCell is the worst recovery, for the scoreboard.
func recoveryCell(s *Strategy) string {
	switch ms, status := s.worstRecovery(); status {
	case "not_by_the_end":
		return "not by the end"
	case "no_aftermath":
		return "unknown"
	case "recovered", "unaffected":
		return formatDuration(ms)
	default:
		return "–"
	}
}
