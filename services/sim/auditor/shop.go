package auditor

// Shop is the master data of a run, which stays as it is once the clients begin.
type Shop struct {
	Locations []Location
	Channels  []Channel
	Items     []Item
	// Customers are their ids.
	Customers []string
	// Buffers are what places leave.
	Buffers []Buffer
	// Promotions stand in the order in which they take: those of one article before those of whole orders.
	Promotions []Promotion
	// Policies are by what terms some of the articles come back.
	Policies []Policy
	// Bound are the names of keys that see stock as their channels show it.
	Bound []string
	// Speaks is the channel of each key that acts for one alone: what it does comes by that one.
	Speaks map[string]string
}

// Promotion is a discount that the shop gives by itself, in one channel or in all.
type Promotion struct {
	Code string
	// SKU is what it is given on; "": on all goods of the order together.
	SKU, Channel string
	// Members is set where the customer has to be known.
	Members bool
	// Coupon is what the customer has to show; "": nothing.
	Coupon string
	// UsesMax is how many orders may use it, and CustomerUsesMax how many of one customer, who has to be known then; 0: any number.
	UsesMax, CustomerUsesMax int64
	// BasisPoints are the part that it takes, in hundredths of a percent; 0: of each Units units of the article, all but Paid are free.
	BasisPoints, Units, Paid int64
}

// Policy is by what terms one article comes back. Its days are those of the article.
type Policy struct {
	Code, SKU string
	Terms     ReturnTerms
}

// ReturnTerms are by what terms a line comes back: in what condition and with what proof at least, and whether nobody decides otherwise. Of what
// units are worth a part is kept, in hundredths of a percent, and so much of each.
type ReturnTerms struct {
	Condition, Proof string
	Final            bool
	Part, Each       int64
}

// Buffer is units that a place leaves: of one article or of all, by one method or by all, in one channel or in all; "": all.
type Buffer struct {
	Location, SKU, Method, Channel string
	// Units are left at least, and the part of what is there to be sold, in hundredths of a percent.
	Units, BasisPoints int64
}

// Currency is what everything costs in.
const Currency = "EUR"

// Location is a place.
type Location struct {
	Code string
	// Online is set on the one that the web shop sells at and that keeps no stock; the others are stores.
	Online bool
	// LatitudeE7 and LongitudeE7 are where it is, in units of 1e-7 degrees; both 0: nobody knows.
	LatitudeE7, LongitudeE7 int32
}

// Channel is a way to sell.
type Channel struct {
	Code string
	// SellingLocation is where its orders are booked; "": where the order says.
	SellingLocation string
	// SafetyBuffer is what it leaves at each place.
	SafetyBuffer int64
	// SafetyBasisPoints is the part of what is there to be sold that it leaves at least, in hundredths of a percent.
	SafetyBasisPoints int64
	// FewFrom and ManyFrom are from how many units on it says few, and many, instead of counts; 0: it shows counts.
	FewFrom, ManyFrom int64
	// HoldSeconds is how long its holds last.
	HoldSeconds int64
	// CartsLeftSeconds is after how long without a change a cart is left behind; 0: never.
	CartsLeftSeconds int64
	// CartHoldSeconds is how long what is in a cart is held; 0: it is not.
	CartHoldSeconds int64
	// Reroute is how what a place turns out not to have is handed over instead, where nobody says otherwise.
	Reroute []string
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
