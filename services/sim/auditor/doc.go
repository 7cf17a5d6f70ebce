// Package auditor knows what a shop's books must hold after what its clients asked for and were told, by a model of its own: it
// shares no code with the rules, and takes what it knows of them from the chart of postings (services/retail/doc.go) and the
// contract.
//
//	history.go  what the clients did and were told: every call, with when it began and ended on one clock
//	books.go    what the database holds in the end, in the order it was committed
//	audit*.go   exactly once, in an order that the clients can have seen, with a clock that never runs backwards
//	model_stock*.go   units: positions, holds, transfers, deliveries, what orders take and give back
//	model_orders*.go  orders, their handovers and returns, to the unit and the cent
//	model_money*.go   the money entries of each act; model_documents.go, invoices and their series
//
// What nobody can decide, because a call's end is not known or two moments are possible, is accepted: a finding is never a false
// alarm.
package auditor
