package payments

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/aisle-retail/aisle/services/asking"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/provider"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

const (
	// actor is who records what providers answer.
	actor = "aisle/payments"
	// agreeMax is how long a customer may take to agree.
	agreeMax = time.Hour
)

// Unanswered reads what providers were asked and have not answered, or refused and are to be asked again.
type Unanswered interface {
	// UnansweredPayments returns such steps that are at least so old, the oldest first, after a mark.
	UnansweredPayments(ctx context.Context, older time.Duration, after retail.IntentMark, limit int) ([]retail.PlacedIntent, error)
	// RefusedRefunds returns refunds that were refused, and are to be asked for again by now, the oldest first, after a mark.
	RefusedRefunds(ctx context.Context, after retail.IntentMark, limit int) ([]retail.PlacedIntent, error)
	// Order returns an order.
	Order(ctx context.Context, id retail.ID) (retail.Order, bool, error)
}

// Processor asks a provider what the ledger says that it was to be asked, and records what it answers. Any number of processes may do so
// at once, and whatever dies in between is gone on with: a question is asked under the key of its step, and its answer is recorded under a
// request that derives from it.
type Processor struct {
	engine   *ledger.Engine
	reads    Unanswered
	provider provider.Provider
	log      *slog.Logger
	// asking are the steps that the provider is being asked about: whoever comes meanwhile is told the same.
	asking singleflight.Group
	// crash is called between steps; nil outside tests.
	crash func(at string) error
}

// NewProcessor returns one for a provider; nil: there is none, and nothing is ever asked.
func NewProcessor(engine *ledger.Engine, reads Unanswered, p provider.Provider, log *slog.Logger) *Processor {
	return &Processor{engine: engine, reads: reads, provider: p, log: log}
}

// CrashAt makes a processor stop between steps where the function returns an error. It is for tests.
func (p *Processor) CrashAt(crash func(at string) error) { p.crash = crash }

// Provider is whom it asks; nil: nobody.
func (p *Processor) Provider() provider.Provider { return p.provider }

// Run asks what nobody has had an answer to, and for refunds that were refused, until the context ends. Nobody is asked where there is no
// provider.
func (p *Processor) Run(ctx context.Context, every time.Duration) {
	if p.provider == nil {
		return
	}
	var both sync.WaitGroup
	both.Go(func() { p.rounds().Run(ctx, every) })
	both.Go(func() { p.refused().Run(ctx, every) })
	both.Wait()
}

// Ask asks for all that is unanswered for so long, and for refunds that were refused and are due again.
func (p *Processor) Ask(ctx context.Context, older time.Duration) error {
	return errors.Join(p.rounds().Once(ctx, older), p.refused().Once(ctx, older))
}

func (p *Processor) refused() asking.Rounds[retail.PlacedIntent] {
	return asking.Rounds[retail.PlacedIntent]{
		Whom: "a payment's provider", Log: p.log,
		Unanswered: func(ctx context.Context, _ time.Duration, after retail.PlacedIntent, limit int) ([]retail.PlacedIntent, error) {
			return p.reads.RefusedRefunds(ctx, after.Mark, limit)
		},
		Ask: func(ctx context.Context, one retail.PlacedIntent) error {
			if err := p.refundAgain(ctx, one.IntentRef); err != nil {
				return fmt.Errorf("order %s, payment %s: %w", one.Order, one.Intent, err)
			}
			return nil
		},
	}
}

// refundAgain begins another step for a refund that was refused: it is another question, of another key, and recorded before it is asked. Where
// a person asked meanwhile there is nothing to begin.
func (p *Processor) refundAgain(ctx context.Context, ref retail.IntentRef) error {
	order, found, err := p.reads.Order(ctx, ref.Order)
	if err != nil || !found {
		return err
	}
	i, _ := order.Intent(ref.Intent)
	if i.State != retail.IntentRefundFailed || i.Step != "" || i.Steps != ref.Step || i.Provider != p.provider.Name() {
		return nil
	}
	if err := p.reach("before a refund is asked for again"); err != nil {
		return err
	}
	asked, err := ledger.Submit(ledger.Own(ctx, key(order.ID, i)+"/again", ledger.Request{Actor: actor}), p.engine, retail.AskProvider{
		Transaction: ledger.NewID(), Order: order.ID, Step: retail.StepRefund, Intent: i.ID, Provider: i.Provider,
	})
	if refusal := (*retail.Refusal)(nil); errors.As(err, &refusal) {
		return nil
	}
	if err != nil {
		return err
	}
	i, _ = asked.Intent(ref.Intent)
	_, err = p.Finish(ctx, retail.IntentRef{Order: order.ID, Intent: i.ID, Step: i.Steps})
	return err
}

