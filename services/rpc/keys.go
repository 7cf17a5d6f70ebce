package rpc

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/aisle-retail/aisle/services/retail"
)

// Limits of the key document.
const (
	// keyLengthMin keeps out keys that can be guessed: 20 random characters of base64 are 120 bits.
	keyLengthMin = 20
	// keyLengthMax is what is hashed per call on the stack.
	keyLengthMax = 200
	nameMax      = 100
	codeMax      = 64
)

// Keys are all keys that may call, by the SHA-256 of each. The keys themselves are not kept: nothing that prints or dumps
// this can show one.
type Keys struct {
	byHash map[[sha256.Size]byte]*Principal
}

// keyDocument is the form of the document; ParseKeys explains it.
type keyDocument struct {
	Keys []keyEntry `json:"keys"`
}

type keyEntry struct {
	Name      string   `json:"name"`
	Kind      Kind     `json:"kind"`
	Key       secret   `json:"key"`
	KeySHA256 secret   `json:"key_sha256"`
	Locations []string `json:"locations"`
	Channels  []string `json:"channels"`
	Customer  string   `json:"customer"`
	Scopes    []string `json:"scopes"`
	Bulk      bool     `json:"bulk"`
}

// secret keeps encoding/json from quoting a key that is not a string in its error.
type secret string

func (s *secret) UnmarshalJSON(text []byte) error {
	var plain string
	if json.Unmarshal(text, &plain) != nil {
		return errors.New("a key must be written as a JSON string")
	}
	*s = secret(plain)
	return nil
}

// ParseKeys reads a JSON document of keys:
//
//	{"keys": [
//	  {"name": "web shop", "kind": "site", "key": "q7Zk...", "locations": ["*"], "channels": ["web"]},
//	  {"name": "milan till 1", "kind": "till", "key_sha256": "9f86d0...", "locations": ["milan"], "channels": ["till"]},
//	  {"name": "Ada", "kind": "customer", "key": "Pw0x...", "customer": "0198c0de-...", "channels": ["web"]},
//	  {"name": "import", "kind": "system", "key": "tT9v...", "locations": ["*"], "channels": ["*"],
//	   "scopes": ["catalog.write", "stock.write"], "bulk": true}
//	]}
//
// A key has a name of its own, which is kept with every change it makes; a kind (site, till, tablet, customer, staff or
// system); and either the key itself, 20 to 200 visible ASCII characters, or the SHA-256 of it in hexadecimal, so that the
// document need not hold it. Locations and channels are the codes it may act for: ["*"] is all, none is none. Scopes may be
// left out for every kind but system. A shopper's key names its customer by id. With "bulk": true its changes wait behind
// those of people.
//
// An empty list lets nobody call. Whatever is unknown, missing or there twice is refused; no error shows a key.
func ParseKeys(document []byte) (*Keys, error) {
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.DisallowUnknownFields()
	var parsed keyDocument
	if err := decoder.Decode(&parsed); err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("keys: something stands after the end of the document")
	}
	if parsed.Keys == nil {
		return nil, errors.New("keys: the document has no \"keys\"; an empty list lets nobody call")
	}

	keys := &Keys{byHash: make(map[[sha256.Size]byte]*Principal, len(parsed.Keys))}
	names := make(map[string]int, len(parsed.Keys))
	for i, entry := range parsed.Keys {
		hash, principal, err := entry.principal()
		if err != nil {
			return nil, fmt.Errorf("keys: entry %d (%q): %w", i+1, entry.Name, err)
		}
		if first, taken := names[entry.Name]; taken {
			return nil, fmt.Errorf("keys: entries %d and %d are both named %q", first, i+1, entry.Name)
		}
		names[entry.Name] = i + 1
		if other := keys.byHash[hash]; other != nil {
			return nil, fmt.Errorf("keys: %q and %q have the same key", other.Name, entry.Name)
		}
		keys.byHash[hash] = principal
	}
	return keys, nil
}

