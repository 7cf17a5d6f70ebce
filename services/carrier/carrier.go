// Package carrier is the port to those who carry parcels: what is asked of them, and what they answer. Behind it stands one that pretends
// (pretend.go), for the demo and for tests; what carries real parcels is an adapter beside it. It knows no orders and keeps nothing: what was
// asked, and what became of it, is the ledger's (retail.Label).
//
// # Once, whatever happens
//
// A question has a key, which is made of our own record of the step. The same key again is the same question: a carrier does it once and
// answers as it did. An adapter to one that does not know such keys looks first whether it did, by the key as its reference. So whoever does
// not know what became of a question asks again. An error means just that: nobody knows. That a carrier will not is no error but an answer.
//
// # Documents
//
// What is stuck on a parcel says whom it is for, and is kept by the carrier alone. Whoever prints it asks the carrier for it.
package carrier

import (
	"context"

	"github.com/aisle-retail/aisle/services/retail"
)

// Shipment is what is to go in one parcel.
type Shipment struct {
	// Key names it: asked again under the same key, there is one label.
	Key string
	// Label and Fulfilment are whose it is, and OrderNumber is how people call the order.
	Label, Fulfilment retail.ID
	OrderNumber       string
	// Service is which of the carrier's services; empty: its usual one.
	Service string
	// From is where it is sent from, and To whom it is for.
	From retail.Location
	To   retail.Recipient
	// WeightGrams and Size are what is said of it; zero: nothing.
	WeightGrams int64
	Size        retail.ParcelSize
}

// Answer is what a carrier says.
type Answer struct {
	// Declined is true where it will not, for good, and Problem says why. Words are the carrier's own: they are told to whoever waits for the
	// answer, and kept nowhere.
	Declined bool
	Problem  retail.LabelProblem
	Words    string
	// Reference is its own id of the label, Carrier who carries the parcel, as customers know it, and Tracking the number of the parcel. Each has
	// at most TextMax bytes, and only Tracking may be empty.
	Reference, Carrier, Tracking string
	// PriceMinor is what it takes, in minor units of Currency; empty: it does not say.
	PriceMinor int64
	Currency   string
}

// TextMax is how long what a carrier names may be, in bytes.
const TextMax = 100

// Document is what is stuck on a parcel.
type Document struct {
	// MediaType is that of Bytes, such as application/pdf.
	MediaType string
	Bytes     []byte
}

// Carrier carries parcels.
type Carrier interface {
	// Name names it, and stands in what it was asked.
	Name() string
	// Label makes a label for a parcel.
	Label(ctx context.Context, s Shipment) (Answer, error)
	// Find returns what it answered under a key when it was asked for a label; false: it was never asked, or did not make one.
	Find(ctx context.Context, key string) (Answer, bool, error)
	// Document returns what is stuck on the parcel, by the carrier's own id of the label.
	Document(ctx context.Context, reference string) (Document, error)
	// Cancel takes back a label that is on no parcel, by the carrier's own id of it.
	Cancel(ctx context.Context, key, reference string) (Answer, error)
}
