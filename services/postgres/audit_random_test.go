package postgres_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
)

// gambler trades at random: most of what it wants is refused, and what is not must leave books that the audit finds nothing in.
type gambler struct {
	*shop
	*rand.Rand
	orders    []retail.ID
	cards     []retail.Tender
	customers []retail.ID
	carts     []retail.Cart
	// held is what was held for carts, by owner, as they were seen last.
	held      map[string][]retail.CartHold
	transfers []retail.Transfer
	requests  []retail.Transfer
	posts     []retail.ReturnRequest
	expected  []retail.Delivery
	sessions  []retail.CountAct
	done      map[string]int
	// awaited are lines of orders that other places bring, and ofAwaited the orders by the transfers.
	awaited   []retail.OrderLine
	ofAwaited map[retail.ID]retail.ID
}

// gambles are how many things are tried; some four in ten are done. Where chance has left something out by then, it goes on, to the most.
const (
	gambles    = 1200
	gamblesMax = 4 * gambles
)

// comesUp are acts that each trade comes to.
var comesUp = []string{"place", "rule", "pay", "advance", "hand over", "return", "exchange", "goodwill", "card", "fill", "merge", "authorise",
	"answer", "ask", "ask back", "arrives", "inspect", "read", "complete", "review", "post",
	"bring", "send", "receive brought"}

// missing are those that it has not come to yet.
func (g *gambler) missing() (acts []string) {
	for _, act := range comesUp {
		if g.done[act] == 0 {
			acts = append(acts, act)
		}
	}
	return acts
}

func TestAuditOfRandomTrade(t *testing.T) {
	t.Parallel()
	for range 2 {
		seed := rand.Uint64()
		t.Run(fmt.Sprintf("finds nothing in what seed %d trades", seed), func(t *testing.T) {
			t.Parallel()
			g := &gambler{shop: newShop(t), Rand: rand.New(rand.NewPCG(seed, 0)), done: map[string]int{}, ofAwaited: map[retail.ID]retail.ID{}, held: map[string][]retail.CartHold{}}
			g.catalogue()
			g.customers = []retail.ID{{}, ledger.NewID(), ledger.NewID()}
			for _, place := range []string{"milan", "rome"} {
				as(g.shop, delivery(place, 400, "RED-42", "BLUE-40"))
			}
			for n := 0; n < gambles || n < gamblesMax && len(g.missing()) > 0; n++ {
				g.act()
			}
			if missing := g.missing(); len(missing) > 0 {
				t.Errorf("it never came to %v: %v", missing, g.done)
			}
			wantNothing(t, g.audit())
		})
	}
}

// try carries a command out, unless it is refused.
func try[R any](g *gambler, act string, cmd retail.Command[R]) (R, bool) {
	g.t.Helper()
	r, err := attempt(g.shop, cmd)
	refusal := (*retail.Refusal)(nil)
	switch {
	case err == nil:
		g.done[act]++
		return r, true
	case errors.As(err, &refusal), errors.Is(err, retail.ErrStale):
	default:
		g.t.Errorf("%s: %v", act, err)
	}
	return r, false
}

// request asks for goods, and decides on what was asked for before.
func (g *gambler) request() {
	g.t.Helper()
	if place := g.place(); len(g.requests) == 0 || g.IntN(3) == 0 {
		if asked, ok := try(g, "request", retail.RequestTransfer{
			Transfer: ledger.NewID(), Transaction: ledger.NewID(), From: place, To: other(place), Purpose: "an empty shelf",
			Lines: []retail.Line{{SKU: "RED-42", Quantity: 1 + g.Int64N(3)}, {SKU: "BLUE-40", Quantity: 2}},
		}); ok {
			g.requests = append(g.requests, asked)
		}
		return
	}
	asked := g.requests[g.IntN(len(g.requests))]
	if g.IntN(3) == 0 {
		try(g, "end request", retail.EndRequest{
			Transfer: asked.ID, Transaction: ledger.NewID(), Answer: "not today",
			As: []retail.TransferState{retail.TransferDeclined, retail.TransferCancelled}[g.IntN(2)],
		})
		return
	}
	if sent, ok := try(g, "dispatch", retail.ShipTransfer{
		Transfer: asked.ID, Transaction: ledger.NewID(), From: asked.From, To: asked.To, Requested: true,
		Lines: []retail.Line{{SKU: "RED-42", Quantity: 1 + g.Int64N(2)}},
	}); ok {
		g.transfers = append(g.transfers, sent)
	}
}

