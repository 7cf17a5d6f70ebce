package fulfilments

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/sync/singleflight"

	"github.com/aisle-retail/aisle/services/asking"
	"github.com/aisle-retail/aisle/services/carrier"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

const (
	// actor is who records what carriers answer.
	actor = "aisle/labels"
	// underWay is how long a label that was asked for may come into being after all.
	underWay = time.Hour
	// unusedMax is how many shipments one look gives labels back of.
	unusedMax = 200
	// wordsMax is how much is told of a carrier's words, in bytes.
	wordsMax = 300
)

// Unanswered reads what carriers were asked and have not answered, and what they are to be asked.
type Unanswered interface {
	// UnansweredLabels returns such steps of shipments that nothing became of for so long, the oldest first, after another one.
	UnansweredLabels(ctx context.Context, older time.Duration, after retail.LabelRef, limit int) ([]retail.LabelRef, error)
	// UnusedLabels returns shipments of which nothing is left to send, and a label that is unused.
	UnusedLabels(ctx context.Context, limit int) ([]retail.Fulfilment, error)
	Fulfilment(ctx context.Context, location string, id retail.ID) (retail.Fulfilment, bool, error)
	Location(ctx context.Context, code string) (retail.Location, bool, error)
	trade.Orders
}

// Recipients keeps whom parcels are for, until their carriers have answered.
type Recipients interface {
	// PutRecipient keeps it for a label, which is named by the request that asks for it, unless that was carried out before. Not done is it where
	// another request of that id said so before.
	PutRecipient(ctx context.Context, order retail.ID, by ledger.Request, r retail.Recipient) (done bool, err error)
	// KeepRecipient keeps it as the request says that was carried out.
	KeepRecipient(ctx context.Context, order retail.ID, by ledger.Request, r retail.Recipient) error
	Recipient(ctx context.Context, label retail.ID) (retail.Recipient, bool, error)
	// ShipTo returns whom an order is sent to, where it said so.
	ShipTo(ctx context.Context, order retail.ID) (retail.Recipient, bool, error)
	// ForgetRecipient forgets that of a label that was answered, DropRecipient that of a request that was refused.
	ForgetRecipient(ctx context.Context, label retail.ID) error
	DropRecipient(ctx context.Context, by ledger.Request) error
}

// Labeller asks a carrier what the ledger says that it was to be asked, and records what it answers. Any number of processes may do so at
// once, and whatever dies in between is gone on with: a question is asked under the key of its step, and its answer is recorded under a
// request that derives from it.
type Labeller struct {
	engine     *ledger.Engine
	reads      Unanswered
	recipients Recipients
	carrier    carrier.Carrier
	log        *slog.Logger
	// asking are the steps that the carrier is being asked about: whoever comes meanwhile is told the same.
	asking singleflight.Group
	// crash is called between steps; nil outside tests.
	crash func(at string) error
}

// NewLabeller returns one for a carrier; nil: there is none, and nothing is ever asked.
func NewLabeller(engine *ledger.Engine, reads Unanswered, recipients Recipients, c carrier.Carrier, log *slog.Logger) *Labeller {
	return &Labeller{engine: engine, reads: reads, recipients: recipients, carrier: c, log: log}
}

// CrashAt makes a labeller stop between steps where the function returns an error. It is for tests.
func (l *Labeller) CrashAt(crash func(at string) error) { l.crash = crash }

// Run asks what nobody has had an answer to, until the context ends. Nobody is asked where there is no carrier.
func (l *Labeller) Run(ctx context.Context, every time.Duration) {
	if l.carrier != nil {
		l.rounds().Run(ctx, every)
	}
}

// Ask asks for all that is unanswered for so long.
func (l *Labeller) Ask(ctx context.Context, older time.Duration) error {
	return l.rounds().Once(ctx, older)
}

func (l *Labeller) rounds() asking.Rounds[retail.LabelRef] {
	return asking.Rounds[retail.LabelRef]{
		Whom: "a carrier", Log: l.log,
		Unanswered: func(ctx context.Context, older time.Duration, after retail.LabelRef, limit int) ([]retail.LabelRef, error) {
			if err := l.giveBack(ctx); err != nil { // what nothing is left for is asked about as well then
				return nil, err
			}
			return l.reads.UnansweredLabels(ctx, older, after, limit)
		},
		Ask: func(ctx context.Context, ref retail.LabelRef) error {
			if _, err := l.finish(ctx, ref); err != nil {
				return fmt.Errorf("label %s of fulfilment %s: %w", ref.Label, ref.Fulfilment, err)
			}
			return nil
		},
	}
}

