package app_test

import (
	"fmt"
	"strings"
)

// seamGroup is the kinds of write that are tried in one shop.
type seamGroup struct {
	name string
	acts []*act
}

func seamGroups() []seamGroup {
	return []seamGroup{
		{"masters", masterActs()},
		{"stock", stockActs()},
		{"counts", countActs()},
		{"orders", orderActs()},
		{"fulfilments", fulfilmentActs()},
		{"returns", returnActs()},
		{"deliveries", deliveryActs()},
	}
}

// furnishSeams puts more goods into a shop than all that is tried takes, and says what hats cost, so that whatever becomes of them is
// posted at cost too.
func furnishSeams(w *world) {
	for _, place := range []string{"milan", "rome"} {
		w.do("staff", "stock/ReceiveStock", `{"location":%q,"lines":[`+costing("HAT", 100_000, 601)+`,{"sku":"SOCK","quantity":"100000"}]}`, place)
	}
}

// always is what needs nothing made before.
func always(body string) func(*seams) string { return func(*seams) string { return body } }

// order places an order of the shop for one hat.
func (s *seams) order(method, more string) answer {
	return s.must("staff", "orders/PlaceOrder", online(goods("HAT", 1, method, "milan"), more))
}

// sold sells hats at the till of Milan.
func (s *seams) sold(hats int) answer {
	return s.must("staff", "orders/PlaceOrder", basket("till", "milan", line("HAT", hats, ""), paid("CARD", int64(1000*hats))))
}

// card sells a gift card in Milan and returns its number.
func (s *seams) card() string {
	number := s.name("GC")
	s.must("staff", "orders/PlaceOrder", basket("till", "milan", giftCard(number, 5000), paid("CARD", 5000)))
	return number
}

// product puts a product of one variant, whose SKU it returns.
func (s *seams) product() string {
	sku := s.name("NEW")
	s.do("staff", "catalog/PutProduct", `{"product":{"code":%q,"title":"New","taxCategory":"standard","variants":[{"sku":%q}]}}`, sku, sku)
	return sku
}

