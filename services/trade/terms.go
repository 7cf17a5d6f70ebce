package trade

import (
	"context"
	"fmt"
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
	// Items returns what is sold under SKUs or barcodes, in the order asked, with their prices in one list.
	Items(ctx context.Context, refs []retail.ItemRef, priceList string) ([]retail.Item, error)
	Hold(ctx context.Context, location string, id retail.ID) (retail.Hold, bool, error)
	Stored
}

// Stored is where stored value is found.
type Stored interface {
	// Card returns the gift card that has a number.
	Card(ctx context.Context, number string) (retail.Card, bool, error)
	// Balances returns what is owed on an account in each book that issued it, most first.
	Balances(ctx context.Context, account string) ([]retail.Balance, error)
}

// Plan makes the command that places a basket. Its order may be given or is minted, as all ids and the number are.
func Plan(ctx context.Context, reads Reads, b retail.Basket) (retail.PlaceOrder, error) {
	terms, err := Terms(ctx, reads, b)
	if err != nil {
		return retail.PlaceOrder{}, err
	}
	cmd, err := b.Plan(terms)
	if err != nil {
		return cmd, err
	}
	cmd.Transaction, cmd.Number = ledger.NewID(), retail.OrderNumber(randomBits())
	if cmd.Order.IsZero() {
		cmd.Order = ledger.NewID()
	}
	for i := range cmd.Fulfilments {
		cmd.Fulfilments[i].ID = ledger.NewID()
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

// Terms reads the channel, the places, their taxes, the price list that applies, and what the basket names.
func Terms(ctx context.Context, reads Reads, b retail.Basket) (retail.Terms, error) {
	terms := retail.Terms{Places: map[string]retail.Location{}, Cards: map[string]retail.Card{}}
	var found bool
	var err error
	if terms.Channel, found, err = reads.Channel(ctx, b.Channel); err != nil {
		return terms, err
	} else if !found {
		return terms, retail.RefuseField(retail.UnknownChannel, "channel", "there is no channel %s", b.Channel).With("channel", b.Channel)
	}
	if terms.Location, err = Place(ctx, reads, b.Location, "location"); err != nil {
		return terms, err
	}
	terms.Places[b.Location] = terms.Location
	for i, line := range b.Lines {
		if _, known := terms.Places[line.Location]; known || line.Location == "" {
			continue
		}
		if terms.Places[line.Location], err = Place(ctx, reads, line.Location, fmt.Sprintf("lines[%d].location", i)); err != nil {
			return terms, err
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
	return terms, named(ctx, reads, b, &terms)
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
	for i, ref := range b.Holds {
		hold, found, err := reads.Hold(ctx, ref.Location, ref.ID)
		if err != nil {
			return err
		}
		if !found {
			return retail.RefuseField(retail.UnknownHold, fmt.Sprintf("holds[%d]", i), "there is no hold %s at %s", ref.ID, ref.Location)
		}
		terms.Holds = append(terms.Holds, hold)
	}
	for _, line := range b.Lines {
		if err := card(ctx, reads, line.CardNumber, terms); err != nil {
			return err
		}
	}
	return stored(ctx, reads, b.Tenders, b.Customer, terms)
}

// stored reads the stored value that tenders spend.
func stored(ctx context.Context, reads Stored, tenders []retail.BasketTender, customer retail.ID, terms *retail.Terms) error {
	for _, tender := range tenders {
		switch {
		case tender.Kind == retail.GiftCard:
			if err := card(ctx, reads, tender.Reference, terms); err != nil {
				return err
			}
		case tender.Kind == retail.StoreCredit && !customer.IsZero():
			var err error
			if terms.Credits, err = reads.Balances(ctx, retail.StoreCreditPrefix+customer.String()); err != nil {
				return err
			}
		}
	}
	return nil
}

func card(ctx context.Context, reads Stored, number string, terms *retail.Terms) error {
	if _, known := terms.Cards[number]; known || number == "" {
		return nil
	}
	found, there, err := reads.Card(ctx, number)
	if there {
		terms.Cards[number] = found
	}
	return err
}

// Tenders reads tenders that are paid at a place for an order of a customer.
func Tenders(
	ctx context.Context, reads Stored, given []retail.BasketTender, currency, place string, customer retail.ID,
) ([]retail.Tender, error) {
	terms := retail.Terms{Cards: map[string]retail.Card{}}
	if err := stored(ctx, reads, given, customer, &terms); err != nil {
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
	zone, err := time.LoadLocation(l.TimeZone)
	if err != nil { // a place that was put before zones were checked, or a system without them
		zone = time.UTC
	}
	issuer := retail.Issuer{Location: l.Code, Point: retail.ServerPoint, Year: now.In(zone).Year(), Seller: l.Seller()}
	for range documents {
		issuer.Invoices = append(issuer.Invoices, ledger.NewID())
	}
	return issuer
}
