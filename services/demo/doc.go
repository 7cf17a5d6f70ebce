// Package demo is a small invented fashion retailer, Lindström & Vale, as data: a dozen stores in European cities, a
// warehouse, a web shop, 150 products with sizes and colours, prices with VAT in two currencies, and stock. It is made of the
// same records that `aisle import aisle` reads, with fixed ids and a seeded generator, and goes in through the API like
// anybody's data, so that a second start adds nothing.
//
// Cities are real; streets, goods and people are not.
//
// # Four weeks of trade
//
// Trade plays what the retailer did in the four weeks before the demo first ran: sales at tills, orders by web, app and phone,
// pickups and parcels in every state, returns, exchanges, gift cards, transfers, deliveries with and without a document, cash. All of it is planned first
// (plan.go), from the seed and one instant, and then carried out by many callers at once (player.go): day after day, and within
// a day each order in its own order. The plan keeps the shelves itself, so that whatever comes first within a day, no promise is
// short.
//
// The instant is when the server accepted the first order, which is therefore looked up and not remembered; the last order, where
// it is there, says that all is done. Request and order ids are derived from the seed and what the act is called. So a demo
// that was killed, today or yesterday, plans the same again and does what is left.
//
// What the API lets happen in the past is in the past: sales, orders, deliveries, till returns, cash. Handing over is recorded when
// it is done, so that pickups and parcels were handed over when the demo first ran.
package demo

import (
	"iter"
	"math/rand/v2"

	"google.golang.org/protobuf/proto"

	"github.com/aisle-retail/aisle/services/imports"
)

// seed is the one world that the demo shows.
const seed = 20260117

// Records returns everything, in the order in which it must go in.
func Records() iter.Seq[imports.Record] {
	return func(yield func(imports.Record) bool) {
		random := rand.New(rand.NewPCG(seed, seed))
		goods := assortment(random)
		for _, part := range []iter.Seq[imports.Record]{
			taxes(), priceLists(), places(), channels(), buffers(), rules(), attributes(), products(goods), returnPolicies(), prices(goods), stock(goods, random),
		} {
			for record := range part {
				if !yield(record) {
					return
				}
			}
		}
	}
}

// statement says what is so, such as a product's title. It has no key: what was said before is not said again, and what a
// later version of the demo says otherwise is taken over.
func statement(method string, request proto.Message) imports.Record {
	return imports.Record{Method: method, Request: request}
}

// fact is something that happens once, such as a delivery: its key alone tells whether it did.
func fact(method, key string, request proto.Message) imports.Record {
	return imports.Record{Method: method, Key: "demo/" + key, Request: request}
}
