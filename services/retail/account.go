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
)

// Money accounts. What stands behind the slash names whose.
const (
	Sales        = "sales"       // what was sold, without tax
	TaxPrefix    = "tax/"        // tax/<code>: owed to a tax office
	TenderPrefix = "tender/"     // tender/<kind>: what was paid by it
	OrderPrefix  = "order/"      // order/<id>: positive, the customer owes; negative, we owe
	Rounding     = "rounding"    // what is finer than a minor unit
	CashTender   = "tender/CASH" // notes and coins
)

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

// KindOf tells what an account counts, or NoAccount for a name that is none.
func KindOf(account string) AccountKind {
	switch account {
	case Supplier, Customer, Shrinkage, Found:
		return UnitAccount
	case Sales, Rounding:
		return MoneyAccount
	}
	if levelIndex(account) >= 0 {
		return UnitAccount
	}
	for _, prefix := range []string{TaxPrefix, TenderPrefix, OrderPrefix} {
		if strings.HasPrefix(account, prefix) && len(account) > len(prefix) {
			return MoneyAccount
		}
	}
	return NoAccount
}
