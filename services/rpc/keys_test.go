package rpc

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseKeys(t *testing.T) {
	t.Run("gives a key the scopes of its kind, or those it lists", func(t *testing.T) {
		keys, err := ParseKeys([]byte(testKeys))
		if err != nil {
			t.Fatal(err)
		}
		for key, want := range map[string]string{
			webKey: "catalog.read locations.read stock.read stock.hold orders.read orders.write fulfilments.read fulfilments.code " +
				"returns.read returns.write returns.request invoices.read invoices.render invoices.write customers.read payments.read payments.charge events.read",
			tillKey: "catalog.read locations.read stock.read stock.hold orders.read orders.write fulfilments.read fulfilments.write " +
				"returns.read returns.write returns.request invoices.read invoices.render invoices.write customers.read customers.find payments.read payments.charge tills.write",
			tabletKey: "catalog.read locations.read stock.read stock.hold stock.write counts.write orders.read fulfilments.read fulfilments.write",
			staffKey:  strings.Join(knownScopes, " "),
			importKey: "catalog.write stock.write",
		} {
			if got := strings.Join(keys.Lookup(key).Scopes, " "); got != want {
				t.Errorf("%s has %q, want %q", keys.Lookup(key).Name, got, want)
			}
		}
		got := keys.Lookup(adaKey)
		if got.Kind != KindCustomer || got.Customer != adaID || got.Bulk || !keys.Lookup(importKey).Bulk {
			t.Errorf("got %+v", got)
		}
		if diff := cmp.Diff([]string{"milan", "rome"}, keys.Lookup(webKey).Locations); diff != "" {
			t.Error(diff)
		}
	})

	t.Run("finds a key that is written as its SHA-256", func(t *testing.T) {
		sum := sha256.Sum256([]byte(webKey))
		keys, err := ParseKeys(fmt.Appendf(nil, `{"keys": [{"name": "a", "kind": "site", "key_sha256": %q}]}`,
			hex.EncodeToString(sum[:])))
		if err != nil {
			t.Fatal(err)
		}
		if keys.Lookup(webKey) == nil {
			t.Error("not found")
		}
	})

	t.Run("finds nobody for a key that is not there, is too short or too long", func(t *testing.T) {
		keys, err := ParseKeys([]byte(testKeys))
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range []string{"", "short", webKey + " ", webKey[1:], strings.Repeat("x", 5000)} {
			if p := keys.Lookup(key); p != nil {
				t.Errorf("%q is %s's", key, p.Name)
			}
		}
	})

	t.Run("takes an empty list, with which nobody may call", func(t *testing.T) {
		keys, err := ParseKeys([]byte(`{"keys": []}`))
		if err != nil || keys.Lookup(webKey) != nil {
			t.Errorf("got %v, %v", keys, err)
		}
	})

	const secretKey = "SECRET-0123456789-SECRET"
	for _, c := range []struct{ name, document, want string }{
		{"no list of keys", `{}`, "has no \"keys\""},
		{"what is not JSON", `{"keys": [{"key": ` + secretKey, "invalid character"},
		{"what follows the document", `{"keys": [{"name": "a", "kind": "site", "key": "` + secretKey + `"}]} {}`, "after the end"},
		{"an unknown field", `{"keys": [{"name": "a", "kind": "site", "location": ["x"], "key": "` + secretKey + `"}]}`,
			`unknown field "location"`},
		{"a key that is a number", `{"keys": [{"name": "a", "kind": "site", "key": 123456789012345678901}]}`, "JSON string"},
		{"no name", `{"keys": [{"kind": "site", "key": "` + secretKey + `"}]}`, "entry 1 (\"\"): a name has"},
		{"a name with a zero byte", `{"keys": [{"name": "a\u0000", "kind": "site", "key": "` + secretKey + `"}]}`, "a name has"},
		{"an unknown kind", `{"keys": [{"name": "a", "kind": "robot", "key": "` + secretKey + `"}]}`, `"robot" is not a kind`},
		{"no kind", `{"keys": [{"name": "a", "key": "` + secretKey + `"}]}`, `"" is not a kind`},
		{"an unknown scope", `{"keys": [{"name": "a", "kind": "site", "scopes": ["stock.steal"], "key": "` + secretKey + `"}]}`,
			`"stock.steal" is not a scope`},
		{"empty scopes", `{"keys": [{"name": "a", "kind": "site", "scopes": [], "key": "` + secretKey + `"}]}`, "scopes is empty"},
		{"a system without scopes", `{"keys": [{"name": "a", "kind": "system", "key": "` + secretKey + `"}]}`, "lists its scopes"},
		{"a short key", `{"keys": [{"name": "a", "kind": "site", "key": "SECRET-012345678-SE"}]}`, "shorter than 20"},
		{"a long key", `{"keys": [{"name": "a", "kind": "site", "key": "` + strings.Repeat("SECRET", 40) + `"}]}`, "longer than 200"},
		{"a key with a space", `{"keys": [{"name": "a", "kind": "site", "key": "SECRET 0123456789 SECRET"}]}`, "visible ASCII"},
		{"neither key nor hash", `{"keys": [{"name": "a", "kind": "site"}]}`, "either key or key_sha256"},
		{"both key and hash", `{"keys": [{"name": "a", "kind": "site", "key": "` + secretKey + `", "key_sha256": "SECRET"}]}`,
			"either key or key_sha256"},
		{"a hash that is none", `{"keys": [{"name": "a", "kind": "site", "key_sha256": "SECRET"}]}`, "64 hexadecimal"},
		{"a customer's key without a customer", `{"keys": [{"name": "a", "kind": "customer", "key": "` + secretKey + `"}]}`,
			"names its customer"},
		{"a customer that is not a uuid", `{"keys": [{"name": "a", "kind": "customer", "customer": "ada", "key": "` + secretKey + `"}]}`,
			"not a uuid"},
		{"a customer on another kind", `{"keys": [{"name": "a", "kind": "site", "customer": "` + adaID + `", "key": "` + secretKey + `"}]}`,
			"names no customer"},
		{"all places beside one", `{"keys": [{"name": "a", "kind": "site", "locations": ["*", "x"], "key": "` + secretKey + `"}]}`,
			`locations has "*" beside others`},
		{"an empty code", `{"keys": [{"name": "a", "kind": "site", "channels": [""], "key": "` + secretKey + `"}]}`, "not a code"},
		{"one name twice", `{"keys": [{"name": "a", "kind": "site", "key": "` + secretKey + `1"},
			{"name": "a", "kind": "site", "key": "` + secretKey + `2"}]}`, `entries 1 and 2 are both named "a"`},
		{"one key twice", `{"keys": [{"name": "a", "kind": "site", "key": "` + secretKey + `"},
			{"name": "b", "kind": "site", "key": "` + secretKey + `"}]}`, `"a" and "b" have the same key`},
	} {
		t.Run("refuses "+c.name+" and shows no key", func(t *testing.T) {
			_, err := ParseKeys([]byte(c.document))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want %q", err, c.want)
			}
			if strings.Contains(err.Error(), "SECRET") || strings.Contains(err.Error(), "1234567") {
				t.Errorf("shows the key: %v", err)
			}
		})
	}
}
