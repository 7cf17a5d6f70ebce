package demo

import (
	"fmt"

	retailpb "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
)

// Shopper is the customer whose purchases the demo shows: Ada Ferrer of Barcelona.
const Shopper = "0198c0de-0000-7000-8000-0000000000ad"

// shopper is somebody who buys by name.
type shopper struct {
	id, name string
	// home is the store nearby.
	home string
}

// residents are the customers by the store nearby.
var residents = []struct{ home, names string }{
	{Barcelona, "Marta Roca, Oriol Vidal, Laia Puig, Jordi Casals"},
	{"bcn-born", "Núria Soler, Pol Ribas, Carme Bosch"},
	{"mad-salesas", "Lucía Herrero, Álvaro Prieto, Inés Molina, Sergio Lozano"},
	{"vlc-russafa", "Empar Blasco, Vicent Mora"},
	{"lis-chiado", "Beatriz Nogueira, Tiago Lourenço, Joana Pacheco"},
	{"opo-baixa", "Rui Azevedo, Sofia Teles"},
	{"par-marais", "Camille Renard, Hugo Lemaire, Élise Garnier, Mehdi Benali"},
	{"lyo-presquile", "Margaux Perrin, Antoine Colin"},
	{"mil-brera", "Giulia Colombo, Matteo Ferraris, Chiara Riva, Davide Longhi"},
	{"rom-monti", "Francesca Testa, Lorenzo Gallo, Silvia Mancuso"},
	{"ber-mitte", "Hannah Vogt, Jonas Krüger, Leyla Aydın"},
	{"lon-shoreditch", "Amelia Hart, Oscar Whitby, Priya Nair"},
}

// shoppers are all customers but the demo's own.
func shoppers() []shopper {
	var all []shopper
	for _, r := range residents {
		for _, name := range names(r.names) {
			all = append(all, shopper{id: derived("customer", name), name: name, home: r.home})
		}
	}
	return all
}

// neighbour is a customer who lives near a store.
func (p *planner) neighbour(home string) shopper {
	for {
		if s := pick(p, p.people); s.home == home {
			return s
		}
	}
}

// firms ask for full invoices.
var firms = []*retailpb.Party{
	{Name: "Estudi Garrofer, SL", TaxId: "B00417720", Street: "Passatge del Forn 6", PostalCode: "08012", City: "Barcelona", CountryCode: "ES"},
	{Name: "Teatro de la Encina, SA", TaxId: "A00582311", Street: "Calle del Pozo Seco 29", PostalCode: "28004", City: "Madrid", CountryCode: "ES"},
	{Name: "Ateliê Maré Alta, Lda", TaxId: "500000042", Street: "Travessa da Nau 11", PostalCode: "1200-310", City: "Lisboa", CountryCode: "PT"},
	{Name: "Hôtel des Tilleuls SARL", TaxId: "FR00300000018", Street: "Rue du Puits Clos 4", PostalCode: "75003", City: "Paris", CountryCode: "FR"},
	{Name: "Osteria Vecchia Pergola srl", TaxId: "IT00000000027", Street: "Via del Lavatoio 40", PostalCode: "20121", City: "Milano", CountryCode: "IT"},
	{Name: "Kontor Lindenhof GmbH", TaxId: "DE000000039", Street: "Krumme Gasse 3", PostalCode: "10119", City: "Berlin", CountryCode: "DE"},
}

// giftCard is a card that somebody bought, as the plan has it.
type giftCard struct {
	number  string
	issuer  string
	balance int64
	// touched is the last day on which it was used. It rests until the next, so that its acts keep their order.
	touched int
}

// credit is what a customer may spend.
type credit struct {
	balance int64
	touched int
}

// newCard mints a number.
func (p *planner) newCard(issuer string, balance int64) giftCard {
	n := len(p.cards) + 1
	return giftCard{
		number: fmt.Sprintf("LV-%04d-%04d-%02d", 4100+37*n, p.random.IntN(10_000), n), issuer: issuer, balance: balance, touched: p.day,
	}
}

// card is one that was sold elsewhere, before today, and has something left; nil: there is none.
func (p *planner) card(here *place) *giftCard {
	for i := range p.cards {
		c := &p.cards[i]
		if c.balance > 0 && c.touched < p.day && c.issuer != here.code && here.currency == "EUR" {
			return c
		}
	}
	return nil
}
