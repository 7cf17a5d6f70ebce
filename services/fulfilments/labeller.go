package fulfilments

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/sync/errgroup"

	"github.com/aisle-retail/aisle/services/carrier"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

const (
	// actor is who records what carriers answer.
	actor = "aisle/labels"
	// askMax bounds one question to a carrier.
	askMax = 20 * time.Second
	// patience is how many looks whoever began a step has until others look after it.
	patience = 3
	// unansweredMax is how many shipments one look takes, and askersMax how many carriers are asked about at once.
	unansweredMax = 200
	askersMax     = 8
	// problemMax is how much is kept of why a carrier will not, in bytes.
	problemMax = 300
)

// Unanswered reads what carriers were asked and have not answered.
type Unanswered interface {
	// UnansweredLabels returns such steps of shipments that nothing became of for so long, the oldest first.
	UnansweredLabels(ctx context.Context, older time.Duration, limit int) ([]retail.LabelRef, error)
	Fulfilment(ctx context.Context, location string, id retail.ID) (retail.Fulfilment, bool, error)
	Location(ctx context.Context, code string) (retail.Location, bool, error)
	trade.Orders
}

// Recipients keeps whom parcels are for, until their carriers have answered.
type Recipients interface {
	// PutRecipient keeps it for a label, which is named by the request that asks for it, unless that was carried out before.
	PutRecipient(ctx context.Context, label, order retail.ID, r retail.Recipient) error
	Recipient(ctx context.Context, label retail.ID) (retail.Recipient, bool, error)
	ForgetRecipient(ctx context.Context, label retail.ID) error
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
	// crash is called between steps; nil outside tests.
	crash func(at string) error
}

// NewLabeller returns one for a carrier; nil: there is none, and nothing is ever asked.
func NewLabeller(engine *ledger.Engine, reads Unanswered, recipients Recipients, c carrier.Carrier, log *slog.Logger) *Labeller {
	return &Labeller{engine: engine, reads: reads, recipients: recipients, carrier: c, log: log}
}

// CrashAt makes a labeller stop between steps where the function returns an error. It is for tests.
func (l *Labeller) CrashAt(crash func(at string) error) { l.crash = crash }