func (g *gambler) act() {
	g.t.Helper()
	switch g.IntN(39) {
	case 36, 37, 38:
		g.sendBack()
	case 32, 33, 34, 35:
		g.bring()
	case 30, 31:
		g.fill()
	case 28:
		rules := g.rules()
		try(g, "rule", retail.PutStockRules{Transaction: ledger.NewID(), Location: rules[0].Location, Remove: g.IntN(4) == 0, Rules: rules})
	case 29:
		g.request()
	case 24, 25:
		g.goodsIn()
	case 26, 27:
		g.count()
	case 0, 1, 2:
		if order, placed := try(g, "place", g.basket()); placed {
			g.orders = append(g.orders, order.ID)
			if order.Owed() > 0 && g.IntN(3) == 0 {
				g.payOff(order)
			}
		}
	case 3:
		place := g.place()
		if sent, ok := try(g, "transfer", retail.ShipTransfer{
			Transfer: ledger.NewID(), Transaction: ledger.NewID(), From: place, To: other(place), Currency: "EUR",
			Lines: []retail.Line{{SKU: "RED-42", Quantity: 1 + g.Int64N(3)}, {SKU: "BLUE-40", Quantity: 1}},
		}); ok {
			g.transfers = append(g.transfers, sent)
		}
	case 4:
		if len(g.transfers) > 0 {
			sent := g.transfers[g.IntN(len(g.transfers))]
			c := retail.ReceiveTransfer{
				Transfer: sent.ID, Transaction: ledger.NewID(), From: sent.From, To: sent.To, Close: g.IntN(3) == 0,
				Lines: []retail.Line{{SKU: "RED-42", Quantity: 1 + g.Int64N(2)}}, Expected: []string{"RED-42", "BLUE-40"},
				Currency: "EUR",
			}
			if g.IntN(3) > 0 {
				c.Reason = "correction"
			}
			if g.IntN(3) == 0 {
				c.Damaged = []retail.Line{{SKU: "BLUE-40", Quantity: 1}}
			}
			try(g, "receive", c)
		}
	case 5:
		g.sellCard()
	case 7:
		try(g, "record", retail.RecordStock{
			Transaction: ledger.NewID(), Act: retail.ActDamage, Location: g.place(), Reason: "broken", Cause: "report 4",
			Lines: []retail.StockLine{{SKU: "RED-42", From: "available", To: "damaged", Quantity: 1 + g.Int64N(2)}},
		})
	case 8:
		for _, place := range []string{"milan", "rome"} {
			open, err := g.db.OpenCases(g.t.Context(), place, retail.CaseMark{}, 2)
			if err == nil && len(open) > 0 {
				last := open[len(open)-1]
				try(g, "resolve", retail.ResolveOversell{
					Transaction: ledger.NewID(), Location: place, SKU: last.SKU, Case: last.Transaction, Reason: "count", Note: "all there",
				})
			}
		}
	case 6:
		place := g.place()
		try(g, "blind", retail.AcceptBlindReturn{
			Return: ledger.NewID(), Transaction: ledger.NewID(), Location: place, Channel: "till", Customer: g.customer(), Currency: "EUR",
			TaxIncluded: g.IntN(2) == 0, RefundKind: []string{"CASH", "CARD", retail.StoreCredit}[g.IntN(3)], Issuer: issuer(place),
			Lines: []retail.BlindLine{{Disposition: g.disposition(), BasketLine: g.line(place, retail.CarryOut)}},
		})
	default:
		if len(g.orders) > 0 {
			g.deal(g.order(g.orders[max(g.IntN(len(g.orders)), g.IntN(len(g.orders)))])) // rather one of the last
		}
	}
}

