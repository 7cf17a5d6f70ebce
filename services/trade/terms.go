package trade

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
)

// Reads is what decides the price of a basket and where its goods come from.
type Reads interface {
	Location(ctx context.Context, code string) (retail.Location, bool, error)
	Channel(ctx context.Context, code string) (retail.Channel, bool, error)
	PriceList(ctx context.Context, code string) (retail.PriceList, bool, error)
	TaxRates(ctx context.Context, jurisdiction string) ([]retail.TaxRate, error)
	// Promotions returns those that are not retired and have not ended, which callers must not change.
	Promotions(ctx context.Context) ([]retail.Promotion, error)
	// ReturnPolicies returns those that are not retired, which callers must not change.
	ReturnPolicies(ctx context.Context) ([]retail.ReturnPolicy, error)
	// RefundTerms returns those of every currency that has some, which callers must not change.
	RefundTerms(ctx context.Context) ([]retail.RefundTerms, error)
	Buffers
	// Items returns what is sold under SKUs or barcodes, in the order asked, with their prices in one list.
	Items(ctx context.Context, refs []retail.ItemRef, priceList string) ([]retail.Item, error)
	// Holds returns holds in the order asked; one that is not there is without an id.
	Holds(ctx context.Context, refs []retail.HoldRef) ([]retail.Hold, error)
	Stored
}

// Carts is where carts are found.
type Carts interface {
	Cart(ctx context.Context, id retail.ID) (retail.Cart, bool, error)
}

// Contents adds what is in the cart that a basket converts to its lines, if it converts one.
func Contents(ctx context.Context, reads Carts, b retail.Basket) (retail.Basket, error) {
	if b.Cart == nil {
		return b, nil
	}
	cart, _, err := reads.Cart(ctx, retail.CartID(b.Cart.Owner))
	if err != nil {
		return b, err
	}
	return b.Converting(cart)
}

// Buffers is where safety buffers are found.
type Buffers interface {
	// Buffers returns the rules that positions go by.
	Buffers(ctx context.Context, positions []retail.Key) ([]retail.BufferRules, error)
}

// Stored is where stored value is found.
type Stored interface {
	// Cards returns the gift cards that have numbers, by number.
	Cards(ctx context.Context, numbers []string) (map[string]retail.Card, error)
	// CardKind returns a kind of gift cards.
	CardKind(ctx context.Context, code string) (retail.CardKind, bool, error)
	// Balances returns what is owed on accounts in each book that issued it, most first.
	Balances(ctx context.Context, accounts []string) ([]retail.Balance, error)
}

// Plan makes the command that places a basket, which converts no cart. Its order may be given or is minted, as all ids and the number are.
func Plan(ctx context.Context, reads Reads, b retail.Basket) (retail.PlaceOrder, error) {
	terms, err := Terms(ctx, reads, b)
	if err != nil {
		return retail.PlaceOrder{}, err
	}
	return Planned(terms, b)
}

// Planned does the same on terms that were read.
func Planned(terms retail.Terms, b retail.Basket) (retail.PlaceOrder, error) {
	cmd, err := b.Plan(terms)
	if err != nil {
		return cmd, err
	}
	cmd.Transaction, cmd.Number = ledger.NewID(), retail.OrderNumber(randomBits())
	if cmd.Order.IsZero() {
		cmd.Order = ledger.NewID()
	}
	for i := range cmd.Fulfilments {
		f := &cmd.Fulfilments[i]
		place := terms.Places[f.Location]
		f.ID, f.PromisedAt = ledger.NewID(), Promised(terms, place, "", f.Method, b.Now)
	}
	for i := range cmd.Transfers {
		t := &cmd.Transfers[i]
		t.ID = ledger.NewID()
		for n := range cmd.Fulfilments {
			if f := &cmd.Fulfilments[n]; f.Location == t.To && f.Method == retail.PickUp {
				f.PromisedAt = later(f.PromisedAt, Promised(terms, terms.Places[t.To], t.From, f.Method, b.Now))
			}
		}
	}
	cards := map[string]retail.ID{}
	for _, line := range cmd.Lines {
		if line.Card != nil && line.Card.New {
			if _, minted := cards[line.Card.Number]; !minted {
				cards[line.Card.Number] = ledger.NewID()
			}
			line.Card.ID = cards[line.Card.Number]
		}
	}
	cmd.Issuer = Issuer(terms.Location, 1, b.Now)
	return cmd, nil
}

// Promised is when what is ordered now is promised to be ready at a place; from is another one that it is brought from, or empty. Zero: for no
// time.
func Promised(terms retail.Terms, place retail.Location, from string, method retail.Method, now time.Time) time.Time {
	if from == "" {
		return place.Promises(method, now, Zone(place))
	}
	sender := terms.Places[from]
	return place.PromisesBrought(sender, now, Zone(sender), Zone(place))
}

