// Package documents shows what the ledger already decided: an invoice as a page for a screen and as a PDF for paper. It
// decides nothing, reads nothing and knows no clock: the same invoice, shown alike, gives the same bytes, today and in ten years.
//
// Both formats are drawn from one sheet of finished texts, so that they can't tell two stories. A sheet is made in one place,
// where amounts get their decimals without ever being a float, magnitudes get their sign (what corrects is taken off, so it is
// shown negative), and names that people typed lose what would let them disturb the rest of the document.
//
// A ticket has the A4 layout of every other document: the till prints its own strip of paper, and whoever opens this one looks
// at it on a phone, where the page narrows by itself, or wants it in a folder beside full invoices.
//
// A document whose amounts contradict each other is refused rather than shown: whoever holds it holds it against the shop.
package documents

import (
	"errors"
	"time"

	"github.com/aisle-retail/aisle/services/retail"
)

// Options are what a document does not know of itself. The zero value is good: UTC, in English.
type Options struct {
	// Zone is where the times are read, as a rule that of the selling location; nil: UTC. The document names it.
	Zone *time.Location
	// Language is a BCP 47 tag, for example "en" or "en-GB". A language that nobody wrote the words of yet gives English:
	// a shopper can take home a document in English, and can't take home an error.
	Language string
	// OrderNumber is what people call the order by; empty: its id is shown.
	OrderNumber string
	// Receipt is what the document has as a QR code; empty: it has none.
	Receipt string
}

// What is wrong with a document that can't be shown. None of them is the caller's doing, and none comes from our own ledger.
var (
	ErrUnknownKind     = errors.New("documents: unknown kind of document")
	ErrUnknownCurrency = errors.New("documents: unknown currency")
	ErrContradiction   = errors.New("documents: the amounts do not add up")
)

// check refuses what no document of ours can be.
func check(invoice retail.Invoice) error {
	if _, known := english.titles[invoice.Kind]; !known {
		return ErrUnknownKind
	}
	if _, known := retail.CurrencyExponent(invoice.Currency); !known {
		return ErrUnknownCurrency
	}
	var net, tax int64
	for _, rate := range invoice.Taxes {
		net, tax = net+rate.NetMinor, tax+rate.TaxMinor
	}
	for _, line := range invoice.Lines {
		if line.NetMinor+line.TaxMinor != line.GrossMinor {
			return ErrContradiction
		}
	}
	if totals := invoice.Totals(); totals.Net != net || totals.Tax != tax {
		return ErrContradiction
	}
	return nil
}
