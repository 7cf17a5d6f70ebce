package demo

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	deliveriespb "github.com/aisle-retail/aisle/gen/go/aisle/deliveries/v1"
	fulfilmentspb "github.com/aisle-retail/aisle/gen/go/aisle/fulfilments/v1"
	invoicespb "github.com/aisle-retail/aisle/gen/go/aisle/invoices/v1"
	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	returnspb "github.com/aisle-retail/aisle/gen/go/aisle/returns/v1"
	stockpb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
	tillspb "github.com/aisle-retail/aisle/gen/go/aisle/tills/v1"
	"github.com/aisle-retail/aisle/services/imports"
)

// callers is how many requests are under way at once.
const callers = 32

// player carries a plan out.
type player struct {
	orders      orderspb.OrderServiceClient
	fulfilments fulfilmentspb.FulfilmentServiceClient
	returns     returnspb.ReturnServiceClient
	invoices    invoicespb.InvoiceServiceClient
	stock       stockpb.StockServiceClient
	tills       tillspb.TillServiceClient
	deliveries  deliveriespb.DeliveryServiceClient

	// seen are the fulfilments that were looked up, by place and order; ended are stories in which something was refused.
	seen, ended sync.Map
	// done counts acts, of whatever outcome, and requests those that were carried out.
	done, requests atomic.Int64

	mu     sync.Mutex
	played Played
}

func newPlayer(conn grpc.ClientConnInterface) *player {
	conn = imports.Patient(conn)
	return &player{
		orders: orderspb.NewOrderServiceClient(conn), fulfilments: fulfilmentspb.NewFulfilmentServiceClient(conn),
		returns: returnspb.NewReturnServiceClient(conn), invoices: invoicespb.NewInvoiceServiceClient(conn),
		stock: stockpb.NewStockServiceClient(conn), tills: tillspb.NewTillServiceClient(conn),
		deliveries: deliveriespb.NewDeliveryServiceClient(conn),
	}
}

// play carries out days one after another. Within a day stories go side by side, for the plan keeps what they take apart.
func (w *player) play(ctx context.Context, acts [days][]act, told func(done, all int)) error {
	all := 0
	for _, of := range acts {
		all += len(of)
	}
	for _, of := range acts {
		early, trade := sorted(of)
		for _, wave := range [][][]act{early, trade} {
			group, ctx := errgroup.WithContext(ctx)
			group.SetLimit(callers)
			for _, story := range wave {
				group.Go(func() error { return w.tell(ctx, story) })
			}
			if err := group.Wait(); err != nil {
				return err
			}
		}
		told(int(w.done.Load()), all)
	}
	return nil
}

