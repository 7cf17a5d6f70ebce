package app_test

import (
	"fmt"
	"time"
)

func orderActs() []*act {
	const owner = `{"location":"milan","channel":"shop","owner":"a","lines":[{"sku":"HAT","quantity":"2"}]}`
	card := paid("CARD", 1000)
	of := func(order answer, more string) string { return fmt.Sprintf(`{"order":%q%s}`, order.at("id"), more) }
	return []*act{
		{method: "orders/PlaceOrder", how: "at a till", about: always(basket("till", "milan", line("HAT", 2, ""),
			tenders(tender("CARD", 500, "a"), tender("CASH", 2000, ""))))},
		{method: "orders/PlaceOrder", how: "of what is not there, in a new shop", about: func(s *seams) string {
			shop := s.name("shop")
			s.must("staff", "locations/PutLocation", place(shop, "STORE", "IT"))
			return basket("till", shop, line("HAT", 2, ""), paid("CARD", 2000))
		}},
		{method: "orders/PlaceOrder", how: "from a hold, to collect and to send", about: func(s *seams) string {
			hold := s.must("staff", "stock/HoldStock", owner).at("id")
			return online(goods("HAT", 1, "PICKUP", "milan")+","+goods("HAT", 1, "SHIP", "rome"),
				card+`,"customer":"`+ada+`","shipTo":`+toHer+fmt.Sprintf(`,"order":%q,"holds":[{"location":"milan","hold":%q}]`, newUUID(), hold))
		}},
		{method: "orders/PlaceOrder", how: "of a gift card", about: func(s *seams) string {
			return basket("till", "milan", giftCard(s.name("GC"), 500), paid("CASH", 500))
		}},
		{method: "orders/PlaceOrder", how: "paid with a gift card of another place", about: func(s *seams) string {
			return basket("till", "rome", line("HAT", 1, ""), tenders(tender("GIFT_CARD", 1000, s.card())))
		}},
		{method: "orders/PlaceOrder", how: "paid with store credit", about: func(s *seams) string {
			customer := `,"customer":"` + newUUID() + `"`
			s.must("staff", "returns/AcceptBlindReturn", blind("milan", "till", "HAT", eur(1000), "STORE_CREDIT", customer))
			return basket("till", "milan", line("HAT", 1, ""), customer+tenders(tender("STORE_CREDIT", 1000, "")))
		}},
		{method: "carts/PutCart", about: func(s *seams) string { return filled(s.owner(), goods("HAT", 1, "PICKUP", "milan"), "") }},
		{method: "carts/MergeCarts", about: func(s *seams) string {
			device := s.name("a-device-of-somebody")
			s.must("staff", "carts/PutCart", filled(`"device":"`+device+`"`, goods("HAT", 1, "PICKUP", "milan"), ""))
			return fmt.Sprintf(`{%s,"device":%q,"channel":"shop"}`, s.owner(), device)
		}},
		{method: "orders/PlaceOrder", how: "out of a cart", about: func(s *seams) string {
			owner := s.owner()
			s.must("staff", "carts/PutCart", filled(owner, goods("HAT", 1, "PICKUP", "milan"), ""))
			return online("", card+","+owner+`,"cart":{"version":"1"}`)
		}},
		{method: "orders/PayOrder", about: func(s *seams) string { return of(s.order("PICKUP", ""), `,"location":"online"`+card) }},
		{method: "orders/PayOrder", how: "elsewhere, with a gift card and cash", about: func(s *seams) string {
			return of(s.order("PICKUP", ""), `,"location":"rome"`+tenders(tender("GIFT_CARD", 400, s.card()), tender("CASH", 1000, "")))
		}},
		{method: "orders/CancelLines", about: func(s *seams) string { return of(s.order("PICKUP", card), "") }},
		{method: "orders/CancelLines", how: "in part, with the money from a drawer", about: func(s *seams) string {
			order := s.must("staff", "orders/PlaceOrder", online(goods("HAT", 2, "SHIP", "milan"), paid("CASH", 2000)))
			return of(order, `,"lines":[{"line":1,"quantity":"1"}],"cashLocation":"rome"`)
		}},
		{method: "orders/GrantGoodwill", about: func(s *seams) string { return of(s.sold(1), `,"reason":"late","amount":`+eur(100)) }},
		{method: "orders/WriteOffDebt", about: func(s *seams) string {
			return of(s.order("PICKUP", ""), `,"reason":"lost","amount":`+eur(1000))
		}},
	}
}

