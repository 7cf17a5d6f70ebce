// Package invoices serves documents: finding them, showing them, turning tickets into full invoices, and proving the chain of an
// issuing point. Documents are issued by the acts that hand goods over or take them back.
package invoices

import (
	"context"
	"encoding/json"
	"time"

	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/protobuf/encoding/protojson"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/invoices/v1"
	"github.com/aisle-retail/aisle/services/documents"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/receipts"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

// Reads is what the service reads outside the engine.
type Reads interface {
	Location(ctx context.Context, code string) (retail.Location, bool, error)
	Order(ctx context.Context, id retail.ID) (retail.Order, bool, error)
	Invoice(ctx context.Context, id retail.ID) (retail.Invoice, bool, error)
	InvoiceByNumber(ctx context.Context, number string) (retail.Invoice, bool, error)
	InvoicesOfOrder(ctx context.Context, order retail.ID) ([]retail.Invoice, error)
	// InvoicesOfPoint returns the documents of an issuing point in the order of its chain, after a position.
	InvoicesOfPoint(ctx context.Context, location, point string, after int64, limit int) ([]retail.Invoice, error)
}

// Server is aisle.invoices.v1.InvoiceService.
type Server struct {
	pb.UnimplementedInvoiceServiceServer
	engine   *ledger.Engine
	reads    Reads
	receipts *receipts.Maker
}

// New returns the service.
func New(engine *ledger.Engine, reads Reads, maker *receipts.Maker) *Server {
	return &Server{engine: engine, reads: reads, receipts: maker}
}

// GetInvoice returns a document.
func (s *Server) GetInvoice(ctx context.Context, req *pb.GetInvoiceRequest) (*pb.Invoice, error) {
	invoice, err := s.invoice(ctx, req.GetInvoice())
	return s.told(ctx, invoice, err)
}

// told tells a document with its receipt.
func (s *Server) told(ctx context.Context, invoice retail.Invoice, err error) (*pb.Invoice, error) {
	if err != nil {
		return nil, err
	}
	order, _, err := s.reads.Order(ctx, invoice.Order)
	if err != nil {
		return nil, err
	}
	return s.invoiceTo(order, invoice), nil
}

func (s *Server) invoiceTo(order retail.Order, invoice retail.Invoice) *pb.Invoice {
	told := trade.InvoiceTo(invoice)
	told.ReceiptToken = s.receipts.Of(order, invoice)
	return told
}

func (s *Server) invoice(ctx context.Context, text string) (retail.Invoice, error) {
	id, err := retail.ParseID(text)
	if err != nil {
		return retail.Invoice{}, retail.RefuseField(retail.InvalidRequest, "invoice", "must be a uuid")
	}
	invoice, found, err := s.reads.Invoice(ctx, id)
	if err == nil && !found {
		err = retail.Refuse(retail.UnknownInvoice, "there is no invoice %s", text)
	}
	return invoice, err
}

// LookupInvoice returns a document by its number.
func (s *Server) LookupInvoice(ctx context.Context, req *pb.LookupInvoiceRequest) (*pb.Invoice, error) {
	invoice, found, err := s.reads.InvoiceByNumber(ctx, req.GetNumber())
	if err == nil && !found {
		err = retail.Refuse(retail.UnknownInvoice, "no invoice has the number %s", req.GetNumber())
	}
	return s.told(ctx, invoice, err)
}

// ListOrderInvoices returns the documents of an order.
func (s *Server) ListOrderInvoices(ctx context.Context, req *pb.ListOrderInvoicesRequest) (*pb.ListOrderInvoicesResponse, error) {
	order, err := trade.Order(ctx, s.reads, req.GetOrder())
	if err != nil {
		return nil, err
	}
	of, err := s.reads.InvoicesOfOrder(ctx, order.ID)
	if err != nil {
		return nil, err
	}
	answer := &pb.ListOrderInvoicesResponse{Customer: order.Customer.String()}
	for _, invoice := range of {
		answer.Invoices = append(answer.Invoices, s.invoiceTo(order, invoice))
	}
	return answer, nil
}

// RenderInvoice shows a document.
func (s *Server) RenderInvoice(ctx context.Context, req *pb.RenderInvoiceRequest) (*httpbody.HttpBody, error) {
	invoice, err := s.invoice(ctx, req.GetInvoice())
	if err != nil {
		return nil, err
	}
	body, err := s.render(ctx, invoice, req.GetFormat())
	if err != nil {
		return nil, err
	}
	return body, nil
}

func (s *Server) render(ctx context.Context, invoice retail.Invoice, format pb.InvoiceFormat) (*httpbody.HttpBody, error) {
	order, _, err := s.reads.Order(ctx, invoice.Order)
	if err != nil {
		return nil, err
	}
	if format == pb.InvoiceFormat_INVOICE_FORMAT_JSON {
		text, err := protojson.Marshal(s.invoiceTo(order, invoice))
		return &httpbody.HttpBody{ContentType: "application/json", Data: compact(text)}, err
	}
	show := documents.Options{Zone: time.UTC, OrderNumber: order.Number, Receipt: s.receipts.Of(order, invoice)}
	place, found, err := s.reads.Location(ctx, invoice.Location)
	if err != nil {
		return nil, err
	}
	if found {
		show.Zone = trade.Zone(place)
	}
	if format == pb.InvoiceFormat_INVOICE_FORMAT_PDF {
		pdf, err := documents.PDF(invoice, show)
		return &httpbody.HttpBody{ContentType: "application/pdf", Data: pdf}, err
	}
	page, err := documents.HTML(invoice, show)
	return &httpbody.HttpBody{ContentType: "text/html; charset=utf-8", Data: page}, err
}

// compact takes out the blanks that protojson puts in at random, so that a document is the same each time.
func compact(text []byte) []byte {
	var raw json.RawMessage
	if json.Unmarshal(text, &raw) != nil {
		return text
	}
	out, err := json.Marshal(raw)
	if err != nil {
		return text
	}
	return out
}

// IssueFullInvoice turns a ticket into a full invoice.
func (s *Server) IssueFullInvoice(ctx context.Context, req *pb.IssueFullInvoiceRequest) (*pb.Invoice, error) {
	buyer := trade.PartyFrom(req.GetBuyer())
	issued, err := ledger.Replan(ctx, s.engine, func(ctx context.Context) (retail.Command[retail.Invoice], error) {
		ticket, err := s.invoice(ctx, req.GetInvoice())
		if err != nil {
			return nil, err
		}
		order, found, err := s.reads.Order(ctx, ticket.Order)
		if err != nil {
			return nil, err
		}
		if !found {
			return nil, retail.Refuse(retail.InvoiceExists, "%s corrects a return, and is no ticket", ticket.Number)
		}
		seller, err := trade.Place(ctx, s.reads, order.Location, "invoice")
		if err != nil {
			return nil, err
		}
		return retail.IssueFullInvoice{
			Transaction: ledger.NewID(), Ticket: ticket.ID, Order: order, Buyer: *buyer, Issuer: trade.Issuer(seller, 1, time.Now()),
		}, nil
	})
	return s.told(ctx, issued, err)
}

// chainPage is how many documents one read of a chain takes.
const chainPage = 500

// VerifyChain recomputes the chain of an issuing point.
func (s *Server) VerifyChain(ctx context.Context, req *pb.VerifyChainRequest) (*pb.VerifyChainResponse, error) {
	var chain retail.Chain
	for {
		docs, err := s.reads.InvoicesOfPoint(ctx, req.GetLocation(), req.GetPoint(), chain.Records, chainPage)
		if err != nil {
			return nil, err
		}
		for _, doc := range docs {
			if fault := chain.Add(doc); fault != "" {
				return &pb.VerifyChainResponse{Records: chain.Records, Fault: fault, Head: chain.Head}, nil
			}
		}
		if len(docs) < chainPage {
			break
		}
	}
	if chain.Records == 0 {
		return nil, retail.Refuse(retail.UnknownInvoice, "%s has no issuing point %s", req.GetLocation(), req.GetPoint())
	}
	return &pb.VerifyChainResponse{Intact: true, Records: chain.Records, Head: chain.Head}, nil
}
