package record_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tailgate-bench/tailgate/internal/record"
)

func TestInOrder(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	for _, l := range []struct {
		strategy string
		id       int
	}{{"a", 2}, {"a", 0}, {"a", 1}, {"a", 5}, {"a", 4}, {"b", 1}, {"b", 0}} {
		fmt.Fprintf(&text, `{"strategy":%q,"id":%d,"ok":true}`+"\n", l.strategy, l.id)
	}
	for broken, want := range map[string][]string{
		"":          {"a0", "a1", "a2", "a4", "a5", "b0", "b1"}, // 3 was interrupted
		"{broken\n": {"a0", "a1", "a2", "a4", "a5", "b0", "b1", "error"},
	} {
		r, err := record.OpenReader(zipped(t, text.String()+broken))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for l, err := range record.InOrder(r) {
			if err != nil {
				got = append(got, "error")
				continue
			}
			got = append(got, fmt.Sprint(l.Strategy, l.ID))
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		if !slices.Equal(got, want) {
			t.Errorf("with %q: %v, want %v", broken, got, want)
		}
	}
}

func TestInOrder_stops(t *testing.T) {
	t.Parallel()
	for stop := range 3 {
		r, err := record.OpenReader(zipped(t, strings.Repeat(`{"strategy":"a","id":1}`+"\n"+`{"strategy":"b","id":0}`+"\n", 2)))
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for range record.InOrder(r) {
			if n++; n > stop {
				break
			}
		}
		if err := r.Close(); err != nil || n != stop+1 {
			t.Errorf("%d lines after stopping at %d: %v", n, stop, err)
		}
	}
}
