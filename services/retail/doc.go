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
//	RECEIVE   supplier -> available       goods_received -> inventory/<sku>
//	                                      inventory_difference -> inventory/<sku>
//	                                      inventory/<sku> -> inventory_difference
//	ADJUST    found -> available          inventory_difference -> inventory/<sku>
//	          available -> shrinkage      inventory/<sku> -> inventory_difference
//	DAMAGE    available -> damaged
//	          inspection -> damaged
//	          quarantine -> damaged
//	QUARANTINE available -> quarantine
//	          inspection -> quarantine
//	          damaged -> quarantine
//	INSPECT   inspection -> available
//	          inspection -> damaged
//	          inspection -> quarantine
//	          inspection -> shrinkage     inventory/<sku> -> inventory_difference
//	RESTORE   damaged -> available
//	          quarantine -> available
//	WRITE_OFF available -> shrinkage      inventory/<sku> -> inventory_difference
//	          inspection -> shrinkage
//	          damaged -> shrinkage
//	          quarantine -> shrinkage
//	FOUND     found -> available          inventory_difference -> inventory/<sku>
//	          found -> inspection
//	          found -> damaged
//	          found -> quarantine
//	RESOLVE   found -> available          inventory_difference -> inventory/<sku>
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
//	                                      settlement/<location> -> order/<id>
//	                                      gift_card/<id> -> settlement/<location>
//	                                      inventory/<sku> -> cost_of_goods
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
//	                                      inventory/<sku> -> cost_of_goods
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
//	REJECT    committed -> shrinkage      tender/<kind> -> order/<id>
//	          committed -> available      tender/<kind> -> settlement/<location>
//	          committed -> damaged        settlement/<location> -> order/<id>
//	          available -> committed      gift_card/<id> -> order/<id>
//	                                      gift_card/<id> -> settlement/<location>
//	                                      store_credit/<customer> -> order/<id>
//	                                      store_credit/<customer> -> settlement/<location>
//	                                      rounding -> order/<id>
//	                                      goodwill -> order/<id>
//	                                      loss -> order/<id>
//	                                      inventory/<sku> -> inventory_difference
//	RETURN    customer -> available       order/<id> -> sales_returns
//	          customer -> inspection      order/<id> -> tax/<code>
//	          customer -> damaged         order/<id> -> charges/<code>
//	          customer -> shrinkage       order/<id> -> gift_card/<id>
//	                                      order/<id> -> settlement/<location>
//	                                      settlement/<location> -> gift_card/<id>
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
//	                                      cost_of_goods -> inventory/<sku>
//	                                      inventory_difference -> inventory/<sku>
//	                                      inventory/<sku> -> inventory_difference
//	EXCHANGE  customer -> available       order/<id> -> sales_returns
//	          customer -> inspection      order/<id> -> tax/<code>
//	          customer -> damaged         order/<id> -> charges/<code>
//	          available -> customer       order/<id> -> gift_card/<id>
//	          held -> customer            fees -> order/<id>
//	          available -> committed      sales -> order/<id>
//	          held -> committed           tax/<code> -> order/<id>
//	          held -> available           charges/<code> -> order/<id>
//	          customer -> shrinkage       tender/<kind> -> order/<id>
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
//	                                      cost_of_goods -> inventory/<sku>
//	                                      inventory/<sku> -> cost_of_goods
//	                                      inventory_difference -> inventory/<sku>
//	                                      inventory/<sku> -> inventory_difference
//	GOODWILL                              order/<id> -> goodwill
//	                                      tender/<kind> -> order/<id>
//	                                      tender/<kind> -> settlement/<location>
//	                                      settlement/<location> -> order/<id>
//	                                      gift_card/<id> -> order/<id>
//	                                      gift_card/<id> -> settlement/<location>
//	                                      store_credit/<customer> -> order/<id>
//	                                      store_credit/<customer> -> settlement/<location>
//	LOSS                                  order/<id> -> loss
//	BY_POST   inspection -> available     none: what a customer sends back
//	          inspection -> damaged
//	INVOICE   none                        none: a ticket turned into a full invoice
//	REQUEST   none                        none: asked for, declined, not wanted any more
//	TRANSFER  available -> transit/<id>   inventory/<sku> -> goods_in_transit/<id>
//	          committed -> transit/<id>   inventory/<sku> -> inventory_difference
//	          transit/<id> -> incoming
//	ARRIVAL   incoming -> available       goods_in_transit/<id> -> inventory/<sku>
//	          incoming -> damaged         goods_in_transit/<id> -> inventory_difference
//	          incoming -> shrinkage       inventory/<sku> -> goods_in_transit/<id>
//	          available -> transit/<id>   inventory/<sku> -> inventory_difference
//	          transit/<id> -> incoming    inventory_difference -> inventory/<sku>
//	          incoming -> committed
//	          available -> committed
//	EXPECT    supplier -> incoming
//	          incoming -> supplier
//	DELIVERY  incoming -> available       goods_received -> inventory/<sku>
//	          incoming -> damaged         inventory_difference -> inventory/<sku>
//	          supplier -> available       inventory/<sku> -> inventory_difference
//	          supplier -> damaged
//	COUNT     found -> available          inventory_difference -> inventory/<sku>
//	          available -> shrinkage      inventory/<sku> -> inventory_difference
//	DEMAND    none                        none: what people looked for
//	BREAKAGE                              breakage -> gift_card/<id>
//	CARD      none                        none: a gift card that was lost got another number
//	PROVIDER                              order/<id> -> tender/CARD
//	                                      tender/CARD -> order/<id>
//	LINK      none                        none: a link to pay by that was sent
//	CART      available -> held           none: what somebody means to buy
//	          held -> available
//	CASH                                  tender/CASH -> safe
//	                                      tender/CASH -> cash_difference
//	                                      cash_difference -> tender/CASH
//	MASTER    none                        none: catalogue, places, channels
//
// To the right of an arrow is the debit. An order's account stands in the book of its selling location, and so does its turnover;
// units move in the books of the places where they are. Goods that leave from another place than sold them are not paid for
// between the two books (the policy is: not). Money that another place took or gave back, and stored value that another place
// issued, whether it is spent or topped up, pass through settlement, in both books. A payment ahead of its handover leaves the order's
// account negative: a deposit.
// Where goods are given up or come back, what the smallest coin, goodwill or a loss had paid for them goes back to those accounts,
// once all that the customer paid was given back.
//
// A gift card may be one of a kind (card_kind.go), with limits to what is put on it, which are as the kind is now, and a time for which it is
// good, which is frozen when the card is sold. What is on it when that is over is breakage, in the book that owed it. What comes back for
// goods goes to the card whatever the limits are, and makes one that has expired good again: nobody loses what they paid twice.
//
// What a provider of payments outside authorises moves nothing in the books (intent.go). What is asked of it is recorded before it is
// asked, and what it answers after, so that whoever dies in between leaves a step behind that somebody finishes. What follows from an
// act is asked in that act: a handover asks for the capture of what is due for it, a cancellation lets go what is not needed, and money
// that an order gives back by card is given back by whoever took it. Authorised is as good as paid, for an order that waits and for
// goods that leave; money that comes when an order has ended goes back.
//
// # Facts and promises
//
// A sale at a till, a delivery, a count, a theft, a damage happened: it is never refused for lack of stock that is available. Where it
// drives available below zero, Post opens an oversell case for the units, and what brings units back settles the oldest first, or the
// one that somebody resolves, so that available below zero is always the open units of the cases at that position. What leaves a
// state that is not for sale must be in it. A hold, or a sale in any other channel, is a promise, and is refused where stock is short.
//
// What is in a cart may be held for a while, where its channel says for how long (cart_hold.go): by ordinary holds, one at each place, whose owner
// is the cart. Each change of the cart gives back what was held for it and holds what is in it now, as far as it is there, in one act; no cart is
// refused for it. They end as all holds do, and the order that the cart becomes takes up those that are in force.
//
// What a picker does not find of what was promised is lost, unless the books know already that as many are missing: where available is
// below zero the units go back there, and settle the case (reject.go). Another place may hand them over instead: the order gets a line
// that stands for what was cancelled of another, is worth exactly that, and counts once in what was ordered. What is
// charged for handing goods over goes with them (charge.go), on a line of its own where others hand them over. No other act adds lines.
//
// What is collected at one place may be taken out of another one's stock, where the channel allows it (brought.go). The units are promised
// there, in the transaction that places the order and asks for the transfer that brings them; the order's line counts how many of its open
// units are away and how many are on their way, and its fulfilment waits until there are none. They are sent as they were promised, all of
// them, and promised where they arrive in the act of their arrival, so that nobody else is. What is lost or damaged on the way does not
// undo the promise: it is taken of what is there, as a fact, and whoever works on the pickup gives it up or finds others.
//
// What a carrier loses or brings back is a return that no policy is asked for, at the place that sent it (shipment.go). What is lost
// came back to nowhere: out of the customer's hands and into shrinkage, for a reason. What a customer keeps and is given money or other
// goods for goes the same way, by right alone (claim.go).
//
// What a parcel is to be a carrier is asked for, outside, by a label (label.go): what is asked is recorded before, and what is answered after.
// Labels are for goods that are packed, no unit has two, and a label is on one parcel, which has its units, its carrier and its number. What a
// carrier takes is noted and not booked.
//
// What is done to the stock beside trading names its reason, one of the retailer's own (stock_reason.go), and what it was done for.
// A transfer that is asked for moves nothing and promises nothing until the sender sends it, once, and at most what was asked for;
// what was asked for stays beside what was sent. What arrives of a transfer beyond what was sent leaves the sender's book too, with a
// reason: it was sent, whatever the papers say.
//
// What may be promised of a position is what is available less a safety buffer (buffer.go): so many units, or a part of the units
// that are here to be sold, promised or not. The buffer is that of the SKU at the place, or else of the place, or else of the channel,
// and may differ by fulfilment method and by channel. Questions and promises find it by the same rule, Buffers; promises carry the
// rules as values, as they were read when they were planned. How exactly a channel shows stock is its Exposure (exposure.go).
//
// How much of something a place is to have is a rule too (stock_rule.go), which binds nobody. Below how many available units a position is
// low by the rule of its own stands on the position itself: Post sees what crosses it, either way, and tells others. What to bring
// from where, and what to order, is proposed from rules, trade and what was wanted in vain (replenish.go); nothing of it is stored.
//
// # Counting
//
// What is read of a count is kept as it was read, and folded by whoever asks (package postgres): zones add up, of each zone the latest
// pass counts, a tagged unit counts once. What is expected of a SKU is what was on hand at the moment of its last reading, by when things
// happened: the position as it is, less what moved after that moment, the count's own postings left out, which say what was there at
// it. So what arrives late and happened before the reading is a difference again, and a posting brings it to nothing whatever
// was sold meanwhile. A posting names the versions of the positions for which that was summed, and is stale where one has moved.
//
// # What people look for
//
// Searches, questions for stock of which there was none, and promises that were refused for lack of it are recorded (demand.go). They
// are statistics and no books: they are gathered in memory by whoever served them, like ones counted together, and recorded now and
// then by an ordinary command (package demand). What is recorded is sealed, told and proved as everything is. A refusal carries what it
// was short of beside what the caller is told, since a channel may not be told how much there was. Who searched is kept only where
// the request says that the customer has agreed.
//
// # Money
//
// Rounding happens once, in price.go, when the order is priced. Shares are given by largest remainder; what some units of a
// line are worth is OrderLine.UnitsWorth, which never rounds again: gross is cut in proportion to the units, tax in proportion to
// that gross, and net is the rest. Halves are rounded away from zero. Amounts are minor units.
//
// # What goods cost
//
// A cost enters the books with a delivery that says what one unit cost, in the currency of the book (value.go). From then on Post
// posts, beside the units of whatever act, what they cost: what the units of a position that are here are worth is the fold of
// inventory/<sku> in its book, and over against it stand goods_received, cost_of_goods, goods_in_transit/<transfer> and
// inventory_difference. The rules themselves say nothing of it, but where units bring their cost along: from a supplier, from
// another place of ours by a transfer, or from a customer, at what they cost when they left (AcceptReturn.LeftAt). All others come at
// the position's own unit cost. What a carrier lost came back to inventory and left it, at the same cost. Where no cost is known none is
// posted, and nothing else is otherwise.
//
// What leaves takes its share by the moving average, rounded once, and the last unit all that is left, so that no units are worth
// nothing. Units that are sold beyond what is here leave at the last unit cost; what arrives in their stead says what they cost,
// and the difference is posted. The first cost that is known of a position is taken for that of all its units.
// Cost stays where the goods are: where the place that sold them is another one, the two do not settle for it.
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
// committed is what open order lines promise; L5 per order line: ordered = open + fulfilled + cancelled, returned <= fulfilled,
// and a coupon with limits counts the orders that use it;
// L6 per order: what is owed either way is the fold of its account; L7 numbers of an issuing point have no gap, its chain
// verifies, and the documents of an order add up to what was handed over; L8 a request has one effect; L9 every event has its
// cause and every cause its event; L10 settlement between two locations is equal and opposite, transit is empty over both books,
// and incoming is what transfers and deliveries still expect; L11 what a position is worth is the fold of its entries, no units
// are worth nothing, missing ones the last unit cost, and goods in transit are worth what their transfer says.
package retail
