package app_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aisle-retail/aisle/services/app"
	"github.com/aisle-retail/aisle/services/carrier"
)

// toAda is whom a parcel is for.
const (
	toHer = `{"name":"Ada Lovelace","phone":"+39021234567","street":"Via Roma 1","postalCode":"20121","city":"Milano","countryCode":"IT"}`
	toAda = `,"weightGrams":"900","recipient":` + toHer
)

// by is a service of the carrier's.
func by(service string) string { return fmt.Sprintf(`%s,"service":%q`, toAda, service) }

// packed is a paid shipment of hats that is packed.
func (w *world) packed(hats int) (work string) {
	w.t.Helper()
	order := w.must("staff", "orders/PlaceOrder", online(goods("HAT", hats, "SHIP", "milan"), paid("CARD", 1000*int64(hats))))
	work = w.work(order, "SHIP", "")
	w.must("staff", "fulfilments/ReadyFulfilment", work)
	return work
}

// labelled is a packed shipment of a hat, and its label by a service of the carrier's.
func (w *world) labelled(service string) (work, label string) {
	w.t.Helper()
	work = w.packed(1)
	return work, w.must("staff", "fulfilments/BuyLabel", with(work, by(service))).at("id").(string)
}

// once is a request with an id of its own, to be sent again.
func once(body string) string { return fmt.Sprintf(`{"requestId":%q,`, newUUID()) + body[1:] }

// ofLabel is what is asked of a label.
func ofLabel(label string) string { return fmt.Sprintf(`,"label":%q`, label) }

// errQuiet is that a carrier says nothing.
var errQuiet = errors.New("it says nothing")

// quiet is a carrier that says nothing of labels while it is silent, whatever it does.
type quiet struct {
	*carrier.Pretend
	silent atomic.Bool
}

// Label makes a label.
func (q *quiet) Label(ctx context.Context, s carrier.Shipment) (carrier.Answer, error) {
	answer, err := q.Pretend.Label(ctx, s)
	if q.silent.Load() {
		return carrier.Answer{}, errQuiet
	}
	return answer, err
}

// Find returns the label that it made under a key.
func (q *quiet) Find(ctx context.Context, key string) (carrier.Answer, bool, error) {
	if q.silent.Load() {
		return carrier.Answer{}, false, errQuiet
	}
	return q.Pretend.Find(ctx, key)
}

// post is a shop whose parcels are carried by somebody who outlives its processes, as one outside does.
type post struct {
	*world
	carrier *quiet
	mu      sync.Mutex
	// dieAt is at which place between steps the process dies, counted down; 0: it lives.
	dieAt int
	dead  bool
}

func openPost(t *testing.T) *post {
	t.Helper()
	p := &post{world: openShop(t), carrier: &quiet{Pretend: carrier.NewPretend()}}
	p.world.configure = func(c *app.Config) (string, *slog.Logger) {
		c.ParcelCarrier, c.CarrierEvery, c.CarrierCrash = p.carrier, 10*time.Millisecond, p.reach
		return p.db.URL, slog.New(slog.DiscardHandler)
	}
	p.restart()
	return p
}

// restart starts another process after the one before.
func (p *post) restart() {
	p.t.Helper()
	p.stop()
	p.mu.Lock()
	p.dead = false
	p.mu.Unlock()
	p.start()
}

// reach lets the process die at a place between steps: from there on it does nothing with its carrier any more.
func (p *post) reach(string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dieAt > 0 {
		if p.dieAt--; p.dieAt == 0 {
			p.dead = true
		}
	}
	if p.dead {
		return errDied
	}
	return nil
}

func (p *post) died() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.dead
}

// asks sends a request about a label as a client that hears nothing: again, to the next process.
func (p *post) asks(method, body string) {
	p.t.Helper()
	body = once(body)
	if a := p.grpcCall("staff", method, body); a.body == nil {
		if !p.died() {
			p.t.Fatalf("%s: %s %s", method, a.code, a.message)
		}
		p.restart()
		p.must("staff", method, body)
	}
}

