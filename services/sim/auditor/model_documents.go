package auditor

import (
	"fmt"
	"slices"
	"strings"
	"time"

	invoicespb "github.com/aisle-retail/aisle/gen/go/aisle/invoices/v1"
)

// The kinds of document.
const (
	simplified          = "SIMPLIFIED"
	full                = "FULL"
	fullReplacing       = "FULL_REPLACING_SIMPLIFIED"
	rectifiesSimplified = "RECTIFICATIVE_SIMPLIFIED"
	rectifiesFull       = "RECTIFICATIVE_FULL"
)

// letters begin the series of each kind.
var letters = map[string]string{simplified: "T", full: "F", fullReplacing: "F", rectifiesSimplified: "RT", rectifiesFull: "RF"}

// rectifies tells whether a kind of document takes off what another said.
func rectifies(kind string) bool { return kind == rectifiesSimplified || kind == rectifiesFull }

// serverPoint is the issuing point of a location's server.
const serverPoint = "1"

// paper is a document as the model, a row or an answer has it.
type paper struct {
	id, location, point, number, kind, series string
	order, returned, transaction              string
	original, originalNumber, customer, buyer string
	sequence, position                        int64
	previous, hash                            string
	lines                                     []paperLine
	taxes                                     []taxSum
	issuedAt, occurredAt                      time.Time
}

// paperLine is units of one line; amounts are of these units.
type paperLine struct {
	unitSpan
	SKU        string `json:"sku"`
	NetMinor   int64  `json:"net_minor"`
	TaxMinor   int64  `json:"tax_minor"`
	GrossMinor int64  `json:"gross_minor"`
	TaxCode    string `json:"tax_code"`
	TaxPPM     int32  `json:"tax_ppm"`
}

// gross is what the document comes to.
func (p *paper) gross() (sum int64) {
	for _, l := range p.lines {
		sum += l.GrossMinor
	}
	return sum
}

// diff says how another document differs; an answer does not tell the transaction, and which units they were.
func (p *paper) diff(other *paper, told bool) string {
	text := func(p *paper) string {
		s := fmt.Sprintf("%s %s %s at %s/%s series %s no %d position %d order %s return %s original %s %s customer %q buyer %q previous %q hash %q issued %s occurred %s",
			p.id, p.number, p.kind, p.location, p.point, p.series, p.sequence, p.position, p.order, p.returned, p.original, p.originalNumber,
			p.customer, p.buyer, p.previous, p.hash, clockText(p.issuedAt), clockText(p.occurredAt))
		if !told {
			s += " by " + p.transaction
		}
		return s
	}
	if a, b := text(p), text(other); a != b {
		return fmt.Sprintf("the document should be %s, and is %s", a, b)
	}
	lines := p.lines
	if told {
		lines = slices.Clone(lines)
		for i := range lines {
			lines[i].From, lines[i].Until = 0, lines[i].Until-lines[i].From
		}
	}
	return firstText(differ("lines of the document", lines, other.lines), differ("taxes of the document", p.taxes, other.taxes))
}

// pointKey names an issuing point.
type pointKey struct{ location, point string }

// point numbers documents and chains them.
type point struct {
	last    map[string]int64
	records int64
	head    string
}

// with returns the point after a document.
func (p *point) with(doc *paper) *point {
	after := &point{last: map[string]int64{}, records: doc.position, head: doc.hash}
	if p != nil {
		for series, last := range p.last {
			after.last[series] = last
		}
	}
	after.last[doc.series] = doc.sequence
	return after
}

// firstPaper is the kind of document that the buyer wants.
func firstPaper(o *bought) string {
	if o.buyer != "" {
		return full
	}
	return simplified
}

// issue makes a document about units of an order.
func (d *deed) issue(o *bought, kind string, units []unitSpan, original *paper, back string) {
	if d.act == nil {
		return
	}
	doc := &paper{kind: kind, order: o.id, returned: back, customer: o.customer}
	for _, u := range units {
		l := o.line(u.Line)
		net, tax, gross := l.worth(u.From, u.Until)
		doc.lines = append(doc.lines, paperLine{u, l.sku, net, tax, gross, l.taxCode, l.taxPPM})
	}
	doc.taxes = sumTaxes(doc.lines)
	if original != nil {
		doc.original, doc.originalNumber = original.id, original.number
	}
	if kind == full || kind == rectifiesFull {
		doc.buyer = o.buyer
		if original != nil && original.buyer != "" {
			doc.buyer = original.buyer
		}
	}
	d.register(o.location, doc)
	o.papers = append(o.papers, paperOf{doc.id, kind, doc.original, d.at, units})
}

