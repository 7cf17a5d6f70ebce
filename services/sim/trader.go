package sim

import (
	"context"
	"fmt"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"

	catalogpb "github.com/aisle-retail/aisle/gen/go/aisle/catalog/v1"
	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	retailpb "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
	stockpb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
	"github.com/aisle-retail/aisle/services/sim/auditor"
)

// trader is a client that trades: it draws what to do next from what all of them know.
type trader struct {
	*client
	shop  auditor.Shop
	known *known
	// life is that of the run: drawing an act may take a look at the shop first.
	life context.Context
}

// act is something that a trader does; false where there is nothing to do it with.
type act struct {
	weight int
	name   string
	draw   func(*trader) (ask, bool)
}

// acts are all that honest traders do. What is done often is what meets.
var acts = []act{
	{10, "stock/ReceiveStock", (*trader).receive},
	{4, "stock/AdjustStock", (*trader).adjust},
	{6, "stock/RecordStock", (*trader).record},
	{3, "stock/ListOversellCases", (*trader).listCases},
	{1, "stock/GetOversellCase", (*trader).getCase},
	{3, "stock/ResolveOversellCase", (*trader).resolve},
	{3, "replenishment/PutStockRules", (*trader).putRules},
	{14, "stock/HoldStock", (*trader).hold},
	{8, "stock/FindAndHold", (*trader).findAndHold},
	{7, "stock/ReleaseHold", (*trader).release},
	{4, "stock/ShipTransfer", (*trader).shipTransfer},
	{3, "stock/RequestTransfer", (*trader).requestTransfer},
	{4, "stock/ShipTransfer", (*trader).dispatchTransfer},
	{1, "stock/DeclineTransfer", (*trader).declineTransfer},
	{1, "stock/CancelTransfer", (*trader).cancelTransfer},
	{2, "stock/ListTransfers", (*trader).listTransfers},
	{5, "stock/ReceiveTransfer", (*trader).receiveTransfer},
	{2, "counts/OpenCount", (*trader).openCount},
	{7, "counts/RecordReadings", (*trader).recordReadings},
	{3, "counts/CompleteCount", (*trader).completeCount},
	{6, "counts/ReviewVariances", (*trader).reviewVariances},
	{5, "counts/PostCount", (*trader).postCount},
	{1, "counts/CloseCount", (*trader).closeCount},
	{1, "counts/CancelCount", (*trader).cancelCount},
	{10, "stock/GetAvailability", (*trader).availability},
	{4, "catalog/SearchProducts", (*trader).search},
	{3, "stock/GetHold", (*trader).getHold},
	{2, "stock/ListHolds", (*trader).listHolds},
	{1, "stock/GetTransfer", (*trader).getTransfer},
	{3, "deliveries/AnnounceDelivery", (*trader).announce},
	{2, "deliveries/AmendDelivery", (*trader).amend},
	{6, "deliveries/ReceiveDelivery", (*trader).unload},
	{1, "deliveries/CloseDelivery", (*trader).closeOff},
	{1, "deliveries/GetDelivery", (*trader).getDelivery},
	{2, "deliveries/GetAvailableToPromise", (*trader).getPromise},
	{14, "orders/PlaceOrder", (*trader).tillSale},
	{14, "orders/PlaceOrder", (*trader).webOrder},
	{3, "orders/PlaceOrder", (*trader).loadCard},
	{8, "carts/PutCart", (*trader).fillCart},
	{3, "carts/MergeCarts", (*trader).mergeCarts},
	{3, "carts/GetCart", (*trader).getCart},
	{6, "orders/PlaceOrder", (*trader).convertCart},
	{4, "orders/QuoteOrder", (*trader).quoteOrder},
	{4, "orders/PlaceOrder", (*trader).placeQuoted},
	{6, "orders/PayOrder", (*trader).pay},
	{6, "orders/CancelLines", (*trader).cancel},
	{2, "orders/GrantGoodwill", (*trader).goodwill},
	{2, "orders/WriteOffDebt", (*trader).writeOff},
	{4, "orders/GetOrder", (*trader).getOrder},
	{2, "fulfilments/AcceptFulfilment", (*trader).acceptWork},
	{3, "fulfilments/PickFulfilment", (*trader).pickWork},
	{10, "fulfilments/ReadyFulfilment", (*trader).readyWork},
	{12, "fulfilments/CollectPickup", (*trader).collect},
	{3, "fulfilments/ExtendPickup", (*trader).extend},
	{3, "fulfilments/RefusePickup", (*trader).refusePickup},
	{4, "fulfilments/RejectUnits", (*trader).rejectUnits},
	{7, "fulfilments/ShipFulfilment", (*trader).ship},
	{4, "fulfilments/BuyLabel", (*trader).buyLabel},
	{1, "fulfilments/VoidLabel", (*trader).voidLabel},
	{4, "fulfilments/ShipFulfilment", (*trader).shipUnder},
	{2, "fulfilments/DeliverShipment", (*trader).deliver},
	{2, "fulfilments/RecordTracking", (*trader).track},
	{3, "fulfilments/LoseShipment", (*trader).loseShipment},
	{3, "fulfilments/ReturnShipment", (*trader).returnShipment},
	{2, "fulfilments/GetFulfilment", (*trader).getWork},
	{12, "returns/AcceptReturn", (*trader).acceptReturn},
	{3, "returns/AcceptReturnByRight", (*trader).acceptReturnByRight},
	{2, "returns/AcceptBlindReturn", (*trader).blindReturn},
	{4, "returns/ExchangeGoods", (*trader).exchange},
	{2, "returns/QuoteReturn", (*trader).quoteReturn},
	{2, "payments/LookupGiftCard", (*trader).lookupCard},
	{1, "payments/GetStoreCredit", (*trader).storeCredit},
	{5, "payments/SendPaymentLink", (*trader).sendLink},
	{2, "payments/GetPaymentLink", (*trader).lookAtLink},
	{7, "payments/PayByLink", (*trader).payByLink},
	{8, "payments/AuthorisePayment", (*trader).authorise},
	{3, "payments/CapturePayment", (*trader).capture},
	{2, "payments/VoidPayment", (*trader).void},
	{3, "payments/RefundPayment", (*trader).refundAgain},
	{1, "payments/ReplaceGiftCard", (*trader).loseCard},
	{2, "tills/RecordCash", (*trader).cash},
	{2, "invoices/IssueFullInvoice", (*trader).fullInvoice},
	{1, "invoices/ListOrderInvoices", (*trader).listInvoices},
}

