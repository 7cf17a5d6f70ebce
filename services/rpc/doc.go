// Package rpc is the door of the service: what every call passes on its way in and every answer on its way out.
//
// A call goes through one function, which does, in this order:
//
//   - who: the key in "authorization: Bearer KEY" is looked up, and its scopes are held against those that the method
//     declares in the contract (aisle.retail.v1.access). A method without that declaration keeps the server from
//     starting, so nothing is open by accident; only health and reflection ask for no key.
//   - what: the request is held against the rules in the contract (protovalidate), and against three rules that no
//     contract has to repeat: text is UTF-8, holds no U+0000, and instants and durations are ones that exist.
//   - where: the locations, channels and customer that the request names must be covered by the key.
//   - once: a request with a request_id gets a ledger.Request into its context, with the fingerprint by which a repeat
//     is told from a clash.
//   - the handler.
//   - the answer: whatever error came back becomes a status by the one table in status.go. What the shop refuses
//     keeps its reason and message; a fault of ours is logged in full and told as "internal error" with a trace id.
//
// Rules of the request are checked before its places on purpose: they need no database and give nothing away, and a
// caller whose request is broken learns what is broken rather than that it named no place.
//
// A stream goes the same way: its key when it is opened, each request as it arrives, and its end as a status. It is counted
// when it ends. How long it was open says nothing of how slow it was, so that it is neither among the durations nor slow.
//
// # Places that a call leaves empty
//
// An empty location or channel names no place. It passes only for a key with "*": a site whose key covers the channel
// "web" must say so even where the channel is optional, or it would see what the web may not promise. One thing is
// excepted: a call without effect that names a customer needs no location, because a customer's history is over all
// places. A shopper's key ("kind": "customer") passes a method only where the contract says which field of the request
// or of the answer is the customer, and that is the shopper; or where the method reads what is nobody's: the catalogue,
// the locations, the stock. What belongs to somebody else looks to a shopper as if it did not exist, to the letter.
//
// # What it costs
//
// Everything that can be known at the start is: methods are found by one look-up of their full name, which holds their
// scopes, the compiled paths to the fields that name places, and their meters. Rules are compiled by the time the
// server listens. A key is found by its SHA-256, so that the time of a look-up tells nothing about it. The search for
// U+0000 is a scan of the message's bytes for a zero, before they are decoded; only a message that has one is looked at
// again. BenchmarkCall and BenchmarkChain measure the rest.
package rpc
