// Package customers serves what a customer bought, over all channels in one list.
package customers

import (
	"context"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/customers/v1"
	"github.com/aisle-retail/aisle/services/page"
	"github.com/aisle-retail/aisle/services/retail"
)

// Reads is what the service reads.
type Reads interface {
	// Purchases returns the history of a customer, newest first, after a mark.
	Purchases(ctx context.Context, customer retail.ID, after retail.PurchaseMark, limit int) ([]retail.Purchase, error)
	OrdersByID(ctx context.Context, ids []retail.ID) ([]retail.Order, error)
	ReturnsByID(ctx context.Context, ids []retail.ID) ([]retail.Return, error)
	InvoicesByID(ctx context.Context, ids []retail.ID) ([]retail.Invoice, error)
}

// pageDefault is how much of a history a page has where the request does not say.
const pageDefault = 50

// Server is aisle.customers.v1.CustomerService.
type Server struct {
	pb.UnimplementedCustomerServiceServer
	reads Reads
}

// New returns the service.
func New(reads Reads) *Server { return &Server{reads: reads} }

// ListPurchases returns a customer's history.
func (s *Server) ListPurchases(ctx context.Context, req *pb.ListPurchasesRequest) (*pb.ListPurchasesResponse, error) {
	customer, err := retail.ParseID(req.GetCustomer())
	if err != nil {
		return nil, retail.RefuseField(retail.InvalidRequest, "customer", "must be a uuid")
	}
	after, err := page.Read[retail.PurchaseMark](req.GetPageToken())
	if err != nil {
		return nil, err
	}
	limit := page.Size(req.GetPageSize(), pageDefault)
	found, err := s.reads.Purchases(ctx, customer, after, limit+1)
	if err != nil {
		return nil, err
	}
	answer := &pb.ListPurchasesResponse{}
	if len(found) > limit {
		found = found[:limit]
		last := found[limit-1]
		answer.NextPageToken = page.Token(retail.PurchaseMark{OccurredAt: last.OccurredAt, Entity: last.Entity})
	}
	told, err := s.entities(ctx, found)
	if err != nil {
		return nil, err
	}
	for _, p := range found {
		if one := told[p.Entity]; one != nil {
			answer.Purchases = append(answer.Purchases, one)
		}
	}
	return answer, nil
}

// entities reads what a page of a history is about, by id.
func (s *Server) entities(ctx context.Context, page []retail.Purchase) (map[retail.ID]*pb.Purchase, error) {
	ids := map[retail.PurchaseKind][]retail.ID{}
	for _, p := range page {
		ids[p.Kind] = append(ids[p.Kind], p.Entity)
	}
	told := make(map[retail.ID]*pb.Purchase, len(page))
	orders, err := s.reads.OrdersByID(ctx, ids[retail.PurchaseOrder])
	if err != nil {
		return nil, err
	}
	for _, order := range orders {
		told[order.ID] = orderTo(order)
	}
	returns, err := s.reads.ReturnsByID(ctx, ids[retail.PurchaseReturn])
	if err != nil {
		return nil, err
	}
	for _, one := range returns {
		told[one.ID] = returnTo(one)
	}
	invoices, err := s.reads.InvoicesByID(ctx, ids[retail.PurchaseInvoice])
	if err != nil {
		return nil, err
	}
	for _, invoice := range invoices {
		told[invoice.ID] = invoiceTo(invoice)
	}
	return told, nil
}
