package fulfilments

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"fmt"

	"github.com/aisle-retail/aisle/services/retail"
)

// Codes makes the pickup codes: the HMAC of a pickup and how many codes it had before, cut to six digits. So a code can be shown
// again, and is stored nowhere.
type Codes struct{ secret []byte }

// SecretMin is how many bytes a secret has at least.
const SecretMin = 32

// NewCodes returns the maker of a secret, which all processes on one database share.
func NewCodes(secret []byte) (*Codes, error) {
	if len(secret) < SecretMin {
		return nil, fmt.Errorf("the secret of pickup codes has %d bytes, and needs %d", len(secret), SecretMin)
	}
	return &Codes{secret: secret}, nil
}

// Of is the code that opens a pickup. Cutting a number below 2^64 by a million favours some codes by less than one in 10^13.
func (c *Codes) Of(f retail.Fulfilment) string {
	mac := hmac.New(sha256.New, c.secret)
	mac.Write([]byte("aisle/pickup/1\x00")) // 1 is the version of how codes are made
	mac.Write(f.ID[:])
	mac.Write(binary.BigEndian.AppendUint32(nil, uint32(f.CodeCount)))
	return fmt.Sprintf("%06d", binary.BigEndian.Uint64(mac.Sum(nil))%1_000_000)
}

// Opens tells whether a code opens a pickup, in the same time whatever code it is.
func (c *Codes) Opens(f retail.Fulfilment, code string) bool {
	return subtle.ConstantTimeCompare([]byte(c.Of(f)), []byte(code)) == 1
}
