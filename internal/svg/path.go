package svg

import (
	"math"
	"strconv"
	"strings"
)

// Width is the width of the coordinates inside [Builder.Stretch].
const Width = 3000

// Path collects the steps of a path as whole numbers relative to the point
// before, which is the shortest form. The zero Path is empty.
type Path struct {
	out  strings.Builder
	x, y int
	mode byte
}

// Move starts a new part at a point: x as a share of the width, y in pixels.
func (p *Path) Move(x, y float64) {
	p.x, p.y = point(x, y)
	p.out.WriteString("M" + strconv.Itoa(p.x) + " " + strconv.Itoa(p.y))
	p.mode = 'M'
}

// Line draws to a point.
func (p *Path) Line(x, y float64) {
	nx, ny := point(x, y)
	if p.mode != 'l' {
		p.out.WriteByte('l')
	}
	p.step(nx-p.x, p.mode != 'l')
	p.step(ny-p.y, false)
	p.x, p.y, p.mode = nx, ny, 'l'
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

func point(x, y float64) (px, py int) { return round(x * Width), round(y * 10) }

// round keeps a coordinate finite and near the chart.
func round(v float64) int {
	if math.IsNaN(v) {
		return 0
	}
	return int(math.Round(min(max(v, -1e5), 1e5)))
}