// comes waits until the labels of a shipment have come to states, and their carrier is asked nothing more.
func (p *post) comes(work string, states ...string) answer {
	p.t.Helper()
	var now answer
	eventually(p.t, fmt.Sprint("the labels are ", states), func() bool {
		if p.died() {
			p.restart()
		}
		now = p.must("staff", "fulfilments/GetFulfilment", work)
		for i, state := range states {
			if now.at("labels", i, "state") != "LABEL_STATE_"+state || now.at("labels", i, "waiting") != false {
				return false
			}
		}
		return now.at("labels", len(states)) == nil
	})
	return now
}

// TestLabels buys a label, prints it, sends the parcel under it, and gives another back.
func TestLabels(t *testing.T) {
	t.Parallel()
	w := openShop(t)
	work := w.packed(3)
	request := once(with(work, toAda+`,"size":{"lengthMm":300,"widthMm":200,"heightMm":100},"lines":[{"line":1,"quantity":"1"}]`))
	first := w.must("staff", "fulfilments/BuyLabel", request)
	w.want(first, map[string]any{
		"state": "LABEL_STATE_ISSUED", "waiting": false, "provider": "test", "carrier": "Pretend Post", "lines.0.quantity": "1", "weightGrams": "900",
		"size.lengthMm": 300.0, "price.amountMinor": "490", "price.currencyCode": "EUR", "problem": "",
	})
	if again := w.rest("staff", "fulfilments/BuyLabel", request); fmt.Sprint(again.body) != fmt.Sprint(first.body) {
		t.Errorf("asked again it is\n%v, and was\n%v", again.body, first.body)
	}
	if n := w.count("select count(*) from jobs.recipients"); n != 0 {
		t.Errorf("whom %d parcels are for is kept", n)
	}
	if n := w.count("select count(*) from events where convert_from(body, 'UTF8') like '%Lovelace%'"); n != 0 {
		t.Errorf("%d events say whom a parcel is for", n)
	}
	label := first.at("id").(string)
	if contentType, body := w.document("staff", labelPath(work, first)); contentType != "application/pdf" ||
		!strings.Contains(string(body), "Ada Lovelace") || !strings.Contains(string(body), first.at("tracking").(string)) {
		t.Errorf("%s: %.300s", contentType, body)
	}
	w.want(w.must("staff", "fulfilments/ShipFulfilment", with(work, ofLabel(label))), map[string]any{
		"fulfilment.state": "FULFILMENT_STATE_PACKED", "fulfilment.parcels.0.label": label, "fulfilment.parcels.0.carrier": "Pretend Post",
		"fulfilment.parcels.0.tracking": first.at("tracking"), "fulfilment.parcels.0.lines.0.quantity": "1",
		"fulfilment.labels.0.state": "LABEL_STATE_USED", "invoice.grossTotal.amountMinor": "1000",
	})
	rest := w.must("staff", "fulfilments/BuyLabel", with(work, toAda))
	w.want(rest, map[string]any{"state": "LABEL_STATE_ISSUED", "lines.0.quantity": "2"})
	outcomes := atOnce(6, func(i int) answer {
		if i%2 == 0 {
			return w.grpcCall("staff", "fulfilments/ShipFulfilment", with(work, ofLabel(rest.at("id").(string))))
		}
		return w.grpcCall("staff", "fulfilments/VoidLabel", with(work, ofLabel(rest.at("id").(string))))
	})
	if outcomes[""] != 1 || outcomes["LABEL_STATE"]+outcomes["ALREADY_HANDED_OVER"] != 5 {
		t.Errorf("six who use one label, or give it back: %v", outcomes)
	}
	if a := w.grpcCall("staff", "fulfilments/BuyLabel", with(work, toAda+`,"lines":[{"line":1,"quantity":"9"}]`)); a.reason != "ALREADY_HANDED_OVER" {
		t.Errorf("a label of what is not open: %+v", a)
	}
	if n := w.count("select count(*) from jobs.recipients"); n != 0 {
		t.Errorf("whom %d parcels are for is kept of what was refused", n)
	}
	w.audit()
}

