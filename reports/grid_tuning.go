package reports

import (
	"fmt"
	"math"
	"slices"

	"github.com/tailgate-bench/tailgate/internal/stats"
)

// gridSection is a section of tables whose cells are shaded.
type gridSection struct {
	ID, Title, Take, How string
	First                string // head of the first column
	Grids                []grid
}

// grid is one such table.
type grid struct {
	Name  string
	Plain []string // heads of columns of plain text, before the shaded ones
	Heads []string
	Rows  []gridRow
}

type gridRow struct {
	Name  string
	Rec   bool // recommended
	Plain []string
	Cells []heatCell
}

// gridSections are those of the kind of the tuning.
func (d *Tuning) gridSections() (all []gridSection) {
	if d.Breaker != nil && len(d.Breaker.Cells) > 0 {
		all = append(all, d.regretSection())
	}
	if d.Budget != nil && len(d.Budget.Strategies) > 0 {
		all = append(all, d.boundarySection())
	}
	if d.Panel != nil && len(d.Panel.Models) > 0 {
		all = append(all, d.votesSection())
	}
	return all
}

// mostColumns is how many settings a heat map has side by side.
const mostColumns = 6

// regretSection shows the regret of settings scenario by scenario.
func (d *Tuning) regretSection() gridSection {
	b := d.Breaker
	columns := d.shown()
	columns = columns[:min(len(columns), mostColumns)]
	regret := func(column, scenario int) stats.Estimate { return b.figure(columns[column], scenario, "regret") }
	most := 0.0
	worst := make([]int, len(columns)) // scenario
	for c := range columns {
		for s := range b.Scenarios {
			if e := regret(c, s); e.Known() {
				most = max(most, e.Value)
				if e.Value > regret(c, worst[c]).Value {
					worst[c] = s
				}
			}
		}
	}
	g := grid{Name: "Regret by scenario", Plain: []string{"target", "best here"}}
	for _, i := range columns {
		g.Heads = append(g.Heads, shorten(d.Settings[i].Name, 40))
	}
	for s, sc := range b.Scenarios {
		row := gridRow{Name: sc.Name, Plain: []string{sc.Target, d.nameOf(sc.Best)}}
		for c, i := range columns {
			e := regret(c, s)
			row.Cells = append(row.Cells, shaded(formatUnit("", e), e.Value, most,
				fmt.Sprintf("%s in %s|regret %s", d.Settings[i].Name, sc.Name, withInterval(e, plainDigits, formatUnit("", e)))))
		}
		g.Rows = append(g.Rows, row)
	}
	section := gridSection{
		ID: "regret", Title: "Regret, scenario by scenario", First: "Scenario", Grids: []grid{g},
		How: fmt.Sprintf("Regret is how much worse a setting is than the best one in that scenario, in wasted calls per 100 requests; a failed request counts as %s of them. "+
			"The darker, the more. Recommended is what is least bad where it is worst, not what is best on average.", trim(digits(b.FailureWorth, 3))),
	}
	if len(columns) > 0 && len(b.Scenarios) > 0 {
		section.Take = fmt.Sprintf("%s is worst in %s, with a regret of %s", d.Settings[columns[0]].Name, b.Scenarios[worst[0]].Name, formatUnit("", regret(0, worst[0])))
	}
	return section
}

func plainDigits(v float64) string { return digits(v, 3) }

// nameOf is the name of a setting by its number.
func (d *Tuning) nameOf(i int) string {
	if i < 0 || i >= len(d.Settings) {
		return "–"
	}
	return d.Settings[i].Name
}

// shaded is a cell that is the darker the nearer v is to most.
func shaded(label string, v, most float64, tip string) heatCell {
	shade := 0.0
	if most > 0 && v > 0 {
		shade = min(1, math.Sqrt(v/most))
	}
	return heatCell{SVG: heatBox(label, shade), Tip: tip}
}

// boundarySection shows with which budgets and loads the system recovers.
func (d *Tuning) boundarySection() gridSection {
	b := d.Budget
	section := gridSection{
		ID: "boundary", Title: "With which budgets does it recover?", First: "Budget",
		Take: capital(b.Trigger.What) + ", " + formatClock(b.Trigger.FromMS) + " to " + formatClock(b.Trigger.ToMS),
		How: fmt.Sprintf("The share of runs that are as before within %s of the end of the trigger, by budget and load; the darker, the more. "+
			"Outlined: down before the trigger already. Where a pale field begins is the boundary beyond which the extra attempts keep the system down.", formatDuration(b.WithinMS)),
	}
	for i := range b.Strategies {
		section.Grids = append(section.Grids, b.grid(&b.Strategies[i]))
	}
	return section
}

