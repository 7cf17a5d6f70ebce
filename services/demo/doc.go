// Package demo is a small invented fashion retailer, Lindström & Vale, as data: a dozen stores in European cities, a
// warehouse, a web shop, 150 products with sizes and colours, prices with VAT in two currencies, and stock. It is made of the
// same records that `aisle import aisle` reads, with fixed ids and a seeded generator, and goes in through the API like
// anybody's data, so that a second start adds nothing.
//
// Cities are real; streets, goods and people are not.
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
		for _, part := range []iter.Seq[imports.Record]{taxes(), priceLists(), places(), channels(), products(goods), prices(goods), stock(goods, random)} {
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
