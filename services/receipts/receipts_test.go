package receipts_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/aisle-retail/aisle/services/receipts"
	"github.com/aisle-retail/aisle/services/retail"
)

func maker(t testing.TB, secret string) *receipts.Maker {
	t.Helper()
	m, err := receipts.New([]byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

var secret = strings.Repeat("a secret of receipts ", 2)

// TestTokens: what is signed is read as it was said, by the public key alone; nothing else is, whatever of it changes.
func TestTokens(t *testing.T) {
	m := maker(t, secret)
	rapid.Check(t, func(t *rapid.T) {
		c := receipts.Claim{Order: id(t), Document: id(t), Currency: "EUR"}
		for range rapid.IntRange(0, 60).Draw(t, "lines") {
			l := retail.ReceiptLine{
				Line: rapid.Int32Range(1, math.MaxInt32).Draw(t, "line"), Units: rapid.Int64Range(1, math.MaxInt64).Draw(t, "units"),
				GrossMinor: rapid.Int64Range(0, math.MaxInt64).Draw(t, "gross"),
			}
			if until := rapid.Int64Range(0, 1<<35).Draw(t, "until"); until > 0 {
				l.Until = time.Unix(until, 0).UTC()
			}
			c.Lines = append(c.Lines, l)
		}
		token := m.Token(c)
		if len(token) > receipts.LengthMax {
			t.Fatalf("%d characters", len(token))
		}
		said, err := receipts.Read(m.Public(), token)
		if len(said.Lines) == 0 {
			c.Lines = nil
		}
		if diff := cmp.Diff(c, said); err != nil || diff != "" {
			t.Fatalf("%v (-signed +read):\n%s", err, diff)
		}
		if m.Token(c) != token && len(c.Lines) > 0 {
			t.Fatal("made again it is another one")
		}
		other := []byte(token)
		at := rapid.IntRange(0, len(other)-1).Draw(t, "at")
		if other[at]++; other[at] == token[at] {
			t.Fatal("it is the same")
		}
		if said, err := m.Read(string(other)); !errors.Is(err, receipts.ErrForged) {
			t.Fatalf("another letter at %d is read as %+v, %v", at, said, err)
		}
	})
}

func id(t *rapid.T) (of retail.ID) {
	copy(of[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id"))
	return of
}

// TestFortyLinesFit: of a sale as large as most ever are a token has all lines.
func TestFortyLinesFit(t *testing.T) {
	m := maker(t, secret)
	of := func(lines int) int {
		c := receipts.Claim{Currency: "EUR"}
		for i := range lines {
			c.Lines = append(c.Lines, retail.ReceiptLine{Line: int32(i + 1), Units: 2, GrossMinor: 19_95, Until: time.Now()})
		}
		said, err := m.Read(m.Token(c))
		if err != nil {
			t.Fatal(err)
		}
		return len(said.Lines)
	}
	if of(40) != 40 || of(200) != 0 {
		t.Errorf("of 40 lines it has %d, of 200 %d", of(40), of(200))
	}
}

// TestForged are tokens of others, and what is none.
func TestForged(t *testing.T) {
	m, other := maker(t, secret), maker(t, strings.ToUpper(secret))
	c := receipts.Claim{Order: retail.ID{1}, Document: retail.ID{2}, Currency: "EUR", Lines: []retail.ReceiptLine{{Line: 1, Units: 2}}}
	good := m.Token(c)
	raw, err := base64.RawURLEncoding.DecodeString(good)
	if err != nil {
		t.Fatal(err)
	}
	for what, token := range map[string]string{
		"nothing": "", "of another secret": other.Token(c), "cut": good[:len(good)-2], "longer": good + "AA", "padded": good + "=", "not base64": good[1:] + "*",
		"without what it says": base64.RawURLEncoding.EncodeToString(raw[len(raw)-64:]), "too long": strings.Repeat("A", receipts.LengthMax+1),
		"another kind": base64.RawURLEncoding.EncodeToString(append([]byte{raw[0], 2}, raw[2:]...)),
	} {
		if said, err := m.Read(token); !errors.Is(err, receipts.ErrForged) {
			t.Errorf("%s is read as %+v, %v", what, said, err)
		}
	}
	if m.ID() == other.ID() || bytes.Equal(m.Public(), other.Public()) {
		t.Error("two secrets have one key")
	}
	if again := maker(t, secret); again.ID() != m.ID() || again.Token(c) != good {
		t.Error("another process of the same secret makes others")
	}
	if _, err := receipts.New([]byte("short")); err == nil {
		t.Error("a short secret makes a key")
	}
}

// FuzzRead: nothing that anybody shows makes it fail otherwise.
func FuzzRead(f *testing.F) {
	m := maker(f, secret)
	f.Add(m.Token(receipts.Claim{Currency: "EUR", Lines: []retail.ReceiptLine{{Line: 1, Units: 1}}}))
	f.Fuzz(func(t *testing.T, token string) {
		if _, err := m.Read(token); err != nil && !errors.Is(err, receipts.ErrForged) {
			t.Fatal(err)
		}
	})
}