// grid shows one strategy, budgets by loads.
func (b *TuningBudget) grid(s *TuningBudgetSubject) grid {
	g := grid{Name: s.Strategy, Plain: []string{"back after", "calls before", "and after"}}
	if text := s.perSeed(); text != "" {
		g.Name += ": largest budget on fresh seeds " + text
	}
	for level, l := range b.Levels {
		head := "load × " + trim(digits(l, 3))
		if level == b.LevelHere {
			head += " (here)"
		}
		g.Heads = append(g.Heads, head)
	}
	for _, budget := range s.rows() {
		row := gridRow{Name: budget, Rec: s.Recommended != nil && budget == *s.Recommended, Plain: []string{"–", "–", "–"}}
		if here := s.cell(budget, b.LevelHere); here != nil {
			row.Plain = []string{formatUnit("ms", here.TookMS), formatUnit("", here.Before), formatUnit("", here.After)}
		}
		for level := range b.Levels {
			row.Cells = append(row.Cells, s.cell(budget, level).heat(s.Strategy, b.Levels[level]))
		}
		g.Rows = append(g.Rows, row)
	}
	return g
}

// heat shows a budget at a load.
func (c *TuningBudgetCell) heat(strategy string, level float64) heatCell {
	if c == nil {
		return heatCell{SVG: heatText("–"), Tip: strategy + "|was not run"}
	}
	tip := fmt.Sprintf("%s with a budget of %s at load × %s|%s of runs recover|success %s after the trigger",
		strategy, c.Budget, trim(digits(level, 3)), formatUnit("ratio", c.Recovered), formatUnit("ratio", c.Success))
	if c.Sound.Value == 0 {
		return heatCell{SVG: heatBox(c.outcome(), -1), Tip: tip}
	}
	return heatCell{SVG: heatBox(c.outcome(), c.Recovered.Value), Tip: tip}
}

// votesSection shows the models that may vote, and how their errors go together.
func (d *Tuning) votesSection() gridSection {
	q := d.Panel
	section := gridSection{
		ID: "votes", Title: "Do the models err together?", First: "Model",
		How: fmt.Sprintf("By the votes on %s with known answers. The shaded cells are the correlation of the errors of two models: 0 if they err independently, 1 if always on the same requests. "+
			"The darker, the less a second vote is worth. The weight is the log-odds of being right.", plural(q.Requests, "request")),
	}
	if q.Independent != nil {
		section.Take = fmt.Sprintf("If models erred independently, the recommended panel would be right in %s", formatShare(*q.Independent))
		if best, m := d.recommended(), "right"; best != nil && best.at(m).Known() {
			section.Take += "; it is in " + formatShare(best.at(m).Value)
		}
	}
	g := grid{Name: "Models that may vote", Plain: []string{"right", "no vote", "weight", "per 1,000 requests"}}
	for i, m := range q.Models {
		row := gridRow{Name: m.Name, Plain: []string{
			formatUnit("ratio", m.Right), formatUnit("ratio", m.Silent), digits(m.Weight, 3), formatUnit("usd", m.USDPer1000),
		}}
		for j := range i {
			row.Cells = append(row.Cells, q.pairCell(j, i))
		}
		g.Rows = append(g.Rows, row)
		if i < len(q.Models)-1 {
			g.Heads = append(g.Heads, "with "+shorten(m.Name, 24))
		}
	}
	section.Grids = []grid{g}
	return section
}

// pairCell shows how the errors of two models go together.
func (q *TuningPanel) pairCell(a, b int) heatCell {
	i := slices.IndexFunc(q.Pairs, func(p TuningErrorPair) bool { return p.A == a && p.B == b })
	names := q.Models[a].Name + " and " + q.Models[b].Name
	if i < 0 || q.Pairs[i].Correlation == nil {
		return heatCell{SVG: heatText("–"), Tip: names + "|one of them never or always errs"}
	}
	p := q.Pairs[i]
	return shaded(formatUnit("", stats.Exactly(*p.Correlation)), *p.Correlation, 1, fmt.Sprintf("%s|both wrong in %s of requests|%s if they erred independently|the same wrong answer in %s",
		names, formatShare(p.Both), formatShare(p.Independent), formatShare(p.Same)))
}