// giveBack records of labels that nothing is left for that their carrier is to take them back. It is one request however often it is made.
func (l *Labeller) giveBack(ctx context.Context) error {
	shipments, err := l.reads.UnusedLabels(ctx, unusedMax)
	if err != nil {
		return err
	}
	for _, f := range shipments {
		for _, label := range f.Labels {
			if !label.Unused() || !l.carries(label) {
				continue
			}
			refusal := (*retail.Refusal)(nil)
			own := ledger.Own(ctx, fmt.Sprintf("aisle/%s/unused", label.ID), ledger.Request{Actor: actor})
			_, err := ledger.Submit(own, l.engine, retail.VoidLabel{Work: workOn(f), Label: label.ID})
			if err != nil && !errors.As(err, &refusal) { // somebody gave it back meanwhile
				return err
			}
		}
	}
	return nil
}

// carries tells whether the carrier that is set up is the label's.
func (l *Labeller) carries(label retail.Label) bool {
	return l.carrier != nil && l.carrier.Name() == label.Provider
}

// answer is what a step came to that a caller began: the label as the answer left it, or as it is where there is none yet.
func (l *Labeller) answer(ctx context.Context, asked retail.Fulfilment, label retail.ID) (retail.Label, error) {
	was, _ := asked.Label(label)
	is, err := l.finish(ctx, retail.LabelRef{Location: asked.Location, Fulfilment: asked.ID, Label: label, Step: was.Steps})
	if lost := (asking.Unknown{}); errors.As(err, &lost) {
		l.log.Warn("a carrier has not answered", "fulfilment", asked.ID.String(), "label", label.String(), "error", err)
		return is.Label, nil
	}
	if err == nil && is.Problem != "" {
		err = retail.Refuse(retail.LabelRefused, "the carrier would not: %s", cmp.Or(is.words, string(is.Problem))).With("problem", is.Problem)
	}
	return is.Label, err
}

// finished is a label as its step left it, with what the carrier said if it was heard just now; empty: nothing.
type finished struct {
	retail.Label
	words string
}

// finish asks the carrier what a label waits for, if it still does, and records what it answers. An error means that nobody knows what became
// of it, and that it is to be asked again.
func (l *Labeller) finish(ctx context.Context, ref retail.LabelRef) (finished, error) {
	f, found, err := l.reads.Fulfilment(ctx, ref.Location, ref.Fulfilment)
	if err != nil || !found {
		return finished{}, err
	}
	label, found := f.Label(ref.Label)
	if !found {
		return finished{}, nil
	}
	if label.Step == "" || label.Steps != ref.Step { // somebody recorded its answer, and whoever records it again is told that
		label.Steps = ref.Step
		return l.record(ctx, f, label, carrier.Answer{})
	}
	if !l.carries(label) {
		return finished{Label: label}, asking.NotKnown(fmt.Errorf("it is with the carrier %q, which is not set up", label.Provider))
	}
	return asking.Together(ctx, &l.asking, key(label), finished{Label: label}, func(ctx context.Context) (finished, error) {
		return l.settle(ctx, f, label)
	})
}

// settle asks the carrier for the step that a label is at, and records what it answers.
func (l *Labeller) settle(ctx context.Context, f retail.Fulfilment, label retail.Label) (finished, error) {
	question, err := l.question(ctx, f, label)
	if err != nil {
		return finished{Label: label}, err
	}
	if err := l.reach("before the carrier is asked"); err != nil {
		return finished{Label: label}, err
	}
	bounded, cancel := context.WithTimeout(ctx, asking.Longest)
	defer cancel()
	answer, err := question(bounded)
	if err == nil {
		err = l.usable(label.Step, answer)
	}
	if err != nil {
		return finished{Label: label}, asking.NotKnown(err)
	}
	if err := l.reach("after the carrier answered"); err != nil {
		return finished{Label: label}, err
	}
	return l.record(ctx, f, label, answer)
}

// reach is a place where a process may die.
func (l *Labeller) reach(at string) error {
	if l.crash == nil {
		return nil
	}
	return l.crash(at)
}

