package messages

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/aisle-retail/aisle/services/retail"
)

var update = flag.Bool("update", false, "write the golden files anew")

// fixedCode is a maker of codes that knows one.
type fixedCode struct{}

func (fixedCode) Of(retail.Fulfilment) string { return "204917" }

// URL is where every link leads.
func (fixedCode) URL(retail.Order) string { return "https://shop.example/pay/AZjA3gAA" }

// before is an order of which one shirt of three was given up, and its lines when nothing is open any more.
func before(order retail.Order) (was retail.Order, is []retail.OrderLine) {
	order.Lines[0].Quantity, order.Lines[0].Cancelled = 3, 1
	is = slices.Clone(order.Lines)
	for i := range is {
		is[i].Cancelled = is[i].Quantity
	}
	return order, is
}

// about is what a message of a kind is about, in a shop in Barcelona.
func about(kind retail.MessageKind) facts {
	at := time.Date(2026, time.August, 4, 15, 30, 0, 0, time.UTC)
	order := retail.Order{
		ID: retail.ID{15: 7}, Number: "7K2-M4Q-91", State: retail.OrderConfirmed, Currency: "EUR", Location: "web", RecordedAt: at,
		Lines: []retail.OrderLine{
			{Line: 1, SKU: "SHIRT", Description: "Linen shirt <M> & co", Method: retail.PickUp, Location: "bcn", Fulfilment: retail.ID{15: 1}, Quantity: 2, GrossMinor: 11800},
			{Line: 2, SKU: "HAT", Description: "Hat", Method: retail.Ship, Location: "bcn", Fulfilment: retail.ID{15: 2}, Quantity: 1200, GrossMinor: 1234567},
		},
		Payments: []retail.Payment{{Kind: "CARD", Movement: retail.MovementPayment, AmountMinor: 11800, OccurredAt: at.Add(-time.Hour)}},
	}
	f := facts{
		names: map[string]named{"SHIRT": {title: "Linen shirt <M> & co", variant: "Sand, M"}, "SHIRT-L": {variant: "Sand, L"}},
		shop:  retail.Location{Code: "web", Name: "Web", LegalName: "Alba Moda"},
		place: retail.Location{Code: "bcn", Name: "Gràcia", TimeZone: "Europe/Madrid", Address: retail.Address{
			Street: "Carrer Gran 12", PostalCode: "08012", City: "Barcelona"}},
	}
	pickup := retail.Fulfilment{ID: retail.ID{15: 1}, Location: "bcn", Order: order.ID, State: retail.FulfilmentReady, ExpiresAt: at.AddDate(0, 0, 7)}
	parcel := retail.Fulfilment{ID: retail.ID{15: 2}, Location: "bcn", Order: order.ID, Carrier: "SEUR", Tracking: "X-1"}
	refund := retail.Payment{Kind: "CARD", Movement: retail.MovementRefund, AmountMinor: 5900, OccurredAt: at}
	switch kind {
	case retail.MessagePickupReady, retail.MessagePickupReminder, retail.MessagePickupExtended: // one shirt of three was collected
		order.Lines[0].Quantity, order.Lines[0].Fulfilled = 3, 1
		f.fulfilment, f.work = pickup, pickup
	case retail.MessagePickupExpired:
		f.before, order.Lines = before(order) // one shirt of three was given up before
		f.order, f.fulfilment, f.work = order, pickup, pickup
	case retail.MessageShipped, retail.MessageDelivered:
		order.Lines[1].Fulfilled = 1200
		f.fulfilment, f.work = parcel, parcel
	case retail.MessageReturned, retail.MessageLost:
		f.back = retail.Return{ID: retail.ID{15: 9}, Order: order.ID, Location: "bcn", Refunds: []retail.Payment{refund},
			Lines: []retail.ReturnLine{
				{Units: retail.UnitRange{Line: 1, From: 0, Until: 1}, SKU: "SHIRT", Description: "Linen shirt"},
				{Units: retail.UnitRange{Line: 2, From: 0, Until: 1}, Description: "Delivery"}, // which nobody loses
			}}
	case retail.MessageRejected: // of two shirts that are not there, one is in another shop; so is a hat, which is sent
		order.Lines[0].Cancelled, order.Payments = 2, append(order.Payments, refund)
		instead := order.Lines[0]
		instead.Line, instead.InsteadOf, instead.Quantity, instead.Cancelled, instead.Location = 3, 1, 1, 0, "sants"
		order.Lines = append(order.Lines, instead)
		f.order, f.places = order, map[string]retail.Location{"sants": {Name: "Sants", Address: retail.Address{Street: "Carrer de Sants 3", City: "Barcelona"}}}
	case retail.MessageReturnApproved, retail.MessageReturnRejected, retail.MessageReturnExpired:
		f.request = posted(order)
		f.request.ExpiresAt = at.AddDate(0, 0, 14)
		if kind == retail.MessageReturnApproved {
			f.request.Label, f.request.Carrier, f.request.Tracking = "R-7", "SEUR", "X-9"
		} else if kind == retail.MessageReturnRejected {
			f.request.Answer = "The seal is broken."
		}
	case retail.MessageReturnArrived: // one of two shirts, and a scarf that nobody asked for
		f.request = posted(order)
		f.request.Lines[0].Received, f.request.Wrong = 1, []retail.WrongItem{{Item: "a scarf", Units: 1}}
	case retail.MessageReturnSentBack: // one shirt went back before
		f.asked, f.request = posted(order), posted(order)
		f.asked.Lines[0].Received, f.asked.Lines[0].SentBack = 2, 1
		f.request.Lines[0].Received, f.request.Lines[0].SentBack = 2, 2
		f.request.Wrong = []retail.WrongItem{{Item: "HAT-S", Units: 1, SentBack: 1}}
	case retail.MessageCancelled:
		order.Lines[0].Cancelled, order.Payments = 1, append(order.Payments, refund)
		f.order = order
	case retail.MessageOrderExpired:
		f.before, order.Lines = before(order)
		order.State, order.Payments = retail.OrderExpired, nil
		f.order = order
	case retail.MessagePaymentDue, retail.MessagePaymentReminder:
		order.State, order.PayBy = retail.OrderPendingPayment, at.AddDate(0, 0, 1)
		f.order = order
	case retail.MessagePaymentLink:
		order.State, order.PayBy, order.LinkUntil = retail.OrderPendingPayment, at.AddDate(0, 0, 1), at.Add(2*time.Hour)
		f.order = order
	case retail.MessageCartLeftBehind:
		f.cart = retail.Cart{ID: retail.ID{15: 3}, Lines: []retail.CartLine{{SKU: "SHIRT", Quantity: 2}, {SKU: "HAT-S", Quantity: 1200}}}
		f.seller, f.names["SHIRT"] = "Alba Moda", named{title: "Linen shirt <M> & co"}
		return f
	case retail.MessageOrderConfirmed:
		again := order.Lines[0] // another size
		again.Line, again.SKU, again.Quantity = 3, "SHIRT-L", 1
		order.Lines = append(order.Lines, again)
		f.order, pickup.PromisedAt = order, at.Add(2*time.Hour)
		f.ways = []way{{pickup, f.place}, {parcel, f.place}}
	default:
		f.order = order
	}
	f.now = order
	return f
}

