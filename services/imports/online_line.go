package imports

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// onlineColumns are the columns by which a file is recognised.
var onlineColumns = []string{"InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"}

// onlineTimeLayout is the time of a line, on the web shop's own clock.
const onlineTimeLayout = "2006-01-02 15:04:05"

// Limits of what the contract holds.
const (
	unitsMax     = 1_000_000
	amountMax    = 1_000_000_000_000
	referenceMax = 80 // of the 100 there are, so that a part can say which part it is
)

// onlineKind tells what a line is.
type onlineKind uint8

const (
	goodsOrdered onlineKind = iota // goods that were sent, free ones among them
	charged                        // something beside goods, such as postage
	writtenOff                     // units that are missing: a negative quantity without a C
	cameBack                       // goods of a cancellation
	givenBack                      // money without goods that went back, such as a discount
)

// serviceCodes are the stock codes that are no goods, beside those that begin with GIFT_: postage, DOTCOM postage, manual
// entries, discounts, samples, carriage, fees, charity, and corrections of the books.
var serviceCodes = []string{"POST", "DOT", "M", "D", "S", "B", "C2", "C3", "BANK CHARGES", "AMAZONFEE", "CRUK", "ADJUST", "ADJUST2"}

// isService tells whether a code, in capitals, is no goods.
func isService(code string) bool {
	return slices.Contains(serviceCodes, code) || strings.HasPrefix(code, "GIFT_")
}

// onlineLine is one line of an invoice.
type onlineLine struct {
	origin
	// invoice is as it stands in the file; code is in capitals, in which the same code is one SKU.
	invoice, code, description, customer, country string
	at                                            time.Time
	kind                                          onlineKind
	// units and unitPrice are never negative: kind tells which way they went.
	units     int64
	unitPrice decimal
	// priceText is the price as it stands in the file.
	priceText string
	// minor is all units at that price, rounded; exact tells whether nothing was lost.
	minor int64
	exact bool
}

// goods tells whether the line moves units.
func (l *onlineLine) goods() bool { return l.kind != charged && l.kind != givenBack }

// worth is some of the line's units at its own price, and whether that is exact.
func (l *onlineLine) worth(units int64, currency string) (minor int64, exact bool, err error) {
	if units > 0 && l.unitPrice.digits > math.MaxInt64/units {
		return 0, false, errTooLarge
	}
	all := decimal{digits: l.unitPrice.digits * units, scale: l.unitPrice.scale}
	minor, exact, err = all.minor(exponentOf(currency))
	if err == nil && minor > amountMax {
		err = errTooLarge
	}
	return minor, exact, err
}

// onlineReader reads the lines of an invoices file.
type onlineReader struct {
	at       columns
	zone     *time.Location
	currency string
}

// parse reads one line, or tells why it can't be imported, whatever the others say.
func (r onlineReader) parse(o origin) (onlineLine, *Reject) {
	no := func(reason, format string, args ...any) (onlineLine, *Reject) {
		reject := o.reject(reason, format, args...)
		return onlineLine{}, &reject
	}
	fields, err := splitLine(inUTF8(o.text))
	if err != nil {
		return no(reasonMalformed, "%s", err)
	}
	if len(fields) != len(r.at) {
		return no(reasonMalformed, "there are %d fields, and %d columns", len(fields), len(r.at))
	}
	l := onlineLine{
		origin: o, invoice: r.at.get(fields, "InvoiceNo"), code: strings.ToUpper(r.at.get(fields, "StockCode")),
		description: plainWords(r.at.get(fields, "Description")), customer: r.at.get(fields, "CustomerID"),
		country: plainWords(r.at.get(fields, "Country")), priceText: r.at.get(fields, "UnitPrice"),
	}
	if err := l.check(); err != nil {
		return no(reasonMalformed, "%s", err)
	}
	if l.at, err = time.ParseInLocation(onlineTimeLayout, r.at.get(fields, "InvoiceDate"), r.zone); err != nil {
		return no(reasonMalformed, "InvoiceDate %q is not a time", r.at.get(fields, "InvoiceDate"))
	}
	quantity, err := unitsOf(r.at.get(fields, "Quantity"))
	if err != nil {
		return no(reasonMalformed, "Quantity %q %s", r.at.get(fields, "Quantity"), err)
	}
	price, err := parseDecimal(l.priceText)
	if err != nil {
		return no(reasonMalformed, "UnitPrice %q %s", l.priceText, err)
	}
	if reason, why := l.classify(quantity, price); reason != "" {
		return no(reason, "%s", why)
	}
	if l.minor, l.exact, err = l.worth(l.units, r.currency); err != nil {
		return no(reasonMalformed, "%d units at %s: the amount %s", l.units, l.priceText, err)
	}
	return l, nil
}

