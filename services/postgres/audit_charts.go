package postgres

import (
	"slices"
	"strings"

	"github.com/aisle-retail/aisle/services/retail"
)

// chart is what the entries of a kind may be, restated apart from the rules that post them (retail/doc.go).
type chart struct {
	// moves are from and to accounts; one that ends in a slash stands for all that begin with it, but "order/" for those of the
	// orders that the transaction is about.
	moves [][2]string
	// cause is what the cause begins with; empty: it may be anything.
	cause string
	// late acts may be recorded after they happened.
	late bool
	// bare acts may have nothing to post: nothing was worth anything, or no goods moved.
	bare bool
	// reason is true where an act may name one; those of before there were reasons do not.
	reason bool
	// named acts name one always: there were none before there were reasons.
	named bool
	// recorded is the act of which others are told as retail.StockRecorded; empty: none.
	recorded retail.StockAct
}

// The moves that kinds of act share.
var (
	promises = moves("available > customer", "held > customer", "available > committed", "held > committed", "held > available")
	turnover = moves("sales > order/", "tax/ > order/", "charges/ > order/")
	payments = moves("order/ > tender/", "tender/CASH > order/", "order/ > rounding", "rounding > order/", "order/ > gift_card/",
		"order/ > store_credit/", "order/ > settlement/", "settlement/ > gift_card/", "settlement/ > store_credit/")
	paymentsElsewhere = slices.Concat(payments, moves("settlement/ > tender/", "tender/CASH > settlement/", "settlement/ > order/"))
	refunds           = moves("tender/ > order/", "tender/ > settlement/", "settlement/ > order/", "gift_card/ > order/",
		"gift_card/ > settlement/", "store_credit/ > order/", "store_credit/ > settlement/")
	// What was never paid is not given back: it returns to the account of ours that bore it.
	undoings  = moves("rounding > order/", "goodwill > order/", "loss > order/")
	givenBack = moves("customer > available", "customer > inspection", "customer > damaged", "order/ > sales_returns", "order/ > tax/",
		"order/ > charges/", "order/ > gift_card/", "order/ > settlement/", "settlement/ > gift_card/", "fees > order/")
)

func moves(all ...string) [][2]string {
	pairs := make([][2]string, len(all))
	for i, move := range all {
		pairs[i][0], pairs[i][1], _ = strings.Cut(move, " > ")
	}
	return pairs
}

const (
	holdCause       = "hold/"
	fulfilmentCause = "fulfilment/"
	returnCause     = "return/"
	transferCause   = "transfer/"
	deliveryCause   = "delivery/"
	caseCause       = "oversell-case/"
	demandCause     = "demand/"
)

