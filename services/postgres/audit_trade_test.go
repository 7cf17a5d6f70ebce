package postgres_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
)

// trade does in a shop all that orders, returns and transfers can do, in every state that they end in.
func (s *shop) trade() {
	s.t.Helper()
	for _, place := range []string{"milan", "rome"} {
		as(s, retail.MoveStock{
			Transaction: ledger.NewID(), Kind: retail.KindReceive, Location: place, Cause: "delivery 8",
			Lines: []retail.Line{{SKU: "RED-42", Quantity: 60}, {SKU: "BLUE-40", Quantity: 60}},
			Costs: []retail.Cost{{Minor: 5_03, Currency: "EUR"}, {Minor: 7_25, Currency: "EUR"}},
		})
	}
	card := s.giftCards()
	s.collected(card)
	s.shipped()
	s.undelivered()
	s.givenUp()
	s.takenBack()
	s.posted()
	s.exchanged()
	s.claimed()
	s.settled()
	s.paidByProvider()
	s.transferred()
	s.requested()
	s.brought()
	s.delivered()
	s.counted()
	s.demanded()
	s.carted()
	s.couponed()
	for _, act := range []retail.CashAct{retail.CashDrop, retail.CashShort, retail.CashOver} {
		as(s, retail.MoveCash{
			Transaction: ledger.NewID(), Location: "milan", Currency: "EUR", Act: act, AmountMinor: 5_00, Note: "counted",
			OccurredAt: time.Now().Add(-time.Minute),
		})
	}
	short := sale("turin", "till", true) // nothing ever comes to Turin
	short.Fact = true
	s.sell(short)
}

// carted fills carts: a customer's is converted twice, with a device's merged into it in between, and filled again;
// another is left behind.
func (s *shop) carted() {
	s.t.Helper()
	order := promise(1, 1)
	customer, device := retail.CartOfCustomer(order.Customer), retail.CartOfDevice("phone")
	// What is to be collected in Rome is held, as far as it is there; what was held for carts before is given back.
	keep := func(carts ...retail.Cart) retail.CartKeeping {
		k := retail.CartKeeping{For: time.Hour, Places: []retail.CartPlace{{Location: "rome", Hold: ledger.NewID(), Methods: []retail.Method{retail.PickUp}}},
			Positions: []retail.Key{retail.LevelKey("rome", "RED-42")}}
		for _, cart := range carts {
			for _, held := range cart.Holds {
				k.Held = append(k.Held, retail.Hold{ID: held.Hold, Location: held.Location, Lines: []retail.Line{{SKU: "RED-42", Quantity: 1}}})
			}
		}
		return k
	}
	carts := map[string]retail.Cart{}
	fill := func(owner string) retail.Cart {
		cart := as(s, retail.PutCart{Keep: keep(carts[owner]), Transaction: ledger.NewID(), Owner: owner, Channel: "web", Lines: []retail.CartLine{
			{SKU: "RED-42", Quantity: 1, Method: retail.PickUp, Location: "rome", Note: "a gift"}, {SKU: "BLUE-40", Quantity: 1, Method: retail.Ship},
		}, Remind: owner == device, Contact: true})
		carts[owner] = cart
		return cart
	}
	fill(customer)
	seen := fill(customer)
	left := as(s, retail.LeaveCart{Transaction: ledger.NewID(), Cart: seen.ID, Version: seen.Version, After: 1})
	order.Cart, order.CartHolds = &retail.CartRef{Owner: customer, Version: left.Version}, keep(left).Held
	s.place(order)
	carts[customer] = retail.Cart{}
	fill(device)
	merged := as(s, retail.MergeCarts{Keep: keep(carts[device]), Transaction: ledger.NewID(), Device: device, Customer: customer, Channel: "web"})
	order.Cart, order.CartHolds = &retail.CartRef{Owner: customer, Version: merged.Version}, keep(merged).Held
	s.place(order)
	carts[device] = retail.Cart{}
	as(s, retail.MergeCarts{Keep: keep(fill(device)), Transaction: ledger.NewID(), Device: device, Customer: retail.CartOfCustomer(ledger.NewID()), Channel: "web"})
	fill(customer)
	last := fill(retail.CartOfDevice("tablet"))
	as(s, retail.LeaveCart{Transaction: ledger.NewID(), Cart: last.ID, Version: last.Version, After: 1})
}