func (p *Processor) rounds() asking.Rounds[retail.PlacedIntent] {
	return asking.Rounds[retail.PlacedIntent]{
		Whom: "a payment's provider", Log: p.log,
		Unanswered: func(ctx context.Context, older time.Duration, after retail.PlacedIntent, limit int) ([]retail.PlacedIntent, error) {
			return p.reads.UnansweredPayments(ctx, older, after.Mark, limit)
		},
		Ask: func(ctx context.Context, one retail.PlacedIntent) error {
			if _, err := p.Finish(ctx, one.IntentRef); err != nil {
				return fmt.Errorf("order %s, payment %s: %w", one.Order, one.Intent, err)
			}
			return nil
		},
	}
}

// Finished is what an unanswered step came to: the order as the answer left it, or as it is where there is none yet.
type Finished struct {
	Order     retail.Order
	ActionURL string
}

// answer is what a step came to that a caller began.
func (p *Processor) answer(ctx context.Context, asked retail.Order, intent retail.ID) (finished Finished, err error) {
	i, _ := asked.Intent(intent)
	now, found, err := p.reads.Order(ctx, asked.ID)
	if err != nil || !found {
		return finished, err
	}
	if is, _ := now.Intent(intent); is.Step == "" || is.Steps != i.Steps { // the same request before, or somebody in its place
		finished.Order, err = p.record(ctx, asked.ID, i, provider.Answer{})
	} else {
		finished, err = p.Finish(ctx, retail.IntentRef{Order: asked.ID, Intent: intent, Step: i.Steps})
	}
	if lost := (asking.Unknown{}); errors.As(err, &lost) {
		p.log.Warn("a payment's provider has not answered", "order", asked.ID.String(), "payment", intent.String(), "error", err)
		err = nil
	}
	if err != nil {
		return finished, err
	}
	if after, _ := finished.Order.Intent(intent); after.Problem != "" {
		return finished, retail.Refuse(retail.PaymentDeclined, "the provider declined it: %s", after.Problem).With("problem", after.Problem)
	}
	return finished, nil
}

// Finish asks the provider what a payment waits for, if it still does, and records what it answers. An error means that nobody knows what
// became of it, and that it is to be asked again.
func (p *Processor) Finish(ctx context.Context, ref retail.IntentRef) (Finished, error) {
	order, found, err := p.reads.Order(ctx, ref.Order)
	if err != nil || !found {
		return Finished{}, err
	}
	i, found := order.Intent(ref.Intent)
	if !found || i.Step == "" || ref.Step != 0 && i.Steps != ref.Step {
		return Finished{Order: order}, nil
	}
	if p.provider == nil || p.provider.Name() != i.Provider {
		return Finished{Order: order}, asking.NotKnown(fmt.Errorf("it is with the provider %q, which is not set up", i.Provider))
	}
	return asking.Together(ctx, &p.asking, key(order.ID, i), Finished{Order: order}, func(ctx context.Context) (Finished, error) {
		return p.finish(ctx, order, i, false)
	})
}

// giveWay gives up payments of an order that wait for the customer to agree, who pays otherwise now, and tells whether any gave way. One that she
// agrees to in that moment stands, or where the provider let it go already is let go, and she pays once that is known.
func (p *Processor) giveWay(ctx context.Context, otherwise retail.AskProvider) (gone bool) {
	ctx, cancel := context.WithTimeout(ctx, asking.Longest)
	defer cancel()
	order, found, err := p.reads.Order(ctx, otherwise.Order)
	if err != nil || !found {
		return false
	}
	for _, i := range otherwise.GiveWay(order) {
		if i.Provider != p.provider.Name() {
			continue
		}
		came, failed := asking.Together(ctx, &p.asking, key(order.ID, i)+"/given-up", Finished{}, func(ctx context.Context) (Finished, error) {
			return p.finish(ctx, order, i, true)
		})
		after, _ := came.Order.Intent(i.ID)
		gone = gone || failed == nil && after.State == retail.IntentDeclined
	}
	return gone
}

// finish asks the provider for the step that a payment of an order is at, and records what it answers. What waits for the customer is given up
// where it is to be, and in time.
func (p *Processor) finish(ctx context.Context, order retail.Order, i retail.Intent, giveUp bool) (Finished, error) {
	if err := p.reach("before the provider is asked"); err != nil {
		return Finished{Order: order}, err
	}
	bounded, cancel := context.WithTimeout(ctx, asking.Longest)
	defer cancel()
	answer, err := p.ask(bounded, order, i)
	if err != nil {
		return Finished{Order: order}, asking.NotKnown(err)
	}
	if err := p.reach("after the provider answered"); err != nil {
		return Finished{Order: order}, err
	}
	if answer.Waiting {
		if over := time.Since(i.AskedAt) > agreeMax || !order.Waits(time.Now()); !over && !giveUp {
			return Finished{Order: order, ActionURL: answer.ActionURL}, nil
		}
		return p.letGo(ctx, order, i, answer.Reference, giveUp)
	}
	after, err := p.record(ctx, order.ID, i, answer)
	return Finished{Order: after}, err
}