// TestShipTo has an order say whom it is sent to: who packs it reads that, and its labels are for her, until she is forgotten.
func TestShipTo(t *testing.T) {
	t.Parallel()
	w := openShop(t)
	house := map[string]any{"name": "Ada Lovelace", "street": "Via Roma 1", "postalCode": "20121", "city": "Milano", "countryCode": "IT", "phone": "+39021234567"}
	request := once(online(goods("HAT", 2, "SHIP", "milan")+","+goods("HAT", 1, "PICKUP", "milan"), paid("CARD", 3000)+`,"shipTo":`+toHer))
	order := w.must("staff", "orders/PlaceOrder", request)
	work := w.work(order, "SHIP", "")
	other := newUUID() // what was said for an order that was refused is not said for the next of its id
	of := func(units int, more string) string {
		return online(goods("HAT", units, "SHIP", "milan"), `,"order":"`+other+`"`+more)
	}
	w.refuse("staff", "orders/PlaceOrder", of(100_000, paid("CARD", 100_000_000)+`,"shipTo":`+toHer), "OUT_OF_STOCK", "")
	unsaid := w.work(w.must("staff", "orders/PlaceOrder", of(1, paid("CARD", 1000))), "SHIP", "")
	w.want(w.must("staff", "fulfilments/GetRecipient", unsaid), map[string]any{"name": "", "street": ""})
	for _, door := range []func(key, short, body string) answer{w.grpcCall, w.rest} {
		w.want(door("staff", "fulfilments/GetRecipient", work), house)
	}
	w.refuse("staff", "fulfilments/GetRecipient", w.work(order, "PICKUP", ""), "FULFILMENT_STATE", "")
	late := fmt.Sprintf(`{"order":%q,"shipTo":%s}`, other, strings.Replace(toHer, "Via Roma 1", "Via Po 9", 1))
	for _, door := range []func(string, string, string) answer{w.must, w.rest} { // said late, and twice
		w.want(door("site", "orders/PutShipTo", late), map[string]any{"street": "Via Po 9"})
	}
	w.want(w.must("staff", "fulfilments/GetRecipient", unsaid), map[string]any{"street": "Via Po 9"})
	for _, said := range []any{other, order.at("id")} {
		w.refuse("site", "orders/PutShipTo", fmt.Sprintf(`{"order":%q,"shipTo":%s}`, said, strings.Replace(toHer, "Via Roma 1", "Via Po 8", 1)), "IMMUTABLE", "ship_to")
	}
	w.must("staff", "fulfilments/ReadyFulfilment", work)
	buy := once(with(work, `,"lines":[{"line":1,"quantity":"1"}]`))
	label := w.must("staff", "fulfilments/BuyLabel", buy)
	w.want(label, map[string]any{"state": "LABEL_STATE_ISSUED"})
	if _, body := w.document("staff", labelPath(work, label)); !strings.Contains(string(body), "Via Roma 1") {
		t.Errorf("the label says %.300s", body)
	}
	erase := fmt.Sprintf(`{"order":%q}`, order.at("id"))
	w.want(w.must("staff", "messages/EraseContact", erase), map[string]any{"erased": true})
	w.want(w.must("staff", "messages/EraseContact", erase), map[string]any{"erased": false})
	w.must("staff", "orders/PlaceOrder", request) // and does not bring her back
	w.want(w.must("staff", "fulfilments/GetRecipient", work), map[string]any{"name": "", "street": ""})
	w.want(w.must("staff", "fulfilments/BuyLabel", buy), map[string]any{"id": label.at("id")})
	w.refuse("staff", "fulfilments/BuyLabel", work, "INVALID_REQUEST", "recipient")
	w.do("staff", "orders/CancelLines", `{"order":%q,"picked":true}`, order.at("id"))
	w.refuse("site", "orders/PutShipTo", fmt.Sprintf(`{"order":%q,"shipTo":%s}`, order.at("id"), toHer), "ALREADY_HANDED_OVER", "")
	w.refuse("site", "orders/PutShipTo", fmt.Sprintf(`{"order":%q,"shipTo":%s}`, newUUID(), toHer), "UNKNOWN_ORDER", "order")
	if n := w.count("select count(*) from events where convert_from(body, 'UTF8') like '%Lovelace%' or convert_from(body, 'UTF8') like '%Via Roma%'"); n != 0 {
		t.Errorf("%d events say whom an order is for", n)
	}
	w.audit()
}

