package retail

import (
	"slices"
	"strings"
)

// Tag is what an RFID tag or a class of tags says: which trade item, and which one of it.
type Tag struct {
	// GTIN has 14 digits; empty: it is no trade item, but a box, a cage, an asset.
	GTIN string
	// Unit is one thing among all in the world, in one spelling, whatever it was read in.
	Unit string
}

// serialMax is how long a serial number of a trade item may be. Source: GS1 General Specifications, AI (21).
const serialMax = 20

// tagMax is how long the EPC of what is no trade item may be, in bytes.
const tagMax = 256

// otherTags are the schemes of EPCs that are not trade items. Source: GS1 EPC Tag Data Standard 2.0, section 6.3.
var otherTags = []string{
	"sscc", "sgln", "grai", "giai", "gsrn", "gsrnp", "gdti", "cpi", "sgcn", "ginc", "gsin", "itip", "upui", "pgln", "adi", "bic", "imovn",
	"gid", "usdod",
}

// ParseTag reads an EPC as a pure identity URI (urn:epc:id:sgtin:0614141.112345.400) or a GS1 Digital Link with a serial number
// (https://id.gs1.org/01/10614141123459/21/400), on any host. What can't be an EPC is refused: a wrong check digit, a company
// prefix and an item reference that are not 13 digits together, a serial number of letters that GS1 does not have. Source: GS1
// EPC Tag Data Standard 2.0, section 6.3.1; GS1 Digital Link 1.3, section 4.
func ParseTag(text string) (Tag, bool) {
	if rest, found := strings.CutPrefix(text, "urn:epc:id:"); found {
		scheme, body, _ := strings.Cut(rest, ":")
		if scheme != "sgtin" {
			return otherTag(text, scheme, body)
		}
		company, rest, _ := strings.Cut(body, ".")
		item, escaped, there := strings.Cut(rest, ".")
		gtin, ok := itemGTIN(company, item)
		serial, right := unescape(escaped)
		if !there || !ok || !right || strings.ContainsAny(escaped, `"&/<>?`) {
			return Tag{}, false
		}
		return unitTag(gtin, serial)
	}
	gtin, serial, ok := digitalLink(text)
	if !ok || serial == "" {
		return Tag{}, false
	}
	return unitTag(gtin, serial)
}

// ParseTagClass reads what stands for all of a trade item: an EPC class (urn:epc:class:lgtin:4012345.012345.998877), a pattern
// (urn:epc:idpat:sgtin:4012345.098765.*) or a GS1 Digital Link without a serial number. A lot says nothing about what it is.
func ParseTagClass(text string) (gtin string, ok bool) {
	for prefix, wanted := range map[string]string{"urn:epc:class:lgtin:": "", "urn:epc:idpat:sgtin:": "*"} {
		rest, found := strings.CutPrefix(text, prefix)
		if !found {
			continue
		}
		company, rest, _ := strings.Cut(rest, ".")
		item, last, there := strings.Cut(rest, ".")
		lot, right := unescape(last)
		if !there || wanted != "" && last != wanted || wanted == "" && (!right || !isSerial(lot)) {
			return "", false
		}
		return itemGTIN(company, item)
	}
	gtin, serial, ok := digitalLink(text)
	if !ok || serial != "" {
		return "", false
	}
	return gtin, true
}

// otherTag is a tag that is well-formed and no trade item.
func otherTag(text, scheme, body string) (Tag, bool) {
	if !slices.Contains(otherTags, scheme) || body == "" || len(text) > tagMax || strings.IndexFunc(text, unprintable) >= 0 {
		return Tag{}, false
	}
	return Tag{Unit: text}, true
}

func unprintable(r rune) bool { return r <= ' ' || r > '~' }

func unitTag(gtin, serial string) (Tag, bool) {
	if !isSerial(serial) {
		return Tag{}, false
	}
	return Tag{GTIN: gtin, Unit: "https://id.gs1.org/01/" + gtin + "/21/" + escape(serial)}, true
}

