package auditor

import (
	"strings"

	catalogpb "github.com/aisle-retail/aisle/gen/go/aisle/catalog/v1"
	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	returnspb "github.com/aisle-retail/aisle/gen/go/aisle/returns/v1"
	stockpb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
)

// The rules of what people look for. What a server that was killed had seen is lost, so that there may be less in the books than was
// looked for, and never more.
const (
	ruleDemandAct   = "record of demand that is none"
	ruleDemandMade  = "demand that nobody had"
	ruleDemandNamed = "a customer is named who did not agree"
	ruleDemandPaper = "demand that can't be"
)

// recorder is who records what people look for.
const recorder = "aisle/demand"

// nowhere is where demand is booked that is of no place in particular. Those who explain and watch the stock ask for all places, past
// the history.
const nowhere = "head-office"

// WantedLine is one line of a record of demand.
type WantedLine struct {
	Transaction, Location, Kind, Channel, SKU, Words, Customer string
	Units, There, Times, Found                                 int64
}

// sought is one thing that was looked for: what, in which way, through which channel.
type sought struct{ kind, channel, what string }

// demand proves that nothing is recorded that nobody looked for, more often than it was, or of whom it may not be.
func (t *trial) demand() {
	for _, act := range t.books.Demands {
		subjects := []string{"request/" + act.Request}
		if _, kept := t.books.Requests[act.Request]; !kept || len(act.Headers) != 1 || len(act.Headers[0].Entries) > 0 || len(act.Events) != 1 ||
			act.Headers[0].Cause != "demand/"+act.Headers[0].ID || act.Request != act.Headers[0].ID {
			t.find(ruleDemandAct, nil, subjects, "%+v", *act)
		}
	}
	most, agreed := map[sought]int64{}, map[[2]string]bool{}
	for _, call := range t.calls {
		for _, one := range t.soughtBy(call) {
			most[one] += call.mayHaveSought(one.kind)
		}
		if q, ok := call.Request.(*catalogpb.SearchProductsRequest); ok && q.GetCustomerAgrees() {
			agreed[[2]string{strings.ToLower(q.GetCustomer()), q.GetQuery()}] = true
		}
	}
	counted := map[sought]int64{}
	for _, line := range t.books.Wanted {
		subjects := []string{"position/" + line.Location + "/" + line.SKU}
		promise := line.Kind != "SEARCH" && line.Kind != "AVAILABILITY" && line.Kind != "PRODUCT"
		if line.Times < 1 || promise != (line.Units > line.There) || line.There < 0 || line.Found < 0 {
			t.find(ruleDemandPaper, nil, subjects, "%+v", line)
		}
		if line.Customer != "" && !agreed[[2]string{line.Customer, line.Words}] {
			t.find(ruleDemandNamed, nil, subjects, "%+v", line)
		}
		one := sought{line.Kind, line.Channel, line.SKU}
		switch {
		case line.Kind == "SEARCH":
			one.what = line.Words
		case line.Location == nowhere && !promise:
			continue
		}
		counted[one] += line.Times
	}
	for one, times := range counted {
		if times > most[one] {
			t.find(ruleDemandMade, nil, nil, "%s of %s through %q was recorded %d times, and happened %d times at most", one.kind, one.what, one.channel,
				times, most[one])
		}
	}
}

// soughtBy is what a call may have looked for, each thing once, and what is sold once at each place that it is to come from.
func (t *trial) soughtBy(c *Call) (all []sought) {
	seen := map[sought]bool{}
	add := func(kind, channel, what string) {
		if one := (sought{kind, channel, what}); !seen[one] {
			seen[one] = true
			all = append(all, one)
		}
	}
	held := func(kind, channel string, lines []*stockpb.HoldLine) {
		for _, line := range lines {
			add(kind, channel, line.GetSku())
		}
	}
	sold := func(kind string, r *orderspb.PlaceOrderRequest) { // each place that is short of it is one
		from := map[[3]string]bool{}
		for _, line := range r.GetLines() {
			if at := [3]string{line.GetSku(), line.GetLocation(), line.GetFromLocation()}; !from[at] {
				from[at] = true
				all = append(all, sought{kind, r.GetChannel(), line.GetSku()})
			}
		}
	}
	switch q := c.Request.(type) {
	case *catalogpb.SearchProductsRequest:
		add("SEARCH", q.GetChannel(), q.GetQuery())
	case *stockpb.GetAvailabilityRequest:
		for _, sku := range q.GetSkus() {
			add("AVAILABILITY", q.GetChannel(), sku)
		}
	case *orderspb.QuoteOrderRequest:
		for _, line := range q.GetLines() {
			add("AVAILABILITY", q.GetChannel(), line.GetSku())
		}
	case *stockpb.HoldStockRequest:
		held("HOLD", q.GetChannel(), q.GetLines())
	case *stockpb.FindAndHoldRequest:
		held("HOLD", q.GetChannel(), q.GetLines())
	case *stockpb.ShipTransferRequest:
		held("TRANSFER", "", q.GetLines())
		if len(q.GetLines()) == 0 { // all that was asked for, which never changes
			for _, line := range t.books.Transfers[strings.ToLower(q.GetTransfer())].Lines {
				add("TRANSFER", "", line.SKU)
			}
		}
	case *orderspb.PlaceOrderRequest:
		sold("ORDER", q)
	case *returnspb.ExchangeGoodsRequest:
		sold("EXCHANGE", q.GetSale())
	}
	return all
}

// mayHaveSought is how often a call may have been seen to look in vain, or to look at all: each attempt may have reached a server, and
// an attempt that was not answered may have been refused before the next was not. A question for stock is seen where there is none.
func (c *Call) mayHaveSought(kind string) int64 {
	switch attempts := int64(c.Attempts); {
	case kind == "SEARCH", kind == "AVAILABILITY", c.Outcome == Unknown, c.Outcome == Refused && c.Reason == "OUT_OF_STOCK":
		return attempts
	default:
		return attempts - 1
	}
}
