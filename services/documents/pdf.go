package documents

import (
	"bytes"
	"fmt"
	"strings"

	"codeberg.org/go-pdf/fpdf"

	"github.com/aisle-retail/aisle/services/retail"
)

// PDF shows a document on A4, over as many pages as it needs. The same invoice gives the same bytes: the date of the file is
// that of the issue, and nothing in it is random. It is drawn, not tagged, so a screen reader is served better by the HTML.
func PDF(invoice retail.Invoice, options Options) ([]byte, error) {
	s, err := newSheet(invoice, options)
	if err != nil {
		return nil, err
	}
	pdf := fpdf.New("P", "mm", "A4", "")
	pdf.SetCatalogSort(true)
	pdf.SetCreationDate(invoice.IssuedAt.UTC())
	pdf.SetModificationDate(invoice.IssuedAt.UTC())
	pdf.SetProducer("Aisle", true)
	pdf.SetLang(s.Language)
	pdf.SetTitle(s.Title+" "+s.Number, true)
	pdf.SetAuthor(s.Seller.Name, true)
	pdf.SetMargins(left, top, left)
	pdf.SetAutoPageBreak(false, 0) // the painter breaks pages, between lines that belong together
	pdf.AliasNbPages(pagesAlias)
	addFonts(pdf)
	p := &painter{pdf: pdf, words: wordsOf(options.Language)}
	p.number = p.printable(s.Number)
	p.draw(s)
	var b bytes.Buffer
	if err := pdf.Output(&b); err != nil {
		return nil, fmt.Errorf("documents: draw the PDF of %s: %w", invoice.ID, err)
	}
	return b.Bytes(), nil
}

// pagesAlias is replaced by how many pages there are when the last is drawn. Text of the document never holds it: U+E000 is
// private, and printable lets through only letters that the fonts have.
const pagesAlias = "{\ue000}"

func (p *painter) draw(s sheet) {
	p.newPage()
	p.head(s)
	p.facts(s.Facts)
	p.parties(s)
	p.space(9)
	items := grid{x: left, width: across, size: 9.5, heads: []string{s.Words.Item, s.Words.Quantity, s.Words.Rate, s.Words.BeforeTax, s.Words.WithTax}}
	for _, l := range s.Lines {
		items.rows = append(items.rows, row{l.Description, l.SKU, []string{l.Quantity, l.Rate, l.BeforeTax, l.WithTax}})
	}
	p.grid(items)
	p.sums(s)
	p.space(9)
	taxes := grid{x: left, width: across, size: 9, heads: []string{s.Words.Tax, s.Words.Rate, s.Words.BeforeTax, s.Words.TaxAmount}}
	taxes.title = s.Words.Taxes
	for _, t := range s.Taxes {
		taxes.rows = append(taxes.rows, row{t.Code, "", []string{t.Rate, t.BeforeTax, t.Tax}})
	}
	p.grid(taxes)
	if s.Code != nil {
		p.code(*s.Code)
	}
	p.small(s)
}

// head is the seller's name, what the document is, its number, and what it does to another.
func (p *painter) head(s sheet) {
	p.paragraph(left, across, s.Seller.Name, face{bold, 11, ink})
	p.space(5)
	p.paragraph(left, across, s.Title, face{bold, 24, ink})
	p.space(0.5)
	p.paragraph(left, across, s.Number, face{regular, 12, quiet})
	if s.Note != nil {
		p.space(4)
		from := p.y
		p.paragraph(left+5, across-5, s.Note.text(), face{regular, 10, ink})
		p.pdf.SetFillColor(ink.r, ink.g, ink.b)
		p.pdf.Rect(left, from+0.6, 0.9, p.y-from-1.2, "F")
	}
}

// facts stand side by side, each as wide as it is, and go on below when the line is full.
func (p *painter) facts(facts []fact) {
	const gap = 12
	p.space(8)
	x, lowest, from := float64(left), p.y, p.y
	name, value := face{regular, 8, quiet}, face{regular, 9.5, ink}
	for _, f := range facts {
		width := min(max(p.width(f.Name, name), p.width(f.Value, value))+0.1, across)
		if x > left && x+width > left+across {
			x, from = left, lowest+4
		}
		p.y = from
		p.paragraph(x, width, f.Name, name)
		p.paragraph(x, width, f.Value, value)
		x, lowest = x+width+gap, max(lowest, p.y)
	}
	p.y = lowest
}

// parties stand side by side.
func (p *painter) parties(s sheet) {
	const gap, half = 10, (across - 10) / 2
	p.space(7)
	from := p.y
	p.party(left, half, s.Words.Seller, s.Seller)
	if s.Buyer == nil {
		return
	}
	lowest := p.y
	p.y = from
	p.party(left+half+gap, half, s.Words.Buyer, *s.Buyer)
	p.y = max(p.y, lowest)
}

func (p *painter) party(x, width float64, heading string, who party) {
	p.paragraph(x, width, heading, face{regular, 8, quiet})
	p.paragraph(x, width, who.Name, face{bold, 9.5, ink})
	for _, l := range who.Lines {
		p.paragraph(x, width, l, face{regular, 9.5, ink})
	}
}

// sums stand at the right, below the amounts that they are the sums of, and stay on one page.
func (p *painter) sums(s sheet) {
	p.space(3)
	p.room(24)
	label, value := face{regular, 9, quiet}, face{regular, 9.5, ink}
	total := face{bold, 15, ink}
	right := float64(left + across)
	amount := s.Sums.Total + " " + s.Currency
	labels := max(p.width(s.Words.TotalBeforeTax, label), p.width(s.Words.TotalTax, label), p.width(s.Words.Total, total))
	x := right - max(70, labels+10+p.width(amount, total))
	for _, sum := range [][2]string{{s.Words.TotalBeforeTax, s.Sums.BeforeTax}, {s.Words.TotalTax, s.Sums.Tax}} {
		p.print(x, p.y+4, sum[0], label)
		p.printRight(right, p.y+4, sum[1], value)
		p.y += 6
	}
	p.y += 2
	p.print(x, p.y+5.5, s.Words.Total, total)
	p.printRight(right, p.y+5.5, amount, total)
	p.y += 8
}

// small is what few people read: the place in the chain, and what the boxes mean if there are any.
func (p *painter) small(s sheet) {
	p.space(8)
	p.room(8)
	faint := face{regular, 7.5, quiet}
	p.paragraph(left, across, s.Record+"  ·  "+s.Seal, faint)
	if p.missing {
		p.paragraph(left, across, fmt.Sprintf(p.words.missing, string(box)), faint)
	}
}

// newPage turns the page. Its foot is drawn at once: it says which document it is, should the sheets come apart.
func (p *painter) newPage() {
	p.pdf.AddPage()
	p.y = top
	parts := []string{p.number, fmt.Sprintf(p.words.page, p.pdf.PageNo(), pagesAlias)}
	p.printRaw(left, high-12, strings.Join(parts, "  ·  "), face{regular, 7.5, quiet})
}
