package svg

import (
	"cmp"
	"math"
	"strconv"
	"strings"
)

// Width is the width of the coordinates inside [Builder.Stretch].
const Width = 2000

// perPixel is the number of units in a pixel of height.
const perPixel = 4

// Path collects the steps of a path as whole numbers relative to the point
// before, which is the shortest form. The zero Path is empty.
type Path struct {
	// Across is the width of the coordinates it is drawn in; 0 means [Width].
	Across int

	out  strings.Builder
	x, y int
	mode byte
}

// Move starts a new part at a point: x as a share of the width, y in pixels.
func (p *Path) Move(x, y float64) {
	p.x, p.y = p.point(x, y)
	p.out.WriteString("M" + strconv.Itoa(p.x) + " " + strconv.Itoa(p.y))
	p.mode = 'M'
}

// Line draws to a point.
func (p *Path) Line(x, y float64) {
	nx, ny := p.point(x, y)
	if p.mode != 'l' {
		p.out.WriteByte('l')
	}
	p.step(nx-p.x, p.mode != 'l')
	p.step(ny-p.y, false)
	p.x, p.y, p.mode = nx, ny, 'l'
}

// To starts a new part at a point, or draws to it.
func (p *Path) To(start bool, x, y float64) {
	if start {
		p.Move(x, y)
		return
	}
	p.Line(x, y)
}

// Close draws back to where the part began.
func (p *Path) Close() {
	p.out.WriteByte('z')
	p.mode = 'z'
}

// Empty says whether nothing was drawn.
func (p *Path) Empty() bool { return p.out.Len() == 0 }

// String returns the value of the attribute d.
func (p *Path) String() string { return p.out.String() }

// step writes a number; a minus separates it from the one before.
func (p *Path) step(v int, first bool) {
	if v >= 0 && !first {
		p.out.WriteByte(' ')
	}
	p.out.WriteString(strconv.Itoa(v))
}

func (p *Path) point(x, y float64) (px, py int) {
	return round(x * float64(cmp.Or(p.Across, Width))), round(y * perPixel)
}

// round keeps a coordinate finite and near the chart.
func round(v float64) int {
	if math.IsNaN(v) {
		return 0
	}
	return int(math.Round(min(max(v, -1e5), 1e5)))
}