// later is the later of two promises; none, where one of them is none.
func later(a, b time.Time) time.Time {
	if a.IsZero() || b.IsZero() {
		return time.Time{}
	}
	if a.After(b) {
		return a
	}
	return b
}

// Terms reads the channel, the places, their taxes, the price list that applies, and what the basket names.
func Terms(ctx context.Context, reads Reads, b retail.Basket) (retail.Terms, error) {
	terms := retail.Terms{Places: map[string]retail.Location{}}
	var err error
	if terms.Channel, err = Channel(ctx, reads, b.Channel); err != nil {
		return terms, err
	}
	if terms.Location, err = Place(ctx, reads, b.Location, "location"); err != nil {
		return terms, err
	}
	terms.Places[b.Location] = terms.Location
	for i, line := range b.Lines {
		for _, named := range []struct{ field, code string }{{"location", line.Location}, {"from_location", line.From}} {
			if _, known := terms.Places[named.code]; known || named.code == "" {
				continue
			}
			if terms.Places[named.code], err = Place(ctx, reads, named.code, fmt.Sprintf("lines[%d].%s", i, named.field)); err != nil {
				return terms, err
			}
		}
	}
	if terms.Rates, err = reads.TaxRates(ctx, terms.Location.TaxJurisdiction); err != nil {
		return terms, err
	}
	for _, code := range terms.Channel.PriceLists {
		list, found, err := reads.PriceList(ctx, code)
		if err != nil {
			return terms, err
		}
		if found && list.Currency == b.CurrencyAt(terms.Location) {
			terms.PriceList = list
			break
		}
	}
	if terms.Promotions, err = reads.Promotions(ctx); err != nil {
		return terms, err
	}
	if terms.ReturnPolicies, err = reads.ReturnPolicies(ctx); err != nil {
		return terms, err
	}
	refunds, err := reads.RefundTerms(ctx)
	if err != nil {
		return terms, err
	}
	terms.Refund = retail.RefundTermsIn(b.CurrencyAt(terms.Location), refunds)
	if err := named(ctx, reads, b, &terms); err != nil {
		return terms, err
	}
	terms.Shows = Shows(ctx, terms.Channel)
	terms.Buffers, err = reads.Buffers(ctx, b.Promises(terms))
	return terms, err
}

// named reads what the basket names: items, holds, gift cards and credit.
func named(ctx context.Context, reads Reads, b retail.Basket, terms *retail.Terms) error {
	refs := make([]retail.ItemRef, len(b.Lines))
	for i, line := range b.Lines {
		refs[i] = line.Item
	}
	var err error
	if terms.Items, err = reads.Items(ctx, refs, terms.PriceList.Code); err != nil {
		return err
	}
	asked := slices.Clone(b.Holds)
	if b.Cart != nil {
		asked = append(asked, retail.RefsOf(b.Cart.Holds)...)
	}
	if len(asked) > 0 {
		found, err := reads.Holds(ctx, asked)
		if err != nil {
			return err
		}
		terms.Holds, terms.CartHolds = found[:len(b.Holds)], slices.DeleteFunc(found[len(b.Holds):], func(h retail.Hold) bool { return h.ID.IsZero() })
	}
	for i, hold := range terms.Holds {
		if ref := b.Holds[i]; hold.ID.IsZero() {
			return retail.RefuseField(retail.UnknownHold, fmt.Sprintf("holds[%d]", i), "there is no hold %s at %s", ref.ID, ref.Location)
		}
	}
	var cards []string
	for _, line := range b.Lines {
		if line.CardNumber != "" {
			cards = append(cards, line.CardNumber)
		}
	}
	if err := stored(ctx, reads, cards, b.Tenders, b.Customer, terms); err != nil {
		return err
	}
	return cardKinds(ctx, reads, b, terms)
}

// cardKinds reads the kinds of the gift cards that are sold and topped up.
func cardKinds(ctx context.Context, reads Reads, b retail.Basket, terms *retail.Terms) error {
	for _, line := range b.Lines {
		code := line.CardKind
		if card, known := terms.Cards[line.CardNumber]; known {
			code = card.Balance.Terms.Kind
		}
		if code == "" {
			continue
		}
		kind, found, err := reads.CardKind(ctx, code)
		if err != nil {
			return err
		}
		if found {
			if terms.CardKinds == nil {
				terms.CardKinds = map[string]retail.CardKind{}
			}
			terms.CardKinds[code] = kind
		}
	}
	return nil
}

// stored reads the gift cards that are named, and the stored value that tenders spend.
func stored(
	ctx context.Context, reads Stored, cards []string, tenders []retail.BasketTender, customer retail.ID, terms *retail.Terms,
) (err error) {
	credit := false
	for _, tender := range tenders {
		switch tender.Kind {
		case retail.GiftCard:
			cards = append(cards, tender.Reference)
		case retail.StoreCredit:
			credit = !customer.IsZero()
		}
	}
	if len(cards) > 0 {
		if terms.Cards, err = reads.Cards(ctx, cards); err != nil {
			return err
		}
	}
	if credit {
		terms.Credits, err = reads.Balances(ctx, []string{retail.StoreCreditPrefix + customer.String()})
	}
	return err
}

