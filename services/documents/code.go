package documents

import (
	"fmt"
	"image/color"
	"strings"

	"github.com/boombuler/barcode/qr"
)

const (
	// quietZone is how many modules wide the white edge of a QR code is. Source: ISO/IEC 18004.
	quietZone = 4
	// modulePixels is how wide a module is on a screen, and moduleWide on paper, in millimetres: a till reads half of one from a hand's breadth.
	modulePixels = 3
	moduleWide   = 0.5
)

// code is a QR code with what is said below it.
type code struct {
	// bars are runs of dark modules, line by line.
	bars []bar
	// Side is how many modules it is wide and high, with its white edge.
	Side    int
	Caption string
}

// bar is a run of dark modules: where it begins, and how many.
type bar struct{ x, y, long int }

// newCode draws a text as a QR code.
func newCode(text, caption string) (*code, error) {
	drawn, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return nil, fmt.Errorf("documents: draw the QR code of a receipt: %w", err)
	}
	size := drawn.Bounds().Dx()
	c := &code{Side: size + 2*quietZone, Caption: caption}
	for y := range size {
		for x := 0; x < size; x++ {
			from := x
			for x < size && color.GrayModel.Convert(drawn.At(x, y)) == (color.Gray{}) {
				x++
			}
			if x > from {
				c.bars = append(c.bars, bar{from + quietZone, y + quietZone, x - from})
			}
		}
	}
	return c, nil
}

// Pixels is how wide and high it is on a screen.
func (c code) Pixels() int { return c.Side * modulePixels }

// Path is its dark modules as an SVG path.
func (c code) Path() string {
	var b strings.Builder
	for _, r := range c.bars {
		fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", r.x, r.y, r.long, r.long)
	}
	return b.String()
}

// code draws a QR code, which stays on one page with what is said of it. Its white edge reaches into the margin, so that it stands in line with the
// text.
func (p *painter) code(c code) {
	const edge = quietZone * moduleWide
	caption := face{regular, 8, quiet}
	side := float64(c.Side) * moduleWide
	p.space(9 - edge)
	p.room(side + caption.leading())
	p.pdf.SetFillColor(0, 0, 0)
	for _, r := range c.bars {
		p.pdf.Rect(left-edge+float64(r.x)*moduleWide, p.y+float64(r.y)*moduleWide, float64(r.long)*moduleWide, moduleWide, "F")
	}
	p.y += side
	p.paragraph(left, across, c.Caption, caption)
}
