package documents

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"unicode/utf16"

	"github.com/aisle-retail/aisle/services/retail"
)

// run is one text as it stands on a page, with where its baseline begins in points from the lower left corner.
type run struct {
	page int
	x, y float64
	text string
}

var (
	streams = regexp.MustCompile(`(?s)/Length \d+>>\nstream\n(.*?)\nendstream`)
	shows   = regexp.MustCompile(`(?s)BT (-?[\d.]+) (-?[\d.]+) Td \(((?:[^\\)]|\\.)*)\) Tj ET`)
)

// runs reads a PDF back, the very bytes that are handed out: it inflates the pages and decodes the texts that they show. Fonts and
// maps are streams as well, and show no text.
func runs(t *testing.T, pdf []byte) []run {
	t.Helper()
	var all []run
	page := 0
	for _, stream := range streams.FindAllSubmatch(pdf, -1) {
		reader, err := zlib.NewReader(bytes.NewReader(stream[1]))
		if err != nil {
			continue
		}
		content, err := io.ReadAll(reader)
		if err != nil {
			continue
		}
		texts := shows.FindAllSubmatch(content, -1)
		if len(texts) > 0 {
			page++
		}
		for _, shown := range texts {
			x, _ := strconv.ParseFloat(string(shown[1]), 64)
			y, _ := strconv.ParseFloat(string(shown[2]), 64)
			all = append(all, run{page, x, y, utf16Text(t, shown[3])})
		}
	}
	if page != pages(pdf) {
		t.Fatalf("read %d pages of %d", page, pages(pdf))
	}
	return all
}

// utf16Text decodes a PDF string of two bytes a letter, in which some bytes are escaped.
func utf16Text(t *testing.T, escaped []byte) string {
	t.Helper()
	var plain []byte
	for i := 0; i < len(escaped); i++ {
		b := escaped[i]
		if b == '\\' {
			i++
			if b = escaped[i]; b == 'r' {
				b = '\r'
			}
		}
		plain = append(plain, b)
	}
	if len(plain)%2 != 0 {
		t.Fatalf("%q has half a letter", escaped)
	}
	units := make([]uint16, len(plain)/2)
	for i := range units {
		units[i] = uint16(plain[2*i])<<8 | uint16(plain[2*i+1])
	}
	return string(utf16.Decode(units))
}

func pages(pdf []byte) int { return bytes.Count(pdf, []byte("/Type /Page\n")) }

// told is all text of a PDF in the order in which it was drawn, with a space between runs.
func told(all []run) string {
	var texts []string
	for _, r := range all {
		texts = append(texts, r.text)
	}
	return strings.Join(texts, " ")
}

func TestPaperSaysAllOfTheSheet(t *testing.T) {
	for _, e := range examples() {
		t.Run(e.name, func(t *testing.T) {
			s, err := newSheet(e.invoice, e.options)
			if err != nil {
				t.Fatal(err)
			}
			texts := []string{s.Title, s.Number, s.Seller.Name, s.Record, s.Seal, s.Sums.BeforeTax, s.Sums.Tax, s.Sums.Total + " " + s.Currency}
			texts = append(texts, s.Seller.Lines...)
			if s.Buyer != nil {
				texts = append(append(texts, s.Buyer.Name), s.Buyer.Lines...)
			}
			if s.Note != nil {
				texts = append(texts, s.Note.text())
			}
			for _, f := range s.Facts {
				texts = append(texts, f.Name, f.Value)
			}
			for _, l := range s.Lines {
				texts = append(texts, l.Description, l.SKU, l.Quantity, l.Rate, l.BeforeTax, l.WithTax)
			}
			for _, r := range s.Taxes {
				texts = append(texts, r.Code, r.Rate, r.BeforeTax, r.Tax)
			}
			// A word that is wider than its column is cut, so texts are compared without spaces.
			all := strings.ReplaceAll(told(runs(t, rendered(t, PDF, e))), " ", "")
			for _, text := range texts {
				want, _ := printable(text)
				if !strings.Contains(all, strings.ReplaceAll(want, " ", "")) {
					t.Errorf("does not say %q", text)
				}
			}
			if boxed := strings.ContainsRune(all, box); boxed != strings.Contains(all, "standsforlettersthatthefont") {
				t.Errorf("has letters that can't be printed: %t; says so: %t", boxed, !boxed)
			}
		})
	}
}

func TestPaperAddsUp(t *testing.T) {
	for _, e := range append(examples(), example{name: "long", invoice: long(500)}) {
		t.Run(e.name, func(t *testing.T) {
			all := runs(t, rendered(t, PDF, e))
			var shown shownAmounts
			at := slices.IndexFunc(all, func(r run) bool { return r.text == english.totalBeforeTax })
			rates := 0
			for i, r := range all {
				switch isRate := strings.HasSuffix(r.text, "%"); {
				case isRate && i < at:
					rates++
					shown.addLine(t, e.invoice, all[i+1].text, all[i+2].text)
				case isRate:
					shown.addTax(t, e.invoice, all[i+1].text, all[i+2].text)
				}
			}
			if rates != len(e.invoice.Lines) {
				t.Errorf("shows %d lines of %d", rates, len(e.invoice.Lines))
			}
			shown.compare(t, e.invoice, all[at+1].text, all[at+3].text, all[at+5].text)
		})
	}
}