// owner is a customer who never had a cart.
func (s *seams) owner() string { return `"customer":"` + newUUID() + `"` }

func fulfilmentActs() []*act {
	card := paid("CARD", 1000)
	fresh := func(s *seams) string { return s.work(s.order("PICKUP", card), "PICKUP", "") }
	ready := func(s *seams, method, more string) string {
		_, work := s.ready(method, more)
		return work
	}
	sent := func(s *seams) string {
		work := ready(s, "SHIP", card)
		s.must("staff", "fulfilments/ShipFulfilment", with(work, `,"carrier":"SEUR"`))
		return work
	}
	ship := func(s *seams) string { return with(ready(s, "SHIP", card), `,"carrier":"SEUR","tracking":"T-1"`) }
	return []*act{
		{method: "fulfilments/AcceptFulfilment", about: fresh},
		{method: "fulfilments/PickFulfilment", about: fresh},
		{method: "fulfilments/PickFulfilment", how: "by line", about: func(s *seams) string { return with(fresh(s), `,"lines":[{"line":1,"quantity":"1"}]`) }},
		{method: "fulfilments/ReadyFulfilment", about: fresh},
		{method: "fulfilments/RenewPickupCode", about: func(s *seams) string { return ready(s, "PICKUP", card) }},
		{method: "fulfilments/ExtendPickup", about: func(s *seams) string { return with(ready(s, "PICKUP", card), keepFor(30*24*time.Hour)) }},
		{method: "fulfilments/RefusePickup", about: func(s *seams) string { return ready(s, "PICKUP", card) }},
		{method: "fulfilments/RefusePickup", how: "in part, paid in cash elsewhere", about: func(s *seams) string {
			order := s.must("staff", "orders/PlaceOrder", online(goods("HAT", 2, "PICKUP", "milan"), paid("CASH", 2000)))
			work := s.work(order, "PICKUP", "")
			s.must("staff", "fulfilments/ReadyFulfilment", work)
			return with(work, `,"lines":[{"line":1,"quantity":"1"}]`)
		}},
		{method: "fulfilments/RejectUnits", about: func(s *seams) string { return with(fresh(s), missing) }},
		{method: "fulfilments/RejectUnits", how: "that another place has", about: func(s *seams) string {
			return with(fresh(s), missing+`,"instead":["FULFILMENT_METHOD_PICKUP"]`)
		}},
		{method: "fulfilments/CollectPickup", about: func(s *seams) string {
			work := ready(s, "PICKUP", card)
			right, _ := s.code(work)
			return with(work, shown(right))
		}},
		{method: "fulfilments/CollectPickup", how: "paid there, with a gift card and cash", about: func(s *seams) string {
			work := ready(s, "PICKUP", "")
			right, _ := s.code(work)
			return with(work, shown(right)+tenders(tender("GIFT_CARD", 400, s.card()), tender("CASH", 1000, "")))
		}},
		{method: "fulfilments/CollectPickup", how: "with a wrong code", reason: "WRONG_CODE", about: func(s *seams) string {
			work := ready(s, "PICKUP", card)
			_, wrong := s.code(work)
			return with(work, shown(wrong))
		}},
		{method: "fulfilments/ShipFulfilment", about: ship},
		{method: "fulfilments/ShipFulfilment", how: "under a label", about: func(s *seams) string {
			work, label := s.labelled("")
			return with(work, ofLabel(label))
		}},
		{method: "fulfilments/BuyLabel", inParts: true, about: func(s *seams) string { return with(ready(s, "SHIP", card), toAda) }},
		{method: "fulfilments/VoidLabel", inParts: true, about: func(s *seams) string {
			work, label := s.labelled("")
			return with(work, ofLabel(label))
		}},
		{method: "fulfilments/DeliverShipment", about: sent},
		{method: "fulfilments/RecordTracking", about: func(s *seams) string { return with(sent(s), says("E1", "DELIVERED")) }},
		{method: "fulfilments/LoseShipment", about: func(s *seams) string { return with(sent(s), lostBy) }},
		{method: "fulfilments/ReturnShipment", about: sent},
	}
}

// asksBack is a request to send a hat back.
func (s *seams) asksBack() any {
	return s.must("staff", "returns/RequestReturn", sendBack(s.sold(1).at("id"), "", 1)).at("id")
}

// maySend is one that was approved.
func (s *seams) maySend(how string) any {
	id := s.asksBack()
	s.must("staff", "returns/ApproveReturnRequest", ofRequest(id, how))
	return id
}

