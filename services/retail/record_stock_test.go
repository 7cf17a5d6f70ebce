package retail

import (
	"testing"
	"time"
)

// TestRecordStockBeyondTheCountable: a position that holds more than can be counted, as returns may leave it, gives units up.
func TestRecordStockBeyondTheCountable(t *testing.T) {
	level := Level{Location: "milan", SKU: "HAT"}
	level.Units[levelIndex(Available)] = unitsMax + 4
	damage := func(from, to string) error {
		_, _, err := RecordStock{
			Transaction: ID{1}, Location: "milan", Act: ActDamage, Lines: []StockLine{{SKU: "HAT", Quantity: 1, From: from, To: to}},
		}.Decide(Rows{level.Key(): level}, time.Now())
		return err
	}
	if err := damage(Available, Damaged); err != nil {
		t.Errorf("what is beyond what can be counted can't be damaged: %v", err)
	}
	level.Units[levelIndex(Damaged)] = unitsMax
	wantRefusal(t, damage(Available, Damaged), QuantityTooLarge, "lines[0]")
}
