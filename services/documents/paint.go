package documents

import (
	"strings"

	"codeberg.org/go-pdf/fpdf"
)

// Measures of the page, in millimetres.
const (
	wide   = 210
	high   = 297
	left   = 20
	top    = 20
	bottom = high - 22
	across = wide - 2*left
)

// colour is red, green and blue of 255.
type colour struct{ r, g, b int }

var (
	ink   = colour{26, 29, 33}
	quiet = colour{91, 97, 105} // 6.3 to 1 against white: it stays readable for weak eyes and on weak printers
	rule  = colour{217, 220, 224}
)

// face is how a text is set; size is in points.
type face struct {
	style  string
	size   float64
	colour colour
}

// leading is how far apart lines stand, in millimetres: 1.4 times the size, and a point is 25.4/72 millimetres.
func (f face) leading() float64 { return f.size * 1.4 * 25.4 / 72 }

// painter draws from the top of the page down. What it draws is made printable on the way, and never again.
type painter struct {
	pdf    *fpdf.Fpdf
	words  words
	number string
	// y is how far down it is.
	y float64
	// missing is true when a letter could not be printed.
	missing bool
}

func (p *painter) space(height float64) { p.y += height }

// room turns the page when less than a height is left on it.
func (p *painter) room(height float64) bool {
	if p.y+height <= bottom || p.y <= top {
		return false
	}
	p.newPage()
	return true
}

func (p *painter) set(f face) {
	p.pdf.SetFont(fontFamily, f.style, f.size)
	p.pdf.SetTextColor(f.colour.r, f.colour.g, f.colour.b)
}

func (p *painter) printable(text string) string {
	text, missing := printable(text)
	p.missing = p.missing || missing
	return text
}

func (p *painter) width(text string, f face) float64 {
	text, _ = printable(text)
	return p.rawWidth(text, f)
}

func (p *painter) rawWidth(text string, f face) float64 {
	p.set(f)
	return p.pdf.GetStringWidth(text)
}

// print sets one line by its baseline.
func (p *painter) print(x, baseline float64, text string, f face) {
	p.printRaw(x, baseline, p.printable(text), f)
}

func (p *painter) printRaw(x, baseline float64, text string, f face) {
	if text == "" {
		return
	}
	p.set(f)
	p.pdf.Text(x, baseline, text)
}

func (p *painter) printRight(right, baseline float64, text string, f face) {
	p.print(right-p.width(text, f), baseline, text, f)
}

// paragraph sets a text in lines of a width, and turns the page where it is full.
func (p *painter) paragraph(x, width float64, text string, f face) {
	for _, l := range p.broken(text, width, f) {
		p.room(f.leading())
		p.printRaw(x, p.y+f.leading()*0.74, l, f)
		p.y += f.leading()
	}
}

// broken cuts a text into printable lines of a width: between words, and within a word that is wider than the line. It takes
// time in proportion to the text, however long a word somebody typed.
func (p *painter) broken(text string, width float64, f face) []string {
	var lines []string
	var current strings.Builder
	used, blank := 0.0, p.rawWidth(" ", f)
	end := func() {
		if current.Len() > 0 {
			lines = append(lines, current.String())
		}
		current.Reset()
		used = 0
	}
	for word := range strings.FieldsSeq(p.printable(text)) {
		wide := p.pdf.GetStringWidth(word)
		if current.Len() > 0 && used+blank+wide <= width {
			current.WriteString(" " + word)
			used += blank + wide
			continue
		}
		end()
		if wide <= width {
			current.WriteString(word)
			used = wide
			continue
		}
		for _, r := range word {
			letter := p.pdf.GetStringWidth(string(r))
			if used+letter > width {
				end()
			}
			current.WriteRune(r)
			used += letter
		}
	}
	end()
	return lines
}

// line draws a hairline at the current height.
func (p *painter) line(x, width float64, c colour) {
	p.pdf.SetDrawColor(c.r, c.g, c.b)
	p.pdf.SetLineWidth(0.2)
	p.pdf.Line(x, p.y, x+width, p.y)
}