// couponed has three orders use a coupon that has limits, one of which is given up.
func (s *shop) couponed() {
	s.t.Helper()
	order := promise(1, 0)
	order.Coupons = []retail.ShownCoupon{{Code: "hello", Known: true}}
	order.Offers = []retail.Offer{{Lines: []int{0}, Coupon: "HELLO", Promotion: retail.Promotion{Code: "few", Name: "Few", Rule: retail.PromotionRule{
		Kind: retail.PromotionPercent, BasisPoints: 1000, Coupons: []string{"HELLO"}, UsesMax: 3, CustomerUsesMax: 3,
	}}}}
	s.place(order)
	s.place(order)
	as(s, retail.CancelUnits{Transaction: ledger.NewID(), Order: s.place(order), Why: retail.CancelAsked})
}

// promise is an order that is promised: red ones to be collected in Rome, blue ones to be sent from Milan, with what it costs to
// send them. It is sold by Milan.
func promise(reds, blues int64) retail.PlaceOrder {
	standard, reduced := retail.TaxRate{Code: "IVA22", PPM: 220_000}, retail.TaxRate{Code: "IVA4", PPM: 40_000}
	cmd := retail.PlaceOrder{Channel: "web", Location: "milan", Customer: ledger.NewID(), Currency: "EUR", TaxIncluded: true, Reference: "web 1"}
	if reds > 0 {
		cmd.Lines = append(cmd.Lines, retail.BasketLine{
			SKU: "RED-42", Description: "Runner, red, 42", Quantity: reds, ListMinor: reds*10_00 + 1, Tax: standard, Method: retail.PickUp,
			Location: "rome", ReturnDays: 30, ReturnTerms: retail.ReturnTerms{Policy: "shoes", UntilAtLeast: shoeTerms.UntilAtLeast, Override: retail.RightStaff},
		})
	}
	if blues > 0 {
		cmd.Lines = append(cmd.Lines, retail.BasketLine{
			SKU: "BLUE-40", Description: "Runner, blue, 40", Quantity: blues, ListMinor: blues * 12_49, Tax: reduced, Method: retail.Ship,
			Location: "milan", ReturnDays: 30,
		}, retail.BasketLine{
			Description: "Delivery", Quantity: 1, ListMinor: 4_90, Tax: standard, Method: retail.Ship, Location: "milan",
			Account: retail.ChargesPrefix + "delivery",
		})
	}
	return cmd
}

// due is what a basket without discounts costs.
func due(cmd retail.PlaceOrder) (minor int64) {
	for _, line := range cmd.Lines {
		minor += line.ListMinor
	}
	return minor
}

// place places an order that has something to promise.
func (s *shop) place(cmd retail.PlaceOrder) retail.Order {
	s.t.Helper()
	return s.sell(s.planned(cmd))
}

// planned mints the ids of an order and its fulfilments.
func (s *shop) planned(cmd retail.PlaceOrder) retail.PlaceOrder {
	for _, line := range cmd.Lines {
		known := func(f retail.Fulfilment) bool { return f.Location == line.Location && f.Method == line.Method }
		if line.Method != retail.CarryOut && !slices.ContainsFunc(cmd.Fulfilments, known) {
			f := retail.Fulfilment{ID: ledger.NewID(), Location: line.Location, Method: line.Method}
			if line.Method == retail.PickUp {
				f.CodeCount, f.PromisedAt = 1, time.Date(2027, 3, 28, 3, 0, 0, 0, time.UTC)
			}
			cmd.Fulfilments = append(cmd.Fulfilments, f)
		}
	}
	return ways(cmd)
}

// order is an order as it is now.
func (s *shop) order(id retail.ID) retail.Order {
	s.t.Helper()
	order, found, err := s.db.Order(s.t.Context(), id)
	if err != nil || !found {
		s.t.Fatalf("order %s: found %v, %v", id, found, err)
	}
	return order
}

func (s *shop) advance(order retail.Order, line int, keepFor time.Duration, to ...retail.FulfilmentState) {
	s.t.Helper()
	for _, state := range to {
		as(s, retail.AdvanceFulfilment{Work: workOn(order, order.Lines[line]), To: state, KeepFor: keepFor})
	}
}