// tell carries out what happens to one story in a day. Where one act is refused, for example because somebody who tries the demo
// bought the goods first, the rest of the story goes untold.
func (w *player) tell(ctx context.Context, story []act) error {
	defer w.done.Add(int64(len(story)))
	if _, ended := w.ended.Load(story[0].story); ended {
		return nil
	}
	for _, a := range story {
		err := w.act(ctx, a)
		if err == nil {
			continue
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		refusal, refused := errors.AsType[*imports.Refusal](err)
		if !refused {
			return fmt.Errorf("%s: %w", a.key, err)
		}
		w.ended.Store(a.story, true)
		w.mu.Lock()
		w.played.Refused++
		if w.played.Refusal == "" {
			w.played.Refusal = a.key + ": " + refusal.Message
		}
		w.mu.Unlock()
		return nil
	}
	return nil
}

// act carries out one act.
func (w *player) act(ctx context.Context, a act) error {
	if a.lookup != nil {
		if open, err := a.lookup(ctx, w, a.request); err != nil || !open {
			return err
		}
	}
	if err := w.send(ctx, a.request); err != nil {
		return err
	}
	w.requests.Add(1)
	return nil
}

// send calls the method that takes the request.
func (w *player) send(ctx context.Context, request proto.Message) (err error) {
	switch r := request.(type) {
	case *orderspb.PlaceOrderRequest:
		_, err = w.orders.PlaceOrder(ctx, r)
	case *orderspb.PayOrderRequest:
		_, err = w.orders.PayOrder(ctx, r)
	case *orderspb.CancelLinesRequest:
		_, err = w.orders.CancelLines(ctx, r)
	case *fulfilmentspb.AcceptFulfilmentRequest:
		_, err = w.fulfilments.AcceptFulfilment(ctx, r)
	case *fulfilmentspb.PickFulfilmentRequest:
		_, err = w.fulfilments.PickFulfilment(ctx, r)
	case *fulfilmentspb.ReadyFulfilmentRequest:
		_, err = w.fulfilments.ReadyFulfilment(ctx, r)
	case *fulfilmentspb.CollectPickupRequest:
		_, err = w.fulfilments.CollectPickup(ctx, r)
	case *fulfilmentspb.ShipFulfilmentRequest:
		_, err = w.fulfilments.ShipFulfilment(ctx, r)
	case *fulfilmentspb.DeliverShipmentRequest:
		_, err = w.fulfilments.DeliverShipment(ctx, r)
	case *returnspb.AcceptReturnRequest:
		_, err = w.returns.AcceptReturn(ctx, r)
	case *returnspb.AcceptBlindReturnRequest:
		_, err = w.returns.AcceptBlindReturn(ctx, r)
	case *returnspb.ExchangeGoodsRequest:
		_, err = w.returns.ExchangeGoods(ctx, r)
	case *invoicespb.IssueFullInvoiceRequest:
		_, err = w.invoices.IssueFullInvoice(ctx, r)
	case *stockpb.ReceiveStockRequest:
		_, err = w.stock.ReceiveStock(ctx, r)
	case *stockpb.AdjustStockRequest:
		_, err = w.stock.AdjustStock(ctx, r)
	case *stockpb.HoldStockRequest:
		_, err = w.stock.HoldStock(ctx, r)
	case *stockpb.RequestTransferRequest:
		_, err = w.stock.RequestTransfer(ctx, r)
	case *stockpb.DeclineTransferRequest:
		_, err = w.stock.DeclineTransfer(ctx, r)
	case *stockpb.ShipTransferRequest:
		_, err = w.stock.ShipTransfer(ctx, r)
	case *stockpb.ReceiveTransferRequest:
		_, err = w.stock.ReceiveTransfer(ctx, r)
	case *deliveriespb.AnnounceDeliveryRequest:
		_, err = w.deliveries.AnnounceDelivery(ctx, r)
	case *deliveriespb.ReceiveDeliveryRequest:
		_, err = w.deliveries.ReceiveDelivery(ctx, r)
	case *tillspb.RecordCashRequest:
		_, err = w.tills.RecordCash(ctx, r)
	default:
		panic(fmt.Sprintf("the demo does not know how to ask for %T", r))
	}
	return err
}

// missing is a refusal of our own: what an act is about is not there.
func missing(format string, args ...any) error {
	return &imports.Refusal{Reason: "NOT_FOUND", Message: fmt.Sprintf(format, args...)}
}

// lookup fills in what a request lacks, and tells whether it is to be made.
type lookup func(ctx context.Context, w *player, request proto.Message) (open bool, err error)

// fulfilmentOf names the fulfilment of an order at a place. What has come as far already is left as it is.
func fulfilmentOf(order, location string, to fulfilmentspb.FulfilmentState) lookup {
	return func(ctx context.Context, w *player, request proto.Message) (bool, error) {
		found, err := w.fulfilment(ctx, order, location)
		set(request, "fulfilment", found.GetId())
		return found.GetState() < to, err
	}
}

// codeOf names a pickup that is to be collected, and its code.
func codeOf(order, location string) lookup {
	find := fulfilmentOf(order, location, collected)
	return func(ctx context.Context, w *player, request proto.Message) (bool, error) {
		open, err := find(ctx, w, request)
		if err != nil || !open {
			return false, err
		}
		collect := request.(*fulfilmentspb.CollectPickupRequest)
		code, err := w.fulfilments.GetPickupCode(ctx, &fulfilmentspb.GetPickupCodeRequest{Location: location, Fulfilment: collect.Fulfilment})
		collect.Code = code.GetCode()
		return true, err
	}
}

// fulfilment looks one up. How far it had come when it was first looked at tells what an earlier run did; from then on only this
// one moves it.
func (w *player) fulfilment(ctx context.Context, order, location string) (*fulfilmentspb.Fulfilment, error) {
	if found, known := w.seen.Load(position{location, order}); known {
		return found.(*fulfilmentspb.Fulfilment), nil
	}
	answer, err := w.fulfilments.ListOrderFulfilments(ctx, &fulfilmentspb.ListOrderFulfilmentsRequest{Order: order})
	if err != nil {
		return nil, err
	}
	for _, found := range answer.Fulfilments {
		if found.Location == location {
			w.seen.Store(position{location, order}, found)
			return found, nil
		}
	}
	return nil, missing("order %s has no fulfilment at %s", order, location)
}

// ticketOf names the ticket of an order.
func ticketOf(order string) lookup {
	return func(ctx context.Context, w *player, request proto.Message) (bool, error) {
		answer, err := w.invoices.ListOrderInvoices(ctx, &invoicespb.ListOrderInvoicesRequest{Order: order})
		if err != nil {
			return false, err
		}
		for _, invoice := range answer.Invoices {
			if invoice.Kind == invoicespb.InvoiceKind_INVOICE_KIND_SIMPLIFIED {
				set(request, "invoice", invoice.Id)
				return true, nil
			}
		}
		return false, missing("order %s has no ticket", order)
	}
}

// transferOf names a transfer by its reference.
func transferOf(reference, to string) lookup {
	return func(ctx context.Context, w *player, request proto.Message) (bool, error) {
		answer, err := w.stock.ListTransfers(ctx, &stockpb.ListTransfersRequest{Location: to})
		if err != nil {
			return false, err
		}
		for _, transfer := range answer.Transfers {
			if transfer.Reference == reference {
				set(request, "transfer", transfer.Id)
				return true, nil
			}
		}
		return false, missing("no transfer %s is known at %s", reference, to)
	}
}

// deliveryOf names a delivery that is expected by the number of its document.
func deliveryOf(reference, at string) lookup {
	return func(ctx context.Context, w *player, request proto.Message) (bool, error) {
		answer, err := w.deliveries.ListDeliveries(ctx, &deliveriespb.ListDeliveriesRequest{Location: at})
		if err != nil {
			return false, err
		}
		for _, delivery := range answer.Deliveries {
			if delivery.Reference == reference {
				set(request, "delivery", delivery.Id)
				return true, nil
			}
		}
		return false, missing("no delivery %s is expected at %s", reference, at)
	}
}

func set(request proto.Message, field, value string) {
	message := request.ProtoReflect()
	message.Set(message.Descriptor().Fields().ByName(protoreflect.Name(field)), protoreflect.ValueOfString(value))
}
