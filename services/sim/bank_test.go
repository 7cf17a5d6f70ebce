package sim

import (
	"testing"

	"github.com/aisle-retail/aisle/services/provider"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/sim/auditor"
)

// TestBank asks the bank over its line, as a server does, and holds what it did against books.
func TestBank(t *testing.T) {
	b, err := openBank()
	if err != nil {
		t.Fatal(err)
	}
	defer b.close()
	asks := newTeller(b.url)
	id, err := retail.ParseID("01890000-0000-7000-8000-000000000001")
	if err != nil {
		t.Fatal(err)
	}
	keep := provider.Charge{Key: "1", Intent: id, AmountMinor: 500, Token: provider.PretendLost}
	if _, err := asks.Authorise(t.Context(), keep); err == nil {
		t.Error("the first answer was not lost")
	}
	kept, err := asks.Authorise(t.Context(), keep)
	if err != nil || kept.Declined {
		t.Fatalf("%+v, %v", kept, err)
	}
	take := provider.Charge{Key: "2", Intent: id, AmountMinor: 300, Reference: kept.Reference, LeftMinor: 200}
	for range 2 {
		if taken, err := asks.Capture(t.Context(), take); err == nil && taken.LeftMinor != 200 {
			t.Errorf("%+v", taken)
		}
	}
	says := func(captured int64) int {
		intent := auditor.Intent{ID: id.String(), State: "AUTHORISED", Amount: 500, Authorised: 500, Captured: captured}
		return len(auditBank(b.Book(), &auditor.Books{Orders: &auditor.OrderBooks{Intents: map[string]auditor.Intent{intent.ID: intent}}}))
	}
	if says(300) != 0 || says(299) != 1 || says(600) != 1 {
		t.Errorf("of 300 that were taken it finds %d, of 299 %d, of 600 %d", says(300), says(299), says(600))
	}
	if found := auditBank(b.Book(), &auditor.Books{Orders: &auditor.OrderBooks{}}); len(found) != 2 {
		t.Errorf("of what no order has it finds %v", found)
	}
	take.Key = "3" // the same once more, under another key
	if _, err := asks.Capture(t.Context(), take); err == nil && says(300) != 1 {
		t.Error("what is taken twice is not found")
	}
}
