package retail

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
)

// InvoiceKind is what kind of document it is.
type InvoiceKind string

// The kinds of document. Source: Spain's RD 1619/2012, articles 4, 6, 7 and 15; in the terms of the design.
const (
	InvoiceSimplified              InvoiceKind = "SIMPLIFIED"                // the ticket, to nobody by name
	InvoiceFull                    InvoiceKind = "FULL"                      // to a buyer by name and tax number
	InvoiceFullReplacingSimplified InvoiceKind = "FULL_REPLACING_SIMPLIFIED" // stands in for a ticket; it is no turnover of its own
	InvoiceRectificativeSimplified InvoiceKind = "RECTIFICATIVE_SIMPLIFIED"  // what came back, of a ticket
	InvoiceRectificativeFull       InvoiceKind = "RECTIFICATIVE_FULL"        // what came back, of a full invoice
)

// series is the letter of a kind's own series: the law asks for series of their own for what corrects.
func (k InvoiceKind) series() string {
	switch k {
	case InvoiceFull, InvoiceFullReplacingSimplified:
		return "F"
	case InvoiceRectificativeSimplified:
		return "RT"
	case InvoiceRectificativeFull:
		return "RF"
	}
	return "T"
}

// Rectifies tells whether the kind corrects another document: its amounts are taken off. Amounts are stored positive, and each
// format renders the sign in its own way.
func (k InvoiceKind) Rectifies() bool {
	return k == InvoiceRectificativeSimplified || k == InvoiceRectificativeFull
}

// Party is who sells or buys, as a document names them.
type Party struct {
	Name  string `json:"name"`
	TaxID string `json:"tax_id"`
	Address
}

// Invoice is a document for units that were handed over or came back. It never changes.
type Invoice struct {
	ID ID `json:"id"`
	// Location is in whose book the sale is; Point is its issuing point, which numbers and chains its documents.
	Location string `json:"location"`
	Point    string `json:"point"`
	// Number is what people read: location, point, series and year, number.
	Number string      `json:"number"`
	Kind   InvoiceKind `json:"kind"`
	// Series is the series with its year, for example "T26"; Sequence counts from 1 in it, without gaps.
	Series   string `json:"series"`
	Sequence int64  `json:"sequence"`
	// Order is the order; absent for goods that came back without a receipt. Return is what came back.
	Order  ID `json:"order,omitzero"`
	Return ID `json:"return,omitzero"`
	// Transaction is the ledger transaction that it was issued in.
	Transaction ID `json:"transaction"`
	// Original is the document that it corrects or replaces.
	Original       ID            `json:"original,omitzero"`
	OriginalNumber string        `json:"original_number,omitempty"`
	Customer       ID            `json:"customer,omitzero"`
	Seller         Party         `json:"seller"`
	Buyer          *Party        `json:"buyer,omitempty"`
	Currency       string        `json:"currency"`
	Lines          []InvoiceLine `json:"lines"`
	// Taxes are the sums of the lines per rate; they are never rounded again.
	Taxes []OrderTax `json:"taxes"`
	// OccurredAt is when the units moved in the shop, IssuedAt when the document was made.
	OccurredAt time.Time `json:"occurred_at"`
	IssuedAt   time.Time `json:"issued_at"`
	// Position counts the records of the issuing point's chain from 1. Hash is over the document and Previous, the hash before
	// it, as lower-case hexadecimal SHA-256; Previous is empty for the first.
	Position int64  `json:"position"`
	Previous string `json:"previous"`
	Hash     string `json:"hash"`
}

// InvoiceLine is units of one order line. Amounts are of these units, in minor units, positive.
type InvoiceLine struct {
	UnitRange
	SKU         string `json:"sku,omitempty"`
	Description string `json:"description"`
	NetMinor    int64  `json:"net_minor"`
	TaxMinor    int64  `json:"tax_minor"`
	GrossMinor  int64  `json:"gross_minor"`
	TaxCode     string `json:"tax_code"`
	TaxPPM      int32  `json:"tax_ppm"`
}

// Quantity is how many units it is about.
func (l InvoiceLine) Quantity() int64 { return l.Until - l.From }

// InvoiceKey names a document.
func InvoiceKey(location string, id ID) Key {
	return Key{Table: TableInvoices, Place: location, ID: id}
}

// Key names the document.
func (i Invoice) Key() Key { return InvoiceKey(i.Location, i.ID) }

// LastRecorded is when the document was issued.
func (i Invoice) LastRecorded() time.Time { return i.IssuedAt }

// Totals sums the lines.
func (i Invoice) Totals() Totals {
	var t Totals
	for _, line := range i.Lines {
		t.Net += line.NetMinor
		t.Tax += line.TaxMinor
		t.Gross += line.GrossMinor
	}
	return t
}