// receives is one that arrived.
func (s *seams) receives(how string) any {
	id := s.maySend(how)
	s.must("staff", "returns/ReceiveReturnRequest", ofRequest(id, came(1)))
	return id
}

func returnActs() []*act {
	return []*act{
		{method: "returns/AcceptReturn", how: "elsewhere", about: func(s *seams) string {
			return returned("rome", s.sold(2).at("id"), back(1, 1, "RETURN_TO_STOCK")+","+back(1, 1, "UNDECIDED"), `,"fee":`+eur(150))
		}},
		{method: "returns/AcceptReturn", how: "of what a gift card paid", about: func(s *seams) string {
			sold := s.must("staff", "orders/PlaceOrder", basket("till", "rome", line("HAT", 1, ""), tenders(tender("GIFT_CARD", 1000, s.card()))))
			return returned("rome", sold.at("id"), back(1, 1, "WRITE_OFF"), "")
		}},
		{method: "returns/AcceptReturnByRight", about: func(s *seams) string {
			socks := s.must("staff", "orders/PlaceOrder", basket("till", "milan", line("SOCK", 1, ""), paid("CARD", 500)))
			return returned("milan", socks.at("id"), back(1, 1, "RETURN_TO_STOCK"), "")
		}},
		{method: "returns/AcceptReturnByRight", how: "of what the customer keeps", about: func(s *seams) string {
			return returned("rome", s.sold(2).at("id"), back(1, 1, "KEPT"), `,"stockReason":"broken"`)
		}},
		{method: "returns/AcceptBlindReturn", about: always(blind("milan", "till", "HAT", eur(10), "CASH", ""))},
		{method: "returns/AcceptBlindReturn", how: "for store credit", about: func(*seams) string {
			return blind("milan", "till", "HAT", eur(10), "STORE_CREDIT", `,"customer":"`+newUUID()+`"`)
		}},
		{method: "returns/ExchangeGoods", about: func(s *seams) string {
			leaves := basket("till", "milan", line("HAT", 2, ""), `,"requestId":"`+newUUID()+`"`+paid("CARD", 1000))
			return returned("milan", s.sold(1).at("id"), back(1, 1, "RETURN_TO_STOCK"), `,"sale":`+leaves)
		}},
		{method: "returns/ExchangeGoods", how: "one size for another, by right", about: func(s *seams) string {
			leaves := basket("till", "milan", line("HAT", 1, ""), `,"requestId":"`+newUUID()+`"`)
			return returned("milan", s.sold(1).at("id"), back(1, 1, "RETURN_TO_STOCK"), `,"sale":`+leaves+`,"swaps":[{"saleLine":1,"line":1}],"override":true`)
		}},
		{method: "returns/RequestReturn", about: func(s *seams) string { return sendBack(s.sold(1).at("id"), "", 1) }},
		{method: "returns/ApproveReturnRequest", about: func(s *seams) string { return ofRequest(s.asksBack(), "") }},
		{method: "returns/RejectReturnRequest", about: func(s *seams) string { return ofRequest(s.asksBack(), `,"answer":"worn"`) }},
		{method: "returns/CancelReturnRequest", about: func(s *seams) string { return ofRequest(s.asksBack(), "") }},
		{method: "returns/ShipReturnRequest", about: func(s *seams) string { return ofRequest(s.maySend(""), "") }},
		{method: "returns/ReceiveReturnRequest", about: func(s *seams) string { return ofRequest(s.maySend(""), came(1)) }},
		{method: "returns/ReceiveReturnRequest", how: "and its refund", about: func(s *seams) string { return ofRequest(s.maySend(onReceipt), came(1)) }},
		{method: "returns/InspectReturnRequest", about: func(s *seams) string {
			return ofRequest(s.receives(""), `,"lines":[`+back(1, 1, "RETURN_TO_STOCK")+`]`)
		}},
		{method: "returns/InspectReturnRequest", how: "after its refund", about: func(s *seams) string {
			return ofRequest(s.receives(onReceipt), `,"lines":[`+back(1, 1, "WRITE_OFF")+`]`)
		}},
		{method: "returns/CloseReturnRequest", about: func(s *seams) string {
			id := s.maySend("")
			s.must("staff", "returns/ShipReturnRequest", ofRequest(id, ""))
			return ofRequest(id, `,"answer":"lost"`)
		}},
		{method: "invoices/IssueFullInvoice", about: func(s *seams) string {
			return fmt.Sprintf(`{"invoice":%q,"buyer":{"name":"Buyer"}}`, s.ticketOf(s.sold(1)))
		}},
	}
}