// masterActs change what is sold, where, for how much and with which tax: for the first time, and again.
func masterActs() []*act {
	var all []*act
	for _, c := range []struct{ method, first, again string }{
		{"catalog/PutTaxCategory", `{"taxCategory":{"code":"NAME","name":"Books"}}`, `{"taxCategory":{"code":"NAME","name":"Print"}}`},
		{"catalog/PutTaxRates", `{"jurisdiction":"NAME","rates":[{"taxCategory":"standard","code":"A-10","ratePpm":100000}]}`,
			`{"jurisdiction":"NAME","rates":[{"taxCategory":"standard","code":"A-20","ratePpm":200000}]}`},
		{"catalog/PutPriceList", `{"priceList":{"code":"NAME","name":"A","currencyCode":"EUR"}}`, `{"priceList":{"code":"NAME","name":"B","currencyCode":"EUR"}}`},
		{"catalog/BulkPutProducts", `{"products":[{"code":"NAME","title":"A","taxCategory":"standard","variants":[{"sku":"NAME.S"}]}]}`,
			`{"products":[{"code":"NAME","title":"B","taxCategory":"standard","variants":[{"sku":"NAME.S"}]}]}`},
		{"catalog/PutAttribute", `{"attribute":{"code":"NAME","name":"A","type":"ATTRIBUTE_TYPE_CHOICE","choices":[{"code":"x","name":"X"}]}}`,
			`{"attribute":{"code":"NAME","name":"B","type":"ATTRIBUTE_TYPE_CHOICE","choices":[{"code":"x","name":"X"},{"code":"y","name":"Y"}]}}`},
		{"catalog/PutProduct", `{"product":{"code":"NAME","title":"A","taxCategory":"standard","options":[{"name":"Size","values":["S","M"]}],
			"variants":[{"sku":"NAME.S","optionValues":["S"]}]}}`,
			`{"product":{"code":"NAME","title":"B","taxCategory":"standard","options":[{"name":"Size","values":["S","M"]}],
			"variants":[{"sku":"NAME.S","optionValues":["S"],"aliases":["NAME.OLD"]},{"sku":"NAME.M","optionValues":["M"]}]}}`},
		{"stock/PutStockReason", `{"reason":{"code":"NAME","name":"A","acts":["STOCK_ACT_ADJUST"]}}`,
			`{"reason":{"code":"NAME","name":"B","acts":["STOCK_ACT_ADJUST","STOCK_ACT_FOUND"],"retired":true}}`},
		{"promotions/PutPromotion", `{"promotion":{"code":"NAME","name":"A","scope":"PROMOTION_SCOPE_LINE","basisPoints":1000,"skus":["SOCK"],"channels":["shop"],"retired":true}}`,
			`{"promotion":{"code":"NAME","name":"B","scope":"PROMOTION_SCOPE_LINE","nForM":{"units":3,"paid":2},"retired":true}}`},
		{"returns/PutReturnPolicy", policy("NAME", 1, `,"skus":["SOCK"],"terms":{"feeBasisPoints":1},"retired":true`), policy("NAME", 2, `,"taxCategories":["standard"],"retired":true`)},
		{"payments/PutCardKind", kind("NAME", `,"validMonths":1`), kind("NAME", chainLimits+`,"validMonths":2,"renewed":true,"retired":true`)},
		{"returns/PutRefundTerms", `{"terms":{"currencyCode":"USD","cashMaxMinor":"1"}}`, `{"terms":{"currencyCode":"USD","order":"REFUND_ORDER_PROPORTIONAL"}}`},
		{"returns/PutBlindReturnTerms", `{"terms":{"currencyCode":"USD","priceDays":30}}`, `{"terms":{"currencyCode":"USD","priceDays":60,"refundKinds":["TENDER_KIND_CASH"]}}`},
		{"locations/PutLocation", place("NAME", "STORE", "IT"), place("NAME", "WAREHOUSE", "IT")},
		{"locations/PutChannel", `{"channel":{"code":"NAME","name":"A","kind":"CHANNEL_KIND_APP","holdTime":"60s","locations":["milan"]}}`,
			`{"channel":{"code":"NAME","name":"A","kind":"CHANNEL_KIND_APP","holdTime":"90s","locations":["milan","rome"]}}`},
		{"stock/PutBuffers", `{"location":"milan","buffers":[{"sku":"HAT","channel":"shop","units":"1"},{"sku":"SOCK","units":"1"}]}`,
			`{"location":"milan","buffers":[{"sku":"HAT","channel":"shop","units":"2"},{"basisPoints":1}]}`},
		{"replenishment/PutStockRules", `{"location":"milan","rules":[{"sku":"HAT","minimum":"1","lowBelow":"2"},{"sku":"SOCK","target":"9"}]}`,
			`{"location":"milan","rules":[{"sku":"HAT","minimum":"2","packSize":"6"},{"minimum":"1","leadDays":3}]}`},
	} {
		all = append(all,
			&act{method: c.method, about: func(s *seams) string { return strings.ReplaceAll(c.first, "NAME", s.name("new")) }},
			&act{method: c.method, how: "again", about: func(s *seams) string {
				name := s.name("old")
				s.must("staff", c.method, strings.ReplaceAll(c.first, "NAME", name))
				return strings.ReplaceAll(c.again, "NAME", name)
			}})
	}
	prices := func(price int, skus ...string) string {
		var all []string
		for _, sku := range skus {
			all = append(all, fmt.Sprintf(`{"sku":%q,"unitPrice":%s}`, sku, eur(int64(price))))
		}
		return `{"priceList":"eur","prices":[` + strings.Join(all, ",") + `]}`
	}
	return append(all,
		&act{method: "stock/DeleteBuffers", about: func(s *seams) string {
			s.must("staff", "stock/PutBuffers", `{"location":"rome","buffers":[{"sku":"HAT","units":"1"},{"units":"1"}]}`)
			return `{"location":"rome","buffers":[{"sku":"HAT"},{}]}`
		}},
		&act{method: "replenishment/DeleteStockRules", about: func(s *seams) string {
			s.must("staff", "replenishment/PutStockRules", `{"location":"rome","rules":[{"sku":"HAT","minimum":"1"},{"minimum":"1"}]}`)
			return `{"location":"rome","skus":["HAT",""]}`
		}},
		&act{method: "catalog/PutPrices", about: func(s *seams) string { return prices(500, s.product()) }},
		&act{method: "catalog/PutPrices", how: "in two transactions", inParts: true, about: func(s *seams) string {
			if *s.made++; s.count("select count(*) from products where code = 'all'") == 0 {
				putAssortment(s.world)
			}
			return prices(*s.made, assortment()...)
		}})
}

// assortment are so many variants of one product that their prices take two transactions.
func assortment() (skus []string) {
	for size := range 41 {
		for colour := range 10 {
			skus = append(skus, fmt.Sprintf("ALL-%d-%d", size, colour))
		}
	}
	return skus
}

