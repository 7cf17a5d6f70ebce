// Package provider is the port to those who take payments by card outside: what is asked of them, and what they answer. Behind it stand
// Stripe (stripe.go) and one that pretends (pretend.go), for the demo and for tests. It knows no orders and keeps nothing: what was
// asked, and what became of it, is the ledger's (retail.Intent).
//
// # Once, whatever happens
//
// A Charge has a key, which is made of our own record of the step. The same key again is the same charge: a provider does it once and
// answers as it did. So whoever does not know what became of a charge asks again. An error means just that: nobody knows. That a provider
// will not is no error but an answer.
//
// # Cards
//
// No number of a card ever comes here. The provider's form, in the customer's browser, makes a token of it.
package provider

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/aisle-retail/aisle/services/retail"
)

// Charge is one thing that a provider is asked.
type Charge struct {
	// Key names it: asked again under the same key, it is done once.
	Key string
	// Order and Intent are whose it is, and Number is how people call the order.
	Order, Intent retail.ID
	Number        string
	AmountMinor   int64
	Currency      string
	// Token stands for the customer's card; for an authorisation alone.
	Token string
	// Reference is the provider's own id of the payment; for all but an authorisation.
	Reference string
	// LeftMinor is what a capture leaves to be captured later; 0: it is the last.
	LeftMinor int64
	// Again is true for a refund that was refused before, under another key: somebody may have given the money back by hand since, of which
	// none is given back twice.
	Again bool
	// AskedAt is when it was first asked.
	AskedAt time.Time
}

// Answer is what a provider says.
type Answer struct {
	// Declined is true where it will not, for good; Problem says why, in the provider's words.
	Declined bool
	Problem  string
	// Waiting is true where it can't tell yet, because the customer has to agree first, at ActionURL if there is one.
	Waiting   bool
	ActionURL string
	// Reference is its own id of the payment.
	Reference string
	// LeftMinor is what may still be captured, after a capture.
	LeftMinor int64
	// CapturesOnce is true, of what it authorised, where the first capture will let the rest go; false: it will not, or nobody knows.
	CapturesOnce bool
}

// Notice is what a provider's webhook tells: that something became of a payment. What, it is asked.
type Notice struct {
	// Order and Intent are whose payment it is; zero: it is none of ours.
	Order, Intent retail.ID
}

// ErrForged is what Webhook returns for what the provider did not send.
var ErrForged = errors.New("provider: a webhook whose signature is not the provider's")

// Provider takes payments by card.
type Provider interface {
	// Name names it, and stands in what it was asked.
	Name() string
	// Authorise keeps an amount of a card for us.
	Authorise(ctx context.Context, c Charge) (Answer, error)
	// Capture takes a part of what was authorised, or all.
	Capture(ctx context.Context, c Charge) (Answer, error)
	// Void lets go what was authorised and not captured.
	Void(ctx context.Context, c Charge) (Answer, error)
	// Refund gives back a part of what was captured, or all.
	Refund(ctx context.Context, c Charge) (Answer, error)
	// Webhook reads what the provider sent by itself, or returns ErrForged.
	Webhook(header http.Header, body []byte) (Notice, error)
}