// posted is a return by post of two shirts.
func posted(order retail.Order) retail.ReturnRequest {
	return retail.ReturnRequest{ID: retail.ID{15: 8}, Order: order.ID, Location: "bcn", Lines: []retail.ReturnRequestLine{{Line: 1, SKU: "SHIRT", Asked: 2}}}
}

// TestLetters holds every kind of message in every language against what it said before.
func TestLetters(t *testing.T) {
	w := writer{codes: fixedCode{}, links: fixedCode{}, publicURL: "https://shop.example/orders/", cartURL: "https://shop.example/cart"}
	for _, language := range retail.Languages {
		t.Run(language, func(t *testing.T) {
			var b strings.Builder
			for _, kind := range retail.MessageKinds {
				letter, err := w.write(retail.Message{Kind: kind, Language: language}, about(kind))
				if err != nil {
					t.Fatal(err)
				}
				for part, text := range map[string]string{"subject": letter.Subject, "short": letter.Short, "text": letter.Text} {
					if text == "" || strings.Contains(text, "<no value>") || strings.Contains(text, "\n\n\n") {
						t.Errorf("the %s of %s: %q", part, kind, text)
					}
				}
				fmt.Fprintf(&b, "== %s\n-- %s\n-- %s\n%s\n\n", kind, letter.Subject, letter.Short, letter.Text)
			}
			golden(t, "testdata/"+language+".txt", b.String())
		})
	}
	moved := about(retail.MessageRejected) // and where another place has all of it
	moved.order.Lines[2].Quantity, moved.order.Lines[2].Method, moved.order.Payments = 2, retail.Ship, nil
	if letter, err := w.write(retail.Message{Kind: retail.MessageRejected, Language: "en"}, moved); err != nil ||
		letter.Subject != "A change to order 7K2-M4Q-91" || !strings.Contains(letter.Text, "\n2 × Linen shirt <M> & co, Sand, M, we send it to you\n") {
		t.Errorf("%v, %q", err, letter.Text)
	}
	letter, err := w.write(retail.Message{Kind: retail.MessagePickupReady, Language: "ca"}, about(retail.MessagePickupReady))
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/letter.html", letter.HTML)
	for _, forbidden := range []string{"<M>", "http://", `src="http`} {
		if strings.Contains(letter.HTML, forbidden) {
			t.Errorf("the page has %s", forbidden)
		}
	}
}

