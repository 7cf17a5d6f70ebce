package app_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/aisle-retail/aisle/services/carrier"
)

// haphazard makes requests that a careless client might: well-formed, and sensible by chance only.
type haphazard struct {
	*rand.Rand
	orders, works, invoices []string
}

func pick[T any](r *haphazard, from ...T) T { return from[r.IntN(len(from))] }

// one picks what was made before, or nothing that there is.
func (r *haphazard) one(from []string) string {
	if len(from) == 0 {
		return nobody
	}
	return from[len(from)-1-r.IntN(min(len(from), 6))]
}

func (r *haphazard) place() string { return pick(r, "milan", "rome", "online") }

func (r *haphazard) amount() int64 {
	return pick[int64](r, 1, 2, 99, 100, 250, 499, 500, 999, 1000, 1001, 1995, 2000, 100_000, 1_000_000_000_000)
}

func (r *haphazard) tenders() string {
	if r.IntN(5) > 1 { // mostly enough
		return pick(r, paid("CASH", 1_000_000), paid("VOUCHER", 1_000_000), tenders(tender("CARD", 500, "a"), tender("CASH", 1_000_000, "")))
	}
	var all []string
	for range r.IntN(4) {
		all = append(all, tender(pick(r, "CASH", "CARD", "VOUCHER", "GIFT_CARD", "STORE_CREDIT", "WALLET"), r.amount(), pick(r, "", "G1", "G2", "a")))
	}
	return tenders(all...)
}

func (r *haphazard) refunds() string {
	var all []string
	for range pick(r, 0, 0, 1, 2) {
		all = append(all, fmt.Sprintf(`{"kind":"TENDER_KIND_%s","amount":%s}`, pick(r, "CASH", "CARD", "STORE_CREDIT", "GIFT_CARD"), eur(r.amount())))
	}
	return `,"refundTo":[` + strings.Join(all, ",") + `]`
}

func (r *haphazard) line() string {
	discount := pick(r, "", "", `,"discounts":[{"code":"X","basisPoints":10000}]`, `,"discounts":[{"code":"X","basisPoints":3333},{"code":"Y","amount":`+eur(1)+`}]`)
	switch r.IntN(7) {
	case 0:
		return giftCard(pick(r, "G1", "G2", "G3"), pick[int64](r, 500, 5000))
	case 1:
		return strings.Replace(delivery, "490", pick(r, "0", "1", "490"), 1)
	default:
		method, location := pick(r, "CARRY_OUT", "PICKUP", "SHIP"), ""
		if method != "CARRY_OUT" {
			location = pick(r, "milan", "milan", "rome")
		}
		return with(goods(pick(r, "HAT", "HAT", "SOCK", "SHIRT-S"), pick(r, 1, 2, 3, 7), method, location), discount+pick(r, "", "", `,"tillPrice":{"reason":"x","line":`+eur(pick[int64](r, 0, 1, 7, 1000))+`}`))
	}
}

func (r *haphazard) sale() string {
	lines := []string{r.line()}
	for range r.IntN(3) {
		lines = append(lines, r.line())
	}
	channel := pick(r, "till", "till", "shop")
	location := "online"
	if channel == "till" {
		location = pick(r, "milan", "rome")
	}
	return basket(channel, location, strings.Join(lines, ","), r.tenders()+pick(r, "", `,"customer":"`+ada+`"`, `,"customer":"`+ada+`"`)+
		pick(r, "", `,"paymentTime":"1s"`, `,"billTo":{"name":"B"}`, `,"cashRounding":`+eur(2)))
}

func (r *haphazard) units() string {
	return fmt.Sprintf(`[{"line":%d,"quantity":"%d"}]`, pick(r, 1, 1, 1, 2, 3), pick(r, 1, 1, 1, 2, 7))
}

func (r *haphazard) back() string {
	return back(pick(r, 1, 1, 1, 2, 3), pick(r, 1, 1, 1, 2), pick(r, "UNDECIDED", "RETURN_TO_STOCK", "WRITE_OFF")) +
		pick(r, "", "", "", ","+back(2, 1, "REPAIR"))
}

