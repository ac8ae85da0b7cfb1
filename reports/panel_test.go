package reports_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/reports"
)

// voted returns a document with panels of n members of which the last has a
// hostile name and never voted beside the first.
func voted(n int) *reports.Document {
	d := small().document()
	a := &reports.Agreement{
		Rate: stats.Between(0.95, 0.94, 0.96), Pairwise: stats.Between(0.8, 0.78, 0.82), FleissKappa: stats.Missing("votes are missing"),
		AccuracyGivenAgreement: stats.Between(0.961, 0.95, 0.97), Alpha: stats.Exactly(0.743), Escalated: stats.Wilson(5, 100),
		Matrix: &reports.Matrix{},
	}
	for i := range n {
		name := fmt.Sprintf("model-%d", i)
		if i == n-1 {
			name = attack
		}
		values, counts := make([]*float64, n), make([]int, n)
		for j := range n {
			share := 0.6 + 0.02*float64(min(i, j)) + 0.001*float64(max(i, j))
			if i == j {
				share = 1
			}
			values[j], counts[j] = &share, 1000
			if i+j == n-1 && (i == 0 || j == 0) {
				values[j], counts[j] = nil, 0
			}
		}
		a.Models = append(a.Models, reports.PanelMember{Name: name, Votes: 1000, Abstained: i, Accuracy: stats.Wilson(900-i, 1000)})
		a.Matrix.Models, a.Matrix.Values, a.Matrix.N = append(a.Matrix.Models, name), append(a.Matrix.Values, values), append(a.Matrix.N, counts)
	}
	d.Strategies[0].Agreement = a
	return d
}

func TestWriteJSON_panel(t *testing.T) {
	t.Parallel()
	data := encode(t, voted(4))
	must(t, validate(t, data))
	d, err := reports.ReadJSON(bytes.NewReader(data))
	must(t, err)
	if !bytes.Equal(data, encode(t, d)) {
		t.Error("reading and writing changes the report")
	}
	if plain := encode(t, small().document()); bytes.Contains(plain, []byte(`"alpha"`)) || bytes.Contains(plain, []byte(`"matrix"`)) {
		t.Error("a report without a panel has one")
	}
}

func TestWriteHTML_panel(t *testing.T) {
	t.Parallel()
	page := html(t, voted(4))
	checkLinks(t, page)
	for _, want := range []string{
		"Two models give the same vote on 60.1% to 64.3% of the requests that both voted on; Krippendorff’s alpha is 0.74; 5% of the requests went to another target",
		`data-tip="model-1 and model-0|same vote on 60.1% of 1,000 requests"`,
		`data-tip="model-0 alone|right in 90% (95% interval 88.0% to 91.7%) of 1,000 votes"`,
		`|never voted on the same request"`, "<details open>",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if n := strings.Count(page, "alone|right"); n != 4 {
		t.Errorf("%d models on the diagonal, want 4", n)
	}
	if n := strings.Count(page, `fill-opacity="0.06"`) + strings.Count(page, `fill-opacity="0.4"`); n != 2 {
		t.Errorf("%d cells of the least and the greatest shade, want one each", n)
	}
	if strings.Contains(page, "<img") {
		t.Error("the name of a model became markup")
	}
	if page := html(t, small().document()); strings.Contains(page, "never voted") || strings.Contains(page, "<details open>") {
		t.Error("a page without a panel has one")
	}
}

// Beyond eight models a matrix cannot be read: the ten pairs that agree least
// stand for it.
func TestWriteHTML_panelOfMany(t *testing.T) {
	t.Parallel()
	page := html(t, voted(9))
	if !strings.Contains(page, "<bdi>model-0 and model-1</bdi></th><td>60.1%</td><td>1,000</td>") {
		t.Error("the pair that agrees least is not listed")
	}
	if n := strings.Count(page, "</th><td>6"); n != 10 || strings.Contains(page, "alone|right") {
		t.Errorf("%d pairs are listed, want 10, and no matrix", n)
	}
}

// A report whose matrix lacks cells renders without it.
func TestWriteHTML_panelIncomplete(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*reports.Agreement){
		"a row":    func(a *reports.Agreement) { a.Matrix.Values = a.Matrix.Values[:2] },
		"a cell":   func(a *reports.Agreement) { a.Matrix.N[1] = nil },
		"a member": func(a *reports.Agreement) { a.Models = nil },
		"all":      func(a *reports.Agreement) { a.Matrix = nil },
	} {
		d := voted(4)
		spoil(d.Strategies[0].Agreement)
		if page := html(t, d); strings.Contains(page, "alone|right") {
			t.Errorf("without %s there is a matrix", name)
		}
	}
}

func TestWriteTerminal_panel(t *testing.T) {
	t.Parallel()
	out := terminal(t, voted(4), reports.Terminal{})
	want := "\npanel single: quorum 95%, pairs agree 80%, alpha 0.74, right when agreed 96.1%, escalated 5%\n"
	if !strings.Contains(out, want) {
		t.Errorf("the terminal lacks %q:\n%s", want, out)
	}
}