// Run asks what nobody has had an answer to, until the context ends.
func (l *Labeller) Run(ctx context.Context, every time.Duration) {
	if l.carrier == nil {
		return
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for failing := false; ; {
		err := l.Ask(ctx, patience*every)
		if err != nil && ctx.Err() == nil && !failing { // once, not every second
			l.log.Warn("a carrier was not asked, or has not answered", "error", err)
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Ask asks for all that is unanswered for so long. An error is the first of them; the others were asked all the same.
func (l *Labeller) Ask(ctx context.Context, older time.Duration) error {
	refs, err := l.reads.UnansweredLabels(ctx, older, unansweredMax)
	if err != nil {
		return err
	}
	var asking errgroup.Group
	asking.SetLimit(askersMax)
	for _, ref := range refs {
		asking.Go(func() error {
			if _, err := l.finish(ctx, ref); err != nil {
				return fmt.Errorf("label %s of fulfilment %s: %w", ref.Label, ref.Fulfilment, err)
			}
			return nil
		})
	}
	return asking.Wait()
}

// unknown is that nobody knows what became of a question.
type unknown struct{ error }

func (u unknown) Unwrap() error { return u.error }

// answer is what a step came to that a caller began: the label as the answer left it, or as it is where there is none yet.
func (l *Labeller) answer(ctx context.Context, asked retail.Fulfilment, label retail.ID) (retail.Label, error) {
	was, _ := asked.Label(label)
	is, err := l.finish(ctx, retail.LabelRef{Location: asked.Location, Fulfilment: asked.ID, Label: label, Step: was.Steps})
	if lost := (unknown{}); errors.As(err, &lost) {
		l.log.Warn("a carrier has not answered", "fulfilment", asked.ID.String(), "label", label.String(), "error", err)
		return is, nil
	}
	if err == nil && is.Problem != "" {
		err = retail.Refuse(retail.LabelRefused, "the carrier would not: %s", is.Problem).With("problem", is.Problem)
	}
	return is, err
}

// finish asks the carrier what a label waits for, if it still does, and records what it answers. An error means that nobody knows what became
// of it, and that it is to be asked again.
func (l *Labeller) finish(ctx context.Context, ref retail.LabelRef) (retail.Label, error) {
	f, found, err := l.reads.Fulfilment(ctx, ref.Location, ref.Fulfilment)
	if err != nil || !found {
		return retail.Label{}, err
	}
	label, found := f.Label(ref.Label)
	if !found {
		return label, nil
	}
	if label.Step == "" || label.Steps != ref.Step { // somebody recorded its answer, and whoever records it again is told that
		label.Steps = ref.Step
		return l.record(ctx, f, label, carrier.Answer{})
	}
	if l.carrier == nil || l.carrier.Name() != label.Provider {
		return label, unknown{fmt.Errorf("it is with the carrier %q, which is not set up", label.Provider)}
	}
	if err := l.reach("before the carrier is asked"); err != nil {
		return label, err
	}
	asking, cancel := context.WithTimeout(ctx, askMax)
	defer cancel()
	answer, err := l.ask(asking, f, label)
	if err != nil {
		return label, unknown{err}
	}
	if err := l.reach("after the carrier answered"); err != nil {
		return label, err
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

// ask asks the carrier.
func (l *Labeller) ask(ctx context.Context, f retail.Fulfilment, label retail.Label) (carrier.Answer, error) {
	if label.Step == retail.LabelVoid {
		return l.carrier.Cancel(ctx, key(label), label.Reference)
	}
	to, known, err := l.recipients.Recipient(ctx, label.ID)
	if err != nil {
		return carrier.Answer{}, err
	}
	if !known { // it was erased meanwhile
		return carrier.Answer{Declined: true, Problem: "nobody knows any more whom it is for"}, nil
	}
	from, _, err := l.reads.Location(ctx, f.Location)
	if err != nil {
		return carrier.Answer{}, err
	}
	order, _, err := l.reads.Order(ctx, f.Order)
	if err != nil {
		return carrier.Answer{}, err
	}
	answer, err := l.carrier.Label(ctx, carrier.Shipment{
		Key: key(label), Label: label.ID, Fulfilment: f.ID, OrderNumber: order.Number, Service: label.Service, From: from, To: to,
		WeightGrams: label.WeightGrams, Size: label.Size,
	})
	if err == nil && !answer.Declined {
		for _, text := range []string{answer.Reference, answer.Carrier, answer.Tracking} {
			if len(text) > carrier.TextMax || !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
				return answer, fmt.Errorf("the carrier %s names something by %d bytes that are not kept: %.20q", l.carrier.Name(), len(text), text)
			}
		}
		if answer.Reference == "" || answer.Carrier == "" {
			return answer, fmt.Errorf("the carrier %s does not name its label", l.carrier.Name())
		}
	}
	return answer, err
}

// record records what a carrier answered to the step of a label. It is one request however often it is recorded: whoever comes second is
// told what the first one left. Whom the parcel is for is forgotten then.
func (l *Labeller) record(ctx context.Context, f retail.Fulfilment, label retail.Label, a carrier.Answer) (retail.Label, error) {
	fingerprint := sha256.Sum256([]byte(key(label)))
	own := ledger.WithRequest(ctx, ledger.Request{ID: retail.OwnRequest(fingerprint), Fingerprint: fingerprint, Actor: actor})
	done, err := ledger.Submit(own, l.engine, retail.AnswerLabel{
		Work: workOn(f), Label: label.ID, Number: label.Steps, Declined: a.Declined, Problem: trade.Cut(a.Problem, problemMax),
		Carrier: a.Carrier, Tracking: a.Tracking, Reference: a.Reference, PriceMinor: a.PriceMinor, Currency: a.Currency,
	})
	if err != nil {
		return label, err
	}
	if err := l.recipients.ForgetRecipient(ctx, label.ID); err != nil { // it goes by itself, in time
		l.log.Warn("whom a parcel is for is not forgotten yet", "label", label.ID.String(), "error", err)
	}
	label, _ = done.Fulfilment.Label(label.ID)
	return label, nil
}