// key names the step of a label at the carrier.
func key(l retail.Label) string { return fmt.Sprintf("aisle/%s/%d", l.ID, l.Steps) }

// question is what the carrier is asked, with all that it is told.
func (l *Labeller) question(ctx context.Context, f retail.Fulfilment, label retail.Label) (func(context.Context) (carrier.Answer, error), error) {
	if label.Step == retail.LabelVoid {
		return func(ctx context.Context) (carrier.Answer, error) {
			return l.carrier.Cancel(ctx, key(label), label.Reference)
		}, nil
	}
	to, known, err := l.recipients.Recipient(ctx, label.ID)
	if err != nil {
		return nil, err
	}
	if !known || label.State == retail.LabelGivenUp { // it was erased meanwhile, or nobody waits for it: what was made is found, and no more is
		return func(ctx context.Context) (carrier.Answer, error) {
			made, found, err := l.carrier.Find(ctx, key(label))
			if err == nil && !found {
				if time.Since(label.AskedAt) < underWay {
					return made, errors.New("nobody may ask for it any more, and it may be under way")
				}
				made = carrier.Answer{Declined: true, Problem: retail.ProblemAbandoned}
			}
			return made, err
		}, nil
	}
	from, _, err := l.reads.Location(ctx, f.Location)
	if err != nil {
		return nil, err
	}
	order, _, err := l.reads.Order(ctx, f.Order)
	return func(ctx context.Context) (carrier.Answer, error) {
		return l.carrier.Label(ctx, carrier.Shipment{
			Key: key(label), Label: label.ID, Fulfilment: f.ID, OrderNumber: order.Number, Service: label.Service, From: from, To: to,
			WeightGrams: label.WeightGrams, Size: label.Size,
		})
	}, err
}

// usable refuses what can't be kept of a label that is issued.
func (l *Labeller) usable(step retail.LabelAsk, a carrier.Answer) error {
	if step != retail.LabelIssue || a.Declined {
		return nil
	}
	for _, text := range []string{a.Reference, a.Carrier, a.Tracking} {
		if len(text) > carrier.TextMax || !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
			return fmt.Errorf("the carrier %s names something by %d bytes that are not kept: %.20q", l.carrier.Name(), len(text), text)
		}
	}
	if a.Reference == "" || a.Carrier == "" {
		return fmt.Errorf("the carrier %s does not name its label", l.carrier.Name())
	}
	if _, known := retail.CurrencyExponent(a.Currency); a.PriceMinor < 0 || !known && (a.Currency != "" || a.PriceMinor != 0) {
		return fmt.Errorf("the carrier %s takes %d %q for its label", l.carrier.Name(), a.PriceMinor, a.Currency)
	}
	return nil
}

// record records what a carrier answered to the step of a label. It is one request however often it is recorded: whoever comes second is
// told what the first one left. Whom the parcel is for is forgotten then.
func (l *Labeller) record(ctx context.Context, f retail.Fulfilment, label retail.Label, a carrier.Answer) (finished, error) {
	done, err := ledger.Submit(ledger.Own(ctx, key(label), ledger.Request{Actor: actor}), l.engine, retail.AnswerLabel{
		Work: workOn(f), Label: label.ID, Number: label.Steps, Declined: a.Declined, Problem: a.Problem,
		Carrier: a.Carrier, Tracking: a.Tracking, Reference: a.Reference, PriceMinor: a.PriceMinor, Currency: a.Currency,
	})
	if err != nil {
		return finished{Label: label}, err
	}
	if err := l.recipients.ForgetRecipient(ctx, label.ID); err != nil { // it goes by itself, in time
		l.log.Warn("whom a parcel is for is not forgotten yet", "label", label.ID.String(), "error", err)
	}
	label, _ = done.Fulfilment.Label(label.ID)
	return finished{label, trade.Cut(a.Words, wordsMax)}, nil
}

// drop forgets whom a parcel is for, as a request for its label says that was refused.
func (l *Labeller) drop(ctx context.Context, by ledger.Request) {
	if err := l.recipients.DropRecipient(ctx, by); err != nil { // it goes by itself, in time
		l.log.Warn("whom a parcel is for is not forgotten yet", "label", by.ID.String(), "error", err)
	}
}
