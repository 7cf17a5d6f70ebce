package app

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/aisle-retail/aisle/services/fulfilments"
	"github.com/aisle-retail/aisle/services/payments"
	"github.com/aisle-retail/aisle/services/receipts"
	"github.com/aisle-retail/aisle/services/rpc"
	"github.com/aisle-retail/aisle/services/trade"
)

// KeysHelp explains the keys file, and lists what each kind of key may do.
func KeysHelp() string {
	var b strings.Builder
	b.WriteString(keysFile)
	for _, kind := range rpc.Kinds() {
		scopes, said := rpc.ScopesOfKind(kind), "no others than it lists"
		switch {
		case kind == rpc.KindStaff:
			said = "all of them: " + strings.Join(scopes, ", ")
		case scopes != nil:
			said = strings.Join(scopes, ", ")
		}
		for i, line := range wrapped(said, keysHelpWidth) {
			if i > 0 {
				kind = ""
			}
			fmt.Fprintf(&b, "\n  %-9s %s", kind, line)
		}
	}
	return b.String()
}

// keysHelpWidth is how wide the list of scopes is, in characters.
const keysHelpWidth = 100

// wrapped breaks words into lines of at most so many characters.
func wrapped(words string, width int) []string {
	lines := []string{""}
	for word := range strings.FieldsSeq(words) {
		at := &lines[len(lines)-1]
		switch {
		case *at == "":
			*at = word
		case len(*at)+1+len(word) > width:
			lines = append(lines, word)
		default:
			*at += " " + word
		}
	}
	return lines
}

const keysFile = `AISLE_KEYS_FILE names a JSON file of the keys that may call:

  {"keys": [
    {"name": "web shop",     "kind": "site",     "key": "...", "locations": ["*"], "channels": ["web"]},
    {"name": "milan till 1", "kind": "till",     "key": "...", "locations": ["milan"], "channels": ["till"]},
    {"name": "milan tablet", "kind": "tablet",   "key": "...", "locations": ["milan"], "channels": ["web"]},
    {"name": "Ada",          "kind": "customer", "key": "...", "customer": "0198c0de-0000-7000-8000-000000000001", "channels": ["web"]},
    {"name": "office",       "kind": "staff",    "key": "...", "locations": ["*"], "channels": ["*"]}
  ]}

The name is kept with every change that the key makes. The key is 20 to 200 characters that nobody can guess, or
"key_sha256" holds its SHA-256. ["*"] is every location or channel. What a kind may do is its scopes; "scopes" names
others, and "bulk": true puts its writes behind those of people. Callers send "Authorization: Bearer KEY".

The kinds, and the scopes of a key that names none:
`

// NewKey mints a key: 24 random bytes, 192 bits.
func NewKey() string {
	var b [24]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// LoaderKey is one key of the system for this process alone: what imports and the demo's data are loaded with. Its name is
// always the same, so that a rerun is recognised as the same caller.
func LoaderKey(key string) KeyEntry {
	return KeyEntry{
		Name: "aisle/import", Kind: "staff", Key: key, Locations: []string{"*"}, Channels: []string{"*"}, Bulk: true,
	}
}

// KeyEntry is one key as the keys file has it.
type KeyEntry struct {
	Name      string   `json:"name"`
	Kind      string   `json:"kind"`
	Key       string   `json:"key"`
	Locations []string `json:"locations,omitempty"`
	Channels  []string `json:"channels,omitempty"`
	Customer  string   `json:"customer,omitempty"`
	Scopes    []string `json:"scopes,omitempty"`
	Bulk      bool     `json:"bulk,omitempty"`
}

// ParseKeyEntries turns entries into keys.
func ParseKeyEntries(entries ...KeyEntry) (*rpc.Keys, error) {
	document, err := json.Marshal(map[string][]KeyEntry{"keys": entries})
	if err != nil {
		return nil, err
	}
	return rpc.ParseKeys(document)
}

// StoredKeys returns the keys in a data folder; none where no demo ever ran there.
func StoredKeys(folder string) ([]KeyEntry, error) {
	path := filepath.Join(folder, "keys.json")
	var stored struct {
		Keys []KeyEntry `json:"keys"`
	}
	document, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil {
		err = json.Unmarshal(document, &stored)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w; delete it to have new keys made", path, err)
	}
	return stored.Keys, nil
}

// storedSecret returns the secret of pickup codes in a data folder, and mints it where there is none.
func storedSecret(folder string) (string, error) {
	path := filepath.Join(folder, "code-secret")
	secret, err := os.ReadFile(path)
	if err == nil {
		return strings.TrimSpace(string(secret)), nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	minted := NewKey() + NewKey()
	return minted, writeFile(path, []byte(minted+"\n"))
}

// makers make pickup codes, links to pay by, what purchases are found by and receipts from a secret. Without one they end with the process, which is
// said.
func makers(c Config, log *slog.Logger) (*fulfilments.Codes, *payments.Links, *trade.Finders, *receipts.Maker, error) {
	secret := c.CodeSecret
	if secret == "" {
		log.Warn("no AISLE_CODE_SECRET: pickup codes, links and receipts that this process shows open nothing elsewhere or after it has ended, and no purchase is found by a phone number there")
		secret = NewKey() + NewKey()
	}
	codes, err := fulfilments.NewCodes([]byte(secret))
	if err != nil {
		return nil, nil, nil, nil, err
	}
	finders, err := trade.NewFinders([]byte(secret))
	if err != nil {
		return nil, nil, nil, nil, err
	}
	maker, err := receipts.New([]byte(secret))
	if err != nil {
		return nil, nil, nil, nil, err
	}
	links, err := payments.NewLinks([]byte(secret), c.PayURL)
	return codes, links, finders, maker, err
}

// DemoKeys returns the demo's keys from the data folder, minting those that are not there yet.
func DemoKeys(folder string, wanted []KeyEntry) ([]KeyEntry, error) {
	stored, err := StoredKeys(folder)
	if err != nil {
		return nil, err
	}
	known := map[string]string{}
	for _, entry := range stored {
		known[entry.Name] = entry.Key
	}
	for i := range wanted {
		wanted[i].Key = known[wanted[i].Name]
		if wanted[i].Key == "" {
			wanted[i].Key = NewKey()
		}
	}
	document, err := json.MarshalIndent(map[string][]KeyEntry{"keys": wanted}, "", "  ")
	if err != nil {
		return nil, err
	}
	return wanted, writeFile(filepath.Join(folder, "keys.json"), append(document, '\n'))
}