var charts = map[retail.Kind]chart{
	retail.KindReceive: {moves: moves("supplier > available"), late: true},
	retail.KindAdjust:  {moves: moves("found > available", "available > shrinkage"), late: true, reason: true},
	retail.KindDamage: {
		moves: moves("available > damaged", "inspection > damaged", "quarantine > damaged"), late: true, reason: true, recorded: retail.ActDamage,
	},
	retail.KindQuarantine: {
		moves: moves("available > quarantine", "inspection > quarantine", "damaged > quarantine"), late: true, reason: true,
		recorded: retail.ActQuarantine,
	},
	retail.KindInspect: {
		moves: moves("inspection > available", "inspection > damaged", "inspection > quarantine", "inspection > shrinkage"), late: true,
		reason: true, recorded: retail.ActInspect,
	},
	retail.KindRestore: {
		moves: moves("damaged > available", "quarantine > available"), late: true, reason: true, recorded: retail.ActRestore,
	},
	retail.KindWriteOff: {
		moves: moves("available > shrinkage", "inspection > shrinkage", "damaged > shrinkage", "quarantine > shrinkage"), late: true,
		reason: true, recorded: retail.ActWriteOff,
	},
	retail.KindFound: {
		moves: moves("found > available", "found > inspection", "found > damaged", "found > quarantine"), late: true, reason: true,
		recorded: retail.ActFound,
	},
	retail.KindResolve: {
		moves: moves("found > available"), cause: caseCause, reason: true, recorded: retail.ActOversell,
	},
	retail.KindHold:    {moves: moves("available > held"), cause: holdCause},
	retail.KindRelease: {moves: moves("held > available"), cause: holdCause},
	retail.KindExpire:  {moves: moves("held > available"), cause: holdCause},
	retail.KindSale: {
		moves: slices.Concat(promises, turnover, payments, moves("gift_card/ > order/", "gift_card/ > settlement/", "settlement/ > order/")),
		cause: retail.OrderPrefix, late: true, bare: true,
	},
	retail.KindPayment: {moves: paymentsElsewhere, cause: retail.OrderPrefix},
	retail.KindWork:    {cause: fulfilmentCause, bare: true},
	retail.KindHandover: {
		moves: slices.Concat(moves("committed > customer"), turnover, paymentsElsewhere),
		cause: retail.OrderPrefix, late: true, bare: true,
	},
	retail.KindCancel: {
		moves: slices.Concat(moves("committed > available"), refunds, undoings), cause: retail.OrderPrefix, bare: true, reason: true,
	},
	retail.KindReject: {
		moves: slices.Concat(moves("committed > shrinkage", "committed > available", "committed > damaged", "available > committed"), refunds, undoings),
		cause: retail.OrderPrefix, bare: true, reason: true, named: true,
	},
	retail.KindReturn: {
		moves: slices.Concat(givenBack, moves("customer > shrinkage"), refunds, undoings), cause: returnCause, late: true, bare: true,
		reason: true,
	},
	retail.KindByPost: {moves: moves("inspection > available", "inspection > damaged"), cause: retail.ReturnRequestPrefix, bare: true},
	retail.KindExchange: {
		moves: slices.Concat(givenBack, moves("customer > shrinkage"), promises, turnover, paymentsElsewhere, refunds, undoings),
		cause: returnCause, late: true, bare: true, reason: true,
	},
	retail.KindGoodwill: {moves: slices.Concat(moves("order/ > goodwill"), refunds), cause: retail.OrderPrefix},
	retail.KindLoss:     {moves: moves("order/ > loss"), cause: retail.OrderPrefix},
	retail.KindInvoice:  {cause: retail.OrderPrefix, bare: true},
	retail.KindRequest:  {cause: transferCause, bare: true},
	retail.KindTransfer: {moves: moves("available > transit/", "committed > transit/", "transit/ > incoming"), cause: transferCause},
	retail.KindExpect:   {moves: moves("supplier > incoming", "incoming > supplier"), cause: deliveryCause, bare: true},
	retail.KindDelivery: {
		moves: moves("incoming > available", "incoming > damaged", "supplier > available", "supplier > damaged"), cause: deliveryCause,
		late: true, bare: true,
	},
	retail.KindArrival: {
		moves: moves("incoming > available", "incoming > committed", "incoming > damaged", "incoming > shrinkage", "available > committed",
			"available > transit/", "transit/ > incoming"),
		cause: transferCause, bare: true, reason: true,
	},
	retail.KindCount: {
		moves: moves("found > available", "available > shrinkage"), cause: retail.CountCause, late: true, bare: true,
	},
	retail.KindBreakage: {moves: moves("breakage > gift_card/"), cause: retail.GiftCardPrefix},
	retail.KindCard:     {cause: retail.GiftCardPrefix, bare: true, reason: true},
	retail.KindProvider: {moves: moves("order/ > tender/CARD", "tender/CARD > order/"), cause: retail.OrderPrefix, bare: true},
	retail.KindLink:     {cause: retail.OrderPrefix, bare: true},
	retail.KindCart:     {moves: moves("available > held", "held > available"), cause: retail.CartPrefix, bare: true},
	retail.KindCash: {
		moves: moves("tender/CASH > safe", "tender/CASH > cash_difference", "cash_difference > tender/CASH"), late: true,
	},
	retail.KindDemand: {cause: demandCause, bare: true},
	retail.KindMaster: {bare: true},
}

// allows tells whether a kind may move from one account to another, where it is about orders of these accounts.
func (c chart) allows(e retail.Entry, accounts []string) bool {
	is := func(account, pattern string) bool {
		switch {
		case pattern == retail.OrderPrefix:
			return slices.Contains(accounts, account)
		case strings.HasSuffix(pattern, "/"):
			return strings.HasPrefix(account, pattern)
		}
		return account == pattern
	}
	return slices.ContainsFunc(c.moves, func(m [2]string) bool { return is(e.From, m[0]) && is(e.To, m[1]) })
}

// telling is which acts tell an event of something. Acts with a return or an order for a cause also tell of what is theirs:
// fulfilments, holds and documents.
type telling struct {
	about retail.Table // 0: the transaction itself
	acts  []retail.Kind
}