// Lookup returns who owns the key, or nil where nobody does.
func (k *Keys) Lookup(key string) *Principal {
	// A conversion to []byte would allocate beyond 32 bytes.
	var buffer [keyLengthMax]byte
	if len(key) < keyLengthMin || len(key) > keyLengthMax {
		return nil
	}
	return k.byHash[sha256.Sum256(buffer[:copy(buffer[:], key)])]
}

func (e *keyEntry) principal() (hash [sha256.Size]byte, p *Principal, err error) {
	if err := e.check(); err != nil {
		return hash, nil, err
	}
	if hash, err = e.hash(); err != nil {
		return hash, nil, err
	}
	names := e.Scopes
	if len(names) == 0 {
		names = kindScopes[e.Kind]
	}
	scopes, err := scopesOf(names)
	if err != nil {
		return hash, nil, err
	}
	return hash, &Principal{
		Name:      e.Name,
		Kind:      e.Kind,
		Locations: slices.Clone(e.Locations),
		Channels:  slices.Clone(e.Channels),
		Customer:  e.Customer,
		Scopes:    slices.Clone(names),
		Bulk:      e.Bulk,
		scopes:    scopes,
		locations: reachOf(e.Locations),
		channels:  reachOf(e.Channels),
	}, nil
}

func (e *keyEntry) check() error {
	switch {
	case e.Name == "" || len(e.Name) > nameMax || strings.ContainsFunc(e.Name, isControl):
		return fmt.Errorf("a name has 1 to %d bytes and no control characters", nameMax)
	case !slices.Contains(kinds, e.Kind):
		return fmt.Errorf("%q is not a kind; there are %v", e.Kind, kinds)
	case e.Scopes != nil && len(e.Scopes) == 0:
		return errors.New("scopes is empty: leave it out for those of the kind")
	case e.Scopes == nil && kindScopes[e.Kind] == nil:
		return fmt.Errorf("a key of kind %q lists its scopes", e.Kind)
	case e.Kind == KindCustomer && e.Customer == "":
		return errors.New("a key of kind \"customer\" names its customer")
	case e.Kind != KindCustomer && e.Customer != "":
		return fmt.Errorf("a key of kind %q names no customer", e.Kind)
	}
	if id, err := retail.ParseID(e.Customer); err != nil || e.Customer != "" && id.IsZero() {
		return errors.New("customer is not a uuid")
	}
	if err := checkCodes("locations", e.Locations); err != nil {
		return err
	}
	return checkCodes("channels", e.Channels)
}

func checkCodes(what string, codes []string) error {
	for _, code := range codes {
		switch {
		case code == everywhere && len(codes) > 1:
			return fmt.Errorf("%s has %q beside others", what, everywhere)
		case code == "" || len(code) > codeMax || strings.ContainsFunc(code, isControl) || strings.Contains(code, "/"):
			return fmt.Errorf("%s has %q, which is not a code", what, code)
		}
	}
	return nil
}

// hash returns the SHA-256 of the key. Its errors say what is wrong with the key and never what it is.
func (e *keyEntry) hash() (hash [sha256.Size]byte, err error) {
	switch {
	case (e.Key == "") == (e.KeySHA256 == ""):
		return hash, errors.New("give either key or key_sha256")
	case e.KeySHA256 != "":
		sum, err := hex.DecodeString(string(e.KeySHA256))
		if err != nil || len(sum) != sha256.Size {
			return hash, errors.New("key_sha256 is not 64 hexadecimal digits")
		}
		return [sha256.Size]byte(sum), nil
	case len(e.Key) < keyLengthMin:
		return hash, fmt.Errorf("the key is shorter than %d characters", keyLengthMin)
	case len(e.Key) > keyLengthMax:
		return hash, fmt.Errorf("the key is longer than %d characters", keyLengthMax)
	case strings.ContainsFunc(string(e.Key), func(r rune) bool { return r <= ' ' || r > '~' }):
		return hash, errors.New("the key has characters other than visible ASCII")
	}
	return sha256.Sum256([]byte(e.Key)), nil
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }
