package customers

import (
	pb "github.com/aisle-retail/aisle/gen/go/aisle/customers/v1"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

// descriptionsMax is how many lines a history names of each thing.
const descriptionsMax = 3

func orderTo(o retail.Order) *pb.Purchase {
	p := &pb.Purchase{
		Kind: pb.PurchaseKind_PURCHASE_KIND_ORDER, Id: o.ID.String(), Order: o.ID.String(), Number: o.Number, Channel: o.Channel,
		Location: o.Location, Total: trade.MoneyTo(o.Currency, o.Totals().Gross), State: string(o.State), OccurredAt: trade.TimeTo(o.OccurredAt),
	}
	for _, line := range o.Lines {
		if line.InsteadOf == 0 { // which hands over what another line ordered
			describe(p, line.Description, line.Quantity)
		}
	}
	return p
}

func returnTo(r retail.Return) *pb.Purchase {
	p := &pb.Purchase{
		Kind: pb.PurchaseKind_PURCHASE_KIND_RETURN, Id: r.ID.String(), Order: r.Order.String(), Channel: r.Channel, Location: r.Location,
		Total: trade.MoneyTo(r.Currency, -r.GrossMinor()), OccurredAt: trade.TimeTo(r.OccurredAt),
	}
	for _, line := range r.Lines {
		describe(p, line.Description, line.Units.Until-line.Units.From)
	}
	return p
}

func invoiceTo(i retail.Invoice) *pb.Purchase {
	total := i.Totals().Gross
	if i.Kind.Rectifies() {
		total = -total
	}
	p := &pb.Purchase{
		Kind: pb.PurchaseKind_PURCHASE_KIND_INVOICE, Id: i.ID.String(), Order: i.Order.String(), Number: i.Number, Location: i.Location,
		Total: trade.MoneyTo(i.Currency, total), State: string(i.Kind), OccurredAt: trade.TimeTo(i.OccurredAt),
	}
	for _, line := range i.Lines {
		describe(p, line.Description, line.Quantity())
	}
	return p
}

// describe counts units, and names the first lines.
func describe(p *pb.Purchase, description string, units int64) {
	p.Units += units
	if len(p.Descriptions) < descriptionsMax {
		p.Descriptions = append(p.Descriptions, description)
	}
}
