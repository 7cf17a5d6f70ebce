package imports

import (
	"encoding/csv"
	"fmt"
	"os"
	"strconv"
	"strings"

	retailv1 "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
)

// sourceTextMax is how much of a source line a reject keeps.
const sourceTextMax = 64 << 10

// rejectsKept is how many rejects a report keeps for those who look at it rather than at the file.
const rejectsKept = 20

// The importers' own reasons. The server's are in aisle.retail.v1.Reason.
const (
	reasonMalformed        = "MALFORMED"             // not a line of this format
	reasonTooLong          = "LINE_TOO_LONG"         // longer than can be read
	reasonNotAMutation     = "NOT_A_MUTATION"        // no such method, or one without effect
	reasonNothingSold      = "NOTHING_SOLD"          // quantity 0 and every amount 0
	reasonLoneCoupon       = "COUPON_WITHOUT_GOODS"  // a coupon in a basket that has nothing to pay for
	reasonBasketDisagrees  = "BASKET_DISAGREES"      // another store, household or time than the basket's first line
	reasonInvoiceDisagrees = "INVOICE_DISAGREES"     // another customer than the invoice's first line
	reasonNoReturn         = "NOT_A_RETURN"          // goods of a cancellation with a positive quantity
	reasonShipment         = "SHIPMENT_LEFT_OUT"     // ordered and paid, and not sent
	reasonReturn           = "RETURN_LEFT_OUT"       // a part of the units did not come back
	reasonTwice            = "TWICE"                 // the same product or variant a second time
	reasonBarcode          = "BARCODE_LEFT_OUT"      // imported without its barcode
	reasonPrice            = "PRICE_LEFT_OUT"        // imported without its price
	reasonStock            = "STOCK_LEFT_OUT"        // imported without its opening stock
	reasonDescription      = "DESCRIPTION_SHORTENED" // imported with a shorter description
)

// Reject is one line that was not imported, or, with a reason that ends in OUT or SHORTENED, not wholly.
type Reject struct {
	// File is the path as it was given.
	File string
	// Line is the number of the line's first character, from 1.
	Line int
	// Reason is for programs, Detail for people.
	Reason, Detail string
	// Source is the line as it stands in the file.
	Source string
}

// SaidBefore tells that the source said the same thing before, with another content, which stays.
func (r Reject) SaidBefore() bool { return r.Reason == retailv1.Reason_REQUEST_ID_REUSED.String() }

func (o origin) reject(reason, format string, args ...any) Reject {
	text := o.text
	if len(text) > sourceTextMax {
		text = strings.ToValidUTF8(text[:sourceTextMax], "")
	}
	return Reject{File: o.path, Line: o.number, Reason: reason, Detail: fmt.Sprintf(format, args...), Source: text}
}

// refused makes a reject of a line whose request the server refused.
func (o origin) refused(r *Refusal) Reject { return o.reject(r.Reason, "%s", r.Message) }

// rejectFile is where rejects are written. It is made with the first of them: no file, no rejects.
type rejectFile struct {
	path   string
	file   *os.File
	writer *csv.Writer
}

// newRejectFile removes what an earlier run left, so that nobody takes it for this run's.
func newRejectFile(path string) (*rejectFile, error) {
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	return &rejectFile{path: path}, nil
}

// write adds a reject. Each one reaches the file at once, so that it is there when the run is killed.
func (f *rejectFile) write(r Reject) error {
	if f.file == nil {
		file, err := os.Create(f.path)
		if err != nil {
			return err
		}
		f.file, f.writer = file, csv.NewWriter(file)
		_ = f.writer.Write([]string{"file", "line", "reason", "detail", "source line"}) // Flush tells
	}
	_ = f.writer.Write([]string{r.File, strconv.Itoa(r.Line), r.Reason, r.Detail, r.Source})
	f.writer.Flush()
	return f.writer.Error()
}

func (f *rejectFile) close() error {
	if f.file == nil {
		return nil
	}
	return f.file.Close()
}
