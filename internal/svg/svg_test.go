package svg_test

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tailgate-bench/tailgate/internal/svg"
)

func TestBuilder(t *testing.T) {
	t.Parallel()
	var b svg.Builder
	b.Begin("svg", "width", "100%", "height", 20)
	b.Empty("line", "x1", svg.Percent(33.3333), "y1", 0.5, "class", "")
	b.Text("text", `</svg><script>"x"&`, "x", 1)
	want := `<svg width="100%" height="20"><line x1="33.33%" y1="0.5"/>` +
		`<text x="1">&lt;/svg&gt;&lt;script&gt;&#34;x&#34;&amp;</text></svg>`
	if got := string(b.HTML()); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestBuilder_noNaN(t *testing.T) {
	t.Parallel()
	var b svg.Builder
	b.Empty("line", "x1", math.NaN(), "y1", math.Inf(1), "x2", svg.Percent(math.NaN()), "y2", -0.001)
	if got, want := string(b.HTML()), `<line x1="0" y1="0" x2="0%" y2="0"/>`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestPath(t *testing.T) {
	t.Parallel()
	var p svg.Path
	p.Move(0, 1)
	p.Line(0.01, 2)
	p.Line(0.02, 1)
	p.Close()
	if got, want := p.String(), "M0 4l20 4 20-4z"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestScale(t *testing.T) {
	t.Parallel()
	up := svg.Scale{Low: 1, High: 100, From: 200, To: 0, Log: true}
	for v, want := range map[float64]float64{1: 200, 10: 100, 100: 0, 0.1: 200, 1e6: 0} {
		if got := up.At(v); math.Abs(got-want) > 1e-9 {
			t.Errorf("At(%v) = %v, want %v", v, got, want)
		}
	}
	if got := (svg.Scale{Low: 3, High: 3, To: 10}).At(3); got != 5 {
		t.Errorf("empty scale: %v, want the middle", got)
	}
}

func TestScale_ticks(t *testing.T) {
	t.Parallel()
	tests := []struct {
		scale svg.Scale
		gap   float64
		want  []float64
	}{
		{svg.Scale{Low: 200, High: 8000, To: 300, Log: true}, 20, []float64{200, 300, 500, 700, 1000, 2000, 3000, 5000, 7000}},
		{svg.Scale{Low: 0.9, High: 4, To: 100, Log: true}, 12, []float64{1, 1.5, 2, 3, 4}},
		{svg.Scale{Low: 0, High: 10, To: 100}, 15, []float64{0, 2, 4, 6, 8, 10}},
	}
	for _, tt := range tests {
		if got := tt.scale.Ticks(tt.gap); !slices.Equal(got, tt.want) {
			t.Errorf("ticks of %v: %v, want %v", tt.scale, got, tt.want)
		}
	}
}

func TestScale_ticksProperty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		low := rapid.Float64Range(1e-3, 1e5).Draw(t, "low")
		s := svg.Scale{Low: low, High: low * rapid.Float64Range(1.01, 1e4).Draw(t, "ratio"), To: 300, Log: rapid.Bool().Draw(t, "log")}
		ticks := s.Ticks(20)
		for i, v := range ticks {
			if v < s.Low*0.999999 || v > s.High*1.000001 {
				t.Fatalf("tick %v outside %v", v, s)
			}
			if i > 0 && s.At(v)-s.At(ticks[i-1]) < 19.999 {
				t.Fatalf("ticks %v too close on %v", ticks, s)
			}
		}
	})
}

func TestSpread(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.SliceOfN(rapid.Float64Range(0, 300), 0, 20).Draw(t, "at")
		out := svg.Spread(at, 14, 0, 300)
		sorted := slices.Sorted(slices.Values(out))
		for i, v := range sorted {
			if v < -1e-9 || v > 300+1e-9 || i > 0 && v-sorted[i-1] < 14-1e-9 {
				t.Fatalf("spread %v to %v", at, out)
			}
		}
		for i := range at {
			for j := range at {
				if at[i] < at[j] && out[i] > out[j] {
					t.Fatalf("order changed: %v to %v", at, out)
				}
			}
		}
	})
}

func FuzzBuilder(f *testing.F) {
	f.Add(`</script><img src=x onerror=alert(1)>`, `" onload="x`)
	f.Add("שלום", "a\u202Eb")
	f.Fuzz(func(t *testing.T, text, attribute string) {
		var b svg.Builder
		b.Begin("svg")
		b.Text("text", text, "class", attribute)
		out := string(b.HTML())
		if strings.Count(out, "<") != 4 || strings.Count(out, ">") != 4 {
			t.Fatalf("markup leaked: %s", out)
		}
		if attribute != "" && strings.Count(out, `"`) != 2 {
			t.Fatalf("attribute leaked: %s", out)
		}
	})
}

func TestBuilder_wellFormed(t *testing.T) {
	t.Parallel()
	var b svg.Builder
	b.Begin("svg")
	b.Stretch(10)
	b.Empty("path", "d", "M0 0")
	dec := xml.NewDecoder(strings.NewReader(string(b.HTML())))
	for {
		if _, err := dec.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func TestScale_Ticks_endless(t *testing.T) {
	t.Parallel()
	for _, s := range []svg.Scale{
		{Low: 1, High: math.Inf(1), From: 0, To: 100, Log: true},
		{Low: math.Inf(-1), High: 1, From: 0, To: 100},
		{Low: math.NaN(), High: 1, From: 0, To: 100},
	} {
		if ticks := s.Ticks(10); ticks != nil {
			t.Errorf("%+v has ticks %v", s, ticks)
		}
	}
}
