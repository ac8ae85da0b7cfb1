package mockprovider_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tailgate-bench/tailgate/mockprovider"
)

func TestPrices(t *testing.T) {
	t.Parallel()
	date := regexp.MustCompile(`^20\d\d(-[01]\d(-[0-3]\d)?)?$`)
	all := mockprovider.Prices()
	for _, p := range all {
		if !(p.Price.Input > 0 && p.Price.Output > p.Price.Input) || !date.MatchString(p.Listed) || !strings.Contains(p.Source, "/") {
			t.Errorf("%+v: want an input below the output price, a date and a source", p)
		}
	}
	if !slices.IsSortedFunc(all, func(a, b mockprovider.ListPrice) int { return strings.Compare(a.Model, b.Model) }) {
		t.Error("not sorted by model")
	}
	for _, s := range mockprovider.Presets() {
		if p, ok := mockprovider.PriceOf(s.Name); !ok || p.Price != s.Price {
			t.Errorf("preset %s costs %+v, its list price is %+v", s.Name, s.Price, p.Price)
		}
	}
	if _, ok := mockprovider.PriceOf("no such model"); ok {
		t.Error("a model that is not listed has a price")
	}
}