// rules are rules of both articles, by which some of what is there is low.
func (g *gambler) rules() (all []retail.StockRule) {
	place := g.place()
	for _, sku := range []string{"RED-42", "BLUE-40"} {
		all = append(all, retail.StockRule{Location: place, SKU: sku, PackSize: 1, LowBelow: g.Int64N(500)})
	}
	return all
}

// count takes a count some steps further, or begins one.
func (g *gambler) count() {
	if len(g.sessions) == 0 || g.IntN(4) == 0 {
		g.sessions = append(g.sessions, g.counting(g.place()))
	}
	act := g.sessions[g.IntN(len(g.sessions))]
	try(g, "read", reading(act, "A", 1+g.Int32N(2), time.Duration(g.IntN(3))*time.Second,
		retail.ReadingLine{SKU: "RED-42", Quantity: g.Int64N(300)}, retail.ReadingLine{SKU: "BLUE-40", Code: "1", Unit: "u1", Quantity: 1}))
	if g.IntN(2) == 0 {
		try(g, "complete", retail.CompleteCount{CountAct: next(act), WholeScope: g.IntN(2) == 0})
	}
	count, counted := g.comesTo(act, retail.CountQuery{})
	review := retail.ReviewVariances{CountAct: next(act), Planned: count.Version}
	for _, sku := range counted {
		review.SKUs = append(review.SKUs, retail.ReviewedSKU{SKU: sku.SKU, Decision: retail.VarianceAccepted, Counted: sku.Counted, Moment: sku.Moment})
	}
	try(g, "review", review)
	if count, counted = g.comesTo(act, retail.CountQuery{Accepted: true}); g.IntN(3) > 0 {
		try(g, "post", retail.PostCount{CountAct: next(act), Planned: count.Version, SKUs: retail.Accepted(counted), Reason: "random"})
	}
	switch g.IntN(6) {
	case 0:
		try(g, "close", retail.CloseCount{CountAct: next(act), Planned: count.Version})
	case 1:
		try(g, "abandon", retail.CancelCount{CountAct: next(act)})
	}
}

func (g *gambler) place() string { return []string{"milan", "rome"}[g.IntN(2)] }

func other(place string) string {
	if place == "milan" {
		return "rome"
	}
	return "milan"
}

func (g *gambler) customer() retail.ID { return g.customers[g.IntN(len(g.customers))] }

func (g *gambler) disposition() retail.Disposition {
	all := []retail.Disposition{retail.Undecided, retail.ReturnToStock, retail.WriteOff, retail.Repair, retail.ReturnToSupplier}
	return all[g.IntN(len(all))]
}

func (g *gambler) line(place string, method retail.Method) retail.BasketLine {
	rates := []retail.TaxRate{{Code: "IVA22", PPM: 220_000}, {Code: "IVA4", PPM: 40_000}, {Code: "ZERO"}}
	line := retail.BasketLine{
		SKU: []string{"RED-42", "BLUE-40"}[g.IntN(2)], Description: "a shoe", Quantity: 1 + g.Int64N(4), ListMinor: g.Int64N(4) * 7_33,
		Tax: rates[g.IntN(3)], Method: method, Location: place, ReturnDays: 30 * g.Int32N(3),
		ReturnTerms: []retail.ReturnTerms{{}, soldTerms}[g.IntN(2)],
	}
	if g.IntN(5) == 0 && method != retail.CarryOut {
		line.SKU, line.Account = "", retail.ChargesPrefix+"wrapping"
	}
	if g.IntN(3) == 0 {
		line.Discounts = []retail.Discount{{Code: "SALE", BasisPoints: 1500}}
	}
	return line
}