// check refuses codes that the catalogue can't hold, and normalises the customer: programs write 17850 as 17850.0.
func (l *onlineLine) check() error {
	for _, key := range []struct {
		name, value string
		runesMax    int
	}{{"InvoiceNo", l.invoice, referenceMax}, {"StockCode", l.code, codeRunesMax}} {
		switch {
		case key.value == "":
			return fmt.Errorf("%s is empty", key.name)
		case utf8.RuneCountInString(key.value) > key.runesMax:
			return fmt.Errorf("%s has more than %d characters", key.name, key.runesMax)
		case strings.ContainsFunc(key.value, unicode.IsControl), strings.Contains(key.value, "/"):
			return fmt.Errorf("%s %q is no code", key.name, key.value)
		}
	}
	if whole, fraction, ok := strings.Cut(l.customer, "."); ok && strings.Trim(fraction, "0") == "" {
		l.customer = whole
	}
	return nil
}

// classify tells what the line is from the code, the invoice's C and the signs, or why it is nothing.
func (l *onlineLine) classify(quantity int64, price decimal) (reason, why string) {
	cancels := strings.HasPrefix(strings.ToUpper(l.invoice), "C")
	negative := (quantity < 0) != (price.digits < 0)
	l.units, l.unitPrice = max(quantity, -quantity), decimal{digits: max(price.digits, -price.digits), scale: price.scale}
	switch {
	case quantity == 0:
		return reasonNothingSold, "quantity 0"
	case isService(l.code) && (price.isZero() && quantity > 0 || !price.isZero() && !negative):
		l.kind = charged
	case isService(l.code) && price.isZero():
		return reasonNothingSold, "nothing was given back"
	case isService(l.code):
		l.kind = givenBack
	case price.digits < 0:
		return reasonMalformed, fmt.Sprintf("UnitPrice %s is negative, and %s is goods", l.priceText, l.code)
	case cancels && quantity > 0:
		return reasonNoReturn, "a cancellation with a positive quantity takes no goods back"
	case cancels:
		l.kind = cameBack
	case quantity < 0:
		l.kind = writtenOff
	default:
		l.kind = goodsOrdered
	}
	return "", ""
}

var errNotWhole = errors.New("is not a whole number")

// unitsOf reads a quantity.
func unitsOf(text string) (int64, error) {
	written, err := parseDecimal(text)
	if err != nil {
		return 0, err
	}
	units, whole, err := written.minor(0)
	switch {
	case err != nil:
		return 0, err
	case !whole:
		return 0, errNotWhole
	case units > unitsMax || units < -unitsMax:
		return 0, errTooLarge
	}
	return units, nil
}

// inUTF8 reads a line that is not UTF-8 as ISO 8859-1, which is what such a file most often is: its pound signs.
func inUTF8(line string) string {
	if utf8.ValidString(line) {
		return line
	}
	var b strings.Builder
	for _, char := range []byte(line) {
		b.WriteRune(rune(char))
	}
	return b.String()
}

// plainWords are the words of a text, with one space between.
func plainWords(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
}

// cutTo is a text of at most so many characters.
func cutTo(text string, runesMax int) string {
	if runes := []rune(text); len(runes) > runesMax {
		return strings.TrimSpace(string(runes[:runesMax]))
	}
	return text
}