// workOn is a step of the work on the fulfilment of a line.
func workOn(order retail.Order, line retail.OrderLine) retail.Work {
	return retail.Work{Fulfilment: line.Fulfilment, Transaction: ledger.NewID(), Location: line.Location, Order: order.ID}
}

// handOver hands over what is open of the fulfilment of a line.
func (s *shop) handOver(order retail.Order, line int, change func(*retail.HandOver)) retail.HandedOver {
	s.t.Helper()
	cmd := retail.HandOver{
		Method: order.Lines[line].Method, Fulfilment: order.Lines[line].Fulfilment, Transaction: ledger.NewID(), Location: order.Lines[line].Location, Order: order,
		CodeRight: true, CodeCount: 1, Proof: "came in person", Issuer: issuer(order.Location),
	}
	if order.Lines[line].Method == retail.PickUp {
		cmd.Collector = retail.Collector{Name: "Ada", Document: retail.DocumentPassport, SignatureSHA256: strings.Repeat("0a", 32)}
	}
	if change != nil {
		change(&cmd)
	}
	return as(s, cmd)
}

func pay(kind string, minor int64, place string) retail.Tender {
	return retail.Tender{Kind: kind, AmountMinor: minor, Location: place, Reference: "auth 1"}
}

// giftCards sells a card at Rome and tops it up there and at Milan, and returns what pays with it.
func (s *shop) giftCards() retail.Tender {
	s.t.Helper()
	card := retail.CardSale{ID: ledger.NewID(), Number: "CARD-" + ledger.NewID().String(), New: true, Kind: chainCard, Terms: chainCard.Terms()}
	for _, minor := range []int64{50_00, 20_00, 12_00, 15_00} {
		place := "rome"
		if minor < 20_00 {
			place, card.Issuer = "milan", "rome"
		}
		cmd := retail.PlaceOrder{
			Channel: "till", Location: place, Currency: "EUR", TaxIncluded: true, Fact: true,
			Lines: []retail.BasketLine{{
				Description: "Gift card", Quantity: 1, ListMinor: minor, Card: &card, Tax: retail.TaxRate{Code: "OUT"}, Method: retail.CarryOut,
				Location: place, ReturnDays: 30,
			}},
			Tenders: []retail.Tender{pay("CARD", minor, place)},
		}
		order := s.sell(cmd)
		if card.New = false; minor == 20_00 || minor == 12_00 { // what was topped up is given back
			as(s, s.takeBack(order, "rome", retail.ReturnItem{Line: 1, Units: 1, Disposition: retail.ReturnToStock}))
		}
	}
	// It is lost twice.
	tender := retail.Tender{Kind: retail.GiftCard, Location: "rome", Account: retail.GiftCardPrefix + card.ID.String()}
	for tender.Replacements < 2 {
		lost := card.Number
		card.Number += "-"
		as(s, retail.ReplaceCard{
			Transaction: ledger.NewID(), Location: "milan", Number: lost, NewNumber: card.Number, Note: "lost on the train",
			Card: retail.Card{ID: card.ID, Balance: retail.Balance{
				Location: "rome", Account: tender.Account, Replacements: tender.Replacements,
			}},
		})
		tender.Replacements++
	}
	return tender
}