// Tenders reads tenders that are paid at a place for an order of a customer.
func Tenders(
	ctx context.Context, reads Stored, given []retail.BasketTender, currency, place string, customer retail.ID,
) ([]retail.Tender, error) {
	var terms retail.Terms
	if err := stored(ctx, reads, nil, given, customer, &terms); err != nil {
		return nil, err
	}
	return retail.TendersIn(currency, place, given, terms)
}

// Places is where locations are found.
type Places interface {
	Location(ctx context.Context, code string) (retail.Location, bool, error)
}

// Place returns a location, or refuses the request's field.
func Place(ctx context.Context, reads Places, code, field string) (retail.Location, error) {
	location, found, err := reads.Location(ctx, code)
	if err == nil && !found {
		err = retail.RefuseField(retail.UnknownLocation, field, "there is no location %s", code).With("location", code)
	}
	return location, err
}

// Variants is where it is known which SKUs there are.
type Variants interface {
	// KnownSKUs returns those of the SKUs that no product has.
	KnownSKUs(ctx context.Context, skus []string) (missing []string, err error)
}

// KnowSKUs refuses the first SKU that no product has, by the field of the request that names it. An empty one names none.
func KnowSKUs(ctx context.Context, reads Variants, skus []string, field func(i int) string) error {
	named := skus
	if slices.Contains(skus, "") {
		named = slices.DeleteFunc(slices.Clone(skus), func(sku string) bool { return sku == "" })
	}
	missing, err := reads.KnownSKUs(ctx, named)
	if err != nil || len(missing) == 0 {
		return err
	}
	return retail.RefuseField(retail.UnknownSKU, field(slices.Index(skus, missing[0])), "no variant has the SKU %s", missing[0]).
		With("sku", missing[0])
}

// Within names all of a list by the list's own field.
func Within(field string) func(i int) string { return func(int) string { return field } }

// Each names each of a list, for example "skus[2]".
func Each(field string) func(i int) string {
	return func(i int) string { return fmt.Sprintf("%s[%d]", field, i) }
}

// Channels is where channels are found.
type Channels interface {
	Channel(ctx context.Context, code string) (retail.Channel, bool, error)
}

// Channel returns a channel, or refuses the request's field of that name.
func Channel(ctx context.Context, reads Channels, code string) (retail.Channel, error) {
	channel, found, err := reads.Channel(ctx, code)
	if err == nil && !found {
		err = retail.RefuseField(retail.UnknownChannel, "channel", "there is no channel %s", code).With("channel", code)
	}
	return channel, err
}

// Reasons is where reasons of the stock are found.
type Reasons interface {
	// StockReason returns a reason, one that was put or a standard one.
	StockReason(ctx context.Context, code string) (retail.StockReason, bool, error)
}

// Reason returns a reason of the stock, or refuses the request's field.
func Reason(ctx context.Context, reads Reasons, code, field string) (retail.StockReason, error) {
	reason, found, err := reads.StockReason(ctx, code)
	if err == nil && !found {
		err = retail.RefuseField(retail.UnknownReason, field, "there is no reason %s", code).With("reason", code)
	}
	return reason, err
}

// Orders is where orders are found.
type Orders interface {
	Order(ctx context.Context, id retail.ID) (retail.Order, bool, error)
}

// Order returns the order that a request's field "order" names by its id.
func Order(ctx context.Context, reads Orders, text string) (retail.Order, error) {
	id, err := retail.ParseID(text)
	if err != nil {
		return retail.Order{}, retail.RefuseField(retail.InvalidRequest, "order", "must be a uuid")
	}
	order, found, err := reads.Order(ctx, id)
	if err == nil && !found {
		err = retail.RefuseField(retail.UnknownOrder, "order", "there is no order %s", text)
	}
	return order, err
}

// Till returns a location that takes or gives money in a currency, or refuses the request's field.
func Till(ctx context.Context, reads Places, code, currency, field string) (retail.Location, error) {
	place, err := Place(ctx, reads, code, field)
	if err != nil {
		return place, err
	}
	return place, place.Keeps(currency, field)
}

// Issuer is who issues documents for sales of a location now, with ids for so many of them. The year is that of the place's own
// calendar.
func Issuer(l retail.Location, documents int, now time.Time) retail.Issuer {
	issuer := retail.Issuer{Location: l.Code, Point: retail.ServerPoint, Year: now.In(Zone(l)).Year(), Seller: l.Seller()}
	for range documents {
		issuer.Invoices = append(issuer.Invoices, ledger.NewID())
	}
	return issuer
}

// Distinct are some texts, each once.
func Distinct(all []string) []string {
	all = slices.Sorted(slices.Values(all))
	return slices.Compact(all)
}
