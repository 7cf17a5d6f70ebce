package gateway

import (
	"bytes"
	"testing"

	ordersv1 "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
)

// TestAnswersHaveNoBlanks: as many as the library would write, and as few, none goes out.
func TestAnswersHaveNoBlanks(t *testing.T) {
	for _, lines := range []bool{false, true} {
		m := newMarshaler()
		m.MarshalOptions.Multiline = lines
		text, err := m.Marshal(&ordersv1.Order{Id: "1 2", Lines: []*ordersv1.OrderLine{{Line: 1}}})
		if err != nil || bytes.ContainsAny(text, "\n\t") || bytes.Contains(text, []byte(`": `)) || bytes.Contains(text, []byte(`, "`)) {
			t.Errorf("lines %v: %s, %v", lines, text, err)
		}
		if !bytes.Contains(text, []byte(`"id":"1 2"`)) {
			t.Errorf("a blank in a text is gone: %s", text)
		}
	}
}
