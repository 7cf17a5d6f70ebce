package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aisle-retail/aisle/services/retail"
)

// chainSQL reads the documents of an issuing point in the order of its chain.
var chainSQL = "select " + prefixed(invoices.table.columns) + `
from invoices t where t.location = $1 and t.point = $2 and t.position > $3 and t.position <= $4 order by t.position limit $5`

// chains proves of every issuing point that its documents are chained without a gap from the first to its head, and numbered
// without a gap in each series (L7). A point is read first and its documents after: what it counted by then never changes.
func (a *audit) chains(ctx context.Context) error {
	f := family{root: issuingPoints.table}
	for page, err := range a.pages(ctx, f, nil, 0, nil) {
		if err != nil {
			return err
		}
		for _, m := range page {
			point, err := readPoint(&record{values: m.root.values})
			if err != nil {
				a.broken("SEAL", f.root, keyText(f.root, m.root), "it can't be read: %v", err)
				continue
			}
			if err := a.chain(ctx, point); err != nil {
				return fmt.Errorf("chain of %s/%s: %w", point.Location, point.Code, err)
			}
		}
	}
	return nil
}

// link is where the walk along a chain is.
type link struct {
	position   int64
	hash       string
	recordedAt time.Time
	series     map[string]int64
}

func (a *audit) chain(ctx context.Context, p retail.IssuingPoint) error {
	t, key := issuingPoints.table, p.Location+"/"+p.Code
	at := link{series: map[string]int64{}}
	for {
		begun := time.Now()
		var page []retail.Invoice
		err := a.snapshot(ctx, func(s *snapshot) error {
			page = page[:0]
			found, err := s.query(chainSQL, [][]byte{
				[]byte(p.Location), []byte(p.Code), int8Param(at.position), int8Param(p.Records), int8Param(int64(a.limits.page)),
			})
			for _, r := range found {
				invoice, broken := readInvoice(r)
				if broken == nil { // one that can't be read is found at its own table
					page = append(page, invoice)
				}
			}
			return err
		})
		if err != nil {
			return err
		}
		if len(page) == 0 {
			break
		}
		for _, i := range page {
			a.proveLink(i, &at)
		}
		a.rest(ctx, time.Since(begun))
	}
	if p.Records != at.position || p.Head != at.hash || p.Version != p.Records || !p.RecordedAt.Equal(at.recordedAt) {
		a.broken("L7", t, key, "it counts %d documents up to %s, and its chain %d up to %s",
			p.Records, p.RecordedAt, at.position, at.recordedAt)
	}
	counted := map[string]int64{}
	for _, c := range p.Series {
		counted[c.Series] = c.Last
	}
	same := len(counted) == len(p.Series) && len(counted) == len(at.series)
	for series, last := range at.series {
		same = same && counted[series] == last
	}
	if !same {
		a.broken("L7", t, key, "it counts its series otherwise than its documents are numbered")
	}
	return nil
}

// letters are the series of each kind, by the letters that they begin with.
var letters = map[retail.InvoiceKind]string{
	retail.InvoiceSimplified: "T", retail.InvoiceFull: "F", retail.InvoiceFullReplacingSimplified: "F",
	retail.InvoiceRectificativeSimplified: "RT", retail.InvoiceRectificativeFull: "RF",
}

// proveLink proves that a document follows from the one before it in its chain, and in its series.
func (a *audit) proveLink(i retail.Invoice, at *link) {
	t, key := invoices.table, idText(i.Location, i.ID)
	year := strings.TrimPrefix(i.Series, letters[i.Kind])
	switch {
	case i.Position != at.position+1:
		a.broken("L7", t, key, "it is the one after document %d of its chain, and numbered %d", at.position, i.Position)
	case i.Previous != at.hash:
		a.broken("L7", t, key, "it does not name the hash of the document before it")
	case i.Hash != i.Seal():
		a.broken("L7", t, key, "its hash is not that of what it says")
	case len(year) != 2 || strings.Trim(year, "0123456789") != "":
		a.broken("L7", t, key, "a %s has no place in the series %s", i.Kind, i.Series)
	case i.Sequence != at.series[i.Series]+1:
		a.broken("L7", t, key, "it is the one after number %d of %s", at.series[i.Series], i.Series)
	case i.Number != fmt.Sprintf("%s-%s-%s-%06d", i.Location, i.Point, i.Series, i.Sequence):
		a.broken("L7", t, key, "its number is not that of its series and place")
	case i.IssuedAt.Before(at.recordedAt):
		a.broken("L7", t, key, "it was issued at %s, before the one before it", i.IssuedAt)
	}
	at.position, at.hash, at.recordedAt, at.series[i.Series] = i.Position, i.Hash, i.IssuedAt, i.Sequence
}

// besideInvoices is what the documents of a page must agree with.
type besideInvoices struct {
	numbered, replaced []retail.ID
	since              []time.Time
	// twice are those that share a number or a position with another one; counted the counts of their points.
	twice map[int]bool
	found map[retail.Key]retail.Row
}

