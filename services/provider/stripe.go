package provider

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v84"
	"github.com/stripe/stripe-go/v84/webhook"

	"github.com/aisle-retail/aisle/services/retail"
)

// What we keep with a payment at Stripe, by which a webhook and a question that comes late find it.
const (
	metaOrder  = "aisle_order"
	metaIntent = "aisle_intent"
	metaStep   = "aisle_step"
	metaByHand = "aisle_by_hand" // with a refund that somebody made at Stripe itself, and that counts for ours
)

// keysKept is how long Stripe knows a key for sure: it forgets them after 24 hours. What is asked later is looked for first.
const keysKept = 20 * time.Hour

// Stripe takes payments through Stripe's payment intents (https://docs.stripe.com/payments/payment-intents), captured by us, with several
// captures where the card allows it.
type Stripe struct {
	client *stripe.Client
	// secret is what its webhooks are signed with; empty: none are taken.
	secret string
	// returnURL is where customers come back to who agreed elsewhere, followed by the order's id.
	returnURL string
	// now tells the time, in tests another.
	now func() time.Time
}

// NewStripe returns one for a secret key, at Stripe or, in tests, at another address.
func NewStripe(key, secret, returnURL, address string, transport http.RoundTripper) *Stripe {
	config := &stripe.BackendConfig{
		HTTPClient: &http.Client{Transport: transport}, EnableTelemetry: stripe.Bool(false), LeveledLogger: &stripe.LeveledLogger{Level: stripe.LevelNull},
		// Whoever asked asks again, under the same key, and knows for how long.
		MaxNetworkRetries: stripe.Int64(0),
	}
	if address != "" {
		config.URL = stripe.String(address)
	}
	backends := &stripe.Backends{API: stripe.GetBackendWithConfig(stripe.APIBackend, config)}
	return &Stripe{client: stripe.NewClient(key, stripe.WithBackends(backends)), secret: secret, returnURL: returnURL, now: time.Now}
}

// Name names it.
func (*Stripe) Name() string { return "stripe" }

// late tells whether Stripe may have forgotten the key.
func (s *Stripe) late(c Charge) bool { return s.now().Sub(c.AskedAt) > keysKept }

func meta(c Charge) map[string]string {
	return map[string]string{metaOrder: c.Order.String(), metaIntent: c.Intent.String(), metaStep: c.Key}
}

// Authorise makes a payment intent and confirms it. What the key answers is how it was when it was made; how it is now is read anew.
func (s *Stripe) Authorise(ctx context.Context, c Charge) (Answer, error) {
	if s.late(c) {
		found, err := s.find(ctx, c)
		if found != nil || err != nil {
			return authorised(found), err
		}
	}
	params := &stripe.PaymentIntentCreateParams{
		Amount: stripe.Int64(c.AmountMinor), Currency: stripe.String(strings.ToLower(c.Currency)), CaptureMethod: stripe.String("manual"), Confirm: stripe.Bool(true),
		PaymentMethod: stripe.String(c.Token), PaymentMethodTypes: []*string{stripe.String("card")}, Description: stripe.String("Order " + c.Number),
		Metadata: meta(c),
		PaymentMethodOptions: &stripe.PaymentIntentCreatePaymentMethodOptionsParams{
			Card: &stripe.PaymentIntentCreatePaymentMethodOptionsCardParams{RequestMulticapture: stripe.String("if_available")},
		},
	}
	params.AddExpand(chargeOf)
	if s.returnURL != "" {
		params.ReturnURL = stripe.String(s.returnURL + "/" + c.Order.String())
	}
	params.SetIdempotencyKey(c.Key)
	made, err := s.client.V1PaymentIntents.Create(ctx, params)
	if err != nil {
		return refused(err)
	}
	if made.Status != stripe.PaymentIntentStatusRequiresCapture {
		if made, err = s.client.V1PaymentIntents.Retrieve(ctx, made.ID, withCharge()); err != nil {
			return Answer{}, fmt.Errorf("stripe: %w", err)
		}
	}
	return authorised(made), nil
}

// find looks for the payment intent of a payment.
func (s *Stripe) find(ctx context.Context, c Charge) (*stripe.PaymentIntent, error) {
	query := &stripe.PaymentIntentSearchParams{}
	query.AddExpand("data." + chargeOf)
	query.Query = fmt.Sprintf("metadata['%s']:'%s'", metaIntent, c.Intent)
	for found, err := range s.client.V1PaymentIntents.Search(ctx, query) {
		if err != nil {
			return nil, fmt.Errorf("stripe: %w", err)
		}
		if found.Metadata[metaIntent] == c.Intent.String() {
			return found, nil
		}
	}
	return nil, nil
}

