package retail

import (
	"fmt"
	"slices"
	"strings"
)

// fulfilment finds the work for an order at a place; where there is a pickup and a shipment, the verb says which is meant.
func (s *story) fulfilment(o Order, place, verb string) Fulfilment {
	s.Helper()
	method := PickUp
	if slices.Contains([]string{"pack", "ship", "deliver", "lose", "comeback", "track", "label", "void", "said"}, verb) {
		method = Ship
	}
	var other Fulfilment
	for _, line := range o.Lines {
		f, found := s.shop.rows[FulfilmentKey(place, line.Fulfilment)].(Fulfilment)
		if found && f.Method == method {
			return f
		}
		if found {
			other = f
		}
	}
	if other.ID.IsZero() {
		other = Fulfilment{ID: s.shop.mint(), Location: place, Order: o.ID}
	}
	return other
}

// worked remembers that an act was tried on a fulfilment in its state.
func (s *story) worked(f Fulfilment, act string) {
	state := string(f.State)
	switch {
	case state == "":
		s.moved["NONE "+act] = true
		return
	case state == "READY" && !s.shop.now.Before(f.ExpiresAt):
		state = "LAPSED"
	}
	s.moved[string(f.Method)+" "+state+" "+act] = true
}

// triedParcel remembers that an act was tried on a parcel in its state, while the carrier has one of the shipment: afterwards it is the shipment's.
func (s *story) triedParcel(f Fulfilment, number int32, act string) {
	with := slices.DeleteFunc(slices.Clone(f.Parcels), func(p Parcel) bool { return p.State != FulfilmentShipped })
	state := "NONE"
	switch {
	case len(with) == 0:
		return
	case number == 0 && len(with) > 1:
		state = "UNNAMED"
	case number == 0:
		state = string(with[0].State)
	case int(number) <= len(f.Parcels):
		state = string(f.Parcels[number-1].State)
	}
	s.moved["parcel "+state+" "+act] = true
}

// workOn reads which fulfilment is meant: S1 at MILAN.
func (s *story) workOn(w *words, verb string) (Order, Fulfilment) {
	s.Helper()
	order := s.known(w.next())
	if !w.take("at") {
		s.fail("at which place?")
	}
	f := s.fulfilment(order, w.next(), verb)
	s.worked(f, verb)
	return order, f
}

// accept S1 at MILAN; so pick, ready, pack and deliver, the last also by parcel: deliver S1 at MILAN parcel 2. What is fetched by line:
// pick S1 at MILAN line 1 x2 line 2 x1.
func (s *story) advance(w *words, t telling) (map[string]string, error) {
	_, f := s.workOn(w, t.verb)
	if lines := w.units(); len(lines) > 0 && t.verb == "pick" {
		done, err := submit(s, s.shop, PickUnits{s.shop.workOn(f), lines})
		if err != nil {
			return nil, err
		}
		return s.workFacts(done.Fulfilment), nil
	}
	place, _ := s.shop.rows[LocationKey(f.Location)].(Location)
	c := AdvanceFulfilment{Work: s.shop.workOn(f), KeepFor: place.KeepsPickups(), Parcel: w.parcel()}
	if t.verb == "deliver" {
		s.triedParcel(f, c.Parcel, t.verb)
	}
	c.To = map[string]FulfilmentState{
		"accept": FulfilmentAccepted, "pick": FulfilmentPicking, "ready": FulfilmentReady, "pack": FulfilmentPacked, "deliver": FulfilmentDelivered,
	}[t.verb]
	done, err := submit(s, s.shop, c)
	if err != nil {
		return nil, err
	}
	return s.workFacts(done.Fulfilment), nil
}

// parcel reads "parcel 2"; 0: none is named.
func (w *words) parcel() int32 {
	if !w.take("parcel") {
		return 0
	}
	return int32(w.count())
}

// workOn is a step of the work on a fulfilment.
func (s *shop) workOn(f Fulfilment) Work {
	return Work{Fulfilment: f.ID, Transaction: s.mint(), Location: f.Location, Order: f.Order}
}

