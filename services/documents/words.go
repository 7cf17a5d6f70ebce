package documents

import (
	"strings"

	"github.com/aisle-retail/aisle/services/locale"
	"github.com/aisle-retail/aisle/services/retail"
)

// words are all that a document says in a language, and how the language writes numbers and dates. Another language is another
// value in languages; a test proves that none leaves a word out.
type words struct {
	// tag is the language as BCP 47 names it.
	tag    string
	titles map[retail.InvoiceKind]string
	// originals say what a document does to another one, whose number is the argument.
	originals map[retail.InvoiceKind]string
	// noOriginal is said of goods that came back without a receipt.
	noOriginal string

	issued, supplied, order, returned string
	seller, buyer, taxID              string

	items, item, quantity, rate, beforeTax, withTax string
	taxes, tax, taxAmount                           string
	sums, totalBeforeTax, totalTax, total           string

	// record takes the position in the chain, the issuing point and the location; seal the beginning of the hash.
	record, seal string
	// receipt says what the QR code is for.
	receipt string
	// page takes the page and how many there are; missing the box that stands for letters that the PDF's font lacks.
	page, missing string

	locale.Numbers
	// percent takes a number.
	percent string
	// date takes day, month and year; moment a date, a time of day and the zone.
	date, moment string
	months       [12]string
}

var languages = map[string]words{english.tag: english}

var english = words{
	tag: "en",
	titles: map[retail.InvoiceKind]string{
		retail.InvoiceSimplified:              "Simplified invoice",
		retail.InvoiceFull:                    "Invoice",
		retail.InvoiceFullReplacingSimplified: "Invoice",
		retail.InvoiceRectificativeSimplified: "Simplified corrective invoice",
		retail.InvoiceRectificativeFull:       "Corrective invoice",
	},
	originals: map[retail.InvoiceKind]string{
		retail.InvoiceFullReplacingSimplified: "Stands in for simplified invoice %s, which it replaces. The sale is the same and counts once.",
		retail.InvoiceRectificativeSimplified: "Corrects simplified invoice %s. Its amounts are taken off that one.",
		retail.InvoiceRectificativeFull:       "Corrects invoice %s. Its amounts are taken off that one.",
	},
	noOriginal: "For goods taken back without a receipt. Its amounts are taken off.",

	issued: "Issued", supplied: "Date of supply", order: "Order", returned: "Return",
	seller: "Seller", buyer: "Buyer", taxID: "Tax ID %s",

	items: "Items", item: "Item", quantity: "Qty", rate: "Tax rate", beforeTax: "Before tax", withTax: "With tax",
	taxes: "Tax by rate", tax: "Tax", taxAmount: "Tax amount",
	sums: "Totals", totalBeforeTax: "Total before tax", totalTax: "Tax", total: "Total",

	record:  "Record %d of issuing point %s at %s",
	seal:    "Seal %s",
	receipt: "Show this code to bring something back, at any of our shops.",
	page:    "Page %d of %s",
	missing: "%s stands for letters that the font of this PDF does not have. The online document shows them.",

	Numbers: locale.Numbers{Decimal: ".", Group: ","}, percent: "%s%%",
	date: "%d %s %d", moment: "%s, %s %s",
	months: [12]string{
		"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
	},
}

// wordsOf finds the words of a language by its tag or by the language in it, or falls back to English.
func wordsOf(tag string) words {
	tag = strings.ToLower(strings.ReplaceAll(tag, "_", "-"))
	language, _, _ := strings.Cut(tag, "-")
	for _, candidate := range []string{tag, language} {
		if found, ok := languages[candidate]; ok {
			return found
		}
	}
	return english
}
