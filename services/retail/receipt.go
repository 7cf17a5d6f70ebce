package retail

import "time"

// ReceiptLine is units of one line that a document is about, as a receipt names them.
type ReceiptLine struct {
	Line  int32
	Units int64
	// GrossMinor is what they were sold for, with tax.
	GrossMinor int64
	// Until is until when the policy of the sale takes all of them back; zero: it does not.
	Until time.Time
}

// ReceiptLines are what a receipt says of a document of the order; none of one that corrects another: nothing was handed over by that.
func (o Order) ReceiptLines(of Invoice) []ReceiptLine {
	if of.Order != o.ID || of.Kind.Rectifies() {
		return nil
	}
	lines := make([]ReceiptLine, 0, len(of.Lines))
	for _, units := range of.Lines {
		at := o.line(units.Line)
		if at < 0 {
			continue
		}
		line := ReceiptLine{Line: units.Line, Units: units.Quantity(), GrossMinor: units.GrossMinor}
		for _, part := range o.handedOver(units.Line) {
			if part.units.Until <= units.From || units.Until <= part.units.From || o.Lines[at].ReturnDays == 0 {
				continue
			}
			if until := part.until(o.Lines[at]); line.Until.IsZero() || until.Before(line.Until) {
				line.Until = until
			}
		}
		lines = append(lines, line)
	}
	return lines
}
