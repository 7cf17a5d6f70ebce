package retail

import (
	"cmp"
	"slices"
	"time"
)

// ComesBack is what may still come back of a line of an order.
type ComesBack struct {
	// Left is the units that were handed over and did not come back, Units those of them that come back without a right of its own.
	Left, Units int64
	// Until is until when the next of Left comes back so; zero: none is left, or it is a final sale.
	Until time.Time
}

// ComesBack tells what may still come back of a line at a moment, as AcceptReturn decides it of goods in the condition and with the proof that
// the terms of the sale ask for: units come back in the order in which they were handed over. Of a line that is not there it is nothing.
func (o Order) ComesBack(number int32, at time.Time) ComesBack {
	i := o.line(number)
	if i < 0 {
		return ComesBack{}
	}
	line := o.Lines[i]
	c := ComesBack{Left: line.Fulfilled - line.Returned}
	if line.ReturnDays == 0 {
		return c
	}
	for _, part := range o.handedOver(number) {
		if part.units.Until <= line.Returned {
			continue
		}
		until := part.until(line)
		if c.Until.IsZero() {
			c.Until = until
		}
		if at.After(until) {
			break
		}
		c.Units = part.units.Until - line.Returned
	}
	return c
}

// handed is units of a line that were handed over at once, with the document that they were first invoiced by.
type handed struct {
	units   UnitRange
	at      time.Time
	invoice ID
}

// until is until when the policy of the sale takes them back.
func (h handed) until(line OrderLine) time.Time {
	until := h.at.AddDate(0, 0, int(line.ReturnDays))
	if line.ReturnTerms.UntilAtLeast.After(until) {
		return line.ReturnTerms.UntilAtLeast
	}
	return until
}

// handedOver is when the units of a line were handed over, from the first on.
func (o Order) handedOver(number int32) (parts []handed) {
	for _, doc := range o.Documents {
		if doc.Kind.Rectifies() || doc.Kind == InvoiceFullReplacingSimplified {
			continue
		}
		for _, units := range doc.Units {
			if units.Line == number {
				parts = append(parts, handed{units: units, at: doc.OccurredAt, invoice: doc.Invoice})
			}
		}
	}
	slices.SortFunc(parts, func(a, b handed) int { return cmp.Compare(a.units.From, b.units.From) })
	return parts
}
