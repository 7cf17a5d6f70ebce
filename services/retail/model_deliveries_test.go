package retail

import (
	"fmt"
	"slices"

	"pgregory.net/rapid"
)

// paperDelivery is what a supplier is to bring.
type paperDelivery struct {
	id    ID
	place string
	lines map[string]*paperExpectation
	notes []string
}

// paperExpectation is one SKU of it. What is expected is counted down as it comes.
type paperExpectation struct{ announced, expected, came, over, short int64 }

func (d *paperDelivery) line(sku string) *paperExpectation {
	if d.lines[sku] == nil {
		d.lines[sku] = &paperExpectation{}
	}
	return d.lines[sku]
}

func (d *paperDelivery) expected() (sum int64) {
	for _, line := range d.lines {
		sum += line.expected
	}
	return sum
}

// state is how far it has come.
func (d *paperDelivery) state() DeliveryState {
	came, short := int64(0), int64(0)
	for _, line := range d.lines {
		came += line.came
		short += line.short
	}
	switch {
	case d.expected() > 0 && came == 0:
		return "EXPECTED"
	case d.expected() > 0:
		return "PARTIAL"
	case came == 0:
		return "CANCELLED"
	case short > 0:
		return "CLOSED"
	}
	return "RECEIVED"
}

// goodsIn is one of the acts of deliveries.
func (s *trial) goodsIn(t *rapid.T) {
	if len(s.deliveries) == 0 {
		s.announce(t)
		return
	}
	d := rapid.SampledFrom(s.deliveries).Draw(t, "delivery")
	switch rapid.IntRange(0, 5).Draw(t, "goods in") {
	case 0:
		s.announce(t)
	case 1:
		s.amend(t, d)
	case 2:
		s.closeOff(t, d)
	default:
		s.unload(t, d)
	}
}

func (s *trial) announce(t *rapid.T) {
	c := AnnounceDelivery{
		Delivery: s.mint(), Transaction: s.mint(), Location: anyPlace.Draw(t, "place"), Kind: DeliveryAdvised,
		Supplier: rapid.SampledFrom([]string{"ACME", "ZETA"}).Draw(t, "supplier"), ExpectedOn: "2026-03-05", Lines: someLines(t, few),
		Reference: rapid.SampledFrom([]string{"", "PO-1", "PO-2", "PO-3"}).Draw(t, "reference"),
	}
	named := c.Supplier + " " + c.Reference
	taken := c.Reference != "" && slices.Contains(s.documents, named)
	_, err := submit(t, s.shop, c)
	if !decided(t, err, reasonIf(taken, DeliveryExists), reasonIf(s.tooMuchIncoming(c.Location, c.Lines, nil), QuantityTooLarge)) {
		return
	}
	d := &paperDelivery{id: c.Delivery, place: c.Location, lines: map[string]*paperExpectation{}}
	s.deliveries, s.documents = append(s.deliveries, d), append(s.documents, named)
	s.expect(d, c.Lines)
}

// tooMuchIncoming tells whether lines would make more incoming than can be counted.
func (s *trial) tooMuchIncoming(place string, lines []Line, d *paperDelivery) bool {
	return slices.ContainsFunc(lines, func(l Line) bool {
		more := l.Quantity
		if d != nil && d.lines[l.SKU] != nil {
			more -= d.lines[l.SKU].announced
		}
		return s.shelf(place, l.SKU).incoming+more > paperMax
	})
}

func (s *trial) expect(d *paperDelivery, lines []Line) {
	for _, l := range lines {
		line := d.line(l.SKU)
		more := l.Quantity - line.announced
		line.announced += more
		line.expected += more
		s.shelf(d.place, l.SKU).incoming += more
	}
}

func (s *trial) amend(t *rapid.T, d *paperDelivery) {
	c := AmendDelivery{Delivery: d.id, Transaction: s.mint(), Location: d.place, Lines: someLines(t, rapid.Int64Range(0, 6))}
	least := slices.ContainsFunc(c.Lines, func(l Line) bool {
		line := d.lines[l.SKU]
		return line != nil && l.Quantity < line.announced-line.expected
	})
	_, err := submit(t, s.shop, c)
	ended := d.expected() == 0
	if decided(t, err, reasonIf(ended, DeliveryEnded), reasonIf(!ended && least, DeliveryArrived),
		reasonIf(!ended && s.tooMuchIncoming(d.place, c.Lines, d), QuantityTooLarge)) {
		s.expect(d, c.Lines)
		s.checkDelivery(t, d)
	}
}

func (s *trial) closeOff(t *rapid.T, d *paperDelivery) {
	c := CloseDelivery{Delivery: d.id, Transaction: s.mint(), Location: d.place, Reason: "strike", SKUs: s.skusOfDelivery(d.id)}
	c.LineCount = int32(len(c.SKUs))
	_, err := submit(t, s.shop, c)
	if !decided(t, err, reasonIf(d.expected() == 0, DeliveryEnded)) {
		return
	}
	for sku, line := range d.lines {
		s.shelf(d.place, sku).incoming -= line.expected
		line.short += line.expected
		line.expected = 0
	}
	s.checkDelivery(t, d)
}