// authorised is what a payment intent says of its authorisation.
func authorised(i *stripe.PaymentIntent) Answer {
	if i == nil {
		return Answer{}
	}
	a := Answer{Reference: i.ID, CapturesOnce: captures(i) == oneCapture}
	switch i.Status {
	case stripe.PaymentIntentStatusRequiresCapture, stripe.PaymentIntentStatusSucceeded:
	case stripe.PaymentIntentStatusRequiresPaymentMethod, stripe.PaymentIntentStatusCanceled:
		a.Declined, a.Problem = true, string(i.Status)
		if i.LastPaymentError != nil {
			a.Problem = problemOf(i.LastPaymentError)
		}
	default:
		a.Waiting = true
		if i.NextAction != nil && i.NextAction.RedirectToURL != nil {
			a.ActionURL = i.NextAction.RedirectToURL.URL
		}
	}
	return a
}

// Capture takes a part. Where something is left, and the card does not allow another capture, Stripe lets it go.
func (s *Stripe) Capture(ctx context.Context, c Charge) (Answer, error) {
	params := &stripe.PaymentIntentCaptureParams{AmountToCapture: stripe.Int64(c.AmountMinor), Metadata: meta(c)}
	if c.LeftMinor > 0 || s.late(c) {
		now, err := s.client.V1PaymentIntents.Retrieve(ctx, c.Reference, withCharge())
		if err != nil {
			return Answer{}, fmt.Errorf("stripe: %w", err)
		}
		if s.late(c) && now.Metadata[metaStep] == c.Key {
			return Answer{Reference: now.ID, LeftMinor: now.AmountCapturable}, nil
		}
		if c.LeftMinor > 0 && captures(now) == severalCaptures {
			params.FinalCapture = stripe.Bool(false)
		}
	}
	params.SetIdempotencyKey(c.Key)
	taken, err := s.client.V1PaymentIntents.Capture(ctx, c.Reference, params)
	if err != nil {
		return refused(err)
	}
	return Answer{Reference: taken.ID, LeftMinor: taken.AmountCapturable}, nil
}

// chargeOf is what of a payment intent says how often it may be captured.
const chargeOf = "latest_charge"

func withCharge() *stripe.PaymentIntentRetrieveParams {
	return &stripe.PaymentIntentRetrieveParams{Expand: []*string{stripe.String(chargeOf)}}
}

// How often a payment intent may be captured, as far as its card says so.
const (
	unknownCaptures = iota
	oneCapture
	severalCaptures
)

// captures tells how often a payment intent may be captured.
func captures(i *stripe.PaymentIntent) int {
	if i.LatestCharge == nil || i.LatestCharge.PaymentMethodDetails == nil || i.LatestCharge.PaymentMethodDetails.Card == nil ||
		i.LatestCharge.PaymentMethodDetails.Card.Multicapture == nil {
		return unknownCaptures
	}
	switch i.LatestCharge.PaymentMethodDetails.Card.Multicapture.Status {
	case stripe.ChargePaymentMethodDetailsCardMulticaptureStatusAvailable:
		return severalCaptures
	case stripe.ChargePaymentMethodDetailsCardMulticaptureStatusUnavailable:
		return oneCapture
	}
	return unknownCaptures
}

// Void cancels the payment intent, which lets go what was not captured. One that is over has nothing to let go.
func (s *Stripe) Void(ctx context.Context, c Charge) (Answer, error) {
	params := &stripe.PaymentIntentCancelParams{}
	params.SetIdempotencyKey(c.Key)
	gone, err := s.client.V1PaymentIntents.Cancel(ctx, c.Reference, params)
	if failure := (*stripe.Error)(nil); errors.As(err, &failure) && failure.Code == stripe.ErrorCodePaymentIntentUnexpectedState {
		now, err := s.client.V1PaymentIntents.Retrieve(ctx, c.Reference, nil)
		if err != nil {
			return Answer{}, fmt.Errorf("stripe: %w", err)
		}
		if now.Status == stripe.PaymentIntentStatusCanceled || now.Status == stripe.PaymentIntentStatusSucceeded {
			return Answer{Reference: now.ID}, nil
		}
	}
	if err != nil {
		return refused(err)
	}
	return Answer{Reference: gone.ID}, nil
}

