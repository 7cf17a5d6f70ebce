// Package receipts makes the tokens that stand on documents as a QR code, and reads what a customer shows of them. A token names a purchase and
// what of it was handed over, and is signed: a terminal that has the public key knows without a line that the shop made it, and can make none
// itself. A token is made again from the document whenever that is shown, and stored nowhere.
//
// # What a token says
//
// It is base64url, without padding, of what it says and an Ed25519 signature (RFC 8032) of just that, which are the last 64 bytes:
//
//	1 byte    the version, 1
//	1 byte    the kind: 1, a receipt
//	16 bytes  the order's id
//	16 bytes  the document's id
//	3 bytes   the currency, in letters
//	uvarint   how many lines follow
//
// and of each line, as uvarints: the order's line, how many units, what they were sold for, in minor units with tax, and until when they come back
// by the policy of the sale, in seconds since 1970, 0 for never.
//
// Of a document with more lines than fit a token, the token has none: the purchase is found by it all the same, and a terminal without a line
// does not take that back.
package receipts

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/aisle-retail/aisle/services/retail"
)

const (
	version = 1
	// receipt is the kind of token: what it says is for who bought.
	receipt = 1
	// secretMin is how many bytes a secret has at least.
	secretMin = 32
	// saysMax is how many bytes a token says at most: some 40 lines of a receipt, which a QR code still holds that a till reads off paper.
	saysMax = 448
	// LengthMax is how many characters a token has at most.
	LengthMax = ((saysMax+ed25519.SignatureSize)*8 + 5) / 6
	// headLen is what stands before the lines.
	headLen = 2 + 16 + 16 + 3
)

// Claim is what a token says.
type Claim struct {
	Order    retail.ID
	Document retail.ID
	// Currency is that of the lines' amounts, three letters.
	Currency string
	// Lines are none where there are too many.
	Lines []retail.ReceiptLine
}

// Maker makes tokens and reads them.
type Maker struct {
	key ed25519.PrivateKey
	// id names the key: the first bytes of the hash of its public half.
	id string
}

// New returns the maker of a secret, which all processes on one database share. What was made with another is forged.
func New(secret []byte) (*Maker, error) {
	if len(secret) < secretMin {
		return nil, fmt.Errorf("the secret of receipts has %d bytes, and needs %d", len(secret), secretMin)
	}
	seed, err := hkdf.Key(sha256.New, secret, nil, "aisle/receipt/1", ed25519.SeedSize) // 1 is the version of how keys are made
	if err != nil {
		return nil, fmt.Errorf("the key of receipts: %w", err)
	}
	m := &Maker{key: ed25519.NewKeyFromSeed(seed)}
	hash := sha256.Sum256(m.Public())
	m.id = base64.RawURLEncoding.EncodeToString(hash[:6])
	return m, nil
}

// Public is the half of the key by which tokens are verified, and ID its name.
func (m *Maker) Public() ed25519.PublicKey { return m.key.Public().(ed25519.PublicKey) }

// ID names the key.
func (m *Maker) ID() string { return m.id }

// Of is the receipt of a document; empty: of that there is none.
func (m *Maker) Of(order retail.Order, document retail.Invoice) string {
	lines := order.ReceiptLines(document)
	if len(lines) == 0 {
		return ""
	}
	return m.Token(Claim{Order: order.ID, Document: document.ID, Currency: document.Currency, Lines: lines})
}

// Token signs a claim.
func (m *Maker) Token(c Claim) string {
	says := c.says()
	if len(says) > saysMax {
		c.Lines = nil
		says = c.says()
	}
	return base64.RawURLEncoding.EncodeToString(append(says, ed25519.Sign(m.key, says)...))
}

func (c Claim) says() []byte {
	says := append(make([]byte, 0, saysMax+ed25519.SignatureSize), version, receipt)
	says = append(append(append(says, c.Order[:]...), c.Document[:]...), c.Currency...)
	says = binary.AppendUvarint(says, uint64(len(c.Lines)))
	for _, l := range c.Lines {
		until := uint64(0)
		if !l.Until.IsZero() {
			until = uint64(l.Until.Unix())
		}
		for _, n := range []uint64{uint64(l.Line), uint64(l.Units), uint64(l.GrossMinor), until} {
			says = binary.AppendUvarint(says, n)
		}
	}
	return says
}

// ErrForged is that a token is none that we made.
var ErrForged = errors.New("receipts: a token that is not ours")

// Read returns what a token says that was made with the key, or ErrForged.
func (m *Maker) Read(token string) (Claim, error) { return Read(m.Public(), token) }

// Read returns what a token says that was made with the other half of a public key, or ErrForged.
func Read(key ed25519.PublicKey, token string) (c Claim, err error) {
	if len(token) > LengthMax {
		return c, ErrForged
	}
	all, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(all) < headLen+ed25519.SignatureSize {
		return c, ErrForged
	}
	says, signature := all[:len(all)-ed25519.SignatureSize], all[len(all)-ed25519.SignatureSize:]
	if !ed25519.Verify(key, says, signature) || says[0] != version || says[1] != receipt {
		return c, ErrForged
	}
	// What is signed was made by us, and is as says made it.
	c = Claim{Order: retail.ID(says[2:18]), Document: retail.ID(says[18:34]), Currency: string(says[34:headLen])}
	rest := says[headLen:]
	number := func() uint64 {
		n, taken := binary.Uvarint(rest)
		rest = rest[max(0, taken):]
		return n
	}
	for range number() {
		l := retail.ReceiptLine{Line: int32(number()), Units: int64(number()), GrossMinor: int64(number())}
		if until := number(); until != 0 {
			l.Until = time.Unix(int64(until), 0).UTC()
		}
		c.Lines = append(c.Lines, l)
	}
	return c, nil
}