// collected is a mixed order out of holds, of which some is carried out, some collected in two goes, and some sent.
func (s *shop) collected(card retail.Tender) {
	s.t.Helper()
	cmd := promise(4, 2)
	cmd.Lines = append(cmd.Lines, retail.BasketLine{
		SKU: "BLUE-40", Description: "Runner, blue, 40", Quantity: 1, ListMinor: 12_49, Tax: retail.TaxRate{Code: "IVA4", PPM: 40_000},
		Method: retail.CarryOut, Location: "milan", ReturnDays: 30,
	})
	cmd.Holds = []retail.Hold{
		as(s, hold("milan", time.Hour, retail.Line{SKU: "BLUE-40", Quantity: 5}, retail.Line{SKU: "RED-42", Quantity: 1})),
		as(s, hold("rome", time.Hour, retail.Line{SKU: "RED-42", Quantity: 3})),
	}
	card.AmountMinor = 30_00
	cmd.Tenders = []retail.Tender{card}
	order := s.place(cmd)
	s.advance(order, 0, time.Hour, retail.FulfilmentAccepted, retail.FulfilmentPicking)
	for range 2 {
		as(s, retail.PickUnits{Work: workOn(order, order.Lines[0]), Lines: []retail.UnitCount{{Line: 1, Units: 2}}})
	}
	s.advance(order, 0, time.Hour, retail.FulfilmentReady)
	s.handOver(order, 0, func(c *retail.HandOver) { c.CodeRight = false })
	as(s, retail.RenewCode{Work: workOn(order, order.Lines[0])})
	as(s, retail.ExtendPickup{Work: workOn(order, order.Lines[0]), Until: time.Now().Add(48 * time.Hour)})
	s.handOver(order, 0, func(c *retail.HandOver) {
		c.CodeCount, c.Lines, c.RoundingMinor = 2, []retail.UnitCount{{Line: 1, Units: 3}}, 1
		c.Tenders = []retail.Tender{pay(retail.Cash, 20_00, "rome"), pay("CARD", 10_00, "rome")}
	})
	as(s, retail.CancelUnits{Transaction: ledger.NewID(), Order: s.order(order.ID), Lines: []retail.UnitCount{{Line: 2, Units: 1}}, Why: retail.CancelAsked, Picked: true})
	rest := s.order(order.ID)
	as(s, retail.PayOrder{Transaction: ledger.NewID(), Order: order.ID, Tenders: []retail.Tender{pay(retail.Cash, rest.Owed()+5_00, "rome")}, Channel: "till"})
	s.handOver(rest, 0, func(c *retail.HandOver) { c.CodeCount = 2 })
	s.advance(order, 1, 0, retail.FulfilmentPacked)
}

// shipped is an order that a company pays and that is sent, and of which one comes back by its full invoice.
func (s *shop) shipped() {
	s.t.Helper()
	cmd := promise(0, 3)
	cmd.BillTo = &retail.Party{Name: "Rossi S.p.A.", TaxID: "IT00743110157", Address: retail.Address{City: "Roma", CountryCode: "IT"}}
	cmd.Tenders = []retail.Tender{pay("CARD", due(cmd), "milan")}
	order := s.place(cmd)
	s.advance(order, 0, 0, retail.FulfilmentPacked)
	s.handOver(order, 0, func(c *retail.HandOver) { c.Carrier, c.Tracking = "SDA", "T-77" })
	s.advance(order, 0, 0, retail.FulfilmentDelivered)
	as(s, s.takeBack(order, "milan", retail.ReturnItem{Line: 1, Units: 1, Disposition: retail.Undecided}))
}

// undelivered are shipments of which the carrier loses some and delivers the rest, loses all, and brings all back.
func (s *shop) undelivered() {
	s.t.Helper()
	cmd := promise(0, 3)
	cmd.Tenders = []retail.Tender{pay(retail.Cash, due(cmd), "milan")}
	fail := func(order retail.Order, how retail.FailShipment, items ...retail.ReturnItem) {
		how.Fulfilment, how.Back = order.Lines[0].Fulfilment, s.takeBack(order, order.Lines[0].Location, items...)
		how.Back.Channel = order.Channel
		as(s, how)
	}
	lost := retail.FailShipment{Lost: true, Reason: "broken"}
	for _, ends := range []func(order retail.Order){
		func(order retail.Order) {
			fail(order, lost, retail.ReturnItem{Line: 1, Units: 1})
			s.advance(order, 0, 0, retail.FulfilmentDelivered)
		},
		func(order retail.Order) { fail(order, lost) },
		func(order retail.Order) { fail(order, retail.FailShipment{}) },
	} {
		order := s.place(cmd)
		s.advance(order, 0, 0, retail.FulfilmentPacked)
		s.handOver(order, 0, func(c *retail.HandOver) { c.Carrier = "SDA" })
		ends(s.order(order.ID))
	}
	// One goes in parcels: the first arrives, a unit of the second is lost, and one waits still.
	cmd = promise(0, 4)
	cmd.Tenders = []retail.Tender{pay(retail.Cash, due(cmd), "milan")}
	order := s.place(cmd)
	s.advance(order, 0, 0, retail.FulfilmentPacked)
	parcel := func(tracking string, units int64) {
		s.handOver(s.order(order.ID), 0, func(c *retail.HandOver) {
			c.Carrier, c.Tracking, c.Lines = "SDA", tracking, []retail.UnitCount{{Line: 1, Units: units}}
		})
	}
	parcel("T-77", 1)
	parcel("T-78", 2)
	for n, says := range []retail.TrackingStatus{retail.TrackingInTransit, retail.TrackingException, retail.TrackingDelivered} {
		as(s, retail.TrackParcel{Work: workOn(order, order.Lines[0]), Parcel: 1, Events: []retail.TrackingEvent{
			{ID: fmt.Sprintf("E%d", n), Status: says, At: time.Now().Add(-time.Duration(n) * time.Hour), Place: "Bologna"},
		}})
	}
	fail(s.order(order.ID), lost, retail.ReturnItem{Line: 1, Units: 1})
	// All that left is lost: the delivery is charged anew for what leaves then, or is given up.
	for _, ends := range []func(order retail.Order){
		func(order retail.Order) { s.handOver(order, 0, func(c *retail.HandOver) { c.Carrier = "SDA" }) },
		func(order retail.Order) {
			as(s, retail.CancelUnits{Transaction: ledger.NewID(), Order: order, Why: retail.CancelAsked, Picked: true})
		},
	} {
		order = s.place(cmd)
		s.advance(order, 0, 0, retail.FulfilmentPacked)
		parcel("T-79", 1)
		fail(s.order(order.ID), lost)
		if order = s.order(order.ID); len(order.Lines) != 3 || order.Lines[2].InsteadOf != 2 {
			s.t.Fatalf("the delivery is not charged anew: %+v", order.Lines)
		}
		ends(order)
	}
	s.labels()
}