// Of a hundred requests, this many come a second time under the same id, and this many mean harm.
const (
	percentAgain = 6
	percentHarm  = 6
)

// trade does one thing.
func (t *trader) trade() {
	var a ask
	ok := false
	for !ok {
		switch n := t.rand.IntN(100); {
		case n < percentAgain:
			a, ok = t.again()
		case n < percentAgain+percentHarm:
			a, ok = t.harm()
		default:
			chosen := t.choose()
			if a, ok = chosen.draw(t); ok {
				a.method = chosen.name
			}
		}
	}
	t.known.learn(t.send(t.life, a))
}

// choose draws an act by its weight.
func (t *trader) choose() act {
	total := 0
	for _, a := range acts {
		total += a.weight
	}
	n := t.rand.IntN(total)
	for _, a := range acts {
		if n -= a.weight; n < 0 {
			return a
		}
	}
	panic("sim: the weights do not add up")
}

// again repeats a request that was sent before: as it was, late and perhaps to another server, or with other content.
func (t *trader) again() (ask, bool) {
	call, ok := one(t.known, &t.known.done, t.rand)
	if !ok {
		return ask{}, false
	}
	a := ask{method: auditor.ShortName(call.Method), request: call.Request, key: call.Key, copyOf: call}
	if t.rand.IntN(3) == 0 && call.Outcome == auditor.Acknowledged { // else it may be this one that happens
		a.request, a.altered = alter(call.Request)
		return a, a.altered
	}
	return a, true
}

// pick draws one of a few.
func pick[T any](t *trader, from ...T) T { return from[t.rand.IntN(len(from))] }

// store draws a place with stock: mostly the first, so that clients meet.
func (t *trader) store() string { return pick(t, "milan", "milan", "rome", "turin") }

func (t *trader) item() auditor.Item {
	return t.shop.Items[min(t.rand.IntN(len(t.shop.Items)), t.rand.IntN(len(t.shop.Items)))]
}

// units draws a count: mostly one.
func (t *trader) units() int64 { return pick[int64](t, 1, 1, 1, 2, 3) }

// skus draws different articles.
func (t *trader) skus(max int) []string {
	var all []string
	seen := map[string]bool{}
	for range 1 + t.rand.IntN(max) {
		if sku := t.item().SKU; !seen[sku] {
			seen[sku] = true
			all = append(all, sku)
		}
	}
	return all
}

func (t *trader) receive() (ask, bool) {
	request := &stockpb.ReceiveStockRequest{RequestId: t.newID(), Location: t.store(), Reference: "delivery"}
	for _, sku := range t.skus(3) {
		request.Lines = append(request.Lines, &stockpb.ReceiveLine{Sku: sku, Quantity: 1 + t.rand.Int64N(8), UnitCost: t.cost()})
	}
	return ask{request: request}, true
}

