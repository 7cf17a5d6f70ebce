package retail

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Basket is what a caller wants to buy, before anything of the retailer's was looked up.
type Basket struct {
	Order     ID // absent: to be minted
	Channel   string
	Location  string
	Customer  ID
	Currency  string // empty: the location's
	Lines     []BasketItem
	Discounts []BasketDiscount
	// Coupons are those that the customer shows, each once.
	Coupons []string
	Tenders []BasketTender
	// OccurredAt is when it happened in the shop; zero: now.
	OccurredAt time.Time
	Reference  string
	// CashRounding is how much less is paid because of the smallest coin, negative: more; nil: nothing.
	CashRounding *Amount
	// PayFor is how long the goods are kept for an order that is not paid in full; 0: until it is handed over.
	PayFor time.Duration
	BillTo *Party
	// Holds are those that the order takes up.
	Holds []HoldRef
	// Quoted is what its lines must come to; nil: whatever they do.
	Quoted *Figures
	// Cart is the cart that the order converts; nil: none.
	Cart *CartRef
	// Now is the handler's clock: prices and rates are those in force when it happened, or now.
	Now time.Time
}

// HoldRef names a hold.
type HoldRef struct {
	Location string
	ID       ID
}

// BasketItem is one line of a basket: an item, a charge or a gift card.
type BasketItem struct {
	Item   ItemRef
	Charge *Charge
	// CardNumber is that of a gift card that is sold or topped up; empty: none.
	CardNumber string
	// CardKind is the kind of a card that is sold; empty: of no kind.
	CardKind string
	Method   Method
	// Location is where it is collected or sent from; empty: the selling location.
	Location string
	// From is the place whose stock it takes, to be collected at Location; empty: Location's own.
	From string
	// Sourced is true where Location was chosen, as the place had all of it (see Sourcing).
	Sourced  bool
	Quantity int64
	// UnitPrice or LinePrice is the till's; with neither, the price list's.
	UnitPrice, LinePrice *Amount
	PriceReason          string
	Discounts            []BasketDiscount
	Note                 string
	// Swapped is true where it costs what units that come back were worth (see Swap).
	Swapped bool
}

// Charge is something sold beside goods, such as delivery.
type Charge struct {
	// Code names its account, charges/<code>.
	Code, Description, TaxCategory string
}

// BasketDiscount is a discount as the caller gave it.
type BasketDiscount struct {
	Code        string
	Amount      *Amount
	BasisPoints int32
}

// BasketTender is a tender as the caller gave it.
type BasketTender struct {
	Kind      string
	Amount    *Amount
	Reference string
}

// Amount is money as the caller gave it, with the field it came in.
type Amount struct {
	Currency string
	Minor    int64
	Field    string
}

// Terms are what the retailer's data say about a basket, as the handler read it.
type Terms struct {
	Channel   Channel
	Location  Location
	PriceList PriceList // of the order's currency; without a code where the channel has none
	Rates     []TaxRate
	// Buffers are the rules of the positions and places of its lines.
	Buffers []BufferRules
	// Shows is how exactly the caller may be told what stock is left.
	Shows Exposure
	// Items stand in the order of the basket's lines; those of charges and gift cards are empty.
	Items []Item
	// Places are the locations that lines name, by code.
	Places map[string]Location
	// Cards are the gift cards that lines and tenders name, by number; one that is not there is sold.
	Cards map[string]Card
	// CardKinds are the kinds of gift cards, by code: those that lines name and those of the cards that lines top up.
	CardKinds map[string]CardKind
	// Holds are those that the basket names, in its order, and CartHolds those of its cart.
	Holds, CartHolds []Hold
	// Promotions are those that are not retired.
	Promotions []Promotion
	// ReturnPolicies are those that are not retired, in any order.
	ReturnPolicies []ReturnPolicy
	// Refund are the terms of refunds in the order's currency; of none where it has none.
	Refund RefundTerms
	// Credits are the customer's store credit in each book that owes it, most first.
	Credits []Balance
}

// Card is a gift card that was sold.
type Card struct {
	ID      ID
	Balance Balance
	// Lost is true where it was found by a number that another one took the place of.
	Lost bool
	// Expired is true where it had expired when it was read, by the clock of whoever decides.
	Expired bool
}

// CurrencyAt is the currency of the order.
func (b Basket) CurrencyAt(l Location) string {
	if b.Currency != "" {
		return b.Currency
	}
	return l.Currency
}

