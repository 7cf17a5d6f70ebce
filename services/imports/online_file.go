package imports

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"maps"
	"slices"
	"strings"
	"sync/atomic"

	catalogv1 "github.com/aisle-retail/aisle/gen/go/aisle/catalog/v1"
)

// titleMax is the longest title that the catalogue has.
const titleMax = 300

// onlineInvoice is the lines of one invoice, in the order of the file. The first of them says when it was and for whom.
type onlineInvoice struct {
	lines []onlineLine
}

func (i *onlineInvoice) first() onlineLine { return i.lines[0] }

// invoiceHead is what the first reading keeps of an invoice.
type invoiceHead struct {
	customer string
	lines    int
}

// onlineFile is an invoices file. Invoices may be interleaved, and a long one may run into the next minute, so that nothing
// within the file tells where one ends. It is read twice: the first time counts each invoice's lines, and the second hands an
// invoice out with its last line. Memory holds a count per invoice, and the invoices that are not whole.
type onlineFile struct {
	onlineReader
	source source
	heads  map[string]*invoiceHead
	// reject takes lines that are in no invoice.
	reject func(Reject) error
}

// onlinePlan is what an invoices file will need beforehand.
type onlinePlan struct {
	openingStock
	// products are its goods, with the titles that their lines give them.
	products []*catalogv1.Product
}

// plan reads the file without sending anything: what leaves the warehouse is there before the first day, sold or written off.
// What comes back is not counted on.
func (f *onlineFile) plan(o *Options) (onlinePlan, error) {
	plan := onlinePlan{}
	units, titles := map[string]int64{}, map[string]title{}
	f.heads = map[string]*invoiceHead{}
	f.reject = func(Reject) error { return nil }
	digest := sha256.New()
	err := f.read(nil, digest, func(line onlineLine) error {
		head := f.heads[line.invoice]
		if head == nil {
			head = &invoiceHead{customer: strings.Clone(line.customer)}
			f.heads[strings.Clone(line.invoice)] = head
		}
		if head.customer != line.customer {
			return nil
		}
		head.lines++
		if plan.opening.IsZero() || line.at.Before(plan.opening) {
			plan.opening = line.at
		}
		if !line.goods() {
			return nil
		}
		code := strings.Clone(line.code)
		titles[code] = titles[code].better(line)
		if line.kind != cameBack {
			units[code] += line.units
		}
		return nil
	})
	if err != nil {
		return plan, err
	}
	plan.digest = hex.EncodeToString(digest.Sum(nil))
	plan.opening = dayBefore(plan.opening)
	for code, leaving := range units {
		plan.positions = append(plan.positions, position{o.Location, code, leaving})
	}
	sortPositions(plan.positions)
	for _, code := range slices.Sorted(maps.Keys(titles)) {
		plan.products = append(plan.products, &catalogv1.Product{
			Code: code, Title: cutTo(cmp.Or(titles[code].text, "Product "+code), titleMax), TaxCategory: o.TaxCategory,
			Variants: []*catalogv1.Variant{{Sku: code}},
		})
	}
	return plan, nil
}

// title is what a product is called. Descriptions change, and those of lines without a price are often remarks of the
// warehouse, such as "damages".
type title struct {
	text   string
	priced bool
}

// better is the title once another line was read: the first that there is, of a line with a price if any.
func (t title) better(line onlineLine) title {
	priced := !line.unitPrice.isZero()
	if line.description == "" || t.text != "" && (t.priced || !priced) {
		return t
	}
	return title{strings.Clone(line.description), priced}
}

// read calls take for each line that can be read.
func (f *onlineFile) read(count *atomic.Int64, also io.Writer, take func(onlineLine) error) error {
	header := func(at columns) { f.at = at }
	return f.source.eachLine(count, also, onlineColumns, header, func(o origin) error {
		line, fault := f.parse(o)
		if fault != nil {
			return f.reject(*fault)
		}
		return take(line)
	}, f.reject)
}

// invoices hands out each invoice with its last line.
func (f *onlineFile) invoices(count *atomic.Int64, hand func(*onlineInvoice) error) error {
	open := map[string]*onlineInvoice{}
	return f.read(count, nil, func(line onlineLine) error {
		head := f.heads[line.invoice]
		if head == nil { // the file grew since it was read first
			return f.reject(line.reject(reasonMalformed, "invoice %s was not there when the file was read first", line.invoice))
		}
		if head.customer != line.customer {
			return f.reject(line.reject(reasonInvoiceDisagrees, "invoice %s began with customer %q, and this line has %q",
				line.invoice, head.customer, line.customer))
		}
		invoice := open[line.invoice]
		if invoice == nil {
			invoice = &onlineInvoice{}
			open[line.invoice] = invoice
		}
		invoice.lines = append(invoice.lines, line)
		if len(invoice.lines) < head.lines {
			return nil
		}
		delete(open, line.invoice)
		return hand(invoice)
	})
}