// givenUp are orders that end unpaid, uncollected and cancelled.
func (s *shop) givenUp() {
	s.t.Helper()
	cancel := func(order retail.Order, why retail.CancelReason) {
		as(s, retail.CancelUnits{Transaction: ledger.NewID(), Order: s.order(order.ID), Fulfilment: order.Lines[0].Fulfilment, Why: why, Picked: true})
	}
	unpaid := promise(1, 0)
	unpaid.PayFor = time.Microsecond
	cancel(s.place(unpaid), retail.CancelUnpaid)

	waiting := promise(1, 0)
	waiting.PayFor = time.Hour
	s.place(waiting)
	paid := s.place(waiting)
	as(s, retail.PayOrder{Transaction: ledger.NewID(), Order: paid.ID, Tenders: []retail.Tender{pay("CARD", due(waiting), "milan")}, Channel: "web"})

	uncollected := promise(2, 0)
	uncollected.Tenders = []retail.Tender{pay("CARD", due(uncollected), "milan")}
	order := s.place(uncollected)
	s.advance(order, 0, time.Microsecond, retail.FulfilmentReady)
	cancel(order, retail.CancelNoShow)

	unwanted := s.place(uncollected)
	s.advance(unwanted, 0, time.Hour, retail.FulfilmentReady)
	cancel(unwanted, retail.CancelRefused)

	as(s, delivery("milan", 2, "RED-42", "BLUE-40"))
	for _, found := range []retail.RejectUnits{
		{
			Shortfall: retail.Missing, Reason: "lost", Lines: []retail.UnitCount{{Line: 1, Units: 1}},
			Others:      []retail.Another{{Line: 1, Location: "milan", Method: retail.PickUp}},
			Fulfilments: []retail.Fulfilment{{ID: ledger.NewID(), Location: "milan", Method: retail.PickUp, PromisedAt: time.Now().Add(time.Hour).Truncate(time.Microsecond)}},
		},
		{Shortfall: retail.Missing, Reason: "flood", Note: "looked twice"},
		{Shortfall: retail.Unfit, Reason: "broken", Lines: []retail.UnitCount{{Line: 1, Units: 1}}},
	} {
		short := s.place(uncollected)
		found.Fulfilment, found.Location, found.Order = short.Lines[0].Fulfilment, short.Lines[0].Location, s.order(short.ID)
		found.Transaction = ledger.NewID()
		as(s, found)
	}

	cancel(s.place(uncollected), retail.CancelAsked)
	s.place(promise(2, 2)) // and one that nobody has looked at
}

func (s *shop) takeBack(order retail.Order, place string, items ...retail.ReturnItem) retail.AcceptReturn {
	s.t.Helper()
	left, err := s.db.LeftAt(s.t.Context(), order.ID)
	if err != nil {
		s.t.Errorf("what the goods of order %s cost when they left: %v", order.Number, err)
	}
	return retail.AcceptReturn{
		Return: ledger.NewID(), Transaction: ledger.NewID(), Order: s.order(order.ID), Location: place, Channel: "till", Items: items,
		Note: "too small", Issuer: issuer(order.Location), LeftAt: left,
	}
}