// Plan makes the command that places the basket: items found, prices and rates chosen as of when it happened. What
// it decides on are values that stay with the order; stock and the order itself are looked at under lock.
func (b Basket) Plan(t Terms) (PlaceOrder, error) {
	cmd := PlaceOrder{
		Order: b.Order, Channel: b.Channel, Location: b.Location, Customer: b.Customer, Currency: b.CurrencyAt(t.Location),
		TaxIncluded: t.PriceList.TaxIncluded, Reference: b.Reference, OccurredAt: b.OccurredAt, PayFor: b.PayFor, BillTo: b.BillTo,
		Fact: t.Channel.AtTill(), Buffers: NewBuffers(t.Channel, t.Buffers), Shows: t.Shows, Holds: t.Holds, CartHolds: t.CartHolds,
		Quoted: b.Quoted, Cart: b.Cart, Refund: t.Refund.RefundRule,
	}
	if err := t.Channel.maySell(b.Location); err != nil {
		return cmd, err
	}
	if cmd.Currency != t.Location.Currency {
		return cmd, RefuseField(CurrencyMismatch, "currency_code", "%s keeps its books in %s", b.Location, t.Location.Currency)
	}
	at := b.OccurredAt
	if at.IsZero() {
		at = b.Now
	}
	if err := b.plan(t, &cmd, at); err != nil {
		return cmd, err
	}
	cmd.Offers, cmd.Coupons = b.offers(t, cmd.Currency), b.coupons(t, cmd.Currency)
	var err error
	if cmd.Discounts, err = discountsIn(cmd.Currency, b.Discounts); err != nil {
		return cmd, err
	}
	if b.CashRounding != nil {
		if err := b.CashRounding.in(cmd.Currency); err != nil {
			return cmd, err
		}
		cmd.RoundingMinor = b.CashRounding.Minor
	}
	cmd.Tenders, err = TendersIn(cmd.Currency, b.Location, b.Tenders, t)
	return cmd, err
}

// Promises are the positions whose units the basket would have promised. What is carried out at a till is promised to nobody.
func (b Basket) Promises(t Terms) []Key {
	var positions []Key
	for i, item := range b.Lines {
		if i < len(t.Items) && t.Items[i].SKU != "" && !(item.Method == CarryOut && t.Channel.AtTill()) {
			place, _ := item.stockAt(b.Location)
			positions = append(positions, LevelKey(place, t.Items[i].SKU))
		}
	}
	return positions
}

// broughtMax is how many lines of an order take another place's stock: whoever gives the order up locks the positions of both places.
const broughtMax = 100

// plan makes the lines, the fulfilments of those that are not carried out, and the transfers of those that are brought.
func (b Basket) plan(t Terms, cmd *PlaceOrder, at time.Time) error {
	brought := 0
	for i, item := range b.Lines {
		path := fmt.Sprintf("lines[%d]", i)
		same := func(other BasketItem) bool { return other.CardNumber == item.CardNumber }
		if item.CardNumber != "" && slices.ContainsFunc(b.Lines[:i], same) {
			return RefuseField(InvalidRequest, path, "the gift card %s stands twice", item.CardNumber)
		}
		line, err := item.line(t, cmd.Currency, at, path, i)
		if err != nil {
			return err
		}
		line.Method, line.Location, line.From = item.Method, cmp.Or(item.Location, b.Location), item.From
		if line.From != "" {
			if brought++; brought > broughtMax {
				return RefuseField(InvalidRequest, path+".from_location", "an order brings at most %d lines from elsewhere", broughtMax)
			}
		}
		if err := cmp.Or(b.mayPromise(t, line, path+".location"), b.mayBring(t, line, path+".from_location")); err != nil {
			return err
		}
		if cmd.Lines = append(cmd.Lines, line); item.Sourced {
			cmd.Sourced = append(cmd.Sourced, i)
		}
		known := func(f Fulfilment) bool { return f.Location == line.Location && f.Method == line.Method }
		if line.Method != CarryOut && !slices.ContainsFunc(cmd.Fulfilments, known) {
			cmd.Fulfilments = append(cmd.Fulfilments, Fulfilment{Location: line.Location, Method: line.Method})
		}
		if line.From != "" && cmd.transfer(line.From, line.Location) < 0 {
			cmd.Transfers = append(cmd.Transfers, Transfer{From: line.From, To: line.Location})
		}
	}
	return nil
}

// mayPromise refuses a line that the channel or its place does not promise. What is carried out leaves the selling location; no goods leave
// with what has none, such as a charge or a gift card.
func (b Basket) mayPromise(t Terms, line BasketLine, field string) error {
	if line.Method == CarryOut {
		if line.Location != b.Location {
			return RefuseField(InvalidRequest, field, "what is carried out leaves %s", b.Location)
		}
		if t.Channel.AtTill() {
			return nil
		}
		if line.SKU == "" {
			return t.Location.Open("location")
		}
	}
	if line.Card != nil && line.Method != CarryOut {
		return RefuseField(InvalidRequest, field, "a gift card is handed over at once: CARRY_OUT")
	}
	if err := t.Channel.mayServe(line.Location, field); err != nil {
		return err
	}
	if err := t.Places[line.Location].Open(field); err != nil {
		return err
	}
	return t.Location.Open("location")
}

