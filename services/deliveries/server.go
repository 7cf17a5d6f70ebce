// Package deliveries serves what suppliers are to bring: announcing, amending and receiving it, and what was different.
package deliveries

import (
	"context"
	"fmt"
	"slices"
	"time"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/deliveries/v1"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/page"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

// Reads is what the service reads outside the engine.
type Reads interface {
	Location(ctx context.Context, code string) (retail.Location, bool, error)
	Channel(ctx context.Context, code string) (retail.Channel, bool, error)
	// KnownSKUs returns those of the SKUs that no product has.
	KnownSKUs(ctx context.Context, skus []string) (missing []string, err error)
	// BuffersNow returns the rules that there are of some SKUs at some places, and those of the places themselves, as they are.
	BuffersNow(ctx context.Context, skus, locations []string) ([]retail.BufferRules, error)
	// Promisable returns the positions of SKUs at a place, in the order asked, and what is on its way to them, as of one moment.
	Promisable(ctx context.Context, location string, skus []string) ([]retail.Level, []retail.Inbound, error)
	// Items returns what the catalogue knows of things, in the order asked.
	Items(ctx context.Context, refs []retail.ItemRef, priceList string) ([]retail.Item, error)
	// Delivery returns a delivery of a place.
	Delivery(ctx context.Context, location string, id retail.ID) (retail.Delivery, bool, error)
	// Deliveries returns what a place is to get, of some states, by the day it is expected: those up to a day, after a mark.
	Deliveries(ctx context.Context, location string, states []retail.DeliveryState, until string, after retail.DeliveryMark, limit int) (
		[]retail.Delivery, error)
	// Levels returns the positions of SKUs at locations.
	Levels(ctx context.Context, skus, locations []string) ([]retail.Level, error)
	// DeliveryLinesNamed returns the lines of a delivery that have these SKUs.
	DeliveryLinesNamed(ctx context.Context, id retail.ID, skus []string) ([]retail.DeliveryLine, error)
	// DeliverySKUs returns the SKUs of a delivery's lines after a line, in their order.
	DeliverySKUs(ctx context.Context, id retail.ID, after, limit int) ([]string, error)
	// DeliveryLines returns lines of a delivery after a line, in their order: all, or those with a difference, and who did the
	// transactions that recorded those.
	DeliveryLines(ctx context.Context, location string, id retail.ID, differing bool, after, limit int) (
		lines []retail.DeliveryLine, actors map[retail.ID]string, err error)
}

// Server is aisle.deliveries.v1.DeliveryService.
type Server struct {
	pb.UnimplementedDeliveryServiceServer
	engine *ledger.Engine
	reads  Reads
}

// New returns the service.
func New(engine *ledger.Engine, reads Reads) *Server { return &Server{engine: engine, reads: reads} }

// How many a page has where the request does not say.
const (
	deliveriesDefault = 50
	linesDefault      = 100
)

// AnnounceDelivery says what a supplier is to bring.
func (s *Server) AnnounceDelivery(ctx context.Context, req *pb.AnnounceDeliveryRequest) (*pb.Delivery, error) {
	cmd, err := announceFrom(req)
	if err != nil {
		return nil, err
	}
	return s.inParts(ctx, req.GetLocation(), func(ctx context.Context) (ledger.Parts[retail.Delivery], error) {
		parts := partsOfAnnouncement(cmd)
		place, err := trade.Place(ctx, s.reads, cmd.Location, "location")
		if err != nil {
			return parts, err
		}
		if err := place.Open("location"); err != nil {
			return parts, err
		}
		if err := s.know(ctx, cmd.Lines); err != nil {
			return parts, err
		}
		return parts, rehearse(ctx, s, parts, cmd, retail.Delivery{Location: cmd.Location})
	})
}

// AmendDelivery changes what is expected.
func (s *Server) AmendDelivery(ctx context.Context, req *pb.AmendDeliveryRequest) (*pb.Delivery, error) {
	cmd, err := amendFrom(req)
	if err != nil {
		return nil, err
	}
	if _, err := s.delivery(ctx, req); err != nil {
		return nil, err
	}
	return s.inParts(ctx, req.GetLocation(), func(ctx context.Context) (ledger.Parts[retail.Delivery], error) {
		parts := partsOfAmendment(cmd)
		if err := s.know(ctx, cmd.Lines); err != nil {
			return parts, err
		}
		d, err := s.delivery(ctx, req)
		if err != nil {
			return parts, err
		}
		return parts, rehearse(ctx, s, parts, cmd, d)
	})
}

// ReceiveDelivery records what arrived.
func (s *Server) ReceiveDelivery(ctx context.Context, req *pb.ReceiveDeliveryRequest) (*pb.Delivery, error) {
	cmd, refs, err := receiveFrom(req, time.Now())
	if err != nil {
		return nil, err
	}
	d, err := s.delivery(ctx, req)
	if err != nil {
		return nil, err
	}
	return s.inParts(ctx, req.GetLocation(), func(ctx context.Context) (ledger.Parts[retail.Delivery], error) {
		if len(cmd.Lines) == 0 {
			return s.whole(ctx, d.ID, func(skus []string, lineCount int32, part retail.Part) retail.Command[retail.Delivery] {
				c := cmd
				c.Transaction, c.SKUs, c.LineCount, c.Part = ledger.NewID(), skus, lineCount, part
				return c
			})
		}
		items, err := s.reads.Items(ctx, refs, "")
		if err != nil {
			return ledger.Parts[retail.Delivery]{}, err
		}
		resolved, err := arrivedOf(cmd, refs, items)
		if err == nil {
			resolved, err = s.costing(ctx, resolved)
		}
		parts := partsOfReceipt(resolved, err)
		if err != nil {
			return parts, err
		}
		d, err := s.delivery(ctx, req)
		if err != nil {
			return parts, err
		}
		return parts, rehearse(ctx, s, parts, resolved, d)
	})
}

// costing looks at the costs of what arrived, where there are any.
func (s *Server) costing(ctx context.Context, cmd retail.ReceiveDelivery) (retail.ReceiveDelivery, error) {
	if !slices.ContainsFunc(cmd.Lines, func(line retail.Arrival) bool { return line.UnitCost.Known() }) {
		return cmd, nil
	}
	place, err := trade.Place(ctx, s.reads, cmd.Location, "location")
	if err != nil {
		return cmd, err
	}
	return cmd.At(place)
}

// CloseDelivery says that no more will come.
func (s *Server) CloseDelivery(ctx context.Context, req *pb.CloseDeliveryRequest) (*pb.Delivery, error) {
	d, err := s.delivery(ctx, req)
	if err != nil {
		return nil, err
	}
	return s.inParts(ctx, req.GetLocation(), func(ctx context.Context) (ledger.Parts[retail.Delivery], error) {
		return s.whole(ctx, d.ID, func(skus []string, lineCount int32, part retail.Part) retail.Command[retail.Delivery] {
			return retail.CloseDelivery{
				Delivery: d.ID, Transaction: ledger.NewID(), Location: d.Location, Reason: req.GetReason(), SKUs: skus, LineCount: lineCount,
				Part: part,
			}
		})
	})
}

// inParts carries a request out and answers with the delivery as its last part left it. What the answer needs beside it is read before
// anything is done: a read that fails after it would hide that it was.
func (s *Server) inParts(
	ctx context.Context, location string, plan func(context.Context) (ledger.Parts[retail.Delivery], error),
) (*pb.Delivery, error) {
	place, _, err := s.reads.Location(ctx, location) // one that is not there is refused by the plan
	if err != nil {
		return nil, err
	}
	results, err := ledger.InParts(ctx, s.engine, plan)
	if err != nil {
		return nil, err
	}
	return deliveryTo(results[len(results)-1], today(place, time.Now())), nil
}

// whole cuts what is about all lines of a delivery. The parts after the first are about the lines that it had then.
func (s *Server) whole(
	ctx context.Context, id retail.ID, command func(skus []string, lineCount int32, part retail.Part) retail.Command[retail.Delivery],
) (ledger.Parts[retail.Delivery], error) {
	parts := ledger.Parts[retail.Delivery]{
		Rest: func(ctx context.Context, first retail.Delivery) ([]retail.Command[retail.Delivery], error) {
			var rest []retail.Command[retail.Delivery]
			if first.LineCount <= partLines {
				return rest, nil
			}
			skus, err := s.reads.DeliverySKUs(ctx, id, partLines, int(first.LineCount)-partLines)
			for more := range slices.Chunk(skus, partLines) {
				rest = append(rest, command(more, first.LineCount, retail.Part{More: true}))
			}
			return rest, err
		},
	}
	skus, err := s.reads.DeliverySKUs(ctx, id, 0, retail.DeliveryLinesMax)
	if err != nil {
		return parts, err
	}
	parts.First = command(skus[:min(len(skus), partLines)], int32(len(skus)), retail.Part{})
	return parts, nil
}

// rehearse lets a request of several parts be decided as one, on what is there now, so that it is refused before any of it is done.
func rehearse(
	ctx context.Context, s *Server, parts ledger.Parts[retail.Delivery], cmd retail.Command[retail.Delivery], d retail.Delivery,
) error {
	if parts.Rest == nil {
		return nil
	}
	var skus []string
	for _, key := range cmd.Keys() {
		if key.Table == retail.TableLevels {
			skus = append(skus, key.Code)
		}
	}
	rows := retail.Rows{}
	if !d.ID.IsZero() {
		rows[d.Key()] = d
		lines, err := s.reads.DeliveryLinesNamed(ctx, d.ID, skus)
		if err != nil {
			return err
		}
		for _, line := range lines {
			rows[line.Key()] = line
		}
	}
	levels, err := s.reads.Levels(ctx, skus, []string{d.Location})
	if err != nil {
		return err
	}
	for _, level := range levels {
		rows[level.Key()] = level
	}
	_, _, err = cmd.Decide(rows, time.Now())
	return err
}

// GetDelivery returns a delivery.
func (s *Server) GetDelivery(ctx context.Context, req *pb.GetDeliveryRequest) (*pb.Delivery, error) {
	d, err := s.delivery(ctx, req)
	if err != nil {
		return nil, err
	}
	place, _, err := s.reads.Location(ctx, d.Location)
	if err != nil {
		return nil, err
	}
	return deliveryTo(d, today(place, time.Now())), nil
}

// ListDeliveryLines returns the lines of a delivery.
func (s *Server) ListDeliveryLines(ctx context.Context, req *pb.ListDeliveryLinesRequest) (*pb.ListDeliveryLinesResponse, error) {
	d, err := s.delivery(ctx, req)
	if err != nil {
		return nil, err
	}
	after, err := page.Read[int](req.GetPageToken())
	if err != nil {
		return nil, err
	}
	limit := page.Size(req.GetPageSize(), linesDefault)
	lines, actors, err := s.reads.DeliveryLines(ctx, d.Location, d.ID, req.GetOnlyDifferences(), after, limit+1)
	if err != nil {
		return nil, err
	}
	return linesTo(lines, actors, limit), nil
}

// ListDeliveries returns the deliveries of a location.
func (s *Server) ListDeliveries(ctx context.Context, req *pb.ListDeliveriesRequest) (*pb.ListDeliveriesResponse, error) {
	place, err := trade.Place(ctx, s.reads, req.GetLocation(), "location")
	if err != nil {
		return nil, err
	}
	after, err := page.Read[retail.DeliveryMark](req.GetPageToken())
	if err != nil {
		return nil, err
	}
	wanted, err := wantedFrom(req, today(place, time.Now()))
	if err != nil {
		return nil, err
	}
	limit := page.Size(req.GetPageSize(), deliveriesDefault)
	found, err := s.reads.Deliveries(ctx, place.Code, wanted.states, wanted.until, after, limit+1)
	if err != nil {
		return nil, err
	}
	return deliveriesTo(found, limit, wanted.today), nil
}

// delivery reads the delivery that a request is about. That it is there, and where, never changes.
func (s *Server) delivery(ctx context.Context, req interface {
	GetLocation() string
	GetDelivery() string
}) (retail.Delivery, error) {
	id, err := retail.ParseID(req.GetDelivery())
	if err != nil {
		return retail.Delivery{}, retail.RefuseField(retail.InvalidRequest, "delivery", "must be a uuid")
	}
	d, found, err := s.reads.Delivery(ctx, req.GetLocation(), id)
	if err == nil && !found {
		err = retail.Refuse(retail.UnknownDelivery, "there is no delivery %s at %s", req.GetDelivery(), req.GetLocation())
	}
	return d, err
}

// know refuses a SKU that no variant has.
func (s *Server) know(ctx context.Context, lines []retail.Line) error {
	refs := make([]retail.ItemRef, len(lines))
	for i, line := range lines {
		refs[i].SKU = line.SKU
	}
	if len(refs) == 0 {
		return nil
	}
	items, err := s.reads.Items(ctx, refs, "")
	if err != nil {
		return err
	}
	for i, item := range items {
		if !item.Found {
			return unknown(refs[i], i)
		}
	}
	return nil
}

func unknown(ref retail.ItemRef, i int) error {
	if ref.GTIN != "" {
		return retail.RefuseField(retail.UnknownSKU, fmt.Sprintf("lines[%d].gtin", i), "no variant has the barcode %s", ref.GTIN).
			With("gtin", ref.GTIN)
	}
	return retail.RefuseField(retail.UnknownSKU, fmt.Sprintf("lines[%d].sku", i), "no variant has the SKU %s", ref.SKU).With("sku", ref.SKU)
}
