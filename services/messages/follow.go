package messages

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/aisle-retail/aisle/services/horizon"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
)

const (
	// readerName names the follower's place in the log.
	readerName = "messages"
	// closeMax is how long a look at the log waits until what it saw is closed.
	closeMax = 5 * time.Second
	// windowMax is how many sequence numbers a step covers: each is one transaction, which holds the horizon up while it is open.
	windowMax = 500
	// actMax is how many sequence numbers an act's events may be apart: it draws them in one statement, with others in between.
	actMax = 500
	// lateMax is how old an event may be of which somebody is still told: after a day without messages, nobody gets those of last week.
	lateMax = 24 * time.Hour
	// tidyEvery is how often it is looked for what can go.
	tidyEvery = time.Minute
)

// Store is where messages are kept, and the follower's place in the log.
type Store interface {
	// Follow moves a reader's place by one step, in one transaction; see package postgres.
	Follow(
		ctx context.Context, reader string, begin int64, step func(ctx context.Context, tx pgx.Tx, after int64) (upTo int64, err error),
	) (at int64, err error)
	// Contacts returns those that there are of orders and carts.
	Contacts(ctx context.Context, tx pgx.Tx, about []retail.ID) (map[retail.ID]retail.Contact, error)
	// AddMessage records that a message is to be sent, and tells whether it is new.
	AddMessage(ctx context.Context, tx pgx.Tx, m retail.Message) (isNew bool, err error)
	// Contact returns how the customer of an order, or whoever filled a cart, is told.
	Contact(ctx context.Context, about retail.ID) (retail.Contact, bool, error)
	// Message returns a message.
	Message(ctx context.Context, id retail.ID) (retail.Message, bool, error)
	// Tried records what a try to send a message came to.
	Tried(ctx context.Context, m retail.Message) error
	// Tidy gives up what nobody tries any more.
	Tidy(ctx context.Context) error
}

// follower turns events into messages.
type follower struct {
	reads   Reads
	store   Store
	horizon *horizon.Horizon
	log     *slog.Logger
	// media are those that something can be sent by.
	media map[retail.Medium]Sender
	// enqueue has a message sent when it is due.
	enqueue func(ctx context.Context, tx pgx.Tx, m retail.Message) error
}

