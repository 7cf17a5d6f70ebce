package documents

import (
	"fmt"
	"strings"
	"time"

	"github.com/aisle-retail/aisle/services/retail"
)

// sheet is a document as finished texts, in the order in which they are read. Every text in it is clean, and none is escaped.
type sheet struct {
	Words    heads
	Language string
	Title    string
	Number   string
	Currency string
	// Note says which document it stands in for or corrects.
	Note   *note
	Facts  []fact
	Seller party
	Buyer  *party
	Lines  []line
	Taxes  []rate
	Sums   sums
	Record string
	Seal   string
	// Code is a QR code; nil: none.
	Code *code
}

// heads are the words that head columns and parts.
type heads struct {
	Seller, Buyer                                   string
	Items, Item, Quantity, Rate, BeforeTax, WithTax string
	Taxes, Tax, TaxAmount                           string
	Sums, TotalBeforeTax, TotalTax, Total           string
}

// note is a sentence with a number in it; one without has all of it before.
type note struct{ Before, Number, After string }

func (n note) text() string { return n.Before + n.Number + n.After }

type fact struct{ Name, Value string }

type party struct {
	Name  string
	Lines []string
}

type line struct{ Description, SKU, Quantity, Rate, BeforeTax, WithTax string }

type rate struct{ Code, Rate, BeforeTax, Tax string }

type sums struct{ BeforeTax, Tax, Total string }

// sealShown is how much of the hash is printed: 64 of its bits, enough to tell documents apart by eye.
const sealShown = 16

// newSheet writes a document out.
func newSheet(invoice retail.Invoice, options Options) (sheet, error) {
	if err := check(invoice); err != nil {
		return sheet{}, err
	}
	w := wordsOf(options.Language)
	exponent, _ := retail.CurrencyExponent(invoice.Currency)
	amount := func(minor int64) string {
		if invoice.Kind.Rectifies() {
			minor = -minor
		}
		return w.Fixed(minor, exponent)
	}
	s := sheet{
		Words: w.heads(), Language: w.tag, Title: w.titles[invoice.Kind], Number: clean(invoice.Number), Currency: invoice.Currency,
		Note: w.note(invoice), Facts: w.facts(invoice, options), Seller: w.party(invoice.Seller),
		Record: fmt.Sprintf(w.record, invoice.Position, clean(invoice.Point), clean(invoice.Location)),
		Seal:   fmt.Sprintf(w.seal, beginning(clean(invoice.Hash), sealShown)),
	}
	if invoice.Buyer != nil {
		buyer := w.party(*invoice.Buyer)
		s.Buyer = &buyer
	}
	for _, l := range invoice.Lines {
		s.Lines = append(s.Lines, line{
			Description: clean(l.Description), SKU: clean(l.SKU), Quantity: w.Grouped(l.Quantity()), Rate: w.share(l.TaxPPM),
			BeforeTax: amount(l.NetMinor), WithTax: amount(l.GrossMinor),
		})
	}
	for _, t := range invoice.Taxes {
		s.Taxes = append(s.Taxes, rate{
			Code: clean(t.Code), Rate: w.share(t.PPM), BeforeTax: amount(t.NetMinor), Tax: amount(t.TaxMinor),
		})
	}
	if options.Receipt != "" {
		var err error
		if s.Code, err = newCode(options.Receipt, w.receipt); err != nil {
			return sheet{}, err
		}
	}
	totals := invoice.Totals()
	s.Sums = sums{BeforeTax: amount(totals.Net), Tax: amount(totals.Tax), Total: amount(totals.Gross)}
	return s, nil
}

func (w words) heads() heads {
	return heads{
		Seller: w.seller, Buyer: w.buyer,
		Items: w.items, Item: w.item, Quantity: w.quantity, Rate: w.rate, BeforeTax: w.beforeTax, WithTax: w.withTax,
		Taxes: w.taxes, Tax: w.tax, TaxAmount: w.taxAmount,
		Sums: w.sums, TotalBeforeTax: w.totalBeforeTax, TotalTax: w.totalTax, Total: w.total,
	}
}

// note says what the document does to another one.
func (w words) note(invoice retail.Invoice) *note {
	sentence, refers := w.originals[invoice.Kind]
	original := clean(invoice.OriginalNumber)
	if original == "" {
		original = invoice.Original.String()
	}
	switch {
	case refers && original != "":
		before, after, _ := strings.Cut(sentence, "%s")
		return &note{before, original, after}
	case invoice.Kind.Rectifies():
		return &note{Before: w.noOriginal}
	}
	return nil
}

// facts are when it was, and what it was about. The day of supply is said only where it is another than that of issue, as the
// law asks.
func (w words) facts(invoice retail.Invoice, options Options) []fact {
	zone := options.Zone
	if zone == nil {
		zone = time.UTC
	}
	issued, occurred := invoice.IssuedAt.In(zone), invoice.OccurredAt.In(zone)
	facts := []fact{{w.issued, w.at(issued)}}
	if supplied := w.day(occurred); supplied != w.day(issued) {
		facts = append(facts, fact{w.supplied, supplied})
	}
	order := clean(options.OrderNumber)
	if order == "" {
		order = invoice.Order.String()
	}
	switch {
	case order != "":
		facts = append(facts, fact{w.order, order})
	case !invoice.Return.IsZero(): // without an order, the return is all that one can ask about
		facts = append(facts, fact{w.returned, invoice.Return.String()})
	}
	return facts
}

// party writes a name and an address as on an envelope, with what is known of it.
func (w words) party(p retail.Party) party {
	lines := []string{clean(p.Street), join(" ", p.PostalCode, p.City), join(", ", p.Region, p.CountryCode)}
	if clean(p.Region) == "" { // a country alone would have a line for two letters
		lines = []string{lines[0], join(", ", lines[1], p.CountryCode)}
	}
	if id := clean(p.TaxID); id != "" {
		lines = append(lines, fmt.Sprintf(w.taxID, id))
	}
	shown := party{Name: clean(p.Name)}
	for _, l := range lines {
		if l != "" {
			shown.Lines = append(shown.Lines, l)
		}
	}
	return shown
}

// join puts texts together that are not empty.
func join(between string, texts ...string) string {
	var all []string
	for _, text := range texts {
		if text = clean(text); text != "" {
			all = append(all, text)
		}
	}
	return strings.Join(all, between)
}

// beginning is the first characters of a text, or all of a shorter one.
func beginning(text string, characters int) string {
	runes := []rune(text)
	return string(runes[:min(characters, len(runes))])
}
