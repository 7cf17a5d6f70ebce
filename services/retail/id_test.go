package retail

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestID(t *testing.T) {
	t.Run("reads what it writes", rapid.MakeCheck(func(t *rapid.T) {
		id := ID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id"))
		if read, err := ParseID(id.String()); err != nil || read != id {
			t.Fatalf("%s reads as %s: %v", id, read, err)
		}
		if read, err := ParseID(strings.ToUpper(id.String())); err != nil || read != id {
			t.Fatalf("%s in capitals reads as %s: %v", id, read, err)
		}
	}))
	t.Run("is the canonical form of RFC 9562", func(t *testing.T) {
		const canonical = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f" // section A.6, version 7
		id, err := ParseID(canonical)
		if err != nil || id.String() != canonical || id[6]>>4 != 7 {
			t.Errorf("reads as %s: %v", id, err)
		}
	})
	t.Run("absent is nothing, stored and shown", func(t *testing.T) {
		stored, err := json.Marshal(struct{ ID ID }{})
		if err != nil || string(stored) != `{"ID":""}` {
			t.Errorf("%s: %v", stored, err)
		}
		if id, err := ParseID(""); err != nil || !id.IsZero() {
			t.Errorf("nothing reads as %s: %v", id, err)
		}
	})
	t.Run("refuses what is none", func(t *testing.T) {
		for _, text := range []string{
			"017f22e279b07cc398c4dc0c0c07398f", "{017f22e2-79b0-7cc3-98c4-dc0c0c07398f}", "017f22e2-79b0-7cc3-98c4-dc0c0c07398",
			"017f22e2-79b0-7cc3-98c4-dc0c0c07398g",
			"017f22e2079b0-7cc3-98c4-dc0c0c07398f", "017f22e2-79b007cc3-98c4-dc0c0c07398f", "017f22e2-79b0-7cc3098c4-dc0c0c07398f",
			"017f22e2-79b0-7cc3-98c40dc0c0c07398f", "urn:uuid:017f22e2-79b0-7cc3-98c4-dc0c0c07398f", "-",
		} {
			if id, err := ParseID(text); err == nil || !id.IsZero() {
				t.Errorf("%q reads as %s: %v", text, id, err)
			}
			id := ID{1}
			if err := id.UnmarshalText([]byte(text)); err == nil || id != (ID{1}) {
				t.Errorf("%q is read over an id: %s: %v", text, id, err)
			}
		}
	})
}

func FuzzParseID(f *testing.F) {
	f.Add("017f22e2-79b0-7cc3-98c4-dc0c0c07398f")
	f.Fuzz(func(t *testing.T, text string) {
		id, err := ParseID(text)
		switch {
		case err != nil && !id.IsZero():
			t.Fatalf("%q is none and reads as %s", text, id)
		case err == nil && !id.IsZero() && id.String() != strings.ToLower(text):
			t.Fatalf("%q reads as %s", text, id)
		}
	})
}