// Record is the text that the hash is over: one fact per line, in this order, each as name=value, texts quoted as in Go and
// JSON. Who has the documents of an issuing point can check its chain with nothing but SHA-256.
func (i Invoice) Record() string {
	var b strings.Builder
	fact := func(name string, value any) { fmt.Fprintf(&b, "%s=%v\n", name, value) }
	text := func(name, value string) { fmt.Fprintf(&b, "%s=%q\n", name, value) }
	party := func(name string, p Party) {
		fmt.Fprintf(&b, "%s=%q %q %q %q %q %q %q\n", name, p.Name, p.TaxID, p.Street, p.PostalCode, p.City, p.Region, p.CountryCode)
	}
	text("number", i.Number)
	fact("kind", i.Kind)
	fact("id", i.ID)
	text("location", i.Location)
	text("point", i.Point)
	fact("position", i.Position)
	fact("order", i.Order)
	fact("return", i.Return)
	fact("original", i.Original)
	fact("transaction", i.Transaction)
	fact("customer", i.Customer)
	party("seller", i.Seller)
	if i.Buyer != nil {
		party("buyer", *i.Buyer)
	}
	fact("occurred_at", i.OccurredAt.UTC().Format(time.RFC3339Nano))
	fact("issued_at", i.IssuedAt.UTC().Format(time.RFC3339Nano))
	fact("currency", i.Currency)
	for _, l := range i.Lines {
		fmt.Fprintf(&b, "line=%d %d-%d %q %q net %d tax %d gross %d %q %d\n",
			l.Line, l.From, l.Until, l.SKU, l.Description, l.NetMinor, l.TaxMinor, l.GrossMinor, l.TaxCode, l.TaxPPM)
	}
	for _, t := range i.Taxes {
		fmt.Fprintf(&b, "tax=%q %d net %d tax %d\n", t.Code, t.PPM, t.NetMinor, t.TaxMinor)
	}
	fact("previous", i.Previous)
	return b.String()
}

// Seal returns the hash of the record.
func (i Invoice) Seal() string {
	sum := sha256.Sum256([]byte(i.Record()))
	return hex.EncodeToString(sum[:])
}

// IssuingPoint numbers documents and chains them: the one minter of its series for life, and the row that is locked.
type IssuingPoint struct {
	Location string
	Code     string
	// Series are the series begun, by name, with the last number given in each.
	Series []SeriesCount
	// Records counts the chain, and Head is the hash of its last record.
	Records    int64
	Head       string
	Version    int64
	RecordedAt time.Time
}

// SeriesCount is the last number that a series gave.
type SeriesCount struct {
	Series string `json:"series"`
	Last   int64  `json:"last"`
}

// IssuingPointKey names an issuing point.
func IssuingPointKey(location, code string) Key {
	return Key{Table: TableIssuingPoints, Place: location, Code: code}
}

// Key names the issuing point.
func (p IssuingPoint) Key() Key { return IssuingPointKey(p.Location, p.Code) }

// LastRecorded is when the point last issued a document.
func (p IssuingPoint) LastRecorded() time.Time { return p.RecordedAt }

// Issuer is what a command knows of who issues its documents.
type Issuer struct {
	Location string
	// Point is the issuing point of the server at the location.
	Point string
	// Year is that of the location's own calendar.
	Year   int
	Seller Party
	// Invoices are ids minted for the documents that may be issued, more than enough.
	Invoices []ID
}

// ServerPoint is the issuing point by which the server issues; terminals that number by themselves have points of their own.
const ServerPoint = "1"

// Key names the issuing point.
func (i Issuer) Key() Key { return IssuingPointKey(i.Location, i.Point) }

// mayIssue tells that a command was planned with fewer ids than its documents need: plan again.
func (i Issuer) mayIssue(documents int) error {
	if len(i.Invoices) < documents {
		return ErrStale
	}
	return nil
}

// next numbers a document, chains and seals it, and returns the point as it is then.
func (p IssuingPoint) next(doc Invoice, year int, now time.Time) (IssuingPoint, Invoice) {
	doc.Series = fmt.Sprintf("%s%02d", doc.Kind.series(), year%100)
	p.Series = slices.Clone(p.Series)
	at := slices.IndexFunc(p.Series, func(c SeriesCount) bool { return c.Series == doc.Series })
	if at < 0 {
		at = len(p.Series)
		p.Series = append(p.Series, SeriesCount{Series: doc.Series})
	}
	p.Series[at].Last++
	p.Records++
	p.Version++
	p.RecordedAt = now
	doc.Location, doc.Point, doc.Sequence = p.Location, p.Code, p.Series[at].Last
	doc.Number = fmt.Sprintf("%s-%s-%s-%06d", p.Location, p.Code, doc.Series, doc.Sequence)
	doc.IssuedAt, doc.Position, doc.Previous = now, p.Records, p.Head
	doc.Hash = doc.Seal()
	p.Head = doc.Hash
	return p, doc
}

// Chain is the records of an issuing point as far as they were checked, from the first on.
type Chain struct {
	Records int64
	Head    string
	last    map[string]int64
}

// Add checks the next record: that it stands next in the chain, has the next number of its series, and is sealed by the one before
// it. It says what is wrong, or nothing.
func (c *Chain) Add(doc Invoice) (fault string) {
	if c.last == nil {
		c.last = map[string]int64{}
	}
	switch {
	case doc.Position != c.Records+1:
		return fmt.Sprintf("record %d is missing", c.Records+1)
	case doc.Sequence != c.last[doc.Series]+1:
		return fmt.Sprintf("number %d of series %s is missing", c.last[doc.Series]+1, doc.Series)
	case doc.Previous != c.Head:
		return fmt.Sprintf("%s is not sealed by the record before it", doc.Number)
	case doc.Hash != doc.Seal():
		return fmt.Sprintf("%s is not as it was issued", doc.Number)
	}
	c.Records, c.Head, c.last[doc.Series] = doc.Position, doc.Hash, doc.Sequence
	return ""
}
