package trade

import (
	pb "github.com/aisle-retail/aisle/gen/go/aisle/invoices/v1"
	"github.com/aisle-retail/aisle/services/retail"
)

// invoicePrefix stands before the rules' names of kinds in the contract.
const invoicePrefix = "INVOICE_KIND_"

// InvoiceTo tells a document.
func InvoiceTo(i retail.Invoice) *pb.Invoice {
	totals := i.Totals()
	doc := &pb.Invoice{
		Id: i.ID.String(), Number: i.Number, Kind: pb.InvoiceKind(pb.InvoiceKind_value[invoicePrefix+string(i.Kind)]),
		Location: i.Location, Point: i.Point, Series: i.Series, Sequence: i.Sequence, Order: i.Order.String(), Return: i.Return.String(),
		Original: i.Original.String(), OriginalNumber: i.OriginalNumber, Customer: i.Customer.String(), Seller: partyTo(&i.Seller),
		Buyer: partyTo(i.Buyer), Taxes: TaxesTo(i.Taxes, i.Currency), NetTotal: MoneyTo(i.Currency, totals.Net),
		TaxTotal: MoneyTo(i.Currency, totals.Tax), GrossTotal: MoneyTo(i.Currency, totals.Gross), OccurredAt: TimeTo(i.OccurredAt),
		IssuedAt: TimeTo(i.IssuedAt), ChainPosition: i.Position, PreviousHash: i.Previous, Hash: i.Hash, Record: i.Record(),
	}
	for _, l := range i.Lines {
		doc.Lines = append(doc.Lines, &pb.InvoiceLine{
			Line: l.Line, Sku: l.SKU, Description: l.Description, Quantity: l.Quantity(), NetAmount: MoneyTo(i.Currency, l.NetMinor),
			TaxAmount: MoneyTo(i.Currency, l.TaxMinor), GrossAmount: MoneyTo(i.Currency, l.GrossMinor), TaxCode: l.TaxCode,
			TaxRatePpm: l.TaxPPM,
		})
	}
	return doc
}