// basket is an order for anything, paid by anything, out of holds or not.
func (g *gambler) basket() retail.PlaceOrder {
	cmd := retail.PlaceOrder{
		Order: ledger.NewID(), Transaction: ledger.NewID(), Number: retail.OrderNumber(g.Uint64()), Channel: []string{"web", "till"}[g.IntN(2)],
		Location: g.place(), Customer: g.customer(), Currency: "EUR", TaxIncluded: g.IntN(2) == 0, Fact: g.IntN(2) == 0, Reference: "random",
		PayFor: []time.Duration{0, time.Microsecond, time.Hour}[g.IntN(3)],
	}
	cmd.Issuer = issuer(cmd.Location)
	for range 1 + g.IntN(3) {
		method := []retail.Method{retail.CarryOut, retail.PickUp, retail.Ship}[g.IntN(3)]
		place := g.place()
		if method == retail.CarryOut {
			place = cmd.Location
		}
		cmd.Lines = append(cmd.Lines, g.line(place, method))
	}
	if cmd.Lines[0].SKU != "" && g.IntN(3) == 0 {
		cmd.Offers = []retail.Offer{{Lines: []int{0}, Promotion: retail.Promotion{
			Code: "summer", Name: "Summer", Rule: retail.PromotionRule{Kind: retail.PromotionNForM, Units: 2, Paid: 1},
		}}}
	}
	if g.IntN(4) == 0 {
		cmd.BillTo = &retail.Party{Name: "Somebody", TaxID: "IT1"}
	}
	if g.IntN(3) == 0 {
		if held, ok := try(g, "hold", hold(g.place(), time.Hour, retail.Line{SKU: "RED-42", Quantity: 1 + g.Int64N(3)})); ok {
			cmd.Holds = append(cmd.Holds, held)
		}
	}
	if last := len(g.carts) - 1; last >= 0 && g.IntN(8) == 0 { // mostly as it is
		cart := g.carts[last]
		g.carts = g.carts[:last]
		cmd.Cart, cmd.CartHolds = &retail.CartRef{Owner: cart.Owner, Version: cart.Version}, g.keeping(cart.Owner).Held
	}
	cmd.Tenders, cmd.RoundingMinor = g.pay(g.Int64N(3)*30_00, cmd.Location)
	return g.planned(cmd)
}

// pay is some of an amount by a card, some by what we owe, and the rest in cash.
func (g *gambler) pay(minor int64, place string) (tenders []retail.Tender, rounding int64) {
	if minor > 0 && len(g.cards) > 0 && g.IntN(3) == 0 {
		card := g.cards[g.IntN(len(g.cards))]
		card.AmountMinor = 1 + g.Int64N(5_00)
		tenders = append(tenders, card)
	}
	if minor > 0 && g.IntN(2) == 0 {
		tenders = append(tenders, pay("CARD", 1+g.Int64N(minor), place))
	}
	if minor > 0 && g.IntN(2) == 0 {
		tenders = append(tenders, pay(retail.Cash, minor, place))
		rounding = g.Int64N(5) - 2
	}
	return tenders, rounding
}

// fill puts something into a cart, or one cart into another.
func (g *gambler) fill() {
	owners := []string{retail.CartOfDevice("phone"), retail.CartOfDevice("tablet")}
	for _, customer := range g.customers[1:] {
		owners = append(owners, retail.CartOfCustomer(customer))
	}
	if g.IntN(3) == 0 {
		device, customer := owners[g.IntN(2)], owners[2+g.IntN(2)]
		if cart, ok := try(g, "merge", retail.MergeCarts{
			Transaction: ledger.NewID(), Device: device, Customer: customer, Channel: "web", Keep: g.keeping(device, customer),
		}); ok {
			g.saw(cart)
		}
		return
	}
	if len(g.carts) > 0 && g.IntN(3) == 0 {
		cart := g.carts[g.IntN(len(g.carts))]
		if left, ok := try(g, "leave", retail.LeaveCart{Transaction: ledger.NewID(), Cart: cart.ID, Version: cart.Version, After: 1}); ok {
			g.carts = append(g.carts, left)
		}
	}
	put := retail.PutCart{Transaction: ledger.NewID(), Owner: owners[g.IntN(len(owners))], Channel: "web", Remind: g.IntN(2) == 0, Contact: true}
	for range g.IntN(3) {
		put.Lines = append(put.Lines, retail.CartLine{SKU: "RED-42", Quantity: 1 + g.Int64N(3), Method: retail.PickUp, Location: g.place()})
	}
	put.Keep = g.keeping(put.Owner)
	if cart, ok := try(g, "fill", put); ok {
		g.saw(cart)
	}
}