// run follows the log until the context ends.
func (f *follower) run(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	var tidied time.Time
	for failing := false; ; {
		err := f.once(ctx)
		if err == nil && time.Since(tidied) > tidyEvery {
			tidied = time.Now()
			err = f.store.Tidy(ctx)
		}
		if err != nil && ctx.Err() == nil && !failing { // once, not every second
			f.log.Warn("customers can't be told of what happened", "error", err)
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// once follows the log up to what is closed.
func (f *follower) once(ctx context.Context) error {
	seen, err := f.horizon.Advance(ctx, closeMax)
	if err != nil || seen.Closed == 0 {
		return err
	}
	for at := int64(-1); ; {
		before := at
		at, err = f.store.Follow(ctx, readerName, seen.Closed, func(ctx context.Context, tx pgx.Tx, after int64) (int64, error) {
			return f.step(ctx, tx, after, seen.Closed)
		})
		if err != nil || at >= seen.Closed || at == before {
			return err
		}
	}
}

// noticed is what an event has a customer told.
type noticed struct {
	retail.Notice
	event ledger.LoggedEvent
	// channel is that of the cart that it is about.
	channel string
}

// message is the one by which it is told by a medium.
func (n noticed) message(medium retail.Medium, language string, now time.Time) retail.Message {
	m := retail.Message{
		ID: ledger.NewID(), Seq: n.event.Seq, Kind: n.Kind, Medium: medium, Order: n.Order, Cart: n.Cart, Language: language,
		DueAt: n.DueAt, CreatedAt: now,
	}
	if m.DueAt.Before(now) {
		m.DueAt = now
	}
	return m
}

// about is the order or the cart that it is about.
func (n noticed) about() retail.ID { return retail.Message{Order: n.Order, Cart: n.Cart}.About() }

// step has customers told of the next events after a place.
func (f *follower) step(ctx context.Context, tx pgx.Tx, after, closed int64) (upTo int64, err error) {
	upTo = min(closed, after+windowMax)
	if upTo <= after {
		return after, nil
	}
	filter := ledger.LogFilter{Kinds: retail.TellingEvents}
	events, err := f.reads.EventsBetween(ctx, after, min(closed, upTo+actMax), filter, windowMax+actMax)
	if err != nil {
		return 0, err
	}
	notices, err := noticesOf(events, upTo)
	if err != nil || len(notices) == 0 {
		return upTo, err
	}
	about := make([]retail.ID, len(notices))
	for i, n := range notices {
		about[i] = n.about()
	}
	contacts, err := f.store.Contacts(ctx, tx, about)
	if err != nil {
		return 0, err
	}
	for _, n := range notices {
		contact, found := contacts[n.about()]
		if !found {
			continue
		}
		told, err := f.tells(ctx, n)
		if err == nil && told {
			err = f.tell(ctx, tx, n, contact)
		}
		if err != nil {
			return 0, err
		}
	}
	return upTo, nil
}

// tells tells whether customers are told such things at all: of carts by the channels that remind of them.
func (f *follower) tells(ctx context.Context, n noticed) (bool, error) {
	if n.channel == "" {
		return true, nil
	}
	channel, _, err := f.reads.Channel(ctx, n.channel)
	return channel.CartReminders, err
}

// noticesOf are what customers are told of events up to a place. Those behind it are there to show what else an act did.
func noticesOf(events []ledger.LoggedEvent, upTo int64) (all []noticed, err error) {
	acts := map[retail.ID][]string{}
	for _, e := range events {
		acts[e.Transaction] = append(acts[e.Transaction], e.Kind)
	}
	for _, e := range events {
		if e.Seq > upTo || time.Since(e.RecordedAt) > lateMax || retail.ToldOtherwise(e.Kind, acts[e.Transaction]) {
			continue
		}
		told, err := readEvent(e)
		if err != nil {
			return nil, err
		}
		for _, notice := range told.notices {
			all = append(all, noticed{notice, e, told.cart.Channel})
		}
	}
	return all, nil
}

// told is an event as it is told: what it is about, as it was then, and what it has customers told.
type told struct {
	order      retail.Order
	fulfilment retail.Fulfilment
	// parcel is the number of the parcel of the fulfilment that it is about; 0: of none, or that was not told yet.
	parcel  int32
	back    retail.Return
	cart    retail.Cart
	request retail.ReturnRequest
	notices []retail.Notice
}

func readEvent(e ledger.LoggedEvent) (t told, err error) {
	body, _ := e.Body.(json.RawMessage)
	switch e.Kind {
	case "OrderPlaced", "OrderPaid", "PaymentAuthorised", "OrderExpired", "UnitsCancelled", "UnitsRejected", "PaymentLinkSent":
		err = json.Unmarshal(body, &t.order)
		t.notices = retail.NoticesOfOrder(e.Kind, t.order)
	case "ReturnAccepted":
		err = json.Unmarshal(body, &t.back)
		t.notices = retail.NoticesOfReturn(e.Kind, t.back)
	case "CartAbandoned":
		err = json.Unmarshal(body, &t.cart)
		t.notices = retail.NoticesOfCart(e.Kind, t.cart)
	case "ReturnRequestApproved", "ReturnRequestRejected", "ReturnRequestReceived", "ReturnRequestInspected", "ReturnRequestClosed",
		"ReturnRequestExpired":
		err = json.Unmarshal(body, &t.request)
		t.notices = retail.NoticesOfReturnRequest(e.Kind, t.request)
	default:
		var of retail.ParcelTold
		err = json.Unmarshal(body, &of)
		t.fulfilment, t.parcel = of.Fulfilment, of.Parcel
		t.notices = retail.NoticesOfFulfilment(e.Kind, t.fulfilment)
	}
	if err != nil {
		err = fmt.Errorf("event %d: %w", e.Seq, err)
	}
	return t, err
}

// tell records the messages of a notice, one by each medium that leads to the customer.
func (f *follower) tell(ctx context.Context, tx pgx.Tx, n noticed, contact retail.Contact) error {
	now := time.Now()
	for medium, at := range map[retail.Medium]string{retail.MediumEmail: contact.Email, retail.MediumPhone: contact.Phone} {
		if at == "" || f.media[medium] == nil {
			continue
		}
		m := n.message(medium, contact.Language, now)
		isNew, err := f.store.AddMessage(ctx, tx, m)
		if err == nil && isNew {
			err = f.enqueue(ctx, tx, m)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
