package catalog

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/catalog/v1"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
)

// bulkWorkers is how many products of one request are put at a time: what is in line together shares a transaction.
const bulkWorkers = 32

// unchanged is the refusal that says that there is nothing to do. Like any refusal it leaves no trace, and a copy of a request
// whose product was put finds that, and not this.
const unchanged retail.Reason = "UNCHANGED"

// BulkPutProducts puts many products, each on its own under an id that derives from the request's.
func (s *Server) BulkPutProducts(ctx context.Context, req *pb.BulkPutProductsRequest) (*pb.BulkPutProductsResponse, error) {
	codes := make([]string, len(req.GetProducts()))
	at := make(map[string]int, len(codes))
	for i, product := range req.GetProducts() {
		code := product.GetCode()
		if before, twice := at[code]; twice {
			return nil, invalid(fmt.Sprintf("products[%d].code", i), "products[%d] has the code %s already", before, code)
		}
		codes[i], at[code] = code, i
	}
	known, err := s.reads.ProductsByCode(ctx, codes)
	if err != nil {
		return nil, err
	}
	before := make(map[string]retail.Product, len(known))
	for _, product := range known {
		before[product.Code] = product
	}
	answer := &pb.BulkPutProductsResponse{Results: make([]*pb.BulkPutResult, len(codes))}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(bulkWorkers)
	for i, given := range req.GetProducts() {
		group.Go(func() error {
			err := s.bulkPut(bulkPiece(ctx, i), given, before[codes[i]])
			answer.Results[i], err = bulkResultTo(codes[i], i, err)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return answer, nil
}

// bulkPiece is the context of one product of a request, which waits behind people's work.
func bulkPiece(ctx context.Context, piece int) context.Context {
	ctx = ledger.PieceOf(ctx, piece)
	if request, known := ledger.RequestFrom(ctx); known {
		request.Bulk = true
		ctx = ledger.WithRequest(ctx, request)
	}
	return ctx
}

// bulkPut puts a product as PutProduct does, planned on what was read of all at once, and on what it is then if that has changed.
func (s *Server) bulkPut(ctx context.Context, given *pb.Product, before retail.Product) error {
	wanted, err := productFrom(given)
	if err != nil {
		return err
	}
	read := true
	_, err = ledger.Replan(ctx, s.engine, func(ctx context.Context) (retail.Command[retail.Product], error) {
		if !read {
			if before, _, err = s.reads.Product(ctx, wanted.Code); err != nil {
				return nil, err
			}
		}
		read = false
		put, err := retail.NewPutProduct(ledger.NewID(), before, wanted)
		if err == nil && same(before, put.Product) {
			return nil, retail.Refuse(unchanged, "%s is as it shall be", wanted.Code)
		}
		return put, err
	})
	return err
}

// same tells whether two products say the same, whenever they were put.
func same(a, b retail.Product) bool {
	said := func(p retail.Product) []byte {
		p.Version, p.RecordedAt = 0, time.Time{}
		text, err := json.Marshal(p)
		if err != nil {
			return nil
		}
		return text
	}
	x, y := said(a), said(b)
	return x != nil && bytes.Equal(x, y)
}

// bulkResultTo tells what became of a product. What is not the product's fault ends the call.
func bulkResultTo(code string, at int, err error) (*pb.BulkPutResult, error) {
	result := &pb.BulkPutResult{Code: code, Outcome: pb.BulkPutOutcome_BULK_PUT_OUTCOME_PUT}
	var refusal *retail.Refusal
	switch {
	case err == nil:
	case !errors.As(err, &refusal) || refusal.Reason == retail.RequestIDReused:
		return nil, err
	case refusal.Reason == unchanged:
		result.Outcome = pb.BulkPutOutcome_BULK_PUT_OUTCOME_UNCHANGED
	default:
		result.Outcome = pb.BulkPutOutcome_BULK_PUT_OUTCOME_REFUSED
		result.Reason, result.Message = string(refusal.Reason), refusal.Message
		if below, ofProduct := strings.CutPrefix(refusal.Field, "product."); ofProduct {
			result.Field = fmt.Sprintf("products[%d].%s", at, below)
		}
	}
	return result, nil
}