// itemGTIN makes a GTIN of a company prefix and an item reference, whose first digit is the GTIN's first.
func itemGTIN(company, item string) (string, bool) {
	if len(company) < 6 || len(company) > 12 || len(company)+len(item) != 13 {
		return "", false
	}
	digits := item[:1] + company + item[1:]
	for _, check := range "0123456789" {
		if gtin, ok := GTIN14(digits + string(check)); ok {
			return gtin, true
		}
	}
	return "", false // not digits
}

// digitalLink reads the GTIN and the serial number of a GS1 Digital Link.
func digitalLink(text string) (gtin, serial string, ok bool) {
	rest, found := strings.CutPrefix(text, "https://")
	if !found {
		rest, found = strings.CutPrefix(text, "http://")
	}
	rest, _, _ = strings.Cut(rest, "#")
	rest, _, _ = strings.Cut(rest, "?")
	parts := strings.Split(strings.TrimSuffix(rest, "/"), "/")
	if !found || parts[0] == "" || strings.IndexFunc(text, unprintable) >= 0 {
		return "", "", false
	}
	for at := 1; at+1 < len(parts); at++ {
		if parts[at] != "01" && parts[at] != "gtin" {
			continue
		}
		if gtin, ok = GTIN14(parts[at+1]); !ok {
			return "", "", false
		}
		serial, ok = qualified(parts[at+2:])
		return gtin, serial, ok
	}
	return "", "", false
}

// qualified reads what may follow a GTIN: a variant, a lot and a serial number, each once and in this order.
func qualified(parts []string) (serial string, ok bool) {
	last := 0
	for ; len(parts) > 1; parts = parts[2:] {
		rank := map[string]int{"22": 1, "cpv": 1, "10": 2, "lot": 2, "21": 3, "ser": 3}[parts[0]]
		value, right := unescape(parts[1])
		if rank <= last || !right || !isSerial(value) {
			return "", false
		}
		if last = rank; rank == 3 {
			serial = value
		}
	}
	return serial, len(parts) == 0
}

// isSerial tells whether a text may be a serial number, a lot or a variant: up to 20 of GS1's 82 letters. Source: GS1 General
// Specifications, figure 7.11-1.
func isSerial(text string) bool {
	for _, b := range []byte(text) {
		switch {
		case b >= '0' && b <= '9', b >= 'A' && b <= 'Z', b >= 'a' && b <= 'z', strings.IndexByte(`!"%&'()*+,-./_:;<=>?`, b) >= 0:
		default:
			return false
		}
	}
	return text != "" && len(text) <= serialMax
}

const hexDigits = "0123456789ABCDEF"

// unescape reads %2F for a slash, and so on.
func unescape(text string) (string, bool) {
	plain := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		if text[i] != '%' {
			plain = append(plain, text[i])
			continue
		}
		if i+2 >= len(text) {
			return "", false
		}
		high, low := hexDigit(text[i+1]), hexDigit(text[i+2])
		if high < 0 || low < 0 {
			return "", false
		}
		plain = append(plain, byte(high<<4|low))
		i += 2
	}
	return string(plain), true
}

func hexDigit(b byte) int {
	if b >= 'a' && b <= 'f' {
		b -= 'a' - 'A'
	}
	return strings.IndexByte(hexDigits, b)
}

// escape is the one spelling of a serial number in a link: everything but letters, digits and - . _ is escaped.
func escape(text string) string {
	var link []byte
	for _, b := range []byte(text) {
		switch {
		case b >= '0' && b <= '9', b >= 'A' && b <= 'Z', b >= 'a' && b <= 'z', b == '-', b == '.', b == '_':
			link = append(link, b)
		default:
			link = append(link, '%', hexDigits[b>>4], hexDigits[b&15])
		}
	}
	return string(link)
}