func (g *gambler) sellCard() {
	card := retail.CardSale{ID: ledger.NewID(), Number: ledger.NewID().String(), New: true}
	if g.IntN(2) == 0 {
		card.Kind, card.Terms = chainCard, chainCard.Terms()
	}
	home := g.place()
	for range 1 + g.IntN(2) {
		place := home
		if !card.New { // it is topped up, there or elsewhere
			if place = g.place(); place != home {
				card.Issuer = home
			}
		}
		cmd := g.basket()
		cmd.Holds, cmd.Fulfilments, cmd.BillTo, cmd.Offers, cmd.RoundingMinor, cmd.Location = nil, nil, nil, nil, 0, place
		cmd.Lines = []retail.BasketLine{{
			Description: "Gift card", Quantity: 1, ListMinor: 25_00, Card: &card, Tax: retail.TaxRate{Code: "OUT"}, Method: retail.CarryOut,
			Location: place, ReturnDays: 30,
		}}
		cmd.Issuer, cmd.Tenders = issuer(place), []retail.Tender{pay("CARD", 25_00, place)}
		order, sold := try(g, "card", cmd)
		if !sold {
			return
		}
		g.orders = append(g.orders, order.ID)
		if card.New {
			g.cards = append(g.cards, retail.Tender{Kind: retail.GiftCard, Location: place, Account: retail.GiftCardPrefix + card.ID.String()})
		}
		card.New = false
	}
	if tender := &g.cards[len(g.cards)-1]; g.IntN(3) == 0 {
		if _, ok := try(g, "lose a card", retail.ReplaceCard{
			Transaction: ledger.NewID(), Location: g.place(), Number: card.Number, NewNumber: ledger.NewID().String(), Note: "lost",
			Card: retail.Card{ID: card.ID, Balance: retail.Balance{Location: home, Account: tender.Account}},
		}); ok {
			tender.Replacements++
		}
	}
}

func (g *gambler) counts(order retail.Order) (units []retail.UnitCount) {
	for _, line := range order.Lines {
		if g.IntN(2) == 0 {
			units = append(units, retail.UnitCount{Line: line.Line, Units: 1 + g.Int64N(line.Quantity)})
		}
	}
	return units
}

// payOff pays what is owed of an order, or some of it.
func (g *gambler) payOff(order retail.Order) {
	cmd := retail.PayOrder{Transaction: ledger.NewID(), Order: order.ID, Channel: "till"}
	cmd.Tenders, cmd.RoundingMinor = g.pay(max(1, order.Owed()), g.place())
	if len(cmd.Tenders) == 0 {
		cmd.Tenders = []retail.Tender{pay(retail.Cash, max(1, order.Owed()), g.place())}
	}
	try(g, "pay", cmd)
}