// TestSaidByOthers has several say at once whom one order is sent to, and whom one label is for: what counts is what the one said that was carried
// out, whoever is written first or last.
func TestSaidByOthers(t *testing.T) {
	t.Parallel()
	w := openShop(t)
	house := func(n any) string {
		return strings.Replace(toHer, "Ada Lovelace", fmt.Sprintf("Ada of %v", n), 1)
	}
	place := func(order string, n any) string {
		return once(online(goods("HAT", 1, "SHIP", "milan"), fmt.Sprintf(`,"order":%q,"shipTo":%s`, order, house(n))+paid("CARD", 1000)+
			contact(fmt.Sprintf("ada%v@example.com", n), "", "")))
	}
	said := func(order, work string, n any) {
		t.Helper()
		w.want(w.must("staff", "fulfilments/GetRecipient", work), map[string]any{"name": fmt.Sprintf("Ada of %v", n)})
		if rows := w.count("select count(*) from jobs.contacts where order_id = $1::uuid and email = $2", order, fmt.Sprintf("ada%v@example.com", n)); rows != 1 {
			t.Errorf("the contact is not hers of %v", n)
		}
		if rows := w.count("select count(*) from jobs.contacts c join jobs.destinations d on d.order_id = c.order_id where c.order_id = $1::uuid", order); rows != 1 {
			t.Errorf("%d rows are kept", rows)
		}
	}
	for range 4 {
		order := newUUID()
		var placed atomic.Value
		var work atomic.Value
		atOnce(8, func(n int) answer {
			a := w.grpcCall("staff", "orders/PlaceOrder", place(order, n))
			if a.reason == "" {
				placed.Store(n)
				work.Store(w.work(a, "SHIP", ""))
			}
			return a
		})
		said(order, work.Load().(string), placed.Load())
	}
	t.Run("another one was there first, and was refused, or died", func(t *testing.T) {
		w := w.in(t)
		order := newUUID()
		w.sql(`insert into jobs.contacts (order_id, email, phone, language, request_id, fingerprint) values ($1::uuid, 'm@example.com', '', 'en', $2::uuid, '\x00')`,
			order, newUUID())
		w.sql(`insert into jobs.destinations (order_id, recipient, request_id, fingerprint) values ($1::uuid, '{"name":"Mallory"}', $2::uuid, '\x00')`,
			order, newUUID())
		request := place(order, "Turin")
		a := w.must("staff", "orders/PlaceOrder", request)
		work := w.work(a, "SHIP", "")
		said(order, work, "Turin")
		w.refused("staff", "orders/PlaceOrder", place(order, "Rome"), "ORDER_EXISTS", "order")
		said(order, work, "Turin")
		w.sql("update jobs.destinations set recipient = '{\"name\":\"Mallory\"}', request_id = $2::uuid where order_id = $1::uuid", order, newUUID())
		w.want(w.must("staff", "fulfilments/GetRecipient", work), map[string]any{"name": ""}) // whose request was not carried out
		w.must("staff", "orders/PlaceOrder", request)
		said(order, work, "Turin")
	})
	t.Run("of one that is refused nothing is kept", func(t *testing.T) {
		w := w.in(t)
		order := newUUID()
		none := strings.Replace(place(order, "Turin"), `"quantity":"1"`, `"quantity":"100000"`, 1)
		if a := w.grpcCall("staff", "orders/PlaceOrder", none); a.reason != "OUT_OF_STOCK" {
			t.Errorf("%+v", a)
		}
		if n := w.count("select count(*) from jobs.contacts c full join jobs.destinations d using (order_id) where order_id = $1::uuid", order); n != 0 {
			t.Errorf("%d rows are kept", n)
		}
	})
	for range 4 {
		work := w.packed(1)
		request := newUUID()
		var asked atomic.Value
		var label atomic.Value
		atOnce(8, func(n int) answer {
			a := w.grpcCall("staff", "fulfilments/BuyLabel", fmt.Sprintf(`{"requestId":%q,`, request)+with(work, `,"recipient":`+house(n))[1:])
			if a.reason == "" {
				asked.Store(n)
				label.Store(a)
			}
			return a
		})
		if _, body := w.document("staff", labelPath(work, label.Load().(answer))); !strings.Contains(string(body), fmt.Sprintf("Ada of %v", asked.Load())) {
			t.Errorf("it is not for her of %v: %.300s", asked.Load(), body)
		}
	}
	w.audit()
}