func (s *trial) unload(t *rapid.T, d *paperDelivery) {
	c := ReceiveDelivery{
		Delivery: d.id, Transaction: s.mint(), Location: d.place, Note: rapid.SampledFrom([]string{"", "", "N1", "N2"}).Draw(t, "note"),
	}
	unexplained, beyond, ended, foreign := false, false, false, false
	if rapid.IntRange(0, 3).Draw(t, "all") == 0 {
		ended, c.SKUs = d.expected() == 0, s.skusOfDelivery(d.id)
		c.LineCount = int32(len(c.SKUs))
		for sku, line := range d.lines {
			beyond = beyond || line.expected > 0 &&
				(s.shelf(d.place, sku).available+line.expected > paperMax || line.came+line.expected > paperMax)
		}
	} else {
		for _, l := range someLines(t, rapid.Int64Range(0, 4)) {
			arrived := Arrival{
				SKU: l.SKU, Quantity: l.Quantity, Damaged: rapid.SampledFrom([]int64{0, 0, 1, 2}).Draw(t, "damaged"),
				Reason: rapid.SampledFrom([]string{"wet", "wet", ""}).Draw(t, "reason"), UnitCost: drawCost(t),
			}
			foreign = foreign || arrived.UnitCost.Currency == "USD"
			arrived.Quantity = max(arrived.Quantity, 1-arrived.Damaged)
			expected, came := int64(0), int64(0)
			if line := d.lines[l.SKU]; line != nil {
				expected, came = line.expected, line.came
			}
			shelf := s.shelf(d.place, l.SKU)
			unexplained = unexplained || arrived.Reason == "" && (arrived.Damaged > 0 || arrived.Quantity > expected)
			for _, counted := range []int64{shelf.available + arrived.Quantity, shelf.damaged + arrived.Damaged,
				came + arrived.Quantity, came + arrived.Damaged} {
				beyond = beyond || counted > paperMax
			}
			c.Lines = append(c.Lines, arrived)
		}
	}
	again := c.Note != "" && slices.Contains(d.notes, c.Note)
	c, err := c.At(Location{Code: d.place, Currency: "EUR"})
	if !decided(t, err, reasonIf(foreign, CurrencyMismatch)) {
		return
	}
	paid := s.received(d.place)
	for _, arrived := range c.Lines {
		if arrived.UnitCost.Known() {
			paid[arrived.SKU] += (arrived.Quantity + arrived.Damaged) * arrived.UnitCost.Minor
		} else {
			delete(paid, arrived.SKU)
		}
	}
	_, err = submit(t, s.shop, c)
	if !decided(t, err, reasonIf(again, DeliveryNoteReceived), reasonIf(ended, DeliveryEnded),
		reasonIf(unexplained, DifferenceUnexplained), reasonIf(beyond, QuantityTooLarge)) {
		return
	}
	if c.Note != "" {
		d.notes = append(d.notes, c.Note)
	}
	if len(c.Lines) > 0 {
		s.checkReceived(t, d.place, paid)
	}
	if len(c.Lines) == 0 {
		for sku, line := range d.lines {
			c.Lines = append(c.Lines, Arrival{SKU: sku, Quantity: line.expected})
		}
	}
	for _, arrived := range c.Lines {
		if arrived.Quantity+arrived.Damaged == 0 {
			continue
		}
		line, shelf := d.line(arrived.SKU), s.shelf(d.place, arrived.SKU)
		filled := min(line.expected, arrived.Quantity+arrived.Damaged)
		line.came += arrived.Quantity + arrived.Damaged
		line.over += arrived.Quantity + arrived.Damaged - filled
		line.expected -= filled
		shelf.incoming -= filled
		shelf.damaged += arrived.Damaged
		shelf.put(arrived.Quantity)
	}
	s.checkDelivery(t, d)
}

// checkDelivery compares a delivery with the paper.
func (s *trial) checkDelivery(t *rapid.T, d *paperDelivery) {
	t.Helper()
	row := s.rows[DeliveryKey(d.id)].(Delivery)
	if row.State != d.state() || row.Units.Expected() != d.expected() {
		t.Fatalf("delivery %s is %+v, on paper %s", d.id, row, d.state())
	}
	for sku, want := range d.lines {
		line, found := s.rows[DeliveryLineKey(d.id, sku)].(DeliveryLine)
		u := line.Units
		if got := (paperExpectation{u.Announced, u.Expected(), u.Received + u.Damaged, u.Over, u.Short}); got != *want {
			t.Fatalf("%s of delivery %s is %+v, on paper %+v; it is there: %v", sku, d.id, got, *want, found)
		}
		told := map[DifferenceKind]int64{}
		for _, difference := range line.Differences {
			told[difference.Kind] += difference.Units
		}
		if want := fmt.Sprint(u.Damaged, u.Over, u.Short); fmt.Sprint(told["DAMAGED"], told["OVER"], told["SHORT"]) != want {
			t.Fatalf("the differences of %s are %+v, and come not to %s", sku, line.Differences, want)
		}
	}
}