// deal does something with an order.
func (g *gambler) deal(order retail.Order) {
	at := g.IntN(len(order.Lines))
	line := order.Lines[at]
	g.provide(order)
	switch g.IntN(12) {
	case 0, 1:
		g.payOff(order)
	case 2, 3, 4, 5, 6:
		if !line.Fulfilment.IsZero() {
			g.fulfil(order, line)
		}
	case 7:
		why := []retail.CancelReason{retail.CancelAsked, retail.CancelNoShow, retail.CancelUnpaid, retail.CancelRefused}[g.IntN(4)]
		cmd := retail.CancelUnits{Transaction: ledger.NewID(), Order: order, Why: why, RefundTo: g.refundTo(), CashAt: g.place(), Picked: g.IntN(2) == 0}
		if why == retail.CancelRefused || why == retail.CancelNoShow || why == retail.CancelAsked && g.IntN(2) == 0 {
			cmd.Fulfilment = line.Fulfilment
		}
		if why == retail.CancelAsked && g.IntN(2) == 0 {
			cmd.Lines, cmd.Fulfilment = g.counts(order), retail.ID{}
		}
		try(g, "cancel", cmd)
	case 8:
		try(g, "return", g.bringBack(order))
		if line.Method == retail.Ship {
			cmd := retail.FailShipment{Fulfilment: line.Fulfilment, Back: g.bringBack(g.order(order.ID))}
			cmd.Back.Location, cmd.Back.Channel = line.Location, order.Channel
			cmd.Back.RefundTo, cmd.Back.FeeMinor = nil, 0
			if g.IntN(2) == 0 {
				cmd.Lost, cmd.Reason = true, "broken"
			}
			if g.IntN(2) == 0 {
				cmd.Back.Items = nil
			}
			cmd.Parcel = g.Int32N(3)
			try(g, "fail to deliver", cmd)
		}
	case 9:
		cmd := retail.Exchange{Return: g.bringBack(order), Sale: g.basket()}
		cmd.Sale.Tenders = append(cmd.Sale.Tenders, pay(retail.Cash, 60_00, cmd.Sale.Location))
		if done, ok := try(g, "exchange", cmd); ok {
			g.orders = append(g.orders, done.Order.ID)
		}
	case 10:
		if len(order.Documents) > 0 {
			try(g, "invoice", retail.IssueFullInvoice{
				Transaction: ledger.NewID(), Ticket: order.Documents[g.IntN(len(order.Documents))].Invoice, Order: order,
				Buyer: retail.Party{Name: "Late", TaxID: "IT2"}, Issuer: issuer(order.Location),
			})
		}
	case 11:
		try(g, "goodwill", retail.GrantGoodwill{
			Transaction: ledger.NewID(), Order: order, AmountMinor: 1 + g.Int64N(2_00), RefundTo: g.refundTo(), CashAt: g.place(),
		})
		try(g, "loss", retail.WriteOffDebt{Transaction: ledger.NewID(), Order: order.ID, AmountMinor: 1 + g.Int64N(2_00)})
	}
}

// provide has a provider asked something about an order now and then, or answer what it was asked.
func (g *gambler) provide(order retail.Order) {
	ask := retail.AskProvider{
		Transaction: ledger.NewID(), Order: order.ID, Intent: ledger.NewID(), Step: retail.StepAuthorise, Provider: "test", Token: "tok_ok",
		AmountMinor: max(0, g.Int64N(20_00)-8_00),
	}
	if g.IntN(4) == 0 {
		try(g, "link", retail.SendPaymentLink{Transaction: ledger.NewID(), Order: order.ID, ValidFor: time.Duration(g.IntN(3)) * time.Hour})
	}
	if len(order.Intents) == 0 || g.IntN(4) == 0 {
		if _, done := try(g, "authorise", ask); !done {
			return
		}
		order = g.order(order.ID)
	}
	i := order.Intents[g.IntN(len(order.Intents))]
	if i.Step != "" && g.IntN(4) > 0 {
		try(g, "answer", retail.RecordAnswer{
			Transaction: ledger.NewID(), Order: order.ID, Intent: i.ID, Number: i.Steps, Declined: g.IntN(5) == 0, Problem: "no",
			LeftMinor: i.Left() * g.Int64N(2), CapturesOnce: g.IntN(2) == 0,
		})
		return
	}
	ask.Transaction, ask.Intent, ask.Step = ledger.NewID(), i.ID, []retail.IntentStep{retail.StepCapture, retail.StepVoid, retail.StepRefund}[g.IntN(3)]
	try(g, "ask", ask)
}