// next is a request.
func (r *haphazard) next(w *world) (method, body string) {
	of := fmt.Sprintf(`{"order":%q`, r.one(r.orders))
	work := r.one(r.works)
	if work == nobody {
		work = `{"location":"milan","fulfilment":"` + nobody + `"}`
	}
	fee := pick(r, "", "", `,"fee":`+eur(pick[int64](r, 1, 500)))
	switch r.IntN(19) {
	case 0, 1, 2, 3:
		return "orders/PlaceOrder", r.sale()
	case 4:
		if r.IntN(4) == 0 {
			return "payments/SendPaymentLink", of + `}`
		}
		return "orders/PayOrder", of + fmt.Sprintf(`,"location":%q%s}`, r.place(), r.tenders())
	case 5:
		return "orders/CancelLines", of + pick(r, "", `,"lines":`+r.units()) + r.refunds() + pick(r, "", `,"picked":true`) + `}`
	case 6:
		return pick(r, "orders/GrantGoodwill", "orders/WriteOffDebt"), of + `,"reason":"x","amount":` + eur(r.amount()) + `}`
	case 7, 8:
		switch r.IntN(9) {
		case 7:
			label := w.grpcCall("staff", "fulfilments/BuyLabel", with(work, toAda+pick(r, "", `,"lines":`+r.units())))
			if label.body == nil {
				return "fulfilments/BuyLabel", with(work, by(pick(r, "", carrier.PretendDeclined)))
			}
			return pick(r, "fulfilments/ShipFulfilment", "fulfilments/VoidLabel"), with(work, ofLabel(label.at("id").(string)))
		case 2:
			return "fulfilments/PickFulfilment", with(work, pick(r, "", `,"lines":`+r.units()))
		case 4:
			return "fulfilments/LoseShipment", with(work, lostBy+pick(r, "", `,"lines":`+r.units())+pick(r, "", `,"parcel":2`))
		case 3:
			return pick(r, "fulfilments/ReturnShipment", "fulfilments/DeliverShipment"), with(work, pick(r, "", `,"parcel":1`))
		case 6:
			return "fulfilments/RecordTracking", with(work, says(pick(r, "E1", "E2"), pick(r, "LOST", "DELIVERED")))
		case 5:
			return "fulfilments/ShipFulfilment", with(work, `,"carrier":"SEUR"`+pick(r, "", `,"lines":`+r.units()))
		case 1:
			return "fulfilments/RejectUnits", with(work, pick(r, missing, unfit)+pick(r, "", `,"lines":`+r.units())+pick(r, "", `,"instead":["FULFILMENT_METHOD_SHIP"]`, `,"payBack":true`))
		case 0:
			return "fulfilments/RefusePickup", with(work, pick(r, "", `,"lines":`+r.units()))
		}
		return "fulfilments/ReadyFulfilment", work
	case 9, 10:
		code := w.grpcCall("staff", "fulfilments/GetPickupCode", work)
		if code.body == nil {
			return "fulfilments/ShipFulfilment", with(work, `,"carrier":"S"`)
		}
		return "fulfilments/CollectPickup", with(work, shown(fmt.Sprint(code.at("code")))+pick(r, "", "", `,"lines":`+r.units())+r.tenders())
	case 11:
		return "fulfilments/ShipFulfilment", with(work, `,"carrier":"S"`)
	case 12, 13:
		return pick(r, "returns/AcceptReturn", "returns/AcceptReturnByRight"), returned(r.place(), r.one(r.orders), r.back(), fee+r.refunds())
	case 14:
		return "returns/AcceptBlindReturn", blind(pick(r, "milan", "rome"), "till", pick(r, "HAT", "SOCK"), eur(pick[int64](r, 0, 1, 999)), pick(r, "CASH", "CARD", "STORE_CREDIT"),
			pick(r, "", `,"customer":"`+ada+`"`))
	case 15:
		at := pick(r, "milan", "rome")
		leaves := basket("till", at, r.line(), r.tenders()+`,"requestId":"`+newUUID()+`"`)
		return "returns/ExchangeGoods", returned(at, r.one(r.orders), r.back(), fee+`,"sale":`+leaves)
	case 16:
		return "invoices/IssueFullInvoice", fmt.Sprintf(`{"invoice":%q,"buyer":{"name":"B"}}`, r.one(r.invoices))
	case 17:
		lines := []string{r.line(), r.line()}
		return "orders/QuoteOrder", basket("till", pick(r, "milan", "rome"), strings.Join(lines[:pick(r, 1, 2)], ","), pick(r, "", `,"customer":"`+ada+`"`))
	default:
		return "returns/QuoteReturn", returned(r.place(), r.one(r.orders), r.back(), fee+r.refunds())
	}
}

// keep remembers what an answer made.
func (r *haphazard) keep(w *world, method string, a answer) {
	order := a.body
	switch method {
	case "orders/PlaceOrder":
	case "returns/ExchangeGoods":
		order, _ = a.at("order").(map[string]any)
	default:
		return
	}
	placed := answer{body: order}
	r.orders = append(r.orders, fmt.Sprint(placed.at("id")))
	all := w.do("staff", "fulfilments/ListOrderFulfilments", `{"order":%q}`, placed.at("id"))
	for i := 0; all.at("fulfilments", i) != nil; i++ {
		r.works = append(r.works, fmt.Sprintf(`{"location":%q,"fulfilment":%q}`, all.at("fulfilments", i, "location"), all.at("fulfilments", i, "id")))
	}
	if ticket := w.ticketOf(placed); ticket != nil {
		r.invoices = append(r.invoices, fmt.Sprint(ticket))
	}
}

// rounds is how many requests there are.
const rounds = 400

// TestHaphazardTrade sends hundreds of requests that make sense by chance. None is a fault of ours, none is refused for what no
// contract names, and the books are clean.
func TestHaphazardTrade(t *testing.T) {
	w := openShop(t)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := &haphazard{Rand: rand.New(rand.NewPCG(seed, 0))}
	outcomes := map[string]int{}
	for range rounds {
		method, body := r.next(w)
		a := w.grpcCall("staff", method, body)
		outcomes[method[strings.Index(method, "/")+1:]+" "+a.reason]++
		if a.body != nil {
			r.keep(w, method, a)
		} else if a.reason == "INTERNAL" || a.reason == "" || a.reason == "STALE" {
			t.Errorf("%s %s\n%s %s", method, body, a.reason, a.message)
		}
	}
	t.Log(outcomes)
	w.audit()
}
