package invoices

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/invoices/v1"
	"github.com/aisle-retail/aisle/services/retail"
)

// chained are documents of one issuing point, numbered and sealed, as VerifyChain reads them.
type chained struct {
	Reads
	docs []retail.Invoice
}

func (c *chained) InvoicesOfPoint(_ context.Context, _, _ string, after int64, limit int) ([]retail.Invoice, error) {
	from := min(int(after), len(c.docs))
	return c.docs[from:min(from+limit, len(c.docs))], nil
}

// chainOf issues so many documents.
func chainOf(n int) []retail.Invoice {
	docs := make([]retail.Invoice, n)
	previous := ""
	for i := range docs {
		docs[i] = retail.Invoice{
			Number: fmt.Sprintf("milan-1-T26-%06d", i+1), Kind: retail.InvoiceSimplified, Currency: "EUR", Location: "milan", Point: "1", Series: "T26", Sequence: int64(i) + 1,
			Position: int64(i) + 1, Previous: previous, IssuedAt: time.Unix(int64(i), 0),
		}
		docs[i].Hash = docs[i].Seal()
		previous = docs[i].Hash
	}
	return docs
}

func TestVerifyChain(t *testing.T) {
	ask := &pb.VerifyChainRequest{Location: "milan", Point: "1"}
	for _, n := range []int{1, chainPage - 1, chainPage, chainPage + 1, 2*chainPage + 7} {
		docs := chainOf(n)
		got, err := New(nil, &chained{docs: docs}, nil).VerifyChain(t.Context(), ask)
		if err != nil || !got.GetIntact() || got.GetRecords() != int64(n) || got.GetHead() != docs[n-1].Hash || got.GetFault() != "" {
			t.Errorf("%d records: %v, %v", n, got, err)
		}
	}
	for name, spoil := range map[string]func([]retail.Invoice) []retail.Invoice{
		"one is left out": func(d []retail.Invoice) []retail.Invoice { return append(d[:600:600], d[601:]...) },
		"one is changed":  func(d []retail.Invoice) []retail.Invoice { d[600].Customer = retail.ID{1}; return d },
		"one is sealed anew": func(d []retail.Invoice) []retail.Invoice {
			d[600].Customer = retail.ID{1}
			d[600].Hash = d[600].Seal()
			return d
		},
		"one has another's number": func(d []retail.Invoice) []retail.Invoice {
			d[600].Sequence = 600
			d[600].Hash = d[600].Seal()
			return d
		},
		"two changed places": func(d []retail.Invoice) []retail.Invoice { d[600], d[601] = d[601], d[600]; return d },
	} {
		got, err := New(nil, &chained{docs: spoil(chainOf(700))}, nil).VerifyChain(t.Context(), ask)
		if err != nil || got.GetIntact() || got.GetFault() == "" || got.GetRecords() < 600 || got.GetRecords() > 601 {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	_, err := New(nil, &chained{}, nil).VerifyChain(t.Context(), ask)
	if refusal := (*retail.Refusal)(nil); !errors.As(err, &refusal) || refusal.Reason != retail.UnknownInvoice {
		t.Errorf("a point that never issued: %v", err)
	}
}

// TestTheSameDocumentEachTime renders one many times: protojson puts blanks in at random.
func TestTheSameDocumentEachTime(t *testing.T) {
	s, doc := New(nil, &rendering{}, nil), chainOf(1)[0]
	for _, format := range []pb.InvoiceFormat{
		pb.InvoiceFormat_INVOICE_FORMAT_JSON, pb.InvoiceFormat_INVOICE_FORMAT_PDF, pb.InvoiceFormat_INVOICE_FORMAT_HTML,
	} {
		first, err := s.render(t.Context(), doc, format)
		if err != nil {
			t.Fatal(err)
		}
		again, err := s.render(t.Context(), doc, format)
		if err != nil || !bytes.Equal(first.GetData(), again.GetData()) || len(first.GetData()) == 0 {
			t.Errorf("%s: %v", format, err)
		}
	}
	if got := compact([]byte(`{"a":  1, "b": [ 2 ]}`)); string(got) != `{"a":1,"b":[2]}` {
		t.Errorf("%s", got)
	}
}

// rendering knows neither places nor orders, as of a document without a receipt.
type rendering struct{ Reads }

func (*rendering) Location(context.Context, string) (retail.Location, bool, error) {
	return retail.Location{}, false, nil
}

func (*rendering) Order(context.Context, retail.ID) (retail.Order, bool, error) {
	return retail.Order{}, false, nil
}
