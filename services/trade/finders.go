package trade

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	"github.com/aisle-retail/aisle/services/retail"
)

// Finders make what purchases are found by: the HMAC of what a customer says, so that who has the database can't try all phone numbers there are.
type Finders struct{ secret []byte }

// finderSecretMin is how many bytes a secret has at least.
const finderSecretMin = 32

// NewFinders returns the maker of a secret, which all processes on one database share. What was made with another is found no more.
func NewFinders(secret []byte) (*Finders, error) {
	if len(secret) < finderSecretMin {
		return nil, fmt.Errorf("the secret of what purchases are found by has %d bytes, and needs %d", len(secret), finderSecretMin)
	}
	return &Finders{secret: secret}, nil
}

// Of is what a value is found by, and tells whether it says anything.
func (f *Finders) Of(kind retail.FinderKind, value string) (found retail.Finder, ok bool) {
	folded := kind.Fold(value)
	if folded == "" {
		return found, false
	}
	mac := hmac.New(sha256.New, f.secret)
	mac.Write([]byte("aisle/finder/1\x00" + string(kind) + "\x00" + folded)) // 1 is the version of how they are made
	return retail.Finder{Kind: kind, Hash: [32]byte(mac.Sum(nil))}, true
}

// OfContact are what an order is found by of how its customer is told.
func (f *Finders) OfContact(c retail.Contact) (all []retail.Finder) {
	for _, of := range []struct {
		kind  retail.FinderKind
		value string
	}{{retail.FinderPhone, c.Phone}, {retail.FinderEmail, c.Email}} {
		if finder, ok := f.Of(of.kind, of.value); ok {
			all = append(all, finder)
		}
	}
	return all
}

// From reads what an order is to be found by, at a field of a request. The number of a bank's card is refused: it is kept nowhere, nor is its
// hash, which all card numbers there are could be tried against.
func (f *Finders) From(given *pb.Finder, field string) (retail.Finder, error) {
	kind := FinderKind(given.GetKind())
	if kind != retail.FinderPhone && retail.HasCardNumber(given.GetValue()) {
		return retail.Finder{}, retail.RefuseField(retail.InvalidRequest, field+".value",
			"holds the number of a bank's card, which is kept nowhere; give the token that the provider has for it")
	}
	finder, ok := f.Of(kind, given.GetValue())
	if !ok {
		return finder, retail.RefuseField(retail.InvalidRequest, field+".value", "says nothing")
	}
	return finder, nil
}

// finderPrefix is what the contract puts before the kinds.
const finderPrefix = "FINDER_KIND_"

// FinderKind reads a kind of finder.
func FinderKind(kind pb.FinderKind) retail.FinderKind {
	return retail.FinderKind(kind.String()[len(finderPrefix):])
}
