package retail

import (
	"strings"
	"testing"
)

func TestParseTag(t *testing.T) {
	for text, want := range map[string]Tag{
		// Examples of the EPC Tag Data Standard and of EPCIS.
		"urn:epc:id:sgtin:0614141.112345.400":                {"10614141123459", "https://id.gs1.org/01/10614141123459/21/400"},
		"urn:epc:id:sgtin:0614141.107346.2017":               {"10614141073464", "https://id.gs1.org/01/10614141073464/21/2017"},
		"https://id.gs1.org/01/10614141073464/21/2017":       {"10614141073464", "https://id.gs1.org/01/10614141073464/21/2017"},
		"https://shop.example/p/01/10614141073464/21/2017?x": {"10614141073464", "https://id.gs1.org/01/10614141073464/21/2017"},
		"http://a/gtin/04006381333931/10/L1/ser/7":           {"04006381333931", "https://id.gs1.org/01/04006381333931/21/7"},
		"https://a/01/4006381333931/21/7/":                   {"04006381333931", "https://id.gs1.org/01/04006381333931/21/7"},
		// A letter that a URI can't hold is escaped; whichever way, it is the same unit.
		"urn:epc:id:sgtin:0614141.112345.32a%2Fb":         {"10614141123459", "https://id.gs1.org/01/10614141123459/21/32a%2Fb"},
		"https://id.gs1.org/01/10614141123459/21/32a%2fb": {"10614141123459", "https://id.gs1.org/01/10614141123459/21/32a%2Fb"},
		"urn:epc:id:sgtin:0614141.112345.a*b":             {"10614141123459", "https://id.gs1.org/01/10614141123459/21/a%2Ab"},
		// What is no trade item is what it is.
		"urn:epc:id:sscc:0614141.1234567890": {"", "urn:epc:id:sscc:0614141.1234567890"},
		"urn:epc:id:grai:0614141.12345.400":  {"", "urn:epc:id:grai:0614141.12345.400"},
	} {
		if got, ok := ParseTag(text); !ok || got != want {
			t.Errorf("%s is %+v, %v, not %+v", text, got, ok, want)
		}
	}
	for _, text := range []string{
		"", "urn:epc:id:sgtin", "urn:epc:id:sgtin:", "urn:epc:id:sgtin:0614141.112345", "urn:epc:id:sgtin:0614141.112345.",
		"urn:epc:id:sgtin:061414.112345.400", "urn:epc:id:sgtin:0614141.1123456.400", "urn:epc:id:sgtin:06141.11234567.400",
		"urn:epc:id:sgtin:0614141.11234a.400", "urn:epc:id:sgtin:0614141.112345.a/b", "urn:epc:id:sgtin:0614141.112345.%",
		"urn:epc:id:sgtin:0614141.112345.%4", "urn:epc:id:sgtin:0614141.112345.%zz", "urn:epc:id:sgtin:0614141.112345.ñ",
		"urn:epc:id:sgtin:0614141.112345." + strings.Repeat("9", 21), "urn:epc:id:sgtin:06141411234567.1.4", "urn:epc:id:none:1.2.3",
		"urn:epc:id:sscc:", "urn:epc:id:sscc:a b", "urn:epc:class:lgtin:4012345.012345.998877", "https://id.gs1.org/01/10614141073465/21/2017",
		"https://id.gs1.org/01/10614141073464", "https://id.gs1.org/01/10614141073464/21/", "https:///01/10614141073464/21/1",
		"ftp://id.gs1.org/01/10614141073464/21/1", "https://id.gs1.org/414/9521321000010", "https://id.gs1.org/01/10614141073464/21/1/10/a",
		"https://id.gs1.org/01/10614141073464/99/1", "https://id.gs1.org/01/10614141073464/21/1/21/2", "https://id.gs1.org/01", "400",
		"https://a/01/10614141073464/21/1 ",
	} {
		if got, ok := ParseTag(text); ok || got != (Tag{}) {
			t.Errorf("%q is %+v", text, got)
		}
	}
}

func TestParseTagClass(t *testing.T) {
	for text, want := range map[string]string{
		"urn:epc:class:lgtin:4012345.012345.998877":              "04012345123456",
		"urn:epc:idpat:sgtin:4012345.098765.*":                   "04012345987652",
		"https://id.gs1.org/01/04012345123456/10/998877":         "04012345123456",
		"https://id.gs1.org/01/04012345987652":                   "04012345987652",
		"https://example.com/01/04012345987652/22/2A/10/L%2F1?a": "04012345987652",
	} {
		if got, ok := ParseTagClass(text); !ok || got != want {
			t.Errorf("%s is of %s, %v, not %s", text, got, ok, want)
		}
	}
	for _, text := range []string{
		"", "urn:epc:class:lgtin:4012345.012345", "urn:epc:class:lgtin:4012345.012345.", "urn:epc:idpat:sgtin:4012345.098765.7",
		"urn:epc:idpat:sgtin:4012345.098765", "urn:epc:class:lgtin:4012345.12345.1", "https://id.gs1.org/01/04012345123457",
		"https://id.gs1.org/01/04012345123456/21/7", "urn:epc:id:sgtin:0614141.112345.400", "urn:epc:class:lgtin:4012345.012345.%",
	} {
		if got, ok := ParseTagClass(text); ok || got != "" {
			t.Errorf("%q is of %s", text, got)
		}
	}
}

// FuzzTag reads any text as a tag. What it takes has one spelling, which it reads again as the same; and nothing is a unit and a
// class at once.
func FuzzTag(f *testing.F) {
	f.Add("urn:epc:id:sgtin:0614141.112345.32a%2Fb")
	f.Add("https://id.gs1.org/01/10614141123459/21/32a%2Fb")
	f.Add("urn:epc:class:lgtin:4012345.012345.998877")
	f.Add("urn:epc:idpat:sgtin:4012345.098765.*")
	f.Add("urn:epc:id:sscc:0614141.1234567890")
	f.Fuzz(func(t *testing.T, text string) {
		tag, unit := ParseTag(text)
		gtin, class := ParseTagClass(text)
		if unit && class {
			t.Fatalf("%q is a unit and a class", text)
		}
		if class {
			if again, ok := GTIN14(gtin); !ok || again != gtin {
				t.Fatalf("%q is of %q", text, gtin)
			}
		}
		if !unit {
			return
		}
		if again, ok := ParseTag(tag.Unit); !ok || again != tag {
			t.Fatalf("%q is %+v, and that is %+v", text, tag, again)
		}
		if known, ok := GTIN14(tag.GTIN); tag.GTIN != "" && (!ok || known != tag.GTIN) || len(tag.Unit) > 256 {
			t.Fatalf("%q is %+v", text, tag)
		}
	})
}