// putAssortment puts that product, and first prices: later ones change no more than the prices.
func putAssortment(w *world) {
	var sizes, variants, prices []string
	for i, sku := range assortment() {
		if i%10 == 0 {
			sizes = append(sizes, fmt.Sprintf(`"%d"`, i/10))
		}
		variants = append(variants, fmt.Sprintf(`{"sku":%q,"optionValues":["%d","%d"]}`, sku, i/10, i%10))
		prices = append(prices, fmt.Sprintf(`{"sku":%q,"unitPrice":%s}`, sku, eur(1)))
	}
	w.do("staff", "catalog/PutProduct", `{"product":{"code":"all","title":"All","taxCategory":"standard","options":[{"name":"Size","values":[%s]},
		{"name":"Colour","values":["0","1","2","3","4","5","6","7","8","9"]}],"variants":[%s]}}`, strings.Join(sizes, ","), strings.Join(variants, ","))
	w.do("staff", "catalog/PutPrices", `{"priceList":"eur","prices":[%s]}`, strings.Join(prices, ","))
}

func stockActs() []*act {
	const hat = `"lines":[{"sku":"HAT","quantity":"2"}]`
	const hold = `{"location":"milan","channel":"shop","owner":"a","lines":[{"sku":"HAT","quantity":"1"},{"sku":"SOCK","quantity":"2"}]}`
	const send = `{"fromLocation":"milan","toLocation":"rome","lines":[{"sku":"HAT","quantity":"2"},{"sku":"SOCK","quantity":"1"}]}`
	return []*act{
		{method: "stock/ReceiveStock", about: always(`{"location":"milan",` + hat + `,"reference":"DN"}`)},
		{method: "stock/ReceiveStock", how: "where there was none", about: func(s *seams) string {
			return fmt.Sprintf(`{"location":"milan","lines":[{"sku":%q,"quantity":"3"}]}`, s.product())
		}},
		{method: "stock/ReceiveStock", how: "with what it cost", about: func(s *seams) string {
			return `{"location":"milan","lines":[` + costing("HAT", 2, 499) + `,` + costing(s.product(), 1, 1) + `]}`
		}},
		{method: "stock/ReceiveStock", how: "of what was oversold", about: func(s *seams) string {
			sku := s.product()
			s.must("staff", "orders/PlaceOrder", basket("till", "milan", line(sku, 2, `,"tillPrice":{"unit":`+eur(100)+`,"reason":"label"}`), paid("CARD", 200)))
			return fmt.Sprintf(`{"location":"milan","lines":[{"sku":%q,"quantity":"3"}]}`, sku)
		}},
		{method: "stock/AdjustStock", about: always(`{"location":"milan","lines":[{"sku":"HAT","difference":"-1"},{"sku":"SOCK","difference":"1"}],"reason":"count"}`)},
		{method: "stock/RecordStock", about: always(`{"location":"milan","act":"STOCK_ACT_DAMAGE","lines":[{"sku":"HAT","quantity":"1"},{"sku":"SOCK","quantity":"2"}],"reason":"broken"}`)},
		{method: "stock/RecordStock", how: "of what is not for sale", about: func(s *seams) string {
			s.must("staff", "stock/RecordStock", `{"location":"milan","act":"STOCK_ACT_FOUND","lines":[{"sku":"HAT","quantity":"2","to":"STOCK_STATE_INSPECTION"}],"reason":"found"}`)
			return `{"location":"milan","act":"STOCK_ACT_INSPECT","lines":[{"sku":"HAT","quantity":"1"},{"sku":"HAT","quantity":"1","to":"STOCK_STATE_DAMAGED"}],"reason":"broken","note":"torn"}`
		}},
		{method: "stock/ResolveOversellCase", about: func(s *seams) string {
			sku := s.product()
			lost := s.must("staff", "stock/AdjustStock", fmt.Sprintf(`{"location":"milan","lines":[{"sku":%q,"difference":"-2"}],"reason":"lost"}`, sku))
			return fmt.Sprintf(`{"location":"milan","sku":%q,"case":%q,"reason":"count","note":"all there"}`, sku, lost.at("transaction"))
		}},
		{method: "stock/HoldStock", about: always(hold)},
		{method: "stock/FindAndHold", about: func(s *seams) string {
			if s.count("select count(*) from locations where code = 'milan' and latitude_e7 <> 0") == 0 {
				s.must("staff", "locations/PutLocation", strings.Replace(place("milan", "STORE", "IT"), `"code"`, `"latitudeE7":454641000,"longitudeE7":91919000,"code"`, 1))
			}
			return `{"channel":"shop","owner":"a","near":{"location":"milan"},"lines":[{"sku":"HAT","quantity":"1"},{"sku":"SOCK","quantity":"2"}]}`
		}},
		{method: "stock/ReleaseHold", about: func(s *seams) string {
			return fmt.Sprintf(`{"location":"milan","hold":%q}`, s.must("staff", "stock/HoldStock", hold).at("id"))
		}},
		{method: "stock/ShipTransfer", about: always(send)},
		{method: "stock/RequestTransfer", about: always(send)},
		{method: "stock/DeclineTransfer", about: func(s *seams) string {
			return fmt.Sprintf(`{"location":"milan","answer":"no","transfer":%q}`, s.must("staff", "stock/RequestTransfer", send).at("id"))
		}},
		{method: "stock/CancelTransfer", about: func(s *seams) string {
			return fmt.Sprintf(`{"location":"rome","transfer":%q}`, s.must("staff", "stock/RequestTransfer", send).at("id"))
		}},
		{method: "stock/ShipTransfer", how: "of a part of what was asked for", about: func(s *seams) string {
			return fmt.Sprintf(`{"fromLocation":"milan","toLocation":"rome","lines":[{"sku":"HAT","quantity":"1"}],"transfer":%q}`,
				s.must("staff", "stock/RequestTransfer", send).at("id"))
		}},
		{method: "stock/ReceiveTransfer", about: func(s *seams) string {
			return fmt.Sprintf(`{"location":"rome","transfer":%q}`, s.must("staff", "stock/ShipTransfer", send).at("id"))
		}},
		{method: "stock/ReceiveTransfer", how: "with one missing", about: func(s *seams) string {
			return fmt.Sprintf(`{"location":"rome","transfer":%q,"lines":[{"sku":"HAT","quantity":"1"}],"closeShort":true,"reason":"lost"}`,
				s.must("staff", "stock/ShipTransfer", send).at("id"))
		}},
		{method: "stock/ReceiveTransfer", how: "with one more, and one damaged", about: func(s *seams) string {
			return fmt.Sprintf(`{"location":"rome","transfer":%q,"lines":[{"sku":"HAT","quantity":"3"}],"damaged":[{"sku":"SOCK","quantity":"1"}],"reason":"packed-wrongly"}`,
				s.must("staff", "stock/ShipTransfer", send).at("id"))
		}},
		{method: "payments/AuthorisePayment", inParts: true, about: func(s *seams) string {
			return fmt.Sprintf(`{"order":%q,"token":"tok_ok"}`, s.order("PICKUP", "").at("id"))
		}},
		{method: "payments/CapturePayment", inParts: true, about: func(s *seams) string {
			return ofIntent(s.authorised(1, "tok_ok"), `,"amount":`+eur(600))
		}},
		{method: "payments/VoidPayment", inParts: true, about: func(s *seams) string { return ofIntent(s.authorised(1, "tok_ok"), "") }},
		{method: "payments/RefundPayment", inParts: true, about: func(s *seams) string { return ofIntent(s.kept(), "") }},
		{method: "payments/SendPaymentLink", about: func(s *seams) string {
			return fmt.Sprintf(`{"order":%q,"validFor":"3600s"}`, s.order("PICKUP", "").at("id"))
		}},
		{method: "payments/PayByLink", inParts: true, about: func(s *seams) string { return byLink(s.linked(s.order("PICKUP", "").at("id")), 1000) }},
		{method: "payments/ReplaceGiftCard", about: func(s *seams) string {
			return fmt.Sprintf(`{"location":"rome","number":%q,"newNumber":%q,"note":"lost"}`, s.card(), s.name("GC"))
		}},
		{method: "tills/RecordCash", about: always(`{"location":"milan","act":"CASH_ACT_DROP","amount":` + eur(5) + `}`)},
	}
}

