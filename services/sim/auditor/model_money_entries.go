package auditor

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"
)

// unitAccounts are the accounts that units stand on. What is not one of them, and no transit, is money's.
var unitAccounts = []string{
	"available", "held", "committed", "inspection", "damaged", "quarantine", "incoming", "supplier", "customer", "shrinkage", "found",
}

func ofUnits(account string) bool {
	return slices.Contains(unitAccounts, account) || strings.HasPrefix(account, "transit/")
}

// compareAct holds the headers and entries of the act against what it comes to. In every book, so that what crosses books through
// settlement is there twice, equal and opposite.
func (d *deed) compareAct() {
	if d.kind == "" { // it was refused by the model, and nothing is known of what it should be
		return
	}
	d.compareHeaders()
	d.compareEvents()
	money, units := map[posting]int64{}, map[posting]int64{}
	for _, h := range d.act.Headers {
		for _, e := range h.Entries {
			if ofUnits(e.From) {
				units[posting{h.Location, e.From, e.To, e.Asset}] += e.Quantity
				continue
			}
			if ofCost(e) { // the business of the model of value
				continue
			}
			if e.Asset != Currency {
				d.wrong("an entry in another currency", fmt.Sprintf("%s of %s", e.Asset, e.From))
			}
			money[posting{h.Location, e.From, e.To, ""}] += e.Quantity
		}
	}
	d.compareSums("money", d.money, money)
	d.compareSums("units", d.units, d.fromHolds(units))
}

// fromHolds says of units that left holds what the model says of all: that they were available. How much of a line its holds had is
// the business of the model of stock.
func (d *deed) fromHolds(units map[posting]int64) map[posting]int64 {
	if d.missed {
		return lost(units)
	}
	if !d.released {
		return units
	}
	all := map[posting]int64{}
	for p, n := range units {
		if p.from == "held" && p.to == "available" {
			continue
		}
		if p.from == "held" {
			p.from = "available"
		}
		all[p] += n
	}
	return all
}

// lost says of units that were not found that all of them are lost. How many of them the books knew to be missing is the business of the
// model of stock.
func lost(units map[posting]int64) map[posting]int64 {
	all := map[posting]int64{}
	for p, n := range units {
		if p.from == "committed" && p.to == "available" {
			p.to = "shrinkage"
		}
		all[p] += n
	}
	return all
}

// compareSums finds postings that are missing, too many or off.
func (d *deed) compareSums(what string, want, got map[posting]int64) {
	var wrong []string
	for p, n := range want {
		if got[p] != n {
			wrong = append(wrong, fmt.Sprintf("%s %s -> %s %s: should be %d, is %d", p.location, p.from, p.to, p.asset, n, got[p]))
		}
	}
	for p, n := range got {
		if _, expected := want[p]; !expected {
			wrong = append(wrong, fmt.Sprintf("%s %s -> %s %s: should not be there, is %d", p.location, p.from, p.to, p.asset, n))
		}
	}
	if len(wrong) > 0 {
		slices.Sort(wrong)
		d.wrong("entries are not what the act comes to", what+": "+strings.Join(wrong, "; "), d.cause)
	}
}

// compareHeaders holds the headers against the act: one transaction, one header per book that it touched, with who, when and why.
func (d *deed) compareHeaders() {
	books := map[string]int{}
	for _, h := range d.act.Headers {
		books[h.Location]++
		channel := cmp.Or(d.channel, d.shop.Speaks[h.Actor])
		switch {
		case h.ID != d.act.Headers[0].ID:
			d.wrong("a request had more than one effect", fmt.Sprintf("transactions %s and %s", d.act.Headers[0].ID, h.ID), d.cause)
		case books[h.Location] > 1:
			d.wrong("a request had more than one effect", fmt.Sprintf("twice in the book of %s", h.Location), d.cause)
		case h.Kind != d.kind || h.Cause != d.cause || h.Channel != channel:
			d.wrong("a header is not what the act is", fmt.Sprintf("it should be %s %s by %q, and is %s %s by %q", d.kind, d.cause, channel,
				h.Kind, h.Cause, h.Channel), d.cause)
		case !h.RecordedAt.Equal(d.now) || !h.OccurredAt.Equal(d.happened(h)):
			d.wrong("a header has another time than its act", fmt.Sprintf("recorded %s, occurred %s", clockText(h.RecordedAt), clockText(h.OccurredAt)), d.cause)
		}
	}
	wanted := map[string]bool{d.book: true}
	for p := range d.money {
		wanted[p.location] = true
	}
	for p := range d.units {
		wanted[p.location] = true
	}
	for location := range wanted {
		if books[location] == 0 {
			d.wrong("a book has no header of the act", location, d.cause)
		}
	}
}

// happened is when the header should say that it happened in the shop.
func (d *deed) happened(h Header) time.Time {
	if d.call == nil {
		return h.RecordedAt
	}
	if r, ok := d.call.Request.(interface {
		GetOccurredAt() *timestamppb.Timestamp
	}); ok && r.GetOccurredAt() != nil {
		return d.at
	}
	return h.RecordedAt
}

// compareEvents looks whether others are told once of all that the act did, by the version that it left behind.
func (d *deed) compareEvents() {
	want, got := map[string]int64{}, map[string]int64{}
	for _, o := range d.ordersAfter {
		want["order/"+o.id] = o.version
	}
	for _, w := range d.worksAfter {
		want["fulfilment/"+w.id] = w.version
	}
	for _, e := range d.act.Events {
		if kind, _, _ := strings.Cut(e.Subject, "/"); kind == "order" || kind == "fulfilment" {
			if got[e.Subject] != 0 {
				d.wrong("an event is told twice", e.Kind+" of "+e.Subject, e.Subject)
			}
			got[e.Subject] = e.Version
		}
	}
	if !maps.Equal(want, got) {
		d.wrong("the events are not what the act did", fmt.Sprintf("subjects and versions should be %v, and are %v", want, got), d.cause)
	}
}