// tellings are all events but those of puts, which tell of MASTER alone.
var tellings = func() map[string]telling {
	placed := []retail.Kind{retail.KindSale, retail.KindExchange}
	counting := []retail.Kind{retail.KindCount}
	all := map[string]telling{
		"StockReceived": {0, []retail.Kind{retail.KindReceive}}, "StockAdjusted": {0, []retail.Kind{retail.KindAdjust}},
		"StockDamaged": {0, []retail.Kind{retail.KindDamage}}, "StockQuarantined": {0, []retail.Kind{retail.KindQuarantine}},
		"StockInspected": {0, []retail.Kind{retail.KindInspect}}, "StockRestored": {0, []retail.Kind{retail.KindRestore}},
		"StockWrittenOff": {0, []retail.Kind{retail.KindWriteOff}}, "StockFound": {0, []retail.Kind{retail.KindFound}},
		"OversellResolved": {0, []retail.Kind{retail.KindResolve}},
		"CashMoved":        {0, []retail.Kind{retail.KindCash}},
		"GiftCardReplaced": {0, []retail.Kind{retail.KindCard}},
		"GiftCardExpired":  {0, []retail.Kind{retail.KindBreakage}},

		"StockHeld":     {retail.TableHolds, []retail.Kind{retail.KindHold, retail.KindCart}},
		"HoldReleased":  {retail.TableHolds, []retail.Kind{retail.KindRelease, retail.KindCart}},
		"HoldExpired":   {retail.TableHolds, []retail.Kind{retail.KindExpire, retail.KindCart}},
		"HoldCommitted": {retail.TableHolds, placed},

		"CartChanged":   {retail.TableCarts, []retail.Kind{retail.KindCart}},
		"CartAbandoned": {retail.TableCarts, []retail.Kind{retail.KindCart}},
		"CartMerged":    {retail.TableCarts, []retail.Kind{retail.KindCart}},
		"CartConverted": {retail.TableCarts, placed},

		"OrderPlaced":     {retail.TableOrders, placed},
		"OrderPaid":       {retail.TableOrders, []retail.Kind{retail.KindPayment}},
		"OrderHandedOver": {retail.TableOrders, []retail.Kind{retail.KindHandover}},
		"UnitsCancelled":  {retail.TableOrders, []retail.Kind{retail.KindCancel}},
		"UnitsRejected":   {retail.TableOrders, []retail.Kind{retail.KindReject}},
		"OrderExpired":    {retail.TableOrders, []retail.Kind{retail.KindCancel}},
		"UnitsSent":       {retail.TableOrders, []retail.Kind{retail.KindTransfer}},
		"UnitsArrived":    {retail.TableOrders, []retail.Kind{retail.KindArrival}},
		"OrderReturned":   {retail.TableOrders, []retail.Kind{retail.KindReturn, retail.KindExchange}},
		"OrderInvoiced":   {retail.TableOrders, []retail.Kind{retail.KindInvoice}},
		"PaymentLinkSent": {retail.TableOrders, []retail.Kind{retail.KindLink}},
		"GoodwillGranted": {retail.TableOrders, []retail.Kind{retail.KindGoodwill}},
		"DebtWrittenOff":  {retail.TableOrders, []retail.Kind{retail.KindLoss}},

		"FulfilmentPlaced":    {retail.TableFulfilments, append([]retail.Kind{retail.KindReject}, placed...)},
		"UnitsCollected":      {retail.TableFulfilments, []retail.Kind{retail.KindHandover}},
		"ShipmentShipped":     {retail.TableFulfilments, []retail.Kind{retail.KindHandover}},
		"FulfilmentCancelled": {retail.TableFulfilments, []retail.Kind{retail.KindCancel}},
		"PickupExpired":       {retail.TableFulfilments, []retail.Kind{retail.KindCancel}},
		"PickupRefused":       {retail.TableFulfilments, []retail.Kind{retail.KindCancel}},
		"FulfilmentRejected":  {retail.TableFulfilments, []retail.Kind{retail.KindReject}},
		"UnitsPutAside":       {retail.TableFulfilments, []retail.Kind{retail.KindReject}},
		"PickupSupplied":      {retail.TableFulfilments, []retail.Kind{retail.KindArrival, retail.KindCancel, retail.KindReject}},
		"ShipmentLost":        {retail.TableFulfilments, []retail.Kind{retail.KindReturn}},
		"ShipmentReturned":    {retail.TableFulfilments, []retail.Kind{retail.KindReturn}},

		"ReturnAccepted": {retail.TableReturns, []retail.Kind{retail.KindReturn, retail.KindExchange}},
		"InvoiceIssued": {retail.TableInvoices, []retail.Kind{
			retail.KindSale, retail.KindHandover, retail.KindReturn, retail.KindExchange, retail.KindInvoice,
		}},
		"TransferRequested": {retail.TableTransfers, append([]retail.Kind{retail.KindRequest}, placed...)},
		"TransferDeclined":  {retail.TableTransfers, []retail.Kind{retail.KindRequest}},
		"TransferCancelled": {retail.TableTransfers, []retail.Kind{retail.KindRequest, retail.KindCancel, retail.KindReject}},
		"TransferShipped":   {retail.TableTransfers, []retail.Kind{retail.KindTransfer}},
		"TransferReceived":  {retail.TableTransfers, []retail.Kind{retail.KindArrival}},

		"DeliveryAnnounced": {retail.TableDeliveries, []retail.Kind{retail.KindExpect}},
		"DeliveryAmended":   {retail.TableDeliveries, []retail.Kind{retail.KindExpect}},
		"DeliveryClosed":    {retail.TableDeliveries, []retail.Kind{retail.KindExpect}},
		"DeliveryReceived":  {retail.TableDeliveries, []retail.Kind{retail.KindDelivery}},
		"DemandRecorded":    {retail.TableDemand, []retail.Kind{retail.KindDemand}},
		"ReadingRecorded":   {retail.TableReadings, counting},
		"VarianceReviewed":  {retail.TableCountLines, counting}, "VariancePosted": {retail.TableCountLines, counting},
	}
	for _, count := range []string{
		"CountOpened", "ReadingsTaken", "CountCompleted", "VariancesReviewed", "UnknownDismissed", "CountPosted", "CountClosed",
		"CountCancelled",
	} {
		all[count] = telling{retail.TableCounts, counting}
	}
	for _, payment := range []string{
		"PaymentAsked", "PaymentAuthorised", "PaymentDeclined", "PaymentCaptured", "PaymentVoided", "PaymentRefunded", "PaymentFailed",
	} {
		all[payment] = telling{retail.TableOrders, []retail.Kind{retail.KindProvider}}
	}
	for _, request := range []string{
		"ReturnRequested", "ReturnRequestApproved", "ReturnRequestSent", "ReturnRequestReceived", "ReturnRequestInspected", "ReturnRequestClosed",
		"ReturnRequestRejected", "ReturnRequestCancelled", "ReturnRequestExpired",
	} {
		all[request] = telling{retail.TableReturnRequests, []retail.Kind{retail.KindByPost, retail.KindReturn}}
	}
	for _, work := range []string{
		"FulfilmentAccepted", "FulfilmentPicking", "UnitsPicked", "PickupReady", "ShipmentPacked", "ShipmentDelivered", "PickupCodeRenewed",
		"PickupCodeRefused", "PickupExtended", "ShipmentTracked", "LabelAsked", "LabelIssued", "LabelDeclined", "LabelVoided", "LabelGivenUp",
	} {
		all[work] = telling{retail.TableFulfilments, []retail.Kind{retail.KindWork}}
	}
	return all
}()