// takenBack are returns in another place, with a fee and as credit; by right, of what is late and of a final sale; of a ticket that became a full invoice; and without a receipt.
func (s *shop) takenBack() {
	s.t.Helper()
	sold := s.sell(sale("milan", "till", true))
	first := s.takeBack(sold, "rome", retail.ReturnItem{Line: 1, Units: 1, Disposition: retail.WriteOff, Reason: "torn"})
	first.FeeMinor = 1_00
	as(s, first)
	as(s, s.takeBack(sold, "rome", retail.ReturnItem{Line: 1, Units: 2, Disposition: retail.ReturnToStock}, retail.ReturnItem{Line: 2, Units: 1}))

	bargain := sale("milan", "till", true)
	bargain.Lines[1].ReturnDays, bargain.OccurredAt = 0, time.Now().AddDate(0, 0, -40).Truncate(time.Microsecond)
	late := s.takeBack(s.sell(bargain), "rome", retail.ReturnItem{Line: 1, Units: 1, Disposition: retail.ReturnToStock},
		retail.ReturnItem{Line: 1, Units: 1, Disposition: retail.WriteOff}, retail.ReturnItem{Line: 2, Units: 1, Disposition: retail.ReturnToStock})
	late.Right, late.Operator, late.Proof = retail.RightStaff, "Anna", retail.ProofIdentified
	as(s, late)

	credited := s.sell(sale("milan", "till", true))
	as(s, retail.IssueFullInvoice{
		Transaction: ledger.NewID(), Ticket: credited.Documents[0].Invoice, Order: s.order(credited.ID),
		Buyer: retail.Party{Name: "Anna Bianchi", TaxID: "BNCNNA80A41F205X"}, Issuer: issuer("milan"),
	})
	back := s.takeBack(credited, "rome", retail.ReturnItem{Line: 1, Units: 3, Disposition: retail.ReturnToStock})
	back.RefundTo = []retail.RefundTo{{Kind: retail.StoreCredit, AmountMinor: 15_00}}
	as(s, back)
	spent := sale("rome", "till", true)
	spent.Customer = credited.Customer
	spent.Tenders[0] = retail.Tender{
		Kind: retail.StoreCredit, AmountMinor: 7_00, Location: "milan", Account: retail.StoreCreditPrefix + credited.Customer.String(),
	}
	s.sell(spent)

	as(s, retail.AcceptBlindReturn{
		Return: ledger.NewID(), Transaction: ledger.NewID(), Location: "rome", Channel: "till", Customer: credited.Customer, Currency: "EUR",
		TaxIncluded: true, RefundKind: retail.Cash, Note: "no receipt", Issuer: issuer("rome"),
		Lines: []retail.BlindLine{{Disposition: retail.Undecided, Reason: "a gift", BasketLine: retail.BasketLine{
			SKU: "RED-42", Description: "Runner, red, 42", Quantity: 2, ListMinor: 15_01, Tax: retail.TaxRate{Code: "IVA22", PPM: 220_000},
		}}},
	})
}

// exchanged is something from Milan that comes back in Rome for something else that Rome sells, and partly promises.
func (s *shop) exchanged() {
	s.t.Helper()
	sold := s.sell(sale("milan", "till", true))
	cmd := s.planned(promise(1, 0))
	cmd.Location, cmd.Channel, cmd.Customer = "rome", "till", sold.Customer
	cmd.Lines = append(cmd.Lines, sale("rome", "till", true).Lines[1])
	cmd.Order, cmd.Transaction, cmd.Number = ledger.NewID(), ledger.NewID(), retail.OrderNumber(rand.Uint64())
	cmd.Issuer, cmd.Tenders = issuer("rome"), []retail.Tender{pay(retail.Cash, 20_00, "rome")}
	cmd.Holds = []retail.Hold{as(s, hold("rome", time.Hour, retail.Line{SKU: "RED-42", Quantity: 2}))}
	back := s.takeBack(sold, "rome", retail.ReturnItem{Line: 1, Units: 1, Disposition: retail.ReturnToStock})
	done := as(s, retail.Exchange{Return: back, Sale: cmd})
	as(s, s.takeBack(done.Order, "milan", retail.ReturnItem{Line: 2, Units: 1, Disposition: retail.Undecided}))
}