// issueBlind makes the document of goods without a receipt, which has no order and no original.
func (d *deed) issueBlind(o *bought, units []unitSpan, back string) {
	nameless := *o
	nameless.id = ""
	d.issue(&nameless, rectifiesSimplified, units, nil, back)
}

// register numbers a document: next in its series, next in the chain of its point. Its id, its hash and the year are the shop's to
// say, and taken from the row.
func (d *deed) register(location string, doc *paper) {
	doc.id = d.mint("InvoiceIssued", len(d.papersNew))
	doc.location, doc.point, doc.transaction = location, serverPoint, d.transaction()
	doc.issuedAt = d.now
	if doc.occurredAt.IsZero() {
		doc.occurredAt = d.at
	}
	row := d.rows.paper(doc.id)
	if row == nil {
		d.wrong("a document is missing", fmt.Sprintf("%s for %d units of order %s", doc.kind, len(doc.lines), doc.order), "order/"+doc.order)
		row = &paper{}
	}
	year := d.now.UTC().Year()
	for _, y := range []int{year, year - 1, year + 1} { // by the calendar of the place, and by the clock of the server
		if series := fmt.Sprintf("%s%02d", letters[doc.kind], y%100); series == row.series || doc.series == "" {
			doc.series = series
		}
	}
	before, there := d.points[pointKey{location, serverPoint}].now()
	if !there {
		before = &point{}
	}
	for _, p := range d.papersNew {
		if p.location == location {
			before = before.with(p)
		}
	}
	doc.sequence, doc.position, doc.previous, doc.hash = before.last[doc.series]+1, before.records+1, before.head, row.hash
	doc.number = strings.Join([]string{location, serverPoint, doc.series, fmt.Sprintf("%06d", doc.sequence)}, "-")
	d.papersNew = append(d.papersNew, doc)
}

// sumTaxes sums lines per rate.
func sumTaxes(lines []paperLine) (taxes []taxSum) {
	for _, l := range lines {
		at := slices.IndexFunc(taxes, func(t taxSum) bool { return t.Code == l.TaxCode && t.PPM == l.TaxPPM })
		if at < 0 {
			at = len(taxes)
			taxes = append(taxes, taxSum{Code: l.TaxCode, PPM: l.TaxPPM})
		}
		taxes[at].NetMinor += l.NetMinor
		taxes[at].TaxMinor += l.TaxMinor
	}
	sortTaxes(taxes)
	return taxes
}

func sortTaxes(taxes []taxSum) {
	slices.SortFunc(taxes, func(a, b taxSum) int {
		if c := strings.Compare(a.Code, b.Code); c != 0 {
			return c
		}
		return int(a.PPM) - int(b.PPM)
	})
}

// issueFull turns a ticket into a full invoice.
func (d *deed) issueFull(r *invoicespb.IssueFullInvoiceRequest) string {
	ticket := d.papers[r.GetInvoice()]
	switch o := d.order; {
	case ticket == nil, o != nil && !slices.ContainsFunc(o.papers, func(p paperOf) bool { return p.invoice == ticket.id }):
		return "UNKNOWN_INVOICE"
	case ticket.kind != simplified, o == nil, o.replacement(ticket.id) != ticket.id:
		return "INVOICE_EXISTS"
	case slices.ContainsFunc(o.papers, func(p paperOf) bool { return rectifies(p.kind) && p.original == ticket.id }):
		return "INVOICE_CORRECTED"
	}
	if d.act == nil {
		return ""
	}
	o := d.order
	doc := *ticket
	doc.kind, doc.buyer = fullReplacing, r.GetBuyer().GetName()
	doc.original, doc.originalNumber = ticket.id, ticket.number
	d.register(o.location, &doc)
	var units []unitSpan
	for _, l := range ticket.lines {
		units = append(units, l.unitSpan)
	}
	o.papers = append(o.papers, paperOf{doc.id, doc.kind, ticket.id, ticket.occurredAt, units})
	d.close(o)
	d.kind, d.book, d.cause = "INVOICE", o.location, "order/"+o.id
	return ""
}