func (s *story) workFacts(f Fulfilment) map[string]string {
	facts := map[string]string{
		"is": string(f.At(s.shop.now).State), "tries": fmt.Sprint(f.Tries), "codes": fmt.Sprint(f.CodeCount), "carrier": f.Carrier,
		"tracking": f.Tracking, "proof": f.Proof, "state": string(f.State),
	}
	if order, found := s.shop.rows[OrderKey(f.Order)].(Order); found {
		waiting, left := int64(0), int64(0)
		for _, line := range order.Lines {
			if line.Fulfilment == f.ID {
				waiting, left = waiting+f.Waiting(line), left+line.Open()-f.Waiting(line)
			}
		}
		facts["picked"], facts["left"] = fmt.Sprint(waiting), fmt.Sprint(left)
	}
	var labels []string
	for _, l := range f.Labels {
		said := string(l.State)
		for _, u := range l.Units {
			said += fmt.Sprintf("/%dx%d", u.Line, u.Units)
		}
		if l.Step != "" {
			said += "?"
		}
		labels = append(labels, said)
	}
	facts["labels"] = strings.Join(labels, "+")
	if len(f.Parcels) > 0 {
		var parcels, trail []string
		attention := "no"
		for _, p := range f.Parcels {
			said := string(p.State)
			for _, u := range p.Units {
				said += fmt.Sprintf("/%dx%d-%d", u.Line, u.Units, u.Undelivered)
			}
			for _, e := range p.Trail {
				trail = append(trail, e.ID)
			}
			if p.Attention() {
				attention = "yes"
			}
			parcels = append(parcels, strings.ReplaceAll(said, "-0", ""))
		}
		facts["parcels"], facts["trail"], facts["attention"] = strings.Join(parcels, "+"), strings.Join(trail, "+"), attention
	}
	if f.OnTheWay() {
		facts["due"] = shortly(f.AttentionAt.Sub(s.shop.now))
		facts["late"] = map[bool]string{true: "yes", false: "no"}[f.Late(s.shop.now)]
	}
	if !f.PromisedAt.IsZero() {
		facts["promised"] = shortly(f.PromisedAt.Sub(f.PlacedAt))
		facts["late"] = map[bool]string{true: "yes", false: "no"}[f.Late(s.shop.now)]
	}
	if !f.ExpiresAt.IsZero() {
		facts["for"] = shortly(f.ExpiresAt.Sub(s.shop.now))
	}
	return facts
}

// track S1 at MILAN parcel 2 E1 IN_TRANSIT 2h ago: what a carrier says of it.
func (s *story) track(w *words, t telling) (map[string]string, error) {
	_, f := s.workOn(w, t.verb)
	c := TrackParcel{Work: s.shop.workOn(f), Parcel: w.parcel()}
	s.triedParcel(f, c.Parcel, t.verb)
	e := TrackingEvent{ID: w.next(), Status: TrackingStatus(w.next()), At: s.shop.now, Place: "Bologna", Text: "said the carrier"}
	at, err := s.happened(w)
	if err != nil {
		return nil, err
	}
	if !at.IsZero() {
		e.At = at
	}
	c.Events = []TrackingEvent{e}
	done, err := submit(s, s.shop, c)
	if err != nil {
		return nil, err
	}
	return s.workFacts(done.Fulfilment), nil
}

// renew S1 at MILAN: a new code.
func (s *story) renew(w *words, t telling) (map[string]string, error) {
	_, f := s.workOn(w, t.verb)
	done, err := submit(s, s.shop, RenewCode{s.shop.workOn(f)})
	if err != nil {
		return nil, err
	}
	return s.workFacts(done.Fulfilment), nil
}

// extend S1 at MILAN by 24h: from when it would expire.
func (s *story) extend(w *words, t telling) (map[string]string, error) {
	_, f := s.workOn(w, t.verb)
	w.take("by")
	done, err := submit(s, s.shop, ExtendPickup{s.shop.workOn(f), f.ExpiresAt.Add(s.span(w.next()))})
	if err != nil {
		return nil, err
	}
	return s.workFacts(done.Fulfilment), nil
}

// collect S1 at MILAN with code, with wrong code, or with old code; or ship S1 at MILAN by DHL-7. Then what of it: line 1 x1. Lines
// below say what is paid.
func (s *story) handOver(w *words, t telling) (map[string]string, error) {
	order, f := s.workOn(w, t.verb)
	how := s.settling(t)
	c := HandOver{
		Method: map[string]Method{"collect": PickUp, "ship": Ship}[t.verb], Fulfilment: f.ID, Transaction: s.shop.mint(), Location: f.Location, Order: order, CodeCount: f.CodeCount, RoundingMinor: how.rounding,
		Issuer: s.shop.issuer(order.Location),
	}
	switch {
	case w.take("under"):
		c.Label = s.id(w.next())
		s.triedLabel(f, c.Label, t.verb)
	case w.take("by"):
		c.Carrier, c.Tracking = w.next(), "JD0146"
	case w.take("with"):
		wrong, old := w.take("wrong"), w.take("old")
		c.CodeRight, c.Proof = !wrong, "came"
		if old {
			c.CodeCount--
		}
		if !w.take("code") {
			s.fail("with which code?")
		}
	}
	c.Lines = w.units()
	var err error
	if c.OccurredAt, err = s.happened(w); err != nil {
		return nil, err
	}
	if c.Tenders, err = TendersIn(order.Currency, f.Location, how.tenders, s.stored(order.Customer)); err != nil {
		return nil, err
	}
	handed, err := submit(s, s.shop, c)
	if err != nil {
		return nil, err
	}
	if handed.WrongCode {
		return map[string]string{"wrong": "code", "left": fmt.Sprint(handed.TriesLeft)}, nil
	}
	facts := orderFacts(handed.Order)
	for name, fact := range documentFacts(handed.Invoice) {
		facts["invoice."+name] = fact
	}
	return facts, nil
}