// fulfil works on the fulfilment of a line, or hands something of it over.
func (g *gambler) fulfil(order retail.Order, line retail.OrderLine) {
	steps := []retail.FulfilmentState{
		line.Method.Ready(), line.Method.Ready(), retail.FulfilmentAccepted, retail.FulfilmentPicking, retail.FulfilmentDelivered,
	}
	try(g, "advance", retail.AdvanceFulfilment{
		Work: workOn(order, line), To: steps[g.IntN(len(steps))],
		KeepFor: []time.Duration{time.Microsecond, time.Hour, time.Hour}[g.IntN(3)], Parcel: g.Int32N(3),
	})
	if line.Method == retail.Ship {
		g.carry(order, line)
	}
	if g.IntN(2) == 0 {
		try(g, "pick", retail.PickUnits{Work: workOn(order, line), Lines: g.counts(order)})
	}
	if g.IntN(4) == 0 {
		try(g, "extend", retail.ExtendPickup{Work: workOn(order, line), Until: time.Now().Add(time.Duration(g.IntN(72)) * time.Hour)})
	}
	if g.IntN(6) == 0 {
		elsewhere := retail.Another{Line: line.Line, Location: other(line.Location), Method: []retail.Method{retail.PickUp, retail.Ship}[g.IntN(2)]}
		try(g, "reject", retail.RejectUnits{
			Others: []retail.Another{elsewhere}, Fulfilments: []retail.Fulfilment{{ID: ledger.NewID(), Location: elsewhere.Location, Method: elsewhere.Method}},
			Fulfilment: line.Fulfilment, Transaction: ledger.NewID(), Location: line.Location, Order: order, Lines: g.counts(order),
			Shortfall: []retail.Shortfall{retail.Missing, retail.Unfit}[g.IntN(2)], Reason: "broken",
		})
	}
	cmd := retail.HandOver{
		Method: line.Method, Fulfilment: line.Fulfilment, Transaction: ledger.NewID(), Location: line.Location, Order: order, CodeRight: g.IntN(4) > 0,
		CodeCount: 1, Issuer: issuer(order.Location), Proof: "seen", Carrier: "SDA",
	}
	if g.IntN(2) == 0 {
		cmd.Lines = slices.DeleteFunc(g.counts(order), func(u retail.UnitCount) bool {
			return order.Lines[u.Line-1].Fulfilment != line.Fulfilment
		})
	}
	if label := g.aLabel(order, line); label.State == retail.LabelIssued && g.IntN(3) > 0 {
		cmd.Label, cmd.Lines, cmd.Carrier = label.ID, nil, ""
	}
	if cmd.Tenders, cmd.RoundingMinor = g.pay(max(0, order.Owed()), line.Location); len(cmd.Tenders) == 0 && order.Owed() > 0 {
		cmd.Tenders = []retail.Tender{pay("CARD", order.Owed(), line.Location)}
	}
	try(g, "hand over", cmd)
}

// goodsIn announces something, or does something with what was announced before.
func (g *gambler) goodsIn() {
	g.t.Helper()
	id, skus := ledger.NewID, []string{"RED-42", "BLUE-40"}
	lines := []retail.Line{{SKU: "RED-42", Quantity: 1 + g.Int64N(9)}, {SKU: "BLUE-40", Quantity: 1 + g.Int64N(4)}}
	if len(g.expected) == 0 || g.IntN(4) == 0 {
		if d, ok := try(g, "announce", retail.AnnounceDelivery{
			Delivery: id(), Transaction: id(), Location: g.place(), Kind: retail.DeliveryAdvised, Supplier: "ACME",
			Reference: []string{"", "PO-1", "PO-2", "PO-3"}[g.IntN(4)], ExpectedOn: "2026-05-04", Lines: lines,
		}); ok {
			g.expected = append(g.expected, d)
		}
		return
	}
	d := g.expected[g.IntN(len(g.expected))]
	switch g.IntN(5) {
	case 0:
		try(g, "amend", retail.AmendDelivery{Delivery: d.ID, Transaction: id(), Location: d.Location, ExpectedOn: "2026-05-05", Lines: lines[g.IntN(2):]})
	case 1:
		try(g, "close", retail.CloseDelivery{Delivery: d.ID, Transaction: id(), Location: d.Location, Reason: "strike", SKUs: skus, LineCount: 2})
	case 2:
		try(g, "receive all", retail.ReceiveDelivery{Delivery: d.ID, Transaction: id(), Location: d.Location, SKUs: skus, LineCount: 2})
	default:
		try(g, "unload", retail.ReceiveDelivery{
			Delivery: d.ID, Transaction: id(), Location: d.Location, Note: []string{"", "N-1", "N-2"}[g.IntN(3)],
			Lines: []retail.Arrival{
				{
					SKU: "BLUE-40", Quantity: g.Int64N(4), Damaged: g.Int64N(2), Reason: []string{"", "wet"}[g.IntN(2)],
					UnitCost: retail.Cost{Minor: 1 + g.Int64N(999), Currency: "EUR"},
				},
				{SKU: "RED-42", Quantity: 1 + g.Int64N(4), Reason: "generous"},
			}[g.IntN(2):],
		})
	}
}
