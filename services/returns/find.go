package returns

import (
	"context"
	"slices"
	"time"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/returns/v1"
	"github.com/aisle-retail/aisle/services/page"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

// pageDefault is how many purchases a page has where the request does not say.
const pageDefault = 50

// Purchases is what purchases are found by.
type Purchases interface {
	OrderByNumber(ctx context.Context, number string) (retail.Order, bool, error)
	InvoiceByNumber(ctx context.Context, number string) (retail.Invoice, bool, error)
	// Orders returns orders of a customer, a selling location or both, newest first, after a mark.
	Orders(ctx context.Context, customer retail.ID, location string, after retail.OrderMark, limit int) ([]retail.Order, error)
	// OrdersOfReference returns the orders of a location that have a number of its own, of one customer or, by the zero id, of all, newest first,
	// after a mark.
	OrdersOfReference(
		ctx context.Context, location, reference string, customer retail.ID, after retail.OrderMark, limit int,
	) ([]retail.Order, error)
	// OrdersByID returns orders, in any order.
	OrdersByID(ctx context.Context, ids []retail.ID) ([]retail.Order, error)
}

// Found is what purchases are found by beside the books.
type Found interface {
	// OrdersFound returns the orders that a finder leads to, of one customer or, by the zero id, of all, newest first, after a mark.
	OrdersFound(ctx context.Context, by retail.Finder, customer retail.ID, after retail.OrderMark, limit int) ([]retail.ID, error)
}

// FindPurchases finds purchases by what a customer can show or say.
func (s *Server) FindPurchases(ctx context.Context, req *pb.FindPurchasesRequest) (*pb.FindPurchasesResponse, error) {
	asked, err := searchFrom(req)
	if err != nil {
		return nil, err
	}
	found, err := s.find(ctx, req, asked)
	if err != nil {
		return nil, err
	}
	return foundTo(found, asked.limit-1, time.Now()), nil
}

// search is whose purchases are looked for, and which of them.
type search struct {
	customer retail.ID
	after    retail.OrderMark
	limit    int
}

func searchFrom(req *pb.FindPurchasesRequest) (asked search, err error) {
	if req.GetCustomer() == "" && req.GetBy() == nil {
		return asked, retail.RefuseField(retail.InvalidRequest, "number", "say a number, a receipt, its token, a finder or a customer")
	}
	if req.GetCustomer() != "" {
		if asked.customer, err = retail.ParseID(req.GetCustomer()); err != nil || asked.customer.IsZero() {
			return asked, retail.RefuseField(retail.InvalidRequest, "customer", "must be a uuid")
		}
	}
	asked.after, err = page.Read[retail.OrderMark](req.GetPageToken())
	asked.limit = page.Size(req.GetPageSize(), pageDefault) + 1
	return asked, err
}

// find reads one more than a page has.
func (s *Server) find(ctx context.Context, req *pb.FindPurchasesRequest, asked search) ([]retail.Order, error) {
	switch by := req.GetBy().(type) {
	case *pb.FindPurchasesRequest_Number:
		return s.numbered(ctx, by.Number, asked)
	case *pb.FindPurchasesRequest_Receipt:
		return s.reads.OrdersOfReference(ctx, by.Receipt.GetLocation(), by.Receipt.GetReference(), asked.customer, asked.after, asked.limit)
	case *pb.FindPurchasesRequest_Finder:
		finder, err := s.finders.From(by.Finder, "finder")
		if err != nil {
			return nil, err
		}
		ids, err := s.found.OrdersFound(ctx, finder, asked.customer, asked.after, asked.limit)
		if err != nil {
			return nil, err
		}
		orders, err := s.reads.OrdersByID(ctx, ids)
		return newestFirst(orders, asked.after), err
	case *pb.FindPurchasesRequest_ReceiptToken:
		claim, err := s.receipts.Read(by.ReceiptToken)
		if err != nil {
			return nil, retail.RefuseField(retail.ReceiptForged, "receipt_token", "it is no receipt of ours")
		}
		order, _, err := s.reads.Order(ctx, claim.Order)
		return asked.of(order), err
	}
	return s.reads.Orders(ctx, asked.customer, "", asked.after, asked.limit)
}

// numbered finds the order that has a number, and the one of the invoice that has it: nobody has to know which it is.
func (s *Server) numbered(ctx context.Context, typed string, asked search) (found []retail.Order, err error) {
	if number, ok := retail.ParseOrderNumber(typed); ok {
		order, there, err := s.reads.OrderByNumber(ctx, number)
		if err != nil {
			return nil, err
		}
		if there {
			found = append(found, order)
		}
	}
	invoice, there, err := s.reads.InvoiceByNumber(ctx, typed)
	if err != nil {
		return nil, err
	}
	if there && !invoice.Order.IsZero() { // what came back without a receipt has none
		order, there, err := s.reads.Order(ctx, invoice.Order)
		if err != nil {
			return nil, err
		}
		if there {
			found = append(found, order)
		}
	}
	return asked.of(found...), nil
}

// of are those of a few orders that are asked for.
func (asked search) of(orders ...retail.Order) []retail.Order {
	orders = slices.DeleteFunc(orders, func(o retail.Order) bool {
		return o.ID.IsZero() || !asked.customer.IsZero() && o.Customer != asked.customer
	})
	return newestFirst(orders, asked.after)
}

// newestFirst puts a few orders in the order of a page, and leaves out those that stand before it.
func newestFirst(orders []retail.Order, after retail.OrderMark) []retail.Order {
	byAge := func(a, b retail.OrderMark) int {
		if c := b.OccurredAt.Compare(a.OccurredAt); c != 0 {
			return c
		}
		return slices.Compare(b.ID[:], a.ID[:])
	}
	mark := func(o retail.Order) retail.OrderMark { return retail.OrderMark{OccurredAt: o.OccurredAt, ID: o.ID} }
	slices.SortFunc(orders, func(a, b retail.Order) int { return byAge(mark(a), mark(b)) })
	orders = slices.CompactFunc(orders, func(a, b retail.Order) bool { return a.ID == b.ID })
	return slices.DeleteFunc(orders, func(o retail.Order) bool { return !after.ID.IsZero() && byAge(mark(o), after) <= 0 })
}

// foundTo tells a page of the orders that were found, of which there may be one more.
func foundTo(orders []retail.Order, limit int, now time.Time) *pb.FindPurchasesResponse {
	answer := &pb.FindPurchasesResponse{}
	if len(orders) > limit {
		orders = orders[:limit]
		last := orders[limit-1]
		answer.NextPageToken = page.Token(retail.OrderMark{OccurredAt: last.OccurredAt, ID: last.ID})
	}
	for _, order := range orders {
		answer.Purchases = append(answer.Purchases, purchaseTo(order, now))
	}
	return answer
}

func purchaseTo(o retail.Order, now time.Time) *pb.FoundPurchase {
	if o.RecordedAt.After(now) { // the database's clock is ahead of ours
		now = o.RecordedAt
	}
	purchase := &pb.FoundPurchase{
		Order: o.ID.String(), Number: o.Number, Channel: o.Channel, Location: o.Location, Customer: o.Customer.String(), Reference: o.Reference,
		OccurredAt: trade.TimeTo(o.OccurredAt), GrossTotal: trade.MoneyTo(o.Currency, o.Totals().Gross),
	}
	for _, l := range o.Lines {
		back := o.ComesBack(l.Line, now)
		purchase.Lines = append(purchase.Lines, &pb.FoundLine{
			Line: l.Line, Sku: l.SKU, Description: l.Description, Quantity: l.Quantity, LeftQuantity: back.Left, ReturnableQuantity: back.Units,
			ReturnUntil: trade.TimeTo(back.Until), GrossAmount: trade.MoneyTo(o.Currency, l.GrossMinor),
		})
	}
	return purchase
}
