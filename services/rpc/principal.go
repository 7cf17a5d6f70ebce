package rpc

import (
	"fmt"
	"slices"
	"strings"
)

// Kind is what sort of caller a key belongs to. It decides the scopes a key has where none are listed, and for shoppers
// that they see what is theirs only.
type Kind string

// The kinds of callers.
const (
	// KindSite is a web shop, an app's backend or a marketplace connector.
	KindSite Kind = "site"
	// KindTill is a till, with or without a cashier.
	KindTill Kind = "till"
	// KindTablet is what a shop assistant carries.
	KindTablet Kind = "tablet"
	// KindCustomer is one shopper, who sees her own purchases only.
	KindCustomer Kind = "customer"
	// KindStaff is a person in the back office.
	KindStaff Kind = "staff"
	// KindSystem is another system of the retailer. It has the scopes that are listed and no others.
	KindSystem Kind = "system"
)

// everywhere in place of a list of codes stands for all locations, or all channels.
const everywhere = "*"

// Principal is who calls: the owner of a key.
type Principal struct {
	// Name is the key's name. It is kept with every change the key makes.
	Name string
	// Kind is what sort of caller it is.
	Kind Kind
	// Locations and Channels are the codes it may act for; "*" alone is all, none is none.
	Locations, Channels []string
	// Customer is the customer's id, for KindCustomer only.
	Customer string
	// Scopes are what it may do, for example "stock.write".
	Scopes []string
	// Bulk tells that its changes wait behind those of people: imports, synchronisation.
	Bulk bool

	scopes    scopeSet
	locations reach
	channels  reach
}

// channel is what a key that acts for one channel alone comes by; empty: it acts for several, or for none.
func (p *Principal) channel() string {
	if len(p.channels.codes) != 1 || p.channels.all {
		return ""
	}
	return p.Channels[0]
}

// stranger is who calls what anyone may. It has no scopes, and covers nothing.
var stranger = &Principal{Name: "aisle/anyone"}

// scopeSet is a set of scopes, one bit for each of knownScopes.
type scopeSet uint64

// knownScopes are all scopes there are. A method that declares another keeps the server from starting.
var knownScopes = []string{
	"catalog.read", "catalog.write",
	"locations.read", "locations.write",
	"stock.read", "stock.explain", "stock.hold", "stock.write", "stock.value", "counts.write", "counts.review",
	"orders.read", "orders.write", "orders.adjust", "orders.override",
	"fulfilments.read", "fulfilments.write", "fulfilments.code",
	"returns.read", "returns.write", "returns.override", "returns.request", "returns.manage",
	"invoices.read", "invoices.render", "invoices.write",
	"customers.read", "customers.find", "payments.read", "payments.write", "payments.charge", "tills.write",
	"events.read", "demand.read", "reports.read", "messages.read", "messages.write",
}

// impersonal are the scopes of methods that read what is nobody's, which a shopper may therefore call without saying
// who she is.
var impersonal = mustScopes("catalog.read", "locations.read", "stock.read")

// readsOrders is the scope of whoever reads orders.
var readsOrders = mustScopes("orders.read")

// managesReturns is the scope of whoever decides on returns as a manager.
var managesReturns = mustScopes("returns.manage")

// kindScopes are the scopes of a key that lists none. A kind that is not here must list its own.
var kindScopes = map[Kind][]string{
	// A site shows its shoppers their codes and documents, and takes nothing back by right.
	KindSite: {
		"catalog.read", "locations.read", "stock.read", "stock.hold", "orders.read", "orders.write", "fulfilments.read", "fulfilments.code",
		"returns.read", "returns.write", "returns.request", "invoices.read", "invoices.render", "invoices.write", "customers.read", "payments.read",
		"payments.charge", "events.read",
	},
	// A till finds what somebody bought by her phone number, which no shopper may try on a site.
	KindTill: {
		"catalog.read", "locations.read", "stock.read", "stock.hold", "orders.read", "orders.write", "fulfilments.read", "fulfilments.write",
		"returns.read", "returns.write", "returns.request", "invoices.read", "invoices.render", "invoices.write", "customers.read", "customers.find",
		"payments.read",
		"payments.charge", "tills.write",
	},
	// A tablet counts and corrects stock, and sells nothing.
	KindTablet: {
		"catalog.read", "locations.read", "stock.read", "stock.hold", "stock.write", "counts.write", "orders.read", "fulfilments.read",
		"fulfilments.write",
	},
	KindCustomer: {
		"catalog.read", "locations.read", "stock.read", "orders.read", "returns.read", "returns.request", "invoices.read", "customers.read",
		"payments.read",
	},
	KindStaff: knownScopes,
}

var kinds = []Kind{KindSite, KindTill, KindTablet, KindCustomer, KindStaff, KindSystem}

// Kinds are all kinds of keys.
func Kinds() []Kind { return slices.Clone(kinds) }

// ScopesOfKind are the scopes of a key of a kind that lists none; none where such a key must list its own.
func ScopesOfKind(kind Kind) []string { return slices.Clone(kindScopes[kind]) }

func scopesOf(names []string) (scopeSet, error) {
	var set scopeSet
	for _, name := range names {
		i := slices.Index(knownScopes, name)
		if i < 0 {
			return 0, fmt.Errorf("%q is not a scope; there are %s", name, strings.Join(knownScopes, ", "))
		}
		set |= 1 << i
	}
	return set, nil
}

func mustScopes(names ...string) scopeSet {
	set, err := scopesOf(names)
	if err != nil {
		panic(err)
	}
	return set
}

// String lists the scopes for people.
func (s scopeSet) String() string {
	var names []string
	for i, name := range knownScopes {
		if s&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, " or ")
}

// reach is a set of codes, or all there are.
type reach struct {
	all   bool
	codes map[string]struct{}
}

func reachOf(codes []string) reach {
	r := reach{codes: make(map[string]struct{}, len(codes))}
	for _, code := range codes {
		if code == everywhere {
			return reach{all: true}
		}
		r.codes[code] = struct{}{}
	}
	return r
}

// covers tells whether the code is in reach. No code at all is covered only by a reach over all of them.
func (r *reach) covers(code string) bool {
	if r.all {
		return true
	}
	_, ok := r.codes[code]
	return ok && code != ""
}
