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
//	act       units                       money
//	RECEIVE   supplier -> available
//	ADJUST    found -> available
//	          available -> shrinkage
//	HOLD      available -> held
//	RELEASE   held -> available
//	EXPIRE    held -> available
//	SALE      available -> customer       sales -> order/<id>
//	          held -> customer            tax/<code> -> order/<id>
//	          available -> committed      charges/<code> -> order/<id>
//	          held -> committed           gift_card/<id> -> order/<id>
//	          held -> available           order/<id> -> tender/<kind>
//	                                      tender/CASH -> order/<id>
//	                                      order/<id> -> rounding
//	                                      rounding -> order/<id>
//	                                      order/<id> -> gift_card/<id>
//	                                      order/<id> -> store_credit/<customer>
//	                                      order/<id> -> settlement/<location>
//	                                      settlement/<location> -> gift_card/<id>
//	                                      settlement/<location> -> store_credit/<customer>
//	PAYMENT                               order/<id> -> tender/<kind>
//	                                      tender/CASH -> order/<id>
//	                                      order/<id> -> rounding
//	                                      rounding -> order/<id>
//	                                      order/<id> -> gift_card/<id>
//	                                      order/<id> -> store_credit/<customer>
//	                                      order/<id> -> settlement/<location>
//	                                      settlement/<location> -> gift_card/<id>
//	                                      settlement/<location> -> store_credit/<customer>
//	                                      settlement/<location> -> tender/<kind>
//	                                      tender/CASH -> settlement/<location>
//	                                      settlement/<location> -> order/<id>
//	WORK      none                        none: accepted, picking, ready, packed, delivered, a code
//	HANDOVER  committed -> customer       sales -> order/<id>
//	                                      tax/<code> -> order/<id>
//	                                      charges/<code> -> order/<id>
//	                                      order/<id> -> tender/<kind>
//	                                      tender/CASH -> order/<id>
//	                                      order/<id> -> rounding
//	                                      rounding -> order/<id>
//	                                      order/<id> -> gift_card/<id>
//	                                      order/<id> -> store_credit/<customer>
//	                                      order/<id> -> settlement/<location>
//	                                      settlement/<location> -> gift_card/<id>
//	                                      settlement/<location> -> store_credit/<customer>
//	                                      settlement/<location> -> tender/<kind>
//	                                      tender/CASH -> settlement/<location>
//	                                      settlement/<location> -> order/<id>
//	CANCEL    committed -> available      tender/<kind> -> order/<id>
//	                                      tender/<kind> -> settlement/<location>
//	                                      settlement/<location> -> order/<id>
//	                                      gift_card/<id> -> order/<id>
//	                                      gift_card/<id> -> settlement/<location>
//	                                      store_credit/<customer> -> order/<id>
//	                                      store_credit/<customer> -> settlement/<location>
//	                                      rounding -> order/<id>
//	                                      goodwill -> order/<id>
//	                                      loss -> order/<id>
//	RETURN    customer -> available       order/<id> -> sales_returns
//	          customer -> inspection      order/<id> -> tax/<code>
//	          customer -> damaged         order/<id> -> charges/<code>
//	                                      order/<id> -> gift_card/<id>
//	                                      fees -> order/<id>
//	                                      tender/<kind> -> order/<id>
//	                                      tender/<kind> -> settlement/<location>
//	                                      settlement/<location> -> order/<id>
//	                                      gift_card/<id> -> order/<id>
//	                                      gift_card/<id> -> settlement/<location>
//	                                      store_credit/<customer> -> order/<id>
//	                                      store_credit/<customer> -> settlement/<location>
//	                                      rounding -> order/<id>
//	                                      goodwill -> order/<id>
//	                                      loss -> order/<id>
//	EXCHANGE  customer -> available       order/<id> -> sales_returns
//	          customer -> inspection      order/<id> -> tax/<code>
//	          customer -> damaged         order/<id> -> charges/<code>
//	          available -> customer       order/<id> -> gift_card/<id>
//	          held -> customer            fees -> order/<id>
//	          available -> committed      sales -> order/<id>
//	          held -> committed           tax/<code> -> order/<id>
//	          held -> available           charges/<code> -> order/<id>
//	                                      tender/<kind> -> order/<id>
//	                                      tender/<kind> -> settlement/<location>
//	                                      settlement/<location> -> order/<id>
//	                                      gift_card/<id> -> order/<id>
//	                                      gift_card/<id> -> settlement/<location>
//	                                      store_credit/<customer> -> order/<id>
//	                                      store_credit/<customer> -> settlement/<location>
//	                                      order/<id> -> tender/<kind>
//	                                      tender/CASH -> order/<id>
//	                                      order/<id> -> rounding
//	                                      rounding -> order/<id>
//	                                      order/<id> -> store_credit/<customer>
//	                                      order/<id> -> settlement/<location>
//	                                      settlement/<location> -> gift_card/<id>
//	                                      settlement/<location> -> store_credit/<customer>
//	                                      settlement/<location> -> tender/<kind>
//	                                      goodwill -> order/<id>
//	                                      loss -> order/<id>
//	GOODWILL                              order/<id> -> goodwill
//	                                      tender/<kind> -> order/<id>
//	                                      tender/<kind> -> settlement/<location>
//	                                      settlement/<location> -> order/<id>
//	                                      gift_card/<id> -> order/<id>
//	                                      gift_card/<id> -> settlement/<location>
//	                                      store_credit/<customer> -> order/<id>
//	                                      store_credit/<customer> -> settlement/<location>
//	LOSS                                  order/<id> -> loss
//	INVOICE   none                        none: a ticket turned into a full invoice
//	TRANSFER  available -> transit/<id>
//	          transit/<id> -> incoming
//	ARRIVAL   incoming -> available
//	          incoming -> shrinkage
//	CASH                                  tender/CASH -> safe
//	                                      tender/CASH -> cash_difference
//	                                      cash_difference -> tender/CASH
//	MASTER    none                        none: catalogue, places, channels
//
// To the right of an arrow is the debit. An order's account stands in the book of its selling location, and so does its turnover;
// units move in the books of the places where they are. Goods that leave from another place than sold them are not paid for
// between the two books (the policy is: not). Money that another place took or gave back, and stored value that another place
// issued, pass through settlement, in both books. A payment ahead of its handover leaves the order's account negative: a deposit.
// Where goods are given up or come back, what the smallest coin, goodwill or a loss had paid for them goes back to those accounts,
// once all that the customer paid was given back.
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
// line are worth is OrderLine.UnitsWorth, which never rounds again: gross is cut in proportion to the units, tax in proportion to
// that gross, and net is the rest. Halves are rounded away from zero. Amounts are minor units.
//
// # Documents
//
// One document per handover, in its transaction, numbered and chained by the issuing point of the selling location (invoice.go).
// What comes back is corrected by one document per original. A document is a sum of units and never rounds.
//
// # Invariants
//
// Proved by the audit (package postgres): L1 entries are well-formed and complete for their kind; L2 levels and balances are the
// fold of the entries; L3 no stock account is below zero but available, by its open cases; L4 held is the holds in force,
// committed is what open order lines promise; L5 per order line: ordered = open + fulfilled + cancelled, returned <= fulfilled;
// L6 per order: what is owed either way is the fold of its account; L7 numbers of an issuing point have no gap, its chain
// verifies, and the documents of an order add up to what was handed over; L8 a request has one effect; L9 every event has its
// cause and every cause its event; L10 settlement between two locations is equal and opposite, transit is empty over both books,
// and incoming is what transfers still expect.
package retail