// TendersIn reads tenders in a currency, paid at a place. Stored value is found by its number, or by the customer.
func TendersIn(currency, place string, given []BasketTender, t Terms) ([]Tender, error) {
	var tenders []Tender
	credits := slices.Clone(t.Credits)
	for i, tender := range given {
		if err := tender.Amount.in(currency); err != nil {
			return nil, err
		}
		one := Tender{Kind: tender.Kind, AmountMinor: tender.Amount.Minor, Reference: tender.Reference, Location: place}
		switch tender.Kind {
		case GiftCard:
			card, found := t.Cards[tender.Reference]
			if !found {
				return nil, RefuseField(UnknownGiftCard, fmt.Sprintf("tenders[%d].reference", i), "there is no such gift card")
			}
			if card.Lost {
				return nil, RefuseField(GiftCardReplaced, fmt.Sprintf("tenders[%d].reference", i), "the gift card was lost, and another took its place")
			}
			one.Replacements = card.Balance.Replacements
			one.Account, one.Location, one.Reference = GiftCardPrefix+card.ID.String(), card.Balance.Location, masked(tender.Reference)
		case StoreCredit:
			parts := spend(credits, one, currency)
			if len(parts) == 0 {
				return nil, RefuseField(BalanceShort, fmt.Sprintf("tenders[%d]", i), "the customer has no credit in %s", currency).With("left_minor", 0)
			}
			tenders = append(tenders, parts...)
			continue
		}
		tenders = append(tenders, one)
	}
	return tenders, nil
}

// spend splits a tender over the books that owe the customer credit, and takes it off them; what is beyond all of them stays with
// the last, and is refused under lock.
func spend(credits []Balance, tender Tender, currency string) []Tender {
	var parts []Tender
	for i := range credits {
		credit := &credits[i]
		if credit.Currency != currency || tender.AmountMinor == 0 && len(parts) > 0 {
			continue
		}
		part := tender
		part.AmountMinor = min(tender.AmountMinor, max(0, credit.AmountMinor))
		part.Account, part.Location = credit.Account, credit.Location
		credit.AmountMinor -= part.AmountMinor
		tender.AmountMinor -= part.AmountMinor
		if part.AmountMinor > 0 || len(parts) == 0 {
			parts = append(parts, part)
		}
	}
	if len(parts) > 0 {
		parts[len(parts)-1].AmountMinor += tender.AmountMinor
	}
	return parts
}

// masked is the end of a gift card's number: enough for its holder to know it, and too little to spend it.
func masked(number string) string {
	const shown = 4
	if len(number) <= 2*shown {
		return "..."
	}
	return "..." + number[len(number)-shown:]
}

// line finds what is sold and what it costs.
func (i BasketItem) line(t Terms, currency string, at time.Time, path string, n int) (BasketLine, error) {
	line := BasketLine{Quantity: i.Quantity, PriceReason: i.PriceReason, Note: i.Note, Swapped: i.Swapped}
	item, category := t.Items[n], t.Items[n].TaxCategory
	if i.Swapped {
		if i.Charge != nil || i.CardNumber != "" || i.UnitPrice != nil || i.LinePrice != nil || len(i.Discounts) > 0 {
			return line, RefuseField(InvalidRequest, path, "goods that are swapped have no other price, and nothing is taken off it")
		}
		line.PriceReason = swappedReason
	}
	switch {
	case i.CardNumber != "":
		return i.card(line, t, currency, path)
	case i.Charge != nil:
		category = i.Charge.TaxCategory
		line.Description, line.Account, line.ReturnDays = i.Charge.Description, ChargesPrefix+i.Charge.Code, DefaultReturnDays
	case !item.Found && i.Item.GTIN != "":
		return line, RefuseField(UnknownSKU, path+".gtin", "no variant has the barcode %s", i.Item.GTIN)
	case !item.Found:
		return line, RefuseField(UnknownSKU, path+".sku", "no variant has the SKU %s", i.Item.SKU)
	default:
		line.SKU, line.Description = item.SKU, item.Title
		line.ReturnDays, line.ReturnTerms = ReturnsOf(item, t.ReturnPolicies, at, currency)
	}
	var found bool
	if line.Tax, found = RateAt(t.Rates, category, at); !found {
		return line, RefuseField(TaxMissing, path, "no rate of tax category %s is in force in %s", category, t.Location.TaxJurisdiction)
	}
	if i.Swapped { // it is known once it is known what comes back
		return line, nil
	}
	var err error
	if line.Discounts, err = discountsIn(currency, i.Discounts); err != nil {
		return line, err
	}
	line.ListMinor, err = i.list(item, t, currency, at, path)
	return line, err
}