// cost is what one unit cost: two in three deliveries say so.
func (t *trader) cost() *retailpb.Money {
	if t.rand.IntN(3) == 0 {
		return nil
	}
	return euros(1 + t.rand.Int64N(2000))
}

func (t *trader) adjust() (ask, bool) {
	request := &stockpb.AdjustStockRequest{
		RequestId: t.newID(), Location: t.store(), Reason: pick(t, "count", "count", "theft", ownReason), Reference: pick(t, "", "report"),
		Note: pick(t, "", "behind a shelf"),
	}
	for _, sku := range t.skus(2) {
		request.Lines = append(request.Lines, &stockpb.AdjustLine{Sku: sku, Difference: pick[int64](t, -2, -1, 1, 2)})
	}
	return ask{request: request}, true
}

// recorded are what traders record of units: why, and where those go that do not go where the act mostly brings them.
var recorded = []struct {
	act    stockpb.StockAct
	reason string
	from   []stockpb.StockState
	to     []stockpb.StockState
}{
	{stockpb.StockAct_STOCK_ACT_DAMAGE, "broken", []stockpb.StockState{stateUnsaid, stateUnsaid, stateInspection}, []stockpb.StockState{stateUnsaid}},
	{stockpb.StockAct_STOCK_ACT_QUARANTINE, "recall", []stockpb.StockState{stateUnsaid, stateInspection, stateDamaged}, []stockpb.StockState{stateUnsaid}},
	{stockpb.StockAct_STOCK_ACT_INSPECT, "correction", []stockpb.StockState{stateUnsaid}, []stockpb.StockState{stateUnsaid, stateDamaged, stateQuarantine, stateGone}},
	{stockpb.StockAct_STOCK_ACT_RESTORE, "cleared", []stockpb.StockState{stateUnsaid, stateQuarantine}, []stockpb.StockState{stateUnsaid}},
	{stockpb.StockAct_STOCK_ACT_WRITE_OFF, ownReason, []stockpb.StockState{stateUnsaid, stateQuarantine, stateAvailable}, []stockpb.StockState{stateUnsaid}},
	{stockpb.StockAct_STOCK_ACT_FOUND, "found", []stockpb.StockState{stateUnsaid}, []stockpb.StockState{stateUnsaid, stateInspection, stateInspection}},
}

const (
	stateUnsaid     = stockpb.StockState_STOCK_STATE_UNSPECIFIED
	stateAvailable  = stockpb.StockState_STOCK_STATE_AVAILABLE
	stateInspection = stockpb.StockState_STOCK_STATE_INSPECTION
	stateDamaged    = stockpb.StockState_STOCK_STATE_DAMAGED
	stateQuarantine = stockpb.StockState_STOCK_STATE_QUARANTINE
	stateGone       = stockpb.StockState_STOCK_STATE_SHRINKAGE
)

func (t *trader) record() (ask, bool) {
	what := pick(t, recorded...)
	request := &stockpb.RecordStockRequest{
		RequestId: t.newID(), Location: t.store(), Act: what.act, Reason: what.reason, Reference: pick(t, "", "report"), Note: pick(t, "", "seen"),
	}
	for _, sku := range t.skus(2) {
		request.Lines = append(request.Lines, &stockpb.RecordLine{
			Sku: sku, Quantity: t.units(), From: pick(t, what.from...), To: pick(t, what.to...),
		})
	}
	return ask{request: request}, true
}

func (t *trader) listCases() (ask, bool) {
	return ask{request: &stockpb.ListOversellCasesRequest{
		Location: t.store(), PageSize: 20, State: pick(t, stockpb.OversellCaseState_OVERSELL_CASE_STATE_UNSPECIFIED,
			stockpb.OversellCaseState_OVERSELL_CASE_STATE_OPEN, stockpb.OversellCaseState_OVERSELL_CASE_STATE_SETTLED),
	}}, true
}

func (t *trader) getCase() (ask, bool) {
	one, ok := one(t.known, &t.known.cases, t.rand)
	return ask{request: &stockpb.GetOversellCaseRequest{Location: one.GetLocation(), Sku: one.GetSku(), Case: one.GetId()}}, ok
}

func (t *trader) resolve() (ask, bool) {
	one, ok := t.known.openCase(t.rand)
	return ask{request: &stockpb.ResolveOversellCaseRequest{
		RequestId: t.newID(), Location: one.GetLocation(), Sku: one.GetSku(), Case: one.GetId(), Reason: pick(t, "count", "found"),
		Note: pick(t, "", "behind a shelf"),
	}}, ok
}