// labelPath is where a label is printed.
func labelPath(work string, label answer) string {
	place := strings.NewReplacer(`{"location":"`, "/v1/locations/", `","fulfilment":"`, "/fulfilments/", `"}`, "/labels/").Replace(work)
	return place + label.at("id").(string) + ":print"
}

// TestLabelsSurviveCrashes kills the process at each place between two steps of labels in turn: one that is bought and used, and one that is
// bought and given back. In the end everything is as if nobody had died, and the carrier did each thing once.
func TestLabelsSurviveCrashes(t *testing.T) {
	t.Parallel()
	p := openPost(t)
	for at := 0; ; at++ {
		before := len(p.carrier.Book())
		p.mu.Lock()
		p.dieAt = at
		p.mu.Unlock()
		work := p.packed(2)
		p.asks("fulfilments/BuyLabel", with(work, toAda+`,"lines":[{"line":1,"quantity":"1"}]`))
		label := p.comes(work, "ISSUED").at("labels", 0, "id").(string)
		p.must("staff", "fulfilments/ShipFulfilment", with(work, ofLabel(label)))
		p.asks("fulfilments/BuyLabel", with(work, toAda))
		spare := p.comes(work, "USED", "ISSUED").at("labels", 1, "id").(string)
		p.asks("fulfilments/VoidLabel", with(work, ofLabel(spare)))
		p.comes(work, "USED", "VOIDED")
		var did []string
		for _, d := range p.carrier.Book()[before:] {
			did = append(did, fmt.Sprint(strings.NewReplacer(label, "first", spare, "spare").Replace(d.Key), " ", d.Cancelled))
		}
		if got := strings.Join(did, ", "); got != "aisle/first/1 false, aisle/spare/1 false, aisle/spare/2 true" {
			t.Errorf("place %d: the carrier did %s", at, got)
		}
		p.mu.Lock()
		left := p.dieAt
		p.dieAt = 0
		p.mu.Unlock()
		if left > 0 { // there is no such place any more
			if at < 6 {
				t.Errorf("there are only %d places between three steps", at)
			}
			break
		}
	}
	if n := p.count("select count(*) from jobs.recipients"); n != 0 {
		t.Errorf("whom %d parcels are for is kept", n)
	}
	p.leftOver()
	// Nobody is told of an answer that was lost, and it is asked for again.
	work := p.packed(1)
	first := p.must("staff", "fulfilments/BuyLabel", with(work, by(carrier.PretendLost)))
	p.want(first, map[string]any{"state": "LABEL_STATE_REQUESTED", "waiting": true})
	p.comes(work, "ISSUED")
	p.must("staff", "fulfilments/VoidLabel", with(work, ofLabel(first.at("id").(string))))
	p.comes(work, "VOIDED")
	p.audit()
}

// leftOver has labels of which nothing is left to send, that nobody waits for, and that were made for somebody who is forgotten.
func (p *post) leftOver() {
	p.t.Helper()
	work, _ := p.labelled("")
	p.must("staff", "fulfilments/ShipFulfilment", with(work, `,"carrier":"SEUR"`))
	p.comes(work, "VOIDED")

	// Its answers are lost: whoever gives it up then is not asked for it any more, and the next one has its goods.
	p.carrier.silent.Store(true)
	work = p.packed(1)
	label := p.must("staff", "fulfilments/BuyLabel", with(work, toAda)).at("id").(string)
	p.want(p.must("staff", "fulfilments/VoidLabel", with(work, ofLabel(label))), map[string]any{"state": "LABEL_STATE_GIVEN_UP", "waiting": true})
	p.must("staff", "fulfilments/BuyLabel", with(work, toAda))
	p.carrier.silent.Store(false)
	p.comes(work, "VOIDED", "ISSUED")

	// It made the label, and nobody knows any more whom it is for.
	p.carrier.silent.Store(true)
	order := p.must("staff", "orders/PlaceOrder", online(goods("HAT", 1, "SHIP", "milan"), paid("CARD", 1000)))
	work = p.work(order, "SHIP", "")
	p.must("staff", "fulfilments/ReadyFulfilment", work)
	p.must("staff", "fulfilments/BuyLabel", with(work, toAda))
	p.must("staff", "messages/EraseContact", `{"order":"`+order.at("id").(string)+`"}`)
	p.carrier.silent.Store(false)
	p.comes(work, "ISSUED")
}