// letGo gives up what waits for the customer: because she pays otherwise, or else because she did not agree in time.
func (p *Processor) letGo(ctx context.Context, order retail.Order, i retail.Intent, reference string, otherwise bool) (Finished, error) {
	if err := p.reach("before what waits is given up"); err != nil {
		return Finished{Order: order}, err
	}
	name := key(order.ID, i) + "/given-up"
	bounded, cancel := context.WithTimeout(ctx, asking.Longest)
	defer cancel()
	given, err := p.provider.Void(bounded, provider.Charge{
		Key: name, Order: order.ID, Intent: i.ID, Currency: order.Currency, AmountMinor: i.StepMinor, Reference: reference,
	})
	if err != nil || given.Declined { // it was agreed to in that very moment, and is found so
		return Finished{Order: order}, asking.NotKnown(cmp.Or(err, errors.New("it can't be given up")))
	}
	if err := p.reach("after what waited was given up"); err != nil {
		return Finished{Order: order}, err
	}
	problem := "the customer did not agree in time"
	if otherwise {
		problem = "the customer paid otherwise"
	}
	after, err := p.record(ctx, order.ID, i, provider.Answer{Declined: true, Problem: problem, Reference: reference})
	if is, _ := after.Intent(i.ID); err == nil && is.State == retail.IntentAuthorised {
		// She agreed between the question and that, and somebody else recorded it: nothing is kept of it at the provider.
		after, err = ledger.Submit(ledger.Own(ctx, name, ledger.Request{Actor: actor}), p.engine, retail.AskProvider{
			Transaction: ledger.NewID(), Order: order.ID, Step: retail.StepVoid, Intent: i.ID, Provider: i.Provider,
		})
	}
	return Finished{Order: after}, err
}

// reach is a place where a process may die.
func (p *Processor) reach(at string) error {
	if p.crash == nil {
		return nil
	}
	return p.crash(at)
}

// key names the step of a payment of an order at the provider. One that came from another order has steps there too.
func key(order retail.ID, i retail.Intent) string {
	if !i.MovedFrom.IsZero() {
		return fmt.Sprintf("aisle/%s/%s/%d", i.ID, order, i.Steps)
	}
	return fmt.Sprintf("aisle/%s/%d", i.ID, i.Steps)
}

// ask asks the provider.
func (p *Processor) ask(ctx context.Context, order retail.Order, i retail.Intent) (provider.Answer, error) {
	c := provider.Charge{
		Key: key(order.ID, i), Order: order.ID, Intent: i.ID, Number: order.Number, AmountMinor: i.StepMinor, Currency: order.Currency, Token: i.Token,
		Reference: i.Reference, LeftMinor: i.Left() - i.StepMinor, Again: i.Refusals > 0, AskedAt: i.AskedAt,
	}
	switch i.Step {
	case retail.StepAuthorise:
		return p.provider.Authorise(ctx, c)
	case retail.StepCapture:
		return p.provider.Capture(ctx, c)
	case retail.StepVoid:
		return p.provider.Void(ctx, c)
	case retail.StepRefund:
		return p.provider.Refund(ctx, c)
	}
	return provider.Answer{}, fmt.Errorf("nobody knows how to %s", i.Step)
}

// record records what a provider answered to the step of a payment. It is one request however often it is recorded: whoever comes second
// is told what the first one left.
func (p *Processor) record(ctx context.Context, order retail.ID, i retail.Intent, a provider.Answer) (retail.Order, error) {
	problem := a.Problem
	if a.Declined && problem == "" {
		problem = "declined"
	}
	return ledger.Submit(ledger.Own(ctx, key(order, i), ledger.Request{Actor: actor}), p.engine, retail.RecordAnswer{
		Transaction: ledger.NewID(), Order: order, Intent: i.ID, Number: i.Steps, Declined: a.Declined, Problem: trade.Cut(problem, textMax),
		Reference: trade.Cut(a.Reference, textMax), LeftMinor: a.LeftMinor, CapturesOnce: a.CapturesOnce,
	})
}

// textMax is how much is kept of what a provider says, in bytes.
const textMax = 300
