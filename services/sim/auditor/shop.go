package auditor

// Shop is the master data of a run, which stays as it is once the clients begin.
type Shop struct {
	Locations []Location
	Channels  []Channel
	Items     []Item
	// Customers are their ids.
	Customers []string
}

// Currency is what everything costs in.
const Currency = "EUR"

// Location is a place.
type Location struct {
	Code string
	// Online is set on the one that the web shop sells at and that keeps no stock; the others are stores.
	Online bool
}

// Channel is a way to sell.
type Channel struct {
	Code string
	// SellingLocation is where its orders are booked; "": where the order says.
	SellingLocation string
	// SafetyBuffer is what it leaves at each place.
	SafetyBuffer int64
	// HoldSeconds is how long its holds last.
	HoldSeconds int64
}

// Item is what is sold. Prices include tax.
type Item struct {
	SKU       string
	UnitMinor int64
	TaxCode   string
	// TaxPPM is the rate in parts of a million of the net.
	TaxPPM int64
	// ReturnDays is how long it may come back; 0: never, but by right.
	ReturnDays int32
}
