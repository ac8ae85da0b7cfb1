package reports

import (
	"cmp"
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strings"

	"github.com/tailgate-bench/tailgate/internal/svg"
)

// part is one piece of a bar.
type part struct {
	name  string
	class string
	color string
	value float64
	text  string
}

// bar is a row of a bar chart.
type bar struct {
	Look  look
	SVG   template.HTML
	Total string
	// Words has the parts as text.
	Words string
}

// swatch explains a part of the bars.
type swatch struct{ Class, Name string }

// bars is a chart of bars with its legend.
type bars struct {
	Take, How, Foot string
	Key             []swatch
	Rows            []bar
}

// roles are the parts of the chart of calls, in their order.
var roles = []struct{ role, name, class, color string }{
	{"first", "first attempt", "a0", "#a9b1bc"},
	{"retry", "retry", "a5", "#d9a74a"},
	{"fallback", "fallback", "a1", "#c18728"},
	{"hedge", "hedge", "a2", "#4a69e3"},
	{"parallel", "parallel", "a3", "#24408e"},
	{"judge", "judge", "a4", "#7f006a"},
}

// stack draws parts side by side; scale is the value of the whole width.
func stack(parts []part, scale float64) template.HTML {
	var b svg.Builder
	b.Begin("svg", "class", "stk", "width", "100%", "height", 16, "aria-hidden", "true")
	x := 0.0
	for _, p := range parts {
		if p.value <= 0 {
			continue
		}
		width := 100 * p.value / scale
		b.Begin("rect", "class", "seg "+p.class, "x", svg.Percent(x), "width", svg.Percent(width), "y", 1, "height", 14, "fill", p.color)
		b.Text("title", p.name+": "+p.text)
		b.End()
		x += width
	}
	return b.HTML()
}

// words lists the parts as text.
func words(parts []part) string {
	var list []string
	for _, p := range parts {
		if p.value > 0 {
			list = append(list, p.name+" "+p.text)
		}
	}
	return strings.Join(list, ", ")
}

// callsChart draws the calls per request by role.
func callsChart(d *Document, looks []look) bars {
	scale := 1.0
	for _, s := range d.Strategies {
		scale = max(scale, s.Attempts.PerRequest)
	}
	used := map[string]bool{}
	chart := bars{
		Take: callsTake(d),
		How:  "How many calls to models one request makes, on average, and what for. More calls mean more load on the providers.",
	}
	for _, l := range looks {
		parts := callParts(d.Strategies[l.Index].Calls)
		for _, p := range parts {
			used[p.name] = used[p.name] || p.value > 0
		}
		chart.Rows = append(chart.Rows, bar{
			Look: l, SVG: stack(parts, scale), Words: words(parts),
			Total: digits(d.Strategies[l.Index].Attempts.PerRequest, 3),
		})
	}
	for _, r := range roles {
		if used[r.name] {
			chart.Key = append(chart.Key, swatch{r.class, r.name})
		}
	}
	return chart
}

// callParts orders the calls by role; a role not known here comes last.
func callParts(calls map[string]float64) []part {
	var parts []part
	known := map[string]bool{}
	for _, r := range roles {
		known[r.role] = true
		parts = append(parts, part{r.name, r.class, r.color, calls[r.role], formatCalls(calls[r.role])})
	}
	for _, role := range slices.Sorted(maps.Keys(calls)) {
		if !known[role] {
			parts = append(parts, part{role, "a0", "#a9b1bc", calls[role], formatCalls(calls[role])})
		}
	}
	return parts
}

func callsTake(d *Document) string {
	if len(d.Strategies) == 0 {
		return ""
	}
	most := slices.MaxFunc(d.Strategies, byCalls)
	least := slices.MinFunc(d.Strategies, byCalls)
	if least.Attempts.PerRequest == most.Attempts.PerRequest && len(d.Strategies) > 1 {
		return fmt.Sprintf("Every strategy makes %s calls per request", digits(most.Attempts.PerRequest, 3))
	}
	var names []string
	for _, s := range d.Strategies {
		if digits(s.Attempts.PerRequest, 3) == digits(most.Attempts.PerRequest, 3) {
			names = append(names, s.Name)
		}
	}
	if s := d.find(d.Verdict.Recommend); s != nil && !slices.Contains(names, s.Name) {
		return fmt.Sprintf("%s makes %s calls per request; the most is %s, by %s", s.Name,
			digits(s.Attempts.PerRequest, 3), digits(most.Attempts.PerRequest, 3), allOf(names))
	}
	return fmt.Sprintf("At most %s calls per request, by %s", digits(most.Attempts.PerRequest, 3), allOf(names))
}

func byCalls(a, b Strategy) int { return cmp.Compare(a.Attempts.PerRequest, b.Attempts.PerRequest) }

// maxModels is the number of models with a colour of their own.
const maxModels = 4

var modelColors = []string{"#24408e", "#8ca2ea", "#c18728", "#b87dc5", "#c9d1dc"}

// winsChart draws whose answers each strategy used.
func winsChart(d *Document, looks []look) *bars {
	order := modelsByWins(d)
	if len(order) == 0 {
		return nil
	}
	chart := &bars{How: "Share of the answers used, by the model that gave them."}
	for i, name := range order[:min(len(order), maxModels)] {
		chart.Key = append(chart.Key, swatch{fmt.Sprintf("w%d", i), name})
	}
	if len(order) > maxModels {
		chart.Key = append(chart.Key, swatch{fmt.Sprintf("w%d", maxModels), "other models"})
	}
	for _, l := range looks {
		parts := winParts(d.Strategies[l.Index].Models, order)
		chart.Rows = append(chart.Rows, bar{Look: l, SVG: stack(parts, 1), Words: words(parts)})
		if l.Rec && len(parts) > 0 {
			chart.Take = fmt.Sprintf("Answers of %s: %s", l.Full, words(parts))
		}
	}
	return chart
}

// modelsByWins names the models that won anything, the most used first.
func modelsByWins(d *Document) []string {
	wins := map[string]int{}
	for _, s := range d.Strategies {
		for _, m := range s.Models {
			wins[m.Name] += m.Won
		}
	}
	maps.DeleteFunc(wins, func(_ string, n int) bool { return n == 0 })
	names := slices.Sorted(maps.Keys(wins))
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(wins[b], wins[a]) })
	return names
}

// winParts returns the shares of the models in their order; those beyond the
// first few are one part.
func winParts(models []Model, order []string) []part {
	total, won := 0, make([]int, maxModels+1)
	for _, m := range models {
		if i := slices.Index(order, m.Name); i >= 0 {
			won[min(i, maxModels)] += m.Won
			total += m.Won
		}
	}
	var parts []part
	for i, n := range won {
		name := "other models"
		if i < maxModels && i < len(order) {
			name = order[i]
		}
		if n > 0 {
			share := float64(n) / float64(total)
			parts = append(parts, part{name, fmt.Sprintf("w%d", i), modelColors[i], share, formatShare(share)})
		}
	}
	return parts
}
