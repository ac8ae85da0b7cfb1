package reports_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/reports"
)

// rival is a strategy beside a baseline that costs 1, has a P95 of 1 s and lets
// 99.9 % succeed.
type rival struct {
	kind    string
	cost    stats.Estimate
	ratio   stats.Estimate // of the P95 to the baseline's
	success [2]float64     // the interval of the difference
	first   stats.Estimate // median first token, in ms; the baseline's is 500
}

func (r rival) document() *reports.Document {
	base := reports.Strategy{Name: "single", Kind: "single", Requests: 5000, Succeeded: 4995, Success: stats.Between(0.999, 0.998, 0.9995)}
	base.LatencyMS.P95 = stats.Between(1000, 980, 1020)
	base.FirstTokenMS.P50 = stats.Between(500, 490, 510)
	s := reports.Strategy{Name: "rival", Kind: r.kind, Requests: 5000, Succeeded: 4900, Success: stats.Between(0.98, 0.975, 0.984)}
	s.LatencyMS.P95 = stats.Between(1000*r.ratio.Value, 0, 2000)
	s.FirstTokenMS.P50 = r.first
	s.Cost.MultiplierCI = r.cost
	middle := (r.success[0] + r.success[1]) / 2
	s.VersusBaseline = &reports.VersusBaseline{
		P95Ratio: r.ratio, Success: reports.Delta{Delta: &middle, Low: &r.success[0], High: &r.success[1]},
	}
	return &reports.Document{Baseline: "single", Strategies: []reports.Strategy{base, s}}
}

func TestParallelNotWorthIt(t *testing.T) {
	t.Parallel()
	same, better, worse := [2]float64{-0.001, 0.001}, [2]float64{0.001, 0.002}, [2]float64{-0.03, -0.01}
	twice, soon := stats.Between(2, 1.9, 2.1), stats.Between(500, 480, 520)
	for _, c := range []struct {
		name  string
		rival rival
		want  string // "" for no finding
	}{
		{"a small gain", rival{"race", twice, stats.Between(0.92, 0.88, 0.96), same, soon}, "costs 2.00 times as much as single, and its P95 is at best 12% lower: 920 ms against 1.00 s."},
		{"none shown", rival{"hedge", twice, stats.Between(0.98, 0.9, 1.05), same, soon}, "its P95 is not shown to be lower, by 10.0% at the very best"},
		{"a loss", rival{"race", twice, stats.Between(1.2, 1.1, 1.3), same, soon}, "its P95 is higher"},
		{"a gain", rival{"race", twice, stats.Between(0.6, 0.55, 0.65), same, soon}, ""},
		{"a gain that may be large", rival{"race", twice, stats.Between(0.95, 0.7, 1.2), same, soon}, ""},
		{"cheap", rival{"hedge", stats.Between(1.2, 1.1, 1.3), stats.Between(0.98, 0.95, 1.02), same, soon}, ""},
		{"fewer failures are worth something", rival{"race", twice, stats.Between(0.98, 0.95, 1.02), better, soon}, ""},
		{"more failures are not", rival{"race", stats.Between(1.1, 1.05, 1.2), stats.Between(0.5, 0.4, 0.6), worse, soon}, "fails more requests: 98% succeed, against 99.9%."},
		{"more failures for less money", rival{"race", stats.Between(0.9, 0.8, 1.1), stats.Between(1, 0.9, 1.1), worse, soon}, ""},
		{"a panel wins accuracy, not time", rival{"consensus", twice, stats.Between(1.2, 1.1, 1.3), same, soon}, ""},
		{"no interval", rival{"race", stats.Exactly(2), stats.Exactly(1), same, soon}, ""},
	} {
		if got := finding(c.rival.document(), "parallel-not-worth-it"); !strings.Contains(got, c.want) || (got == "") != (c.want == "") {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestLateFirstToken(t *testing.T) {
	t.Parallel()
	for first, want := range map[stats.Estimate]string{
		stats.Between(2000, 1900, 2100): "rival shows nothing before an answer is complete: its median first token comes after 2.00 s, that of single after 500 ms.",
		stats.Between(1030, 1000, 1060): "", // not clearly twice
		stats.Between(1480, 1450, 1510): "", // not clearly a second later
		stats.Between(300, 290, 310):    "",
		stats.Missing("too few"):        "",
	} {
		r := rival{"race", stats.Between(2, 1.9, 2.1), stats.Between(0.5, 0.4, 0.6), [2]float64{-0.001, 0.001}, first}
		if got := finding(r.document(), "first-token-late"); got != want {
			t.Errorf("%+v: %q, want %q", first, got, want)
		}
	}
}

// finding returns the text of a finding of the verdict, or "".
func finding(d *reports.Document, id string) string {
	for _, f := range reports.Decide(d).Findings {
		if f.ID == id {
			return f.Text
		}
	}
	return ""
}

// Advice on parallel calls is said on the terminal too; tokens and pace have
// their tables on the page.
func TestAdviceAndTokensAreShown(t *testing.T) {
	t.Parallel()
	r := rival{"race", stats.Between(2, 1.9, 2.1), stats.Between(0.92, 0.88, 0.96), [2]float64{-0.001, 0.001}, stats.Between(2000, 1900, 2100)}
	d := r.document()
	gaps := reports.Latency{P50: stats.Between(12, 11, 13), P95: stats.Between(15, 14, 16)}
	d.Strategies[1].InterTokenMS, d.Strategies[1].Restarts = &gaps, 7
	d.Strategies[1].Models = []reports.Model{{Name: "atlas", CostUSD: 25, Tokens: &reports.ModelTokens{Input: 50_000, Output: 500_000, Unused: 125_000, MeanOutput: 180}}}
	d.Verdict = reports.Decide(d)
	var out bytes.Buffer
	if err := reports.WriteTerminal(&out, d, reports.Terminal{}); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"parallel-not-worth-it", "first-token-late"} {
		want := finding(d, id)
		if text := strings.Join(strings.Fields(out.String()), " "); want == "" || !strings.Contains(text, want) {
			t.Errorf("the terminal does not say %q:\n%s", want, text)
		}
	}
	out.Reset()
	if err := reports.WriteHTML(&out, d); err != nil {
		t.Fatal(err)
	}
	cells := func(section string) []string {
		_, rest, _ := strings.Cut(out.String(), `<section id="`+section+`"`)
		body, _, _ := strings.Cut(rest, "</section>")
		_, body, _ = strings.Cut(body, "<tbody>")
		var all []string
		for _, part := range strings.Split(body, "<td>")[1:] {
			text, _, _ := strings.Cut(part, "</td>")
			all = append(all, strings.NewReplacer("<bdi>", "", "</bdi>", "").Replace(text))
		}
		return all
	}
	if diff := cmp.Diff([]string{"atlas", "10.0", "100", "180", "25%", "$5.00"}, cells("tokens")); diff != "" {
		t.Errorf("tokens (-want +got)\n%s", diff)
	}
	if got := cells("streaming"); len(got) != 14 || got[9] != "12.0 ms" || got[10] != "15.0 ms" || got[13] != "7" {
		t.Errorf("streaming: %q", got)
	}
}