func TestPaperOfManyLines(t *testing.T) {
	pdf := rendered(t, PDF, example{invoice: long(500)})
	count := pages(pdf)
	if count < 20 || count > 40 {
		t.Errorf("500 lines take %d pages", count)
	}
	seen := map[int][]string{}
	figuresOn := 0
	for _, r := range runs(t, pdf) {
		seen[r.page] = append(seen[r.page], r.text)
		if strings.HasSuffix(r.text, "%") {
			figuresOn = r.page
		}
		if strings.HasPrefix(r.text, "SKU-") && r.page != figuresOn {
			t.Errorf("a row is torn: its figures are on page %d, its SKU on %d", figuresOn, r.page)
		}
		if r.x < 20*72/25.4-1 || r.x > 190*72/25.4 || r.y < 10*72/25.4 || r.y > (297-20)*72/25.4 {
			t.Errorf("%q stands at %.0f, %.0f of page %d, off the paper's margins", r.text, r.x, r.y, r.page)
		}
	}
	for page := 1; page <= count; page++ {
		foot := fmt.Sprintf("Page %d of %d", page, count)
		if !slices.Contains(seen[page], "Item") || !slices.ContainsFunc(seen[page], func(s string) bool { return strings.HasSuffix(s, foot) }) {
			t.Errorf("page %d has no heads, or does not say %q", page, foot)
		}
	}
}

// TestPaperOfALongText is about one description that fills pages, and names that fill lines.
func TestPaperOfALongText(t *testing.T) {
	text := strings.Repeat("lorem ipsum ", 3000)
	invoice := document(retail.InvoiceFull, "EUR",
		item("before", "A", 1, 100, 21, "es-standard", 210000),
		item(text, strings.Repeat("漢 x", 500), 1_000_000_000_000, 1_000_000_000_000_000, 1_000_000_000_000_000, strings.Repeat("code", 100), 1_000_000),
		item("after", "B", 1, 100, 21, "es-standard", 210000))
	invoice.Seller.Name, invoice.Seller.Street = strings.Repeat("W", 3000), strings.Repeat("i ", 3000)
	invoice.Number = strings.Repeat("9", 300)
	all := runs(t, rendered(t, PDF, example{invoice: invoice, options: Options{OrderNumber: strings.Repeat("8", 500)}}))
	if got := strings.Count(told(all), "lorem"); got != 3000 {
		t.Errorf("%d of 3000 words are there", got)
	}
	for _, r := range all {
		if foot := strings.Contains(r.text, "Page "); !foot && (r.y < 22*72/25.4 || r.x < 20*72/25.4-1) {
			t.Errorf("%.20q stands at %.0f, %.0f of page %d, below or beside the page", r.text, r.x, r.y, r.page)
		}
	}
}

func TestPaperIsTheSameEveryTime(t *testing.T) {
	for _, e := range examples() {
		want := rendered(t, PDF, e)
		var wait sync.WaitGroup
		for range 4 {
			wait.Go(func() {
				if got, err := PDF(e.invoice, e.options); err != nil || !bytes.Equal(got, want) {
					t.Errorf("%s differs from one time to the next (%v)", e.name, err)
				}
			})
		}
		wait.Wait()
		if date := []byte("/CreationDate (D:20261121170510"); !bytes.Contains(want, date) {
			t.Errorf("%s is not dated when it was issued", e.name)
		}
	}
}

// FuzzDocument proves that every document that adds up is rendered, adds up on paper and screen, and stays text.
func FuzzDocument(f *testing.F) {
	for _, e := range examples() {
		line := e.invoice.Lines[0]
		f.Add(line.Description, line.SKU, e.invoice.Seller.Name, line.NetMinor, line.TaxMinor, line.TaxPPM, uint8(3), uint8(1))
	}
	f.Add("", "", "", int64(0), int64(0), int32(0), uint8(0), uint8(0))
	f.Add("\xc3\x28{\ue000}\\", strings.Repeat("(", 99), "\x00\r\n%PDF-1.3\nendstream", int64(-1), int64(1), int32(-1), uint8(255), uint8(2))
	kinds := []retail.InvoiceKind{
		retail.InvoiceSimplified, retail.InvoiceFull, retail.InvoiceFullReplacingSimplified, retail.InvoiceRectificativeSimplified,
		retail.InvoiceRectificativeFull,
	}
	f.Fuzz(func(t *testing.T, description, sku, name string, net, tax int64, ppm int32, lines, pick uint8) {
		const most = 1_000_000_000_000_000
		net, tax = net%most, tax%most
		items := make([]retail.InvoiceLine, lines%40)
		for i := range items {
			items[i] = item(description, sku, int64(i), net, tax, name, ppm)
		}
		currency := []string{"EUR", "JPY", "KWD"}[int(pick)%3]
		e := example{invoice: document(kinds[int(pick)%len(kinds)], currency, items...), options: Options{OrderNumber: sku, Language: name}}
		e.invoice.Seller = retail.Party{Name: name, TaxID: sku, Address: retail.Address{Street: description, City: name}}
		e.invoice.Buyer, e.invoice.OriginalNumber = &e.invoice.Seller, description
		tree := parsed(t, rendered(t, HTML, e))
		var shown shownAmounts
		for _, cells := range figures(tree, "items") {
			shown.addLine(t, e.invoice, cells[2], cells[3])
		}
		for _, cells := range figures(tree, "taxes") {
			shown.addTax(t, e.invoice, cells[1], cells[2])
		}
		sums := figures(tree, "sums")
		shown.compare(t, e.invoice, sums[0][0], sums[1][0], sums[2][0])
		if all := told(runs(t, rendered(t, PDF, e))); !strings.Contains(all, sums[2][0]) {
			t.Errorf("the PDF does not show the total %s", sums[2][0])
		}
	})
}