// Refund gives back. One that was refused before is looked for first: who gave it back in Stripe's own pages meanwhile is not to be followed by
// us. What was is marked as ours, so that it counts once; where it is a part, the rest is given back.
func (s *Stripe) Refund(ctx context.Context, c Charge) (Answer, error) {
	left := c.AmountMinor
	if s.late(c) || c.Again {
		query := &stripe.RefundListParams{PaymentIntent: stripe.String(c.Reference)}
		for made, err := range s.client.V1Refunds.List(ctx, query) {
			if err != nil {
				return Answer{}, fmt.Errorf("stripe: %w", err)
			}
			a := refunded(made, c)
			switch _, ours := made.Metadata[metaIntent]; {
			case made.Metadata[metaStep] == c.Key && (a.Declined || made.Metadata[metaByHand] == ""):
				return a, nil
			case made.Metadata[metaStep] == c.Key:
				left -= made.Amount
			case c.Again && !ours && !a.Declined && left > 0:
				if err := s.claim(ctx, c, made.ID); err != nil {
					return Answer{}, err
				}
				left -= made.Amount
			}
		}
		if left <= 0 {
			return Answer{Reference: c.Reference}, nil
		}
	}
	params := &stripe.RefundCreateParams{PaymentIntent: stripe.String(c.Reference), Amount: stripe.Int64(left), Metadata: meta(c)}
	params.SetIdempotencyKey(c.Key)
	made, err := s.client.V1Refunds.Create(ctx, params)
	if err != nil {
		return refused(err)
	}
	return refunded(made, c), nil
}

// claim marks a refund that somebody made by hand as what we were to give back.
func (s *Stripe) claim(ctx context.Context, c Charge, id string) error {
	params := &stripe.RefundUpdateParams{Metadata: meta(c)}
	params.Metadata[metaByHand] = "true"
	params.SetIdempotencyKey(c.Key + "/" + id)
	if _, err := s.client.V1Refunds.Update(ctx, id, params); err != nil {
		return fmt.Errorf("stripe: %w", err)
	}
	return nil
}

func refunded(r *stripe.Refund, c Charge) Answer {
	a := Answer{Reference: c.Reference}
	if r.Status == stripe.RefundStatusFailed || r.Status == stripe.RefundStatusCanceled {
		a.Declined, a.Problem = true, string(r.FailureReason)
	}
	return a
}

// refused tells what Stripe will not, for good, from what nobody knows: the line, too many requests, a key that is not right, and a key
// of ours that is being answered in this very moment.
func refused(err error) (Answer, error) {
	failure := (*stripe.Error)(nil)
	if !errors.As(err, &failure) {
		return Answer{}, fmt.Errorf("stripe: %w", err)
	}
	forGood := failure.Type == stripe.ErrorTypeCard || failure.Type == stripe.ErrorTypeInvalidRequest &&
		(failure.HTTPStatusCode == http.StatusBadRequest || failure.HTTPStatusCode == http.StatusNotFound)
	if !forGood {
		return Answer{}, fmt.Errorf("stripe: %w", err)
	}
	a := Answer{Declined: true, Problem: problemOf(failure)}
	if failure.PaymentIntent != nil {
		a.Reference = failure.PaymentIntent.ID
	}
	return a, nil
}

// problemOf is Stripe's own word for why.
func problemOf(e *stripe.Error) string {
	switch {
	case e.DeclineCode != "":
		return string(e.DeclineCode)
	case e.Code != "":
		return string(e.Code)
	}
	return e.Msg
}

// Webhook reads an event, which is signed, and not older than some minutes. Of events about no payment of ours it tells nothing.
func (s *Stripe) Webhook(header http.Header, body []byte) (Notice, error) {
	if s.secret == "" {
		return Notice{}, ErrForged
	}
	event, err := webhook.ConstructEventWithOptions(body, header.Get("Stripe-Signature"), s.secret,
		webhook.ConstructEventOptions{IgnoreAPIVersionMismatch: true})
	if err != nil {
		return Notice{}, fmt.Errorf("%w: %v", ErrForged, err)
	}
	var told Notice
	kept, _ := event.Data.Object["metadata"].(map[string]any)
	for name, id := range map[string]*retail.ID{metaOrder: &told.Order, metaIntent: &told.Intent} {
		text, _ := kept[name].(string)
		if *id, err = retail.ParseID(text); err != nil || text == "" {
			return Notice{}, nil
		}
	}
	return told, nil
}
