package app_test

import (
	"fmt"
	"strings"
)

// refusedDeliveries are of what suppliers bring.
func (p *past) refusedDeliveries() []refusal {
	const announce, amend, receive, end = "deliveries/AnnounceDelivery", "deliveries/AmendDelivery", "deliveries/ReceiveDelivery", "deliveries/CloseDelivery"
	open := p.must("staff", announce, announced("PO-OPEN", units("HAT", 5), ""))
	ended := p.must("staff", announce, announced("PO-ENDED", units("HAT", 5), ""))
	p.must("staff", end, ofDelivery(ended, `,"reason":"strike"`))
	p.must("staff", receive, ofDelivery(open, `,"deliveryNote":"N-1","lines":[`+units("HAT", 2)+`]`))
	lines := func(line string) string { return `,"lines":[` + line + `]` }
	at := func(location, body string) string {
		return strings.Replace(body, `"milan"`, fmt.Sprintf("%q", location), 1)
	}
	unknown := `{"location":"milan","delivery":"` + nobody + `"}`
	return []refusal{
		{announce, at("nowhere", announced("", units("HAT", 1), "")), "UNKNOWN_LOCATION", "location"},
		{"replenishment/ProposeReplenishment", `{"location":"closed"}`, "LOCATION_CLOSED", "location"},
		{announce, at("closed", announced("", units("HAT", 1), "")), "LOCATION_CLOSED", "location"},
		{announce, announced("", units("HAT", 1)+","+units("NONE", 1), ""), "UNKNOWN_SKU", "lines[1].sku"},
		{announce, announced("PO-OPEN", units("HAT", 1), ""), "DELIVERY_EXISTS", "reference"},

		{amend, with(unknown, lines(units("HAT", 1))), "UNKNOWN_DELIVERY", ""},
		{amend, at("rome", ofDelivery(open, lines(units("HAT", 1)))), "UNKNOWN_DELIVERY", ""},
		{amend, ofDelivery(ended, lines(units("HAT", 9))), "DELIVERY_ENDED", ""},
		{amend, ofDelivery(open, lines(units("HAT", 1))), "DELIVERY_ARRIVED", "lines[0].quantity"},
		{amend, ofDelivery(open, lines(units("NONE", 1))), "UNKNOWN_SKU", "lines[0].sku"},

		{receive, unknown, "UNKNOWN_DELIVERY", ""},
		{receive, ofDelivery(open, lines(units("NONE", 1))), "UNKNOWN_SKU", "lines[0].sku"},
		{receive, ofDelivery(open, lines(`{"sku":"HAT","quantity":"1","unitCost":{"currencyCode":"USD","amountMinor":"1"}}`)), "CURRENCY_MISMATCH", "lines[0].unit_cost"},
		{receive, ofDelivery(open, lines(`{"gtin":"4012345678901","quantity":"1"}`)), "UNKNOWN_SKU", "lines[0].gtin"},
		{receive, ofDelivery(ended, ""), "DELIVERY_ENDED", ""},
		{receive, ofDelivery(open, `,"deliveryNote":"N-1"`+lines(units("HAT", 1))), "DELIVERY_NOTE_RECEIVED", "delivery_note"},
		{receive, ofDelivery(open, lines(units("HAT", 4))), "DIFFERENCE_UNEXPLAINED", "lines[0].reason"},
		{receive, ofDelivery(open, lines(`{"sku":"HAT","damaged":"1"}`)), "DIFFERENCE_UNEXPLAINED", "lines[0].reason"},
		{receive, ofDelivery(ended, lines(units("HAT", 1))), "DIFFERENCE_UNEXPLAINED", "lines[0].reason"},

		{end, with(unknown, `,"reason":"strike"`), "UNKNOWN_DELIVERY", ""},
		{end, ofDelivery(ended, `,"reason":"strike"`), "DELIVERY_ENDED", ""},

		{"deliveries/GetDelivery", unknown, "UNKNOWN_DELIVERY", ""},
		{"deliveries/ListDeliveryLines", unknown, "UNKNOWN_DELIVERY", ""},
		{"deliveries/GetAvailableToPromise", `{"location":"nowhere","skus":["HAT"]}`, "UNKNOWN_LOCATION", "location"},
		{"deliveries/GetAvailableToPromise", `{"location":"milan","skus":["HAT"],"channel":"nowhere"}`, "UNKNOWN_CHANNEL", "channel"},
		{"deliveries/GetAvailableToPromise", `{"location":"zurich","skus":["HAT"],"channel":"web"}`, "LOCATION_NOT_SERVED", "location"},
		{"deliveries/GetAvailableToPromise", `{"location":"milan","skus":["NONE"]}`, "UNKNOWN_SKU", "skus"},
		{"deliveries/ListDeliveries", `{"location":"nowhere"}`, "UNKNOWN_LOCATION", "location"},
	}
}
