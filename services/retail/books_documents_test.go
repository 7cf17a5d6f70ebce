package retail

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"slices"

	"pgregory.net/rapid"
)

// letters are those of the series of each kind of document.
var letters = map[InvoiceKind]string{
	"SIMPLIFIED": "T", "FULL": "F", "FULL_REPLACING_SIMPLIFIED": "F", "RECTIFICATIVE_SIMPLIFIED": "RT", "RECTIFICATIVE_FULL": "RF",
}

func corrects(d InvoiceKind) bool {
	return d == "RECTIFICATIVE_SIMPLIFIED" || d == "RECTIFICATIVE_FULL"
}

// auditDocuments proves L7: numbers without gaps, chains that verify, one document for each handover, and documents that come
// to what was handed over and came back.
func auditDocuments(t rapid.TB, k kept, s *shop) {
	t.Helper()
	points := map[Key][]Invoice{}
	documents := map[ID]Invoice{}
	for _, doc := range k.invoices {
		point := IssuingPointKey(doc.Location, doc.Point)
		points[point] = append(points[point], doc)
		documents[doc.ID] = doc
		auditAmounts(t, doc)
	}
	for key, docs := range points {
		row, found := s.rows[key].(IssuingPoint)
		if !found {
			t.Fatalf("L7: %+v issued documents and is not there", key)
		}
		auditChain(t, row, docs)
	}
	for _, row := range s.rows {
		if point, ok := row.(IssuingPoint); ok && len(points[point.Key()]) == 0 {
			t.Fatalf("L7: %+v has issued nothing", point)
		}
	}
	for _, o := range k.orders {
		auditCover(t, o, documents)
	}
	auditHandovers(t, k, s.headers)
}

// auditAmounts checks that a document adds up.
func auditAmounts(t rapid.TB, doc Invoice) {
	t.Helper()
	taxes := map[TaxRate]OrderTax{}
	for _, l := range doc.Lines {
		if l.NetMinor+l.TaxMinor != l.GrossMinor || min(l.NetMinor, l.TaxMinor, l.GrossMinor) < 0 || l.From < 0 || l.Until <= l.From {
			t.Fatalf("L7: a line of %s: %+v", doc.Number, l)
		}
		rate := TaxRate{Code: l.TaxCode, PPM: l.TaxPPM}
		sums := taxes[rate]
		taxes[rate] = OrderTax{l.TaxCode, l.TaxPPM, sums.NetMinor + l.NetMinor, sums.TaxMinor + l.TaxMinor}
	}
	for i, tax := range doc.Taxes {
		if taxes[TaxRate{Code: tax.Code, PPM: tax.PPM}] != tax || i > 0 && doc.Taxes[i-1].Code > tax.Code {
			t.Fatalf("L7: the taxes of %s are %+v, its lines come to %+v", doc.Number, doc.Taxes, taxes)
		}
	}
	if len(doc.Taxes) != len(taxes) || len(doc.Lines) == 0 {
		t.Fatalf("L7: %s has %d taxes and %d lines", doc.Number, len(doc.Taxes), len(doc.Lines))
	}
	if named := doc.Kind != "SIMPLIFIED" && doc.Kind != "RECTIFICATIVE_SIMPLIFIED"; named != (doc.Buyer != nil) {
		t.Fatalf("L7: %s is %s, and its buyer is %+v", doc.Number, doc.Kind, doc.Buyer)
	}
	if doc.Seller.Name == "" {
		t.Fatalf("L7: nobody sells on %s", doc.Number)
	}
}

// auditChain checks the numbers and the chain of one issuing point, with nothing but SHA-256.
func auditChain(t rapid.TB, point IssuingPoint, docs []Invoice) {
	t.Helper()
	slices.SortFunc(docs, func(a, b Invoice) int { return cmp.Compare(a.Position, b.Position) })
	previous, counts := "", map[string]int64{}
	for i, doc := range docs {
		series := fmt.Sprintf("%s%02d", letters[doc.Kind], doc.IssuedAt.Year()%100)
		counts[series]++
		number := fmt.Sprintf("%s-%s-%s-%06d", point.Location, point.Code, series, counts[series])
		if doc.Series != series || doc.Sequence != counts[series] || doc.Number != number {
			t.Fatalf("L7: %s is number %d of %s, and was to be %s", doc.Number, doc.Sequence, doc.Series, number)
		}
		if hash := fmt.Sprintf("%x", sha256.Sum256([]byte(doc.Record()))); doc.Position != int64(i+1) || doc.Previous != previous || doc.Hash != hash {
			t.Fatalf("L7: the chain of %+v breaks at %s", point, doc.Number)
		}
		previous = doc.Hash
	}
	for _, c := range point.Series {
		if counts[c.Series] != c.Last {
			t.Fatalf("L7: series %s of %s ends at %d, and %d were issued", c.Series, point.Location, c.Last, counts[c.Series])
		}
	}
	if len(point.Series) != len(counts) || point.Head != previous || point.Records != int64(len(docs)) || point.Version != point.Records {
		t.Fatalf("L7: %+v issued %v, the last with %s", point, counts, previous)
	}
}