// sameNumberSQL counts the documents that have the number, or the position, of each of many.
const sameNumberSQL = `
select k.n,
    (select count(*) from invoices t
        where t.location = k.location and t.point = k.point and t.series = k.series and t.sequence = k.sequence)
    + (select count(*) from invoices t where t.location = k.location and t.point = k.point and t.position = k.position)
from unnest($1::text[], $2::text[], $3::text[], $4::int8[], $5::int8[]) with ordinality
    as k(location, point, series, sequence, position, n)`

// proveInvoices proves that each document has a number that leads to it, and that its order or its return, its customer and its
// issuing point know of it (L7). What it says is proved with its order or return, its place in the chain with its point.
func proveInvoices(a *audit, s *snapshot, page []entity) (prove func(), err error) {
	b, err := s.besideInvoices(page)
	if err != nil {
		return nil, err
	}
	return func() {
		for n, e := range page {
			i := e.row.(retail.Invoice)
			point, there := b.found[retail.IssuingPointKey(i.Location, i.Point)].(retail.IssuingPoint)
			counts := slices.ContainsFunc(point.Series, func(c retail.SeriesCount) bool {
				return c.Series == i.Series && c.Last >= i.Sequence
			})
			_, ordered := b.found[retail.OrderKey(i.Order)]
			back, returned := b.found[retail.ReturnKey(i.Return)].(retail.Return)
			replaces := i.Kind == retail.InvoiceFullReplacingSimplified
			switch {
			case b.twice[n]:
				a.broken("L7", e.table, e.text, "another document has its number or its position")
			case !there || point.Records < i.Position || !counts:
				a.broken("L7", e.table, e.text, "its issuing point does not count it")
			case !i.Order.IsZero() && !ordered:
				a.broken("L7", e.table, e.text, "its order %s is not there", i.Order)
			case (!i.Return.IsZero() || i.Order.IsZero()) &&
				(!returned || !slices.Contains(back.Invoices, i.ID) || back.Order != i.Order):
				a.broken("L7", e.table, e.text, "its return %s is not there, or does not name it", i.Return)
			}
			if b.numbered[n] != i.ID || !b.since[n].Equal(i.IssuedAt) {
				a.broken("NAMES", e.table, e.text, "its number %s does not stand for it since it was issued", i.Number)
			}
			if replaces && b.replaced[n] != i.ID {
				a.broken("NAMES", e.table, e.text, "nothing says that it replaced %s", i.OriginalNumber)
			}
			purchase := retail.Purchase{Kind: retail.PurchaseInvoice, Location: i.Location, OccurredAt: i.OccurredAt}
			if replaces {
				purchase.OccurredAt = i.IssuedAt
			}
			a.provePurchase(e, b.found, i.Customer, i.ID, purchase, i.IssuedAt)
		}
	}, nil
}

func (s *snapshot) besideInvoices(page []entity) (b besideInvoices, err error) {
	named := newRows([]column{{"kind", "text"}, {"value", "text"}}, false)
	numbers := newRows([]column{
		{"location", "text"}, {"point", "text"}, {"series", "text"}, {"sequence", "int8"}, {"position", "int8"},
	}, false)
	var refs []referred
	for _, e := range page {
		i := e.row.(retail.Invoice)
		named.text(retail.NameInvoice).text(i.Number).end()
		named.text(retail.NameReplaced).text(i.Original.String()).end()
		numbers.text(i.Location).text(i.Point).text(i.Series).int8(i.Sequence).int8(i.Position).end()
		refs = append(refs, referred{key: retail.IssuingPointKey(i.Location, i.Point)})
		if !i.Order.IsZero() {
			refs = append(refs, referred{key: retail.OrderKey(i.Order)})
		}
		if !i.Return.IsZero() {
			refs = append(refs, referred{key: retail.ReturnKey(i.Return)})
		}
		if !i.Customer.IsZero() {
			refs = append(refs, referred{key: retail.PurchaseKey(i.Customer, retail.PurchaseInvoice, i.ID)})
		}
	}
	if b.found, err = s.existing(refs); err != nil {
		return b, err
	}
	found, err := s.query(namesOfSQL, named.params())
	if err != nil {
		return b, err
	}
	b.numbered, b.replaced, b.since = make([]retail.ID, len(page)), make([]retail.ID, len(page)), make([]time.Time, len(page))
	for _, r := range found {
		n := r.int8() - 1
		if n%2 == 0 {
			b.numbered[n/2], b.since[n/2] = r.id(), r.time()
		} else {
			b.replaced[n/2] = r.id()
		}
	}
	if found, err = s.query(sameNumberSQL, numbers.params()); err != nil {
		return b, err
	}
	b.twice = map[int]bool{}
	for _, r := range found {
		n, count := int(r.int8()-1), r.int8()
		b.twice[n] = count != 2
	}
	return b, nil
}