// TestLabelsNotMade tells whoever waits what a carrier says that makes no label, and keeps none of its words; and what to do about a label that is
// for more than is left.
func TestLabelsNotMade(t *testing.T) {
	t.Parallel()
	w := openShop(t)
	work := w.packed(3)
	a := w.grpcCall("staff", "fulfilments/BuyLabel", with(work, by(carrier.PretendDeclined)))
	if a.reason != "LABEL_DECLINED" || a.details["problem"] != "ADDRESS" || !strings.Contains(a.message, "Nobody goes to Via Roma 1.") {
		t.Errorf("%+v", a)
	}
	w.want(w.must("staff", "fulfilments/GetFulfilment", work), map[string]any{"labels.0.state": "LABEL_STATE_DECLINED", "labels.0.problem": "ADDRESS"})
	for _, kept := range []string{
		"select count(*) from events where convert_from(body, 'UTF8') like '%Via Roma%'", "select count(*) from fulfilments t where t::text like '%Via Roma%'",
	} {
		if n := w.count(kept); n != 0 {
			t.Errorf("%d: %s", n, kept)
		}
	}
	label := w.must("staff", "fulfilments/BuyLabel", with(work, toAda))
	order := w.must("staff", "fulfilments/GetFulfilment", work).at("order")
	w.must("staff", "orders/CancelLines", fmt.Sprintf(`{"order":%q,"picked":true,"lines":[{"line":1,"quantity":"1"}]}`, order))
	too := w.refused("staff", "fulfilments/ShipFulfilment", with(work, ofLabel(label.at("id").(string))), "ALREADY_HANDED_OVER", "label")
	if too.details["open"] != "2" || !strings.Contains(too.message, "give it back, and ask for another") {
		t.Errorf("%+v", too)
	}
	if a = w.refused("staff", "fulfilments/BuyLabel", with(work, toAda), "LABEL_STATE", ""); !strings.Contains(a.message, "give one back") {
		t.Errorf("%+v", a)
	}
	w.must("staff", "fulfilments/VoidLabel", with(work, ofLabel(label.at("id").(string))))
	w.must("staff", "fulfilments/ShipFulfilment", with(work, ofLabel(w.must("staff", "fulfilments/BuyLabel", with(work, toAda)).at("id").(string))))
	w.audit()
}

// refuseLabels has a carrier decline to make a label, and to take one back, and returns that and its shipment.
func (w *world) refuseLabels() (work, label string) {
	w.t.Helper()
	again := once(with(w.packed(1), by(carrier.PretendDeclined)))
	work, label = w.labelled(carrier.PretendCancelRefused)
	for _, c := range []struct{ method, body, problem string }{
		{"fulfilments/BuyLabel", again, "ADDRESS"},
		{"fulfilments/VoidLabel", once(with(work, ofLabel(label))), "UNDER_WAY"},
	} {
		for _, door := range []func(key, short, body string) answer{w.grpcCall, w.rest, w.grpcCall} {
			if a := door("staff", c.method, c.body); a.reason != "LABEL_DECLINED" || a.details["problem"] != c.problem {
				w.t.Errorf("%s: %+v", c.method, a)
			}
		}
	}
	w.want(w.must("staff", "fulfilments/GetFulfilment", work), map[string]any{
		"labels.0.state": "LABEL_STATE_ISSUED", "labels.0.waiting": false, "labels.0.problem": "UNDER_WAY", "labels.1": nil,
	})
	return work, label
}