// expected announces a delivery to Milan.
func (s *seams) expected() answer {
	return s.must("staff", "deliveries/AnnounceDelivery", announced(s.name("PO"), units("HAT", 5)+","+units("SOCK", 2), ""))
}

func deliveryActs() []*act {
	about := func(more string) func(*seams) string {
		return func(s *seams) string { return ofDelivery(s.expected(), more) }
	}
	return []*act{
		{method: "deliveries/AnnounceDelivery", about: func(s *seams) string { return announced(s.name("PO"), units("HAT", 5), "") }},
		{method: "deliveries/AnnounceDelivery", how: "in two parts", inParts: true, about: func(s *seams) string {
			if s.count("select count(*) from products where code = 'all-X'") == 0 {
				putAssortment(s.world)
				s.another410("X")
			}
			skus := append(assortment(), "HAT", "SOCK")
			for _, sku := range assortment()[:49] {
				skus = append(skus, "X"+sku)
			}
			return announced(s.name("PO"), manyLines(skus, func(_ int, sku string) string { return units(sku, 2) }), "")
		}},
		{method: "deliveries/AmendDelivery", about: about(`,"expectedOn":"2099-06-01","lines":[` + units("HAT", 7) + `]`)},
		{method: "deliveries/ReceiveDelivery", about: about(`,"deliveryNote":"N-1","lines":[{"sku":"HAT","quantity":"4","damaged":"2","reason":"wet"}]`)},
		{method: "deliveries/ReceiveDelivery", how: "all of it", about: about("")},
		{method: "deliveries/CloseDelivery", about: about(`,"reason":"strike"`)},
	}
}
