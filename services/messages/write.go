package messages

import (
	"bytes"
	"embed"
	"fmt"
	htmltemplate "html/template"
	"slices"
	"strings"
	"text/template"
	"time"

	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

// Letter is a message as it is written.
type Letter struct {
	// ID is the message's, and the key by which a receiver knows it again.
	ID       retail.ID
	Kind     retail.MessageKind
	Medium   retail.Medium
	Language string
	// Order is its number, which people read and say; empty: it is about no order.
	Order string
	// To is an e-mail address or a phone number.
	To string
	// Subject is one line, Short all of it in one or two sentences, for a phone.
	Subject, Short string
	// Text and HTML are the body of an e-mail.
	Text, HTML string
	// QR is a picture of the code that opens a pickup, as a PNG, which HTML shows by the name codeImage; nil: there is none.
	QR []byte
}

//go:embed templates
var files embed.FS

// texts are what messages say, by language. Each kind of message has three templates: KIND.subject, KIND.short and KIND.text.
var texts = func() map[string]*template.Template {
	all := map[string]*template.Template{}
	for _, language := range retail.Languages {
		all[language] = template.Must(template.New(language).Option("missingkey=error").
			ParseFS(files, "templates/lines.tmpl", "templates/"+language+".tmpl"))
	}
	return all
}()

var letterPage = htmltemplate.Must(htmltemplate.ParseFS(files, "templates/letter.html"))

// writer writes messages.
type writer struct {
	codes Codes
	links Links
	// publicURL is where a customer sees her order, and cartURL her cart; empty: nowhere.
	publicURL, cartURL string
}

// view is what the templates have.
type view struct {
	// Number is the order's; Shop who sells.
	Number, Shop string
	// Lines are what the message is about.
	Lines []lineView
	// Ways are the lines by how they are handed over.
	Ways []wayView
	// Instead are lines that another place hands over instead.
	Instead []insteadView
	// Total is what the order comes to, Owed what is still to be paid; empty: nothing.
	Total, Owed string
	// Place is where it is collected or was brought back, Address where that is; empty: not said.
	Place, Address string
	// Pickups is true where goods of the order are to be collected, and Ships where some are sent.
	Pickups, Ships bool
	// Until is the time until which it is to be paid or collected.
	Until string
	// Code opens a pickup.
	Code              string
	Carrier, Tracking string
	// Whole is true where all of the order is cancelled; Refund is what goes back; empty: nothing.
	Whole  bool
	Refund string
	// Label is what the label is called by which goods are sent back, Answer why they may not be; empty: not said.
	Label, Answer string
	// Link leads to the order; empty: nowhere.
	Link string
}

type lineView struct {
	Units       string
	Description string
}

// wayView is what is handed over in one way.
type wayView struct {
	// Place is where it is collected, Address where that is; empty: it is not.
	Place, Address string
	// Ships is true where it is sent.
	Ships bool
	// By is when it is promised to be ready to be collected; empty: for no time.
	By    string
	Lines []lineView
}

// insteadView is a line with where it is to be collected; empty: it is sent.
type insteadView struct {
	lineView
	Place string
}

// write writes a message.
func (w writer) write(m retail.Message, f facts) (Letter, error) {
	l := Letter{ID: m.ID, Kind: m.Kind, Medium: m.Medium, Language: m.Language, Order: f.now.Number}
	words, known := languages[m.Language]
	if !known {
		return l, fmt.Errorf("there are no words in %q", m.Language)
	}
	v := w.view(m.Kind, f, words)
	if m.Kind == retail.MessageCartLeftBehind {
		v = w.viewOfCart(f, words)
	}
	for part, into := range map[string]*string{"subject": &l.Subject, "short": &l.Short, "text": &l.Text} {
		var b strings.Builder
		if err := texts[m.Language].ExecuteTemplate(&b, string(m.Kind)+"."+part, v); err != nil {
			return l, err
		}
		*into = strings.TrimSpace(b.String())
	}
	l.Subject, l.Short = strings.Join(strings.Fields(l.Subject), " "), strings.Join(strings.Fields(l.Short), " ")
	if v.Code != "" {
		var err error
		if l.QR, err = draw(f.work.CodeText(v.Code)); err != nil {
			return l, err
		}
	}
	var b bytes.Buffer
	err := letterPage.Execute(&b, struct {
		Letter
		View       view
		Paragraphs [][]string
		See        string
		// Image is where the picture of the code is.
		Image htmltemplate.URL
	}{l, v, paragraphs(l.Text, v.Link), words.button(m.Kind), codeImage})
	l.HTML = b.String()
	return l, err
}

// paragraphs are those of a text, each with its lines. The link is left out, which the page shows as one.
func paragraphs(text, link string) (all [][]string) {
	for paragraph := range strings.SplitSeq(text, "\n\n") {
		var lines []string
		for line := range strings.SplitSeq(paragraph, "\n") {
			if link == "" || !strings.Contains(line, link) {
				lines = append(lines, strings.TrimSpace(line))
			}
		}
		if len(lines) > 0 {
			all = append(all, lines)
		}
	}
	return all
}

func (w writer) view(kind retail.MessageKind, f facts, words words) view {
	o := f.now
	money := func(minor int64) string { return words.money(minor, o.Currency) }
	at := func(t time.Time) string { return words.at(t.In(trade.Zone(f.place))) }
	v := view{Number: o.Number, Shop: f.shop.Seller().Name, Total: money(o.Totals().Gross)}
	if owed := o.Owed(); owed > 0 {
		v.Owed = money(owed)
	}
	if w.publicURL != "" {
		v.Link = strings.TrimSuffix(w.publicURL, "/") + "/" + o.ID.String()
	}
	if kind == retail.MessagePaymentLink {
		v.Link = w.links.URL(o)
	}
	for _, line := range f.order.Lines {
		v.Pickups, v.Ships = v.Pickups || line.Method == retail.PickUp, v.Ships || line.Method == retail.Ship
	}
	then := o
	if !f.order.ID.IsZero() && kind != retail.MessagePaymentDue && kind != retail.MessagePaymentReminder {
		then = f.order // as it was then
	}
	for _, line := range then.Lines {
		units := line.Quantity
		switch {
		case !f.fulfilment.ID.IsZero() && line.Fulfilment != f.fulfilment.ID, !f.back.ID.IsZero(), !f.request.ID.IsZero():
			continue
		case kind == retail.MessageCancelled, kind == retail.MessageRejected, kind == retail.MessagePickupExpired:
			units = line.Cancelled
		case kind == retail.MessagePickupReady, kind == retail.MessagePickupReminder, kind == retail.MessagePickupExtended:
			units = line.Open() // some may have been collected
		case kind == retail.MessageOrderConfirmed, kind == retail.MessagePaymentLink, kind == retail.MessagePaymentDue,
			kind == retail.MessagePaymentReminder:
			units -= line.Cancelled
		case kind == retail.MessageShipped, kind == retail.MessageDelivered:
			units = moved(kind, f.told, line)
		}
		switch kind {
		case retail.MessageCancelled, retail.MessageRejected, retail.MessagePickupExpired: // another place has it
			units -= then.Instead(line.Line) + f.before.GivenUp(line.Line)
		case retail.MessageOrderExpired:
			if line.InsteadOf != 0 { // it is told with the line that was ordered
				continue
			}
			units = lapsed(then, f.before, line)
		}
		if units > 0 && kind == retail.MessageOrderConfirmed {
			v.Ways = f.into(v.Ways, line, units, words)
		}
		if units > 0 {
			v.Lines = append(v.Lines, lineView{words.Grouped(units), f.name(line.Description, line.SKU)})
		}
	}
	if kind == retail.MessageRejected {
		for _, line := range f.order.Lines[min(len(f.before.Lines), len(f.order.Lines)):] {
			if units := line.Open(); line.InsteadOf != 0 && line.SKU != "" && units > 0 {
				instead := insteadView{lineView{words.Grouped(units), f.name(line.Description, line.SKU)}, ""}
				if line.Method == retail.PickUp {
					instead.Place = placeOf(f.places[line.Location])
				}
				v.Instead = append(v.Instead, instead)
			}
		}
	}
	goods := slices.ContainsFunc(f.back.Lines, func(l retail.ReturnLine) bool { return l.SKU != "" })
	for _, line := range f.back.Lines {
		if goods && line.SKU == "" { // what was charged for them is in what she is given back, and no carrier loses it
			continue
		}
		v.Lines = append(v.Lines, lineView{words.Grouped(line.Units.Until - line.Units.From), f.name(line.Description, line.SKU)})
	}
	switch kind {
	case retail.MessagePaymentLink:
		v.Until, v.Owed = at(o.LinkUntil), money(o.Missing())
	case retail.MessagePaymentDue, retail.MessagePaymentReminder:
		v.Until = at(o.PayBy)
	case retail.MessagePickupReady, retail.MessagePickupReminder, retail.MessagePickupExtended:
		v.Until, v.Code = at(f.work.ExpiresAt), w.codes.Of(f.work)
	case retail.MessageShipped, retail.MessageDelivered:
		for _, p := range parcels(kind, f.told) {
			v.Carrier, v.Tracking = p.Carrier, p.Tracking
		}
	case retail.MessageCancelled:
		v.Whole = f.order.State == retail.OrderCancelled
	}
	if refund := refunded(f); refund > 0 {
		v.Refund = money(refund)
	}
	v.Place, v.Address = f.place.Name, f.place.Address.OneLine()
	if r := f.request; !r.ID.IsZero() {
		v.Label, v.Carrier, v.Tracking, v.Answer = r.Label, r.Carrier, r.Tracking, r.Answer
		v.Lines = f.posted(kind, words)
		if kind == retail.MessageReturnApproved {
			v.Until = at(r.ExpiresAt)
		}
	}
	return v
}

// posted are the goods of a return by post that a message is about: what was asked for, what waits to be looked at, or what she gets back.
func (f facts) posted(kind retail.MessageKind, words words) (all []lineView) {
	lines, wrong := f.request.Lines, f.request.Wrong
	if kind == retail.MessageReturnSentBack {
		lines, wrong = f.request.SentBackSince(f.asked)
	}
	for _, line := range lines {
		units := line.Asked
		switch kind {
		case retail.MessageReturnArrived:
			units = line.Undecided()
		case retail.MessageReturnSentBack:
			units = line.SentBack
		}
		sold := ""
		if at := slices.IndexFunc(f.now.Lines, func(l retail.OrderLine) bool { return l.Line == line.Line }); at >= 0 {
			sold = f.now.Lines[at].Description
		}
		if units > 0 {
			all = append(all, lineView{words.Grouped(units), f.name(sold, line.SKU)})
		}
	}
	for _, item := range wrong {
		units := item.Units - item.SentBack
		if kind == retail.MessageReturnSentBack {
			units = item.SentBack
		}
		if units > 0 {
			all = append(all, lineView{words.Grouped(units), f.name(item.Item, item.Item)})
		}
	}
	return all
}

// into adds units of a line to the way in which they are handed over.
func (f facts) into(ways []wayView, line retail.OrderLine, units int64, words words) []wayView {
	is := wayView{Ships: line.Method == retail.Ship}
	if at := slices.IndexFunc(f.ways, func(w way) bool { return w.work.ID == line.Fulfilment }); at >= 0 {
		w := f.ways[at]
		if !is.Ships {
			is.Place, is.Address = w.place.Name, w.place.Address.OneLine()
		}
		if !w.work.PromisedAt.IsZero() {
			is.By = words.at(w.work.PromisedAt.In(trade.Zone(w.place)))
		}
	}
	told := lineView{words.Grouped(units), f.name(line.Description, line.SKU)}
	at := slices.IndexFunc(ways, func(w wayView) bool {
		return w.Place == is.Place && w.Address == is.Address && w.Ships == is.Ships && w.By == is.By
	})
	if at < 0 {
		at, ways = len(ways), append(ways, is)
	}
	ways[at].Lines = append(ways[at].Lines, told)
	return ways
}

// viewOfCart is that of a cart that was left behind.
func (w writer) viewOfCart(f facts, words words) view {
	v := view{Shop: f.seller, Link: w.cartURL}
	for _, line := range f.cart.Lines {
		v.Lines = append(v.Lines, lineView{words.Grouped(line.Quantity), f.name("", line.SKU)})
	}
	return v
}

// parcels are those of a shipment of which an act told that they left, or arrived; one that left before parcels were written down is one.
func parcels(kind retail.MessageKind, t told) []retail.Parcel {
	f := t.fulfilment
	switch n := int(t.parcel); {
	case len(f.Parcels) == 0:
		return []retail.Parcel{{Carrier: f.Carrier, Tracking: f.Tracking}}
	case n > 0 && n <= len(f.Parcels):
		return f.Parcels[n-1 : n]
	case kind == retail.MessageShipped: // others may have left in the same batch, and are told of by themselves
		return f.Parcels[len(f.Parcels)-1:]
	}
	return slices.DeleteFunc(slices.Clone(f.Parcels), func(p retail.Parcel) bool {
		return p.State != retail.FulfilmentDelivered || !p.RecordedAt.Equal(f.RecordedAt)
	})
}

// moved is how many units of a line left, or arrived, by the act that tells of it. What is charged went with the first parcel.
func moved(kind retail.MessageKind, t told, line retail.OrderLine) (units int64) {
	if len(t.fulfilment.Parcels) == 0 {
		return line.Fulfilled
	}
	for _, p := range parcels(kind, t) {
		for _, u := range p.Units {
			if u.Line == line.Line {
				units += u.Units - u.Undelivered
			}
		}
	}
	return units
}

// lapsed is how many units of a line, and of those that were to be handed over instead, ended with their order: not what was given up before.
func lapsed(then, before retail.Order, line retail.OrderLine) int64 {
	units := line.Cancelled
	for _, was := range before.Lines {
		if was.Line == line.Line {
			units -= was.Cancelled
		}
	}
	for _, other := range then.Lines {
		if other.InsteadOf == line.Line {
			units += lapsed(then, before, other)
		}
	}
	return units
}

// refunded is what the act that the event tells of gave back to the customer.
func refunded(f facts) (minor int64) {
	given := f.back.Refunds
	for _, p := range f.order.Payments {
		if p.OccurredAt.Equal(f.order.RecordedAt) {
			given = append(given, p)
		}
	}
	for _, p := range given {
		if p.Movement == retail.MovementRefund && p.Kind != "" {
			minor += p.AmountMinor
		}
	}
	return minor
}

// placeOf names a place with its address.
func placeOf(l retail.Location) string {
	if address := l.Address.OneLine(); address != "" {
		return l.Name + ", " + address
	}
	return l.Name
}
