package retail

import (
	"cmp"
	"slices"
	"time"
)

// ShipToStore is whether a channel lets shoppers collect at one place what another one has, and from which: a transfer brings it there.
type ShipToStore struct {
	Allowed bool `json:"allowed"`
	// From are the places whose stock may be taken, the first choice first; none: all that the channel may promise from, the nearest first.
	From []string `json:"from,omitempty"`
}

// MayBring tells whether the channel may take goods from a place to be collected at another one.
func (c Channel) MayBring(from Location, to string) bool {
	return c.ShipToStore.Allowed && from.Code != to && c.MayServe(from, Ship) &&
		(len(c.ShipToStore.From) == 0 || slices.Contains(c.ShipToStore.From, from.Code))
}

// bringers are those of the places, of which the nearest stand first, that goods may be brought from to another one: in the order in which
// the channel names them, or as they stand.
func (c Channel) bringers(places []PlaceAway, to string) []PlaceAway {
	var found []PlaceAway
	for _, p := range places {
		if c.MayBring(p.Location, to) {
			found = append(found, p)
		}
	}
	if named := c.ShipToStore.From; len(named) > 0 {
		slices.SortStableFunc(found, func(a, b PlaceAway) int {
			return cmp.Compare(slices.Index(named, a.Location.Code), slices.Index(named, b.Location.Code))
		})
	}
	return found
}

// mayBring refuses goods that the channel does not bring to where they are to be collected.
func (b Basket) mayBring(t Terms, line BasketLine, field string) error {
	switch {
	case line.From == "":
		return nil
	case line.Method != PickUp || line.SKU == "":
		return RefuseField(InvalidRequest, field, "only goods that are collected are brought from another location")
	case line.From == line.Location:
		return RefuseField(InvalidRequest, field, "%s has it there: leave it out", line.From)
	}
	from := t.Places[line.From]
	if err := from.Open(field); err != nil {
		return err
	}
	if !t.Channel.MayBring(from, line.Location) {
		return RefuseField(LocationNotServed, field, "channel %s does not bring goods from %s to be collected", t.Channel.Code, line.From).
			With("channel", t.Channel.Code).With("location", line.From)
	}
	return nil
}

// StockAt is the place whose stock a line takes, and the method by which it leaves there: what is brought to another place is sent.
func (l BasketLine) StockAt() (place string, method Method) {
	if l.From != "" {
		return l.From, Ship
	}
	return l.Location, l.Method
}

// stockAt is the same of a line that was not planned yet, at a selling location.
func (i BasketItem) stockAt(selling string) (place string, method Method) {
	return BasketLine{From: i.From, Location: cmp.Or(i.Location, selling), Method: i.Method}.StockAt()
}

// PromisesBrought is when what is ordered now, and brought from another place, is promised to be ready: that place has its lead time while it
// is open, the transfer its days, and this one its own lead time; zero: nothing is promised.
func (l Location) PromisesBrought(from Location, now time.Time, fromZone, zone *time.Location) time.Time {
	sent, opens := from.ReadyAt(now, fromZone)
	if !opens {
		return time.Time{}
	}
	return l.Promises(PickUp, sent.In(zone).AddDate(0, 0, transferDays), zone)
}

// Awaited is the open units that are not at Location yet.
func (l OrderLine) Awaited() int64 { return l.Away + l.Coming }

// awaits tells whether units of a fulfilment are not where it hands them over yet.
func (o Order) awaits(fulfilment ID) bool {
	return slices.ContainsFunc(o.Lines, func(l OrderLine) bool { return l.Fulfilment == fulfilment && l.Awaited() > 0 })
}

