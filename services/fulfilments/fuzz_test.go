package fulfilments

import (
	"testing"

	"github.com/aisle-retail/aisle/services/retail"
)

// FuzzPickupCode shows any text as the code of any pickup: only its own six digits open it.
func FuzzPickupCode(f *testing.F) {
	f.Add([]byte{1}, int32(0), "499698")
	f.Add([]byte{1}, int32(-1), "000000")
	f.Add([]byte(nil), int32(1<<31-1), "")
	f.Add([]byte("0123456789abcdef"), int32(5), "４９９６９８")
	codes, err := NewCodes(secret)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, id []byte, renewals int32, code string) {
		pickup := retail.Fulfilment{CodeCount: renewals}
		copy(pickup.ID[:], id)
		right := codes.Of(pickup)
		if codes.Opens(pickup, code) != (code == right) || !codes.Opens(pickup, right) || len(right) != 6 {
			t.Fatalf("%q opens %s or not, whose code is %q", code, pickup.ID, right)
		}
		for _, b := range []byte(right) {
			if b < '0' || b > '9' {
				t.Fatalf("the code of %s is %q", pickup.ID, right)
			}
		}
	})
}