// settled is goodwill that is given back, and a debt that is given up.
func (s *shop) settled() {
	s.t.Helper()
	sold := s.sell(sale("milan", "till", true))
	as(s, retail.GrantGoodwill{Transaction: ledger.NewID(), Order: s.order(sold.ID), AmountMinor: 2_00, CashAt: "rome", Note: "a scratch"})
	owing := promise(1, 0)
	owing.Tenders = []retail.Tender{pay("CARD", due(owing)-3, "milan")}
	order := s.place(owing)
	as(s, retail.WriteOffDebt{Transaction: ledger.NewID(), Order: order.ID, AmountMinor: 3, Note: "not worth a letter"})
}

// paidByProvider are orders that a provider pays: one that was sent a link, that is authorised, collected in two goes, captured for each, and of which some
// comes back, for something else too, of which some comes back that the provider refuses; one whose rest is let go; one that is declined, and one that waits for an answer.
func (s *shop) paidByProvider() {
	s.t.Helper()
	ask := func(order retail.Order, step retail.IntentStep, intent retail.ID) retail.Order {
		cmd := retail.AskProvider{Transaction: ledger.NewID(), Order: order.ID, Intent: intent, Step: step}
		if step == retail.StepAuthorise {
			cmd.Intent, cmd.Provider, cmd.Token = ledger.NewID(), "test", "tok_ok"
		}
		return as(s, cmd)
	}
	answer := func(order retail.Order, problem string) retail.Order {
		i := s.order(order.ID).Intents[0]
		return as(s, retail.RecordAnswer{
			Transaction: ledger.NewID(), Order: order.ID, Intent: i.ID, Number: i.Steps, Declined: problem != "", Problem: problem,
			Reference: "pi_1", LeftMinor: i.Left() - i.StepMinor,
		})
	}
	cmd := promise(3, 0)
	cmd.PayFor = time.Hour
	linked := as(s, retail.SendPaymentLink{Transaction: ledger.NewID(), Order: s.place(cmd).ID, ValidFor: time.Minute})
	order := answer(ask(linked, retail.StepAuthorise, retail.ID{}), "")
	s.advance(order, 0, time.Hour, retail.FulfilmentReady)
	s.handOver(s.order(order.ID), 0, func(c *retail.HandOver) { c.Lines = []retail.UnitCount{{Line: 1, Units: 2}} })
	answer(order, "")
	s.handOver(s.order(order.ID), 0, nil)
	order = answer(order, "")
	back := s.takeBack(order, "milan", retail.ReturnItem{Line: 1, Units: 1, Disposition: retail.ReturnToStock})
	as(s, back)
	answer(order, "disputed")
	ask(order, retail.StepRefund, order.Intents[0].ID)
	answer(order, "")
	other := sale("milan", "till", true)
	other.Order, other.Transaction, other.Number = ledger.NewID(), ledger.NewID(), retail.OrderNumber(rand.Uint64())
	other.Customer, other.Issuer, other.Tenders = order.Customer, issuer("milan"), []retail.Tender{pay(retail.Cash, due(other), "milan")}
	exchanged := as(s, retail.Exchange{
		Return: s.takeBack(order, "milan", retail.ReturnItem{Line: 1, Units: 1, Disposition: retail.ReturnToStock}), Sale: other,
	})
	back = s.takeBack(exchanged.Order, "milan", retail.ReturnItem{Line: 1, Units: 1, Disposition: retail.ReturnToStock})
	back.RefundTo = []retail.RefundTo{{Kind: "CARD", AmountMinor: 1_00}}
	as(s, back)
	answer(exchanged.Order, "disputed") // and it is asked again in an hour

	rest := answer(ask(s.place(promise(2, 0)), retail.StepAuthorise, retail.ID{}), "")
	answer(ask(rest, retail.StepVoid, rest.Intents[0].ID), "")
	answer(ask(s.place(promise(1, 0)), retail.StepAuthorise, retail.ID{}), "card_declined")
	ask(s.place(promise(1, 0)), retail.StepAuthorise, retail.ID{})
}