// card is the line of a gift card that is sold or topped up, at what it is worth.
func (i BasketItem) card(line BasketLine, t Terms, currency, path string) (BasketLine, error) {
	card, known := t.Cards[i.CardNumber]
	line.Description, line.Tax, line.ReturnDays = "Gift card", TaxRate{Code: outOfScope}, DefaultReturnDays
	line.Card = &CardSale{ID: card.ID, Number: i.CardNumber, New: !known, Replacements: card.Balance.Replacements}
	switch {
	case card.Lost:
		return line, RefuseField(GiftCardReplaced, path, "the gift card was lost, and another took its place")
	case card.Expired:
		return line, expired(card.Balance, path)
	case known && card.Balance.Currency != currency:
		return line, RefuseField(CurrencyMismatch, path, "the card is worth %s", card.Balance.Currency)
	case i.Quantity != 1 || len(i.Discounts) > 0:
		return line, RefuseField(InvalidRequest, path, "a gift card is one unit, and sold at what it is worth")
	}
	if known && card.Balance.Location != t.Location.Code {
		line.Card.Issuer = card.Balance.Location
	}
	if err := i.kind(line.Card, card, t, currency, path); err != nil {
		return line, err
	}
	var err error
	line.ListMinor, err = i.list(Item{}, t, currency, time.Time{}, path)
	if err == nil && line.ListMinor == 0 {
		err = RefuseField(InvalidRequest, path+".till_price", "a gift card is worth something")
	}
	return line, err
}

// kind finds by which terms a card is sold or was, and its limits. One that is topped up has its own, whatever became of its kind.
func (i BasketItem) kind(sale *CardSale, card Card, t Terms, currency, path string) error {
	code := i.CardKind
	if !sale.New {
		sale.Terms = card.Balance.Terms
		if code = sale.Terms.Kind; i.CardKind != "" && i.CardKind != code {
			return RefuseField(InvalidRequest, path+".gift_card.kind", "the gift card was sold as one of another kind, %q", code)
		}
	}
	if code == "" {
		return nil
	}
	var found bool
	switch sale.Kind, found = t.CardKinds[code]; {
	case !found:
		return RefuseField(UnknownCardKind, path+".gift_card.kind", "there is no kind %s of gift cards", code)
	case sale.New && sale.Kind.Retired:
		return RefuseField(CardKindRetired, path+".gift_card.kind", "no gift card of the kind %s is sold any more", code)
	case sale.Kind.Currency != currency:
		return RefuseField(CurrencyMismatch, path+".gift_card.kind", "gift cards of the kind %s are in %s", code, sale.Kind.Currency)
	}
	if sale.New {
		sale.Terms = sale.Kind.Terms()
	}
	return nil
}

// list is all units of the line at the till's price, or at the price list's.
func (i BasketItem) list(item Item, t Terms, currency string, at time.Time, path string) (int64, error) {
	if i.LinePrice != nil {
		return i.LinePrice.Minor, i.LinePrice.in(currency)
	}
	unit := int64(0)
	if i.UnitPrice != nil {
		if err := i.UnitPrice.in(currency); err != nil {
			return 0, err
		}
		unit = i.UnitPrice.Minor
	} else {
		price, found := PriceAt(item.Prices, at)
		if !found {
			return 0, RefuseField(PriceMissing, path, "%s has no price in %s for channel %s", item.SKU, currency, t.Channel.Code)
		}
		unit = price.UnitMinor
	}
	return i.times(unit, item, path)
}

// times is all units of the line at a price of one.
func (i BasketItem) times(unit int64, item Item, path string) (int64, error) {
	if unit > 0 && i.Quantity > amountMax/unit {
		return 0, RefuseField(AmountTooLarge, path, "%d of %s at %d is more than can be counted", i.Quantity, item.SKU, unit)
	}
	return unit * i.Quantity, nil
}

func discountsIn(currency string, given []BasketDiscount) ([]Discount, error) {
	var all []Discount
	for _, d := range given {
		discount := Discount{Code: d.Code, BasisPoints: d.BasisPoints}
		if d.Amount != nil {
			if err := d.Amount.in(currency); err != nil {
				return nil, err
			}
			discount.AmountMinor = d.Amount.Minor
		}
		all = append(all, discount)
	}
	return all, nil
}

// in refuses an amount of another currency.
func (a *Amount) in(currency string) error {
	if a.Currency == currency {
		return nil
	}
	return RefuseField(CurrencyMismatch, a.Field+".currency_code", "the order is in %s, not in %s", currency, a.Currency)
}