// transferKeys are the transfers of which units of the order were not sent yet, each once.
func (o Order) transferKeys() []Key {
	var keys []Key
	for _, line := range o.Lines {
		if key := TransferKey(line.Transfer); line.Away > 0 && !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys
}

// sum adds up something of the order's lines of one SKU that a transfer brings.
func (o Order) sum(transfer ID, sku string, of func(OrderLine) int64) (units int64) {
	for _, line := range o.Lines {
		if line.Transfer == transfer && line.SKU == sku {
			units += of(line)
		}
	}
	return units
}

// transfer returns where the transfer that brings goods from one place to another stands in the command, or -1.
func (c PlaceOrder) transfer(from, to string) int {
	return slices.IndexFunc(c.Transfers, func(t Transfer) bool { return t.From == from && t.To == to })
}

// brings checks that every line which is brought has its transfer, and every transfer a line.
func (c PlaceOrder) brings(s State) error {
	does := make([]bool, len(c.Transfers))
	for _, line := range c.Lines {
		if line.From == "" {
			continue
		}
		at := c.transfer(line.From, line.Location)
		if at < 0 || c.Transfers[at].ID.IsZero() || line.Method != PickUp || line.SKU == "" || line.From == line.Location {
			return RefuseField(InvalidRequest, "lines", "nobody brings it")
		}
		does[at] = true
	}
	if slices.Contains(does, false) {
		return RefuseField(InvalidRequest, "lines", "a transfer brings nothing")
	}
	for _, t := range c.Transfers {
		if s.Row(TransferKey(t.ID)) != nil { // ids are minted for it
			return ErrStale
		}
	}
	return nil
}

// askFor asks other places for what the order takes of their stock. It is promised to the order there until it is sent.
func (p placing) askFor(d *deal) {
	for _, t := range p.command.Transfers {
		t.State, t.Order, t.Purpose, t.RequestedAt, t.RecordedAt, t.Version = TransferRequested, d.order.ID, d.order.Number, d.now, d.now, 1
		for _, line := range d.order.Lines {
			if line.Transfer != t.ID {
				continue
			}
			at := slices.IndexFunc(t.Lines, func(l TransferLine) bool { return l.SKU == line.SKU })
			if at < 0 {
				at = len(t.Lines)
				t.Lines = append(t.Lines, TransferLine{SKU: line.SKU})
			}
			t.Lines[at].Requested += line.Quantity
		}
		d.tellTransfer("TransferRequested", t)
	}
}

// tellTransfer writes a transfer that is of its own version, and tells of it.
func (d *deal) tellTransfer(kind string, t Transfer) {
	d.rows = append(d.rows, t)
	d.tell(kind, t.ID.String(), t.subject(), t.Version, t)
}

// free gives up open units of a line: those that are away still, or as many as may be of those on their way, which are for whoever wants
// them when they arrive; and then what is there. It returns where units were promised until then, and how many: none that are on their way.
func (d *deal) free(u UnitCount, coming int64) (place string, units int64) {
	line := &d.order.Lines[u.Line-1]
	if line.SKU == "" {
		return "", 0
	}
	if away := min(line.Away, u.Units); away > 0 { // what is away is away as a whole
		line.Away -= away
		return line.From, away
	}
	coming = min(coming, line.Coming, u.Units)
	line.Coming -= coming
	return line.Location, u.Units - coming
}

// endTransfers takes back what was asked of other places, where the order wants nothing of it any more.
func (d *deal) endTransfers(s State, before Order, answer string) {
	for _, key := range before.transferKeys() {
		t, found := lookup[Transfer](s, key)
		left := slices.ContainsFunc(d.order.Lines, func(l OrderLine) bool { return l.Transfer == t.ID && l.Away > 0 })
		if !found || left {
			continue
		}
		t.State, t.Answer, t.RecordedAt = TransferCancelled, answer, d.now
		t.Version++
		d.tellTransfer("TransferCancelled", t)
	}
}

// supply makes a fulfilment ready to be worked on, where all that it hands over is there now.
func (d *deal) supply(f Fulfilment) {
	if f.State == FulfilmentAwaiting && !d.order.awaits(f.ID) {
		f.State = FulfilmentNew
		d.tellFulfilment("PickupSupplied", f)
	}
}