// auditCover checks that the documents of an order are about exactly the units that were handed over, and those that correct
// them about exactly the units that came back.
func auditCover(t rapid.TB, o Order, documents map[ID]Invoice) {
	t.Helper()
	handed, back := map[int32]int64{}, map[int32]int64{}
	replaced := map[ID]ID{}
	for _, of := range o.Documents {
		doc, found := documents[of.Invoice]
		if !found || doc.Order != o.ID || doc.Kind != of.Kind || doc.Location != o.Location || doc.Original != of.Original || doc.Currency != o.Currency {
			t.Fatalf("L7: order %s names %+v, and the document is %+v", o.Number, of, doc)
		}
		var units []UnitRange
		for _, l := range doc.Lines {
			units = append(units, l.UnitRange)
			line := o.Lines[l.Line-1]
			net, tax, gross := between(line, l.From, l.Until)
			if l.NetMinor != net || l.TaxMinor != tax || l.GrossMinor != gross || l.SKU != line.SKU || l.TaxCode != line.TaxCode {
				t.Fatalf("L7: a line of %s is %+v, its units are worth %d, %d, %d", doc.Number, l, net, tax, gross)
			}
		}
		if diff := difference(units, of.Units); diff != "" {
			t.Fatalf("L7: %s and order %s differ about its units:\n%s", doc.Number, o.Number, diff)
		}
		original, has := documents[doc.Original]
		switch {
		case doc.Kind == "FULL_REPLACING_SIMPLIFIED":
			if !has || original.Kind != "SIMPLIFIED" || !replaced[original.ID].IsZero() || difference(original.Lines, doc.Lines) != "" {
				t.Fatalf("L7: %s replaces %+v", doc.Number, original)
			}
			replaced[original.ID] = doc.ID
		case corrects(doc.Kind):
			auditCorrection(t, doc, original, replaced)
			count(t, doc, units, back)
		case has:
			t.Fatalf("L7: %s is the first of its units and names an original", doc.Number)
		default:
			count(t, doc, units, handed)
		}
	}
	for _, l := range o.Lines {
		if handed[l.Line] != l.Fulfilled || back[l.Line] != l.Returned {
			t.Fatalf("L7: of line %d of order %s documents name %d handed over and %d returned: %+v",
				l.Line, o.Number, handed[l.Line], back[l.Line], l)
		}
	}
}

// auditCorrection checks that a correction is of units of the document that stands.
func auditCorrection(t rapid.TB, doc, original Invoice, replaced map[ID]ID) {
	t.Helper()
	if !replaced[original.ID].IsZero() || (doc.Kind == "RECTIFICATIVE_SIMPLIFIED") != (original.Kind == "SIMPLIFIED") || doc.Return.IsZero() ||
		doc.OriginalNumber != original.Number {
		t.Fatalf("L7: %+v corrects %+v", doc, original)
	}
	for _, l := range doc.Lines {
		within := func(o InvoiceLine) bool { return o.Line == l.Line && o.From <= l.From && l.Until <= o.Until }
		if !slices.ContainsFunc(original.Lines, within) {
			t.Fatalf("L7: %s corrects %+v, which %s is not about", doc.Number, l, original.Number)
		}
	}
}

// count adds units to those before them, without a gap and without one that stands twice.
func count(t rapid.TB, doc Invoice, units []UnitRange, all map[int32]int64) {
	t.Helper()
	for _, u := range units {
		if u.From != all[u.Line] {
			t.Fatalf("L7: %s names units %d to %d of line %d, and the last before them was %d", doc.Number, u.From, u.Until, u.Line, all[u.Line])
		}
		all[u.Line] = u.Until
	}
}

// auditHandovers checks that every act that handed something over has one document, and no other act has any.
func auditHandovers(t rapid.TB, k kept, headers []Header) {
	t.Helper()
	kinds, earned := map[ID]Kind{}, map[ID]bool{}
	for _, h := range headers {
		kinds[h.ID] = h.Kind
		for _, e := range h.Entries {
			if e.To == "customer" || group(e.From) == "sales" || group(e.From) == "charges/" || group(e.From) == "gift_card/" && h.Kind == KindSale { // wherever it is owed
				earned[h.ID] = true
			}
		}
	}
	first := map[ID]int{}
	for _, doc := range k.invoices {
		kind := kinds[doc.Transaction]
		switch {
		case doc.Kind == "FULL_REPLACING_SIMPLIFIED" && kind == KindInvoice:
		case corrects(doc.Kind) && (kind == KindReturn || kind == KindExchange):
		case !corrects(doc.Kind) && (kind == KindSale || kind == KindHandover || kind == KindExchange):
			first[doc.Transaction]++
		default:
			t.Fatalf("L7: %s is %s, and was issued in a %s", doc.Number, doc.Kind, kind)
		}
	}
	for act := range earned {
		if first[act] != 1 {
			t.Fatalf("L7: %d documents for a %s", first[act], kinds[act])
		}
	}
	for act, n := range first {
		if n != 1 {
			t.Fatalf("L7: %d documents for a %s", n, kinds[act])
		}
	}
}
