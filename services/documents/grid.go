package documents

// grid is a table: the first column holds text and takes what the others leave, which hold figures and stand at the right.
type grid struct {
	x, width float64
	size     float64
	title    string
	heads    []string
	rows     []row
}

// row is one line of it: a text with a smaller one below, and figures.
type row struct {
	text, below string
	figures     []string
}

const (
	gridHead  = 8.0 // points
	gridSmall = 8.0
	gridGap   = 7.0 // millimetres between columns
	gridPad   = 2.0 // above and below a row
)

// grid draws a table over as many pages as it takes; each begins with the heads. A row stays on one page where it can.
func (p *painter) grid(g grid) {
	rights, textWidth := p.columns(g)
	text, small := face{regular, g.size, ink}, face{regular, gridSmall, quiet}
	p.room(30) // a title or heads alone at the foot of a page would help nobody
	if g.title != "" {
		p.paragraph(g.x, g.width, g.title, face{bold, g.size, ink})
		p.space(1.5)
	}
	p.gridHeads(g, rights)
	for _, r := range g.rows {
		lines, below := p.broken(r.text, textWidth, text), p.broken(r.below, textWidth, small)
		height := 2*gridPad + float64(max(1, len(lines)))*text.leading() + float64(len(below))*small.leading()
		if fits := min(height, (bottom-top)/2); p.room(fits) {
			p.gridHeads(g, rights)
		}
		p.y += gridPad
		for i, figure := range r.figures {
			p.printRight(rights[i], p.y+text.leading()*0.74, figure, text)
		}
		first := p.y
		p.gridText(g, rights, lines, text)
		p.gridText(g, rights, below, small)
		if len(lines)+len(below) == 0 {
			p.y = first + text.leading()
		}
		p.y += gridPad
		p.line(g.x, g.width, rule)
	}
}

// gridText sets the text of a row, line by line: a row that is longer than a page goes on under new heads.
func (p *painter) gridText(g grid, rights []float64, lines []string, f face) {
	for _, l := range lines {
		if p.room(f.leading()) {
			p.gridHeads(g, rights)
			p.y += gridPad
		}
		p.printRaw(g.x, p.y+f.leading()*0.74, l, f)
		p.y += f.leading()
	}
}

func (p *painter) gridHeads(g grid, rights []float64) {
	f := face{regular, gridHead, quiet}
	p.print(g.x, p.y+3, g.heads[0], f)
	for i, right := range rights {
		p.printRight(right, p.y+3, g.heads[i+1], f)
	}
	p.y += 4.8
	p.line(g.x, g.width, ink)
}

// columns measures: each column of figures is as wide as its widest, and the text has what is left.
func (p *painter) columns(g grid) (rights []float64, textWidth float64) {
	text, head := face{regular, g.size, ink}, face{regular, gridHead, quiet}
	rights = make([]float64, len(g.heads)-1)
	right := g.x + g.width
	for i := len(rights) - 1; i >= 0; i-- {
		widest := p.width(g.heads[i+1], head)
		for _, r := range g.rows {
			widest = max(widest, p.width(r.figures[i], text))
		}
		rights[i] = right
		right -= widest + gridGap
	}
	return rights, max(right-g.x, 20) // even the largest amounts that there are leave more than this
}