// TestWhatThingsAreCalled names a variant by its options, and in the customer's language as far as it is translated.
func TestWhatThingsAreCalled(t *testing.T) {
	shirt := retail.Product{
		Code: "shirt", Title: "Alba linen shirt", Options: []retail.Option{{Name: "Colour", Values: []string{"Sand", "Sky"}}, {Name: "Size", Values: []string{"M", "L"}}},
		Variants: []retail.Variant{{SKU: "SAND-M", OptionValues: []string{"Sand", "M"}}, {SKU: "SKY-L", OptionValues: []string{"Sky", "L"}}},
		Translations: []retail.Translation{
			{Language: "es", Title: "Camisa Alba linen", Options: []retail.Option{{Name: "Color", Values: []string{"Arena", "Cielo"}}, {Name: "Talla", Values: []string{"M", "L"}}}},
			{Language: "pt-PT", Title: "Camisa Alba"}, {Language: "ca", Description: "De lli"},
		},
	}
	for _, c := range []struct{ language, sold, sku, want string }{
		{"en", "Alba shirt", "SAND-M", "Alba shirt, Sand, M"}, // as it was called when it was sold
		{"en", "", "SKY-L", "Alba linen shirt, Sky, L"},
		{"es", "Alba shirt", "SAND-M", "Camisa Alba linen, Arena, M"},
		{"pt", "Alba shirt", "SKY-L", "Camisa Alba, Sky, L"},
		{"ca", "Alba shirt", "SKY-L", "Alba shirt, Sky, L"},
		{"es", "Delivery", "", "Delivery"},
		{"es", "", "GONE", "GONE"},
	} {
		f := facts{names: map[string]named{"SAND-M": nameOf(shirt, "SAND-M", c.language), "SKY-L": nameOf(shirt, "SKY-L", c.language)}}
		if got := f.name(c.sold, c.sku); got != c.want {
			t.Errorf("%s in %s: %q, and not %q", c.sku, c.language, got, c.want)
		}
	}
}

// TestNobodyIsAddressedInTwoWays holds each language to its one form of address.
func TestNobodyIsAddressedInTwoWays(t *testing.T) {
	for language, others := range map[string][]string{
		"pt": {"ti", "teu", "tua", "teus", "tuas", "enviamos-to", "contigo", "mostra"},
		"es": {"usted", "su", "sus", "muestre", "pague", "avísenos"},
		"ca": {"vostè", "vós", "seva", "mostri", "pagui", "avisi"},
	} {
		said, err := files.ReadFile("templates/" + language + ".tmpl")
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range strings.FieldsFunc(strings.ToLower(string(said)), func(r rune) bool { return r != '-' && !unicode.IsLetter(r) }) {
			if slices.Contains(others, word) {
				t.Errorf("%s says %q", language, word)
			}
		}
	}
}

// TestEveryLanguageSaysEverything looks for what a language leaves out.
func TestEveryLanguageSaysEverything(t *testing.T) {
	for _, language := range retail.Languages {
		if w, known := languages[language]; !known || slices.Contains(w.months[:], "") || w.Decimal == "" || w.see == "" || w.pay == "" || w.cart == "" {
			t.Errorf("%s lacks words", language)
		}
		var all []string
		for _, kind := range retail.MessageKinds {
			for _, part := range []string{"subject", "short", "text"} {
				name := string(kind) + "." + part
				if all = append(all, name); texts[language].Lookup(name) == nil {
					t.Errorf("%s does not say %s", language, name)
				}
			}
		}
		for _, said := range texts[language].Templates() {
			if strings.Contains(said.Name(), ".") && !strings.HasSuffix(said.Name(), ".tmpl") && !slices.Contains(all, said.Name()) {
				t.Errorf("%s says %s, which is no message", language, said.Name())
			}
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}