func (t *trader) hold() (ask, bool) {
	request := &stockpb.HoldStockRequest{
		RequestId: t.newID(), Location: t.store(), Channel: pick(t, "till", "shop", "shop", "app"), Owner: fmt.Sprint("cart ", t.number),
		Lines: t.holdLines(), Method: methodNamed(pick(t, "", "", "PICKUP", "SHIP")),
	}
	if t.rand.IntN(4) == 0 {
		request.TimeToLive = durationpb.New(pick(t, restMax, patience).Truncate(restMax) + 1e9)
	} else {
		request.UntilClosing = t.rand.IntN(4) == 0 // these places never close
	}
	return ask{request: request}, true
}

// near draws a point: one of the stores, or between them.
func (t *trader) near() *stockpb.Near {
	near := &stockpb.Near{Location: t.store(), RadiusMetres: pick[int64](t, 0, 200_000, 700_000)}
	if t.rand.IntN(4) == 0 {
		near.Location, near.LatitudeE7, near.LongitudeE7 = "", 440_000_000+t.rand.Int32N(20_000_000), 90_000_000
	}
	return near
}

func (t *trader) findAndHold() (ask, bool) {
	return ask{request: &stockpb.FindAndHoldRequest{
		RequestId: t.newID(), Channel: pick(t, "till", "shop", "shop", "app"), Owner: fmt.Sprint("cart ", t.number), Near: t.near(),
		Lines: t.holdLines(), Method: methodNamed(pick(t, "", "", "PICKUP", "SHIP")),
	}}, true
}

func (t *trader) holdLines() (lines []*stockpb.HoldLine) {
	for _, sku := range t.skus(3) {
		lines = append(lines, &stockpb.HoldLine{Sku: sku, Quantity: t.units()})
	}
	return lines
}

func (t *trader) release() (ask, bool) {
	h, ok := one(t.known, &t.known.holds, t.rand)
	return ask{request: &stockpb.ReleaseHoldRequest{RequestId: t.newID(), Location: h.location, Hold: h.id}}, ok
}

func (t *trader) availability() (ask, bool) {
	request := &stockpb.GetAvailabilityRequest{
		Skus: t.skus(3), Channel: pick(t, "", "till", "shop", "app"), Method: methodNamed(pick(t, "", "PICKUP", "SHIP")),
	}
	switch t.rand.IntN(3) {
	case 0:
		request.Locations = []string{t.store()}
	case 1:
		request.Near = t.near()
	}
	key := ""
	if request.Channel == "app" || request.Channel == "shop" {
		key = pick(t, "", "site") // which sees what the channel shows
	}
	return ask{request: request, key: key}, true
}

// search looks for a word that is its own term, of what there is and of what there is not; some shoppers agree that it is kept.
func (t *trader) search() (ask, bool) {
	request := &catalogpb.SearchProductsRequest{
		Query: pick(t, "hat", "article", "zeppelin", "airship"), Channel: pick(t, "", "till", "shop", "app"), Location: pick(t, "", "milan", "online"),
	}
	if t.rand.IntN(2) == 0 {
		request.Customer, request.CustomerAgrees = pick(t, t.shop.Customers...), t.rand.IntN(2) == 0
	}
	return ask{request: request}, true
}

func (t *trader) getHold() (ask, bool) {
	h, ok := one(t.known, &t.known.holds, t.rand)
	return ask{request: &stockpb.GetHoldRequest{Location: h.location, Hold: h.id}}, ok
}

func (t *trader) listHolds() (ask, bool) {
	return ask{request: &stockpb.ListHoldsRequest{
		Location: t.store(), PageSize: pick[int32](t, 200, 200, 5), Owner: pick(t, "", "", fmt.Sprint("cart ", t.number)),
	}}, true
}

// money is some euros: now and then more or less than there is.
func (t *trader) money(around int64) *retailpb.Money {
	return euros(max(1, pick(t, around, around, around/2, 1, around+1)))
}

func tender(kind orderspb.TenderKind, amount *retailpb.Money, reference string) *orderspb.Tender {
	return &orderspb.Tender{Kind: kind, Amount: amount, Reference: reference}
}

// alter changes the content of a request and leaves its id: a text that nothing hangs on, so that only the id can be what is
// wrong. False where it has none.
func alter(request proto.Message) (proto.Message, bool) {
	altered := proto.Clone(request)
	m := altered.ProtoReflect()
	for _, name := range []protoreflect.Name{"owner", "reference", "note", "reason", "proof", "carrier"} {
		if field := m.Descriptor().Fields().ByName(name); field != nil {
			m.Set(field, protoreflect.ValueOfString(m.Get(field).String()+" altered"))
			return altered, true
		}
	}
	return nil, false
}