// transferred are goods that arrive, that arrive in part, and that are under way.
func (s *shop) transferred() {
	s.t.Helper()
	for arriving := range 3 {
		sent := as(s, retail.ShipTransfer{
			Transfer: ledger.NewID(), Transaction: ledger.NewID(), From: "milan", To: "rome", Reference: "van 3",
			Currency: "EUR",
			Lines:    []retail.Line{{SKU: "RED-42", Quantity: 4}, {SKU: "BLUE-40", Quantity: 2}},
		})
		for n := range arriving {
			c := retail.ReceiveTransfer{
				Transfer: sent.ID, Transaction: ledger.NewID(), From: "milan", To: "rome", Lines: []retail.Line{{SKU: "RED-42", Quantity: int64(arriving)}},
				Close: n == 1, Expected: []string{"RED-42", "BLUE-40"}, Currency: "EUR",
			}
			if c.Close {
				c.Reason, c.Note = "lost", "the van was open"
				c.Lines, c.Damaged = []retail.Line{{SKU: "RED-42", Quantity: 1}}, []retail.Line{{SKU: "RED-42", Quantity: 1}}
			}
			as(s, c)
		}
	}
}

// requested are goods that were asked for: they wait to be decided on, are sent in part and arrive or are under way, are declined, and
// are wanted no more.
func (s *shop) requested() {
	s.t.Helper()
	id := ledger.NewID
	as(s, retail.MoveStock{Transaction: id(), Kind: retail.KindReceive, Location: "milan", Lines: []retail.Line{{SKU: "RED-42", Quantity: 6}}})
	var asked []retail.Transfer
	for range 5 {
		asked = append(asked, as(s, retail.RequestTransfer{
			Transfer: id(), Transaction: id(), From: "milan", To: "rome", Purpose: "the shelf is empty", Reference: "R-7", WantedOn: "2026-05-04",
			Lines: []retail.Line{{SKU: "RED-42", Quantity: 5}, {SKU: "BLUE-40", Quantity: 2}},
		}))
	}
	for _, t := range asked[:2] {
		as(s, retail.ShipTransfer{
			Transfer: t.ID, Transaction: id(), From: "milan", To: "rome", Requested: true, Lines: []retail.Line{{SKU: "RED-42", Quantity: 3}},
			Reference: "van 4",
		})
	}
	as(s, retail.ReceiveTransfer{Transfer: asked[1].ID, Transaction: id(), From: "milan", To: "rome", Expected: []string{"RED-42", "BLUE-40"}})
	as(s, retail.EndRequest{Transfer: asked[2].ID, Transaction: id(), As: retail.TransferDeclined, Answer: "we need them here"})
	as(s, retail.EndRequest{Transfer: asked[3].ID, Transaction: id(), As: retail.TransferCancelled})
}

// workElsewhere is one round of what touches two books: goods go to Rome and are collected there, paid by a card of Rome's and in
// cash, and some come back to Milan.
func (s *shop) workElsewhere() {
	id := ledger.NewID
	red := []retail.Line{{SKU: "RED-42", Quantity: 2}}
	as(s, retail.MoveStock{Transaction: id(), Kind: retail.KindReceive, Location: "milan", Lines: []retail.Line{{SKU: "RED-42", Quantity: 9}}})
	if sent, err := attempt(s, retail.ShipTransfer{Transfer: id(), Transaction: id(), From: "milan", To: "rome", Lines: red, Currency: "EUR"}); err == nil {
		as(s, retail.ReceiveTransfer{
			Transfer: sent.ID, Transaction: id(), From: "milan", To: "rome", Lines: []retail.Line{{SKU: "RED-42", Quantity: 3}}, Expected: []string{"RED-42"},
			Reason: "packed-wrongly", Currency: "EUR",
		})
	}
	cmd := promise(2, 0)
	held, err := attempt(s, hold("rome", time.Hour, red...))
	if err != nil {
		return
	}
	cmd.Holds = []retail.Hold{held}
	spent := s.card
	spent.AmountMinor = 1
	cmd.Tenders = []retail.Tender{spent}
	order := s.place(cmd)
	s.advance(order, 0, time.Hour, retail.FulfilmentReady)
	s.handOver(order, 0, func(c *retail.HandOver) { c.Tenders = []retail.Tender{pay(retail.Cash, 30_00, "rome")} })
	as(s, s.takeBack(order, "milan", retail.ReturnItem{Line: 1, Units: 1, Disposition: retail.ReturnToStock}))
}