// tells tells whether the event is what a transaction tells others; around is what is known of its cause.
func (e *logged) tells(h retail.Header, around *around) bool {
	if e.about.table == retail.TableLevels {
		return e.tellsLow(h)
	}
	if h.Kind == retail.KindMaster {
		if e.about.table == retail.TablePrices {
			return e.kind == "PricesPut" && h.Cause == "price-list/"+e.shard
		}
		if e.about.table == retail.TableBuffers {
			return e.kind == "BuffersPut" && h.Cause == "buffers/"+e.shard
		}
		if e.about.table == retail.TableStockRules {
			return e.kind == "StockRulePut" && h.Cause == "stock-rules/"+e.shard
		}
		return e.kind == e.about.event && e.subject == h.Cause
	}
	t, known := tellings[e.kind]
	if !known || e.about.table != t.about || !slices.Contains(t.acts, h.Kind) {
		return false
	}
	if t.about == 0 {
		return e.subject == "transaction/"+e.transaction.String() && e.version == 1
	}
	if e.subject == h.Cause {
		return true
	}
	if h.Kind == retail.KindCart && t.about == retail.TableHolds { // what is held for a cart is held, and given back, by what is done to carts
		return strings.HasPrefix(h.Cause, retail.CartPrefix) && (e.kind != "StockHeld" || heldFor(e) == h.Cause)
	}
	switch key := e.about.key; e.about.table {
	case retail.TableReadings:
		return h.Cause == retail.CountCause+key.Code
	case retail.TableCountLines:
		return h.Cause == retail.CountCause+key.ID.String()
	}
	about := around.causeOf(h.Cause)
	switch e.kind {
	case "CartMerged":
		return h.Cause == retail.CartPrefix+e.into.String()
	case "OrderPlaced", "FulfilmentPlaced", "HoldCommitted", "CartConverted", "TransferRequested":
		if h.Kind == retail.KindReject {
			break
		}
		return !e.order.IsZero() && (e.order == about.order && h.Kind == retail.KindSale || e.order == about.exchange)
	case "InvoiceIssued":
		if e.order.IsZero() {
			return h.Cause == returnCause+e.back.String()
		}
		return e.order == about.order || e.order == about.exchange
	}
	return !e.order.IsZero() && e.order == about.order
}
