// Package retail is the rules of the shop: what is allowed, and what follows. It is pure: no I/O, no clock, no SQL, no
// protocol, and only a few packages of the standard library. To change a rule one opens one file here.
//
// A command (command.go) names the rows it must see and decides: (state, now) to (change, result) or a refusal. It changes
// nothing itself. What is accepted is written by the engine (package ledger), by folding it through Post (ledger.go), which
// checks a second time what the rules promise.
//
// # The ledger
//
// An entry moves a positive quantity of one asset from one account to another within one location's book, so that it is
// balanced by construction. Units and money stand in the same entries. A position's level is the fold of its entries.
//
// # The chart of postings
//
//	act      units                        money
//	RECEIVE  supplier -> available
//	ADJUST   found -> available
//	         or available -> shrinkage
//	HOLD     available -> held
//	RELEASE  held -> available
//	EXPIRE   held -> available
//	SALE     available -> customer        sales -> order/<id>         net of all lines
//	                                      tax/<code> -> order/<id>    per tax rate
//	                                      order/<id> -> tender/<kind> per tender
//	                                      tender/CASH -> order/<id>   change
//	MASTER   none                         none: catalogue, places, channels
//
// To the right of an arrow is the debit. What is to come for orders, returns and cards is in the design; an act that is
// not in this table does not exist yet.
//
// # Facts and promises
//
// A sale at a till, a delivery, a count happened: it is never refused for lack of stock. Where it drives available below
// zero, Post opens an oversell case for the units, and what brings units back settles the oldest first, so that available
// below zero is always the open units of the cases at that position. A hold, or a sale in any other channel, is a promise,
// and is refused where stock is short.
//
// # Money
//
// Rounding happens once, in price.go, when the order is priced. Shares are given by largest remainder; what some units of a
// line are worth is OrderLine.UnitsWorth, which never rounds again: gross and tax are cut in proportion, and net is the rest. Halves are rounded away from zero. Amounts are minor units.
//
// # Invariants
//
// Proved by the audit (package postgres): L1 entries are well-formed and complete for their kind; L2 levels are the fold of
// the entries; L3 no stock account is below zero but available, by its open cases; L4 held is the holds that have not
// ended; L5 per order line: ordered = open + fulfilled + cancelled, returned <= fulfilled; L6 per order: what is owed either
// way is the fold of its account; L8 a request has one effect; L9 every event has its cause and every cause its event.
package retail
