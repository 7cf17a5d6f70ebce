package retail

import "strings"

// HeadOffice is the book of acts that have no place, such as a change of the catalogue. It needs no location of that
// code.
const HeadOffice = "head-office"

// Stock accounts. Those of a position are columns of its level; the others are outside the retailer's shelves.
const (
	Available  = "available"  // here, sellable, promised to nobody
	Held       = "held"       // here, promised for a while
	Committed  = "committed"  // here, promised to an order
	Inspection = "inspection" // here, to be looked at
	Damaged    = "damaged"    // here, not sellable
	Quarantine = "quarantine" // here, set apart
	Incoming   = "incoming"   // ordered, or on its way here

	Supplier  = "supplier"  // where goods come from
	Customer  = "customer"  // where goods go
	Shrinkage = "shrinkage" // what went missing
	Found     = "found"     // what turned up

	TransitPrefix = "transit/" // transit/<id>: on its way between two locations of ours
)

// Money accounts. What stands behind the slash names whose.
const (
	Sales          = "sales"           // what was sold, without tax
	SalesReturns   = "sales_returns"   // what came back, without tax
	Fees           = "fees"            // what we ask for taking something back
	Goodwill       = "goodwill"        // what we gave for nothing
	Loss           = "loss"            // what a person gave up
	Rounding       = "rounding"        // what is finer than the smallest coin
	CashDifference = "cash_difference" // what a drawer lacks or has too much
	Safe           = "safe"            // cash taken from a drawer
	Breakage       = "breakage"        // what was on gift cards that expired

	GoodsReceived       = "goods_received"       // what goods from suppliers cost
	CostOfGoods         = "cost_of_goods"        // what goods cost that customers have
	InventoryDifference = "inventory_difference" // what goods cost that were lost or found, and what was not known of it before
	CashTender          = "tender/CASH"          // notes and coins in drawers

	TaxPrefix         = "tax/"          // tax/<code>: owed to a tax office
	TenderPrefix      = "tender/"       // tender/<kind>: what was paid by it
	OrderPrefix       = "order/"        // order/<id>: positive, the customer owes; negative, we owe
	ChargesPrefix     = "charges/"      // charges/<code>: what was sold beside goods, without tax
	SettlementPrefix  = "settlement/"   // settlement/<location>: what that location owes this one; negative, the reverse
	GiftCardPrefix    = "gift_card/"    // gift_card/<id>: what we owe to who holds the card
	StoreCreditPrefix = "store_credit/" // store_credit/<customer>: what we owe to the customer

	InventoryPrefix = "inventory/"        // inventory/<sku>: what the units that are here cost
	InTransitPrefix = "goods_in_transit/" // goods_in_transit/<transfer>: what goods cost that are on their way between two locations of ours
)

// hasFloor tells whether an account is stored value, whose balance is kept and must not be overdrawn.
func hasFloor(account string) bool {
	return strings.HasPrefix(account, GiftCardPrefix) || strings.HasPrefix(account, StoreCreditPrefix)
}

// stockAccounts gives each account of a position its place in Level.Units, the order of the columns.
var stockAccounts = [...]string{Available, Held, Committed, Inspection, Damaged, Quarantine, Incoming}

// levelIndex returns where an account stands in Level.Units, or -1 for one outside.
func levelIndex(account string) int {
	switch account {
	case Available:
		return 0
	case Held:
		return 1
	case Committed:
		return 2
	case Inspection:
		return 3
	case Damaged:
		return 4
	case Quarantine:
		return 5
	case Incoming:
		return 6
	}
	return -1
}

// AccountKind tells what an account counts.
type AccountKind uint8

// The kinds of account.
const (
	NoAccount    AccountKind = iota // not an account
	UnitAccount                     // counts units of a SKU
	MoneyAccount                    // counts minor units of a currency
)

var moneyPrefixes = [...]string{
	TaxPrefix, TenderPrefix, OrderPrefix, ChargesPrefix, SettlementPrefix, GiftCardPrefix, StoreCreditPrefix,
	InventoryPrefix, InTransitPrefix,
}

// KindOf tells what an account counts, or NoAccount for a name that is none.
func KindOf(account string) AccountKind {
	switch account {
	case Supplier, Customer, Shrinkage, Found:
		return UnitAccount
	case Sales, SalesReturns, Fees, Goodwill, Loss, Rounding, CashDifference, Safe, Breakage, GoodsReceived, CostOfGoods, InventoryDifference:
		return MoneyAccount
	}
	if levelIndex(account) >= 0 {
		return UnitAccount
	}
	if strings.HasPrefix(account, TransitPrefix) && len(account) > len(TransitPrefix) {
		return UnitAccount
	}
	for _, prefix := range moneyPrefixes {
		if strings.HasPrefix(account, prefix) && len(account) > len(prefix) {
			return MoneyAccount
		}
	}
	return NoAccount
}
