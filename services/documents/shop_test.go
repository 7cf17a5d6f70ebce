package documents

import (
	"strings"
	"time"

	"github.com/aisle-retail/aisle/services/retail"
)

// barcelona is an hour or two ahead of UTC, written as a rule of its own so that no time zone data is needed.
var barcelona = time.FixedZone("CET", 3600)

// id makes an id that is easy to know again.
func id(last byte) retail.ID {
	return retail.ID{0x01, 0x93, 0x4f, 0x2a, 0x11, 0x22, 0x70, 0x00, 0x80, 0, 0, 0, 0, 0, 0, last}
}

// item is units of one line: what they come to before tax and of tax, and by which rate.
func item(description, sku string, units, netMinor, taxMinor int64, code string, ppm int32) retail.InvoiceLine {
	return retail.InvoiceLine{
		UnitRange: retail.UnitRange{Until: units}, SKU: sku, Description: description, TaxCode: code, TaxPPM: ppm,
		NetMinor: netMinor, TaxMinor: taxMinor, GrossMinor: netMinor + taxMinor,
	}
}

// document makes a valid one of some kind: numbered and summed as the shop would. The seal is none: what it is over is
// the business of the rules, and no golden file changes with it.
func document(kind retail.InvoiceKind, currency string, lines ...retail.InvoiceLine) retail.Invoice {
	series := map[retail.InvoiceKind]string{
		retail.InvoiceSimplified: "T26", retail.InvoiceFull: "F26", retail.InvoiceFullReplacingSimplified: "F26",
		retail.InvoiceRectificativeSimplified: "RT26", retail.InvoiceRectificativeFull: "RF26",
	}[kind]
	invoice := retail.Invoice{
		ID: id(1), Location: "bcn-gracia", Point: "1", Number: "bcn-gracia-1-" + series + "-000042", Kind: kind, Series: series, Sequence: 42,
		Order: id(2), Transaction: id(3), Currency: currency,
		Seller: retail.Party{Name: "Casa Blau, S.L.", TaxID: "B12345674", Address: retail.Address{
			Street: "Carrer de Verdi, 28", PostalCode: "08012", City: "Barcelona", Region: "Catalunya", CountryCode: "ES",
		}},
		OccurredAt: time.Date(2026, 11, 21, 17, 5, 9, 0, time.UTC), IssuedAt: time.Date(2026, 11, 21, 17, 5, 10, 0, time.UTC),
		Position: 117, Previous: strings.Repeat("0f", 32),
	}
	for at, line := range lines {
		line.Line = int32(at + 1)
		invoice.Lines = append(invoice.Lines, line)
		invoice.Taxes = added(invoice.Taxes, line)
	}
	invoice.Hash = strings.Repeat("3c464daf61acb827", 4)
	return invoice
}

// added sums a line into the taxes.
func added(taxes []retail.OrderTax, line retail.InvoiceLine) []retail.OrderTax {
	for i := range taxes {
		if taxes[i].Code == line.TaxCode && taxes[i].PPM == line.TaxPPM {
			taxes[i].NetMinor += line.NetMinor
			taxes[i].TaxMinor += line.TaxMinor
			return taxes
		}
	}
	return append(taxes, retail.OrderTax{Code: line.TaxCode, PPM: line.TaxPPM, NetMinor: line.NetMinor, TaxMinor: line.TaxMinor})
}

var buyer = retail.Party{Name: "Zofia Wójcik-Łęcka", TaxID: "PL5260001246", Address: retail.Address{
	Street: "ul. Świętokrzyska 14/3", PostalCode: "00-050", City: "Warszawa", CountryCode: "PL",
}}

// example is one document of each kind and of each number of decimals, as a shop would issue them.
type example struct {
	name    string
	invoice retail.Invoice
	options Options
}

func examples() []example {
	clothes := []retail.InvoiceLine{
		item("Linen shirt, regular fit, sand, size M", "SHIRT-LIN-SND-M", 2, 6595, 1385, "es-standard", 210000),
		item("Wool beanie", "BEANIE-GRY", 1, 1645, 345, "es-standard", 210000),
		item("El viaje de la niña que contaba estrellas (libro ilustrado, tapa dura, edición de aniversario)", "BOOK-9788412345678", 1, 1913, 77, "es-super-reduced", 40000),
		item("Paper bag", "", 1, 8, 2, "es-standard", 210000),
	}
	local := Options{Zone: barcelona, Language: "en", OrderNumber: "8K3M2-X9QT7"}
	withReceipt := local
	withReceipt.Receipt = "AQEBAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj9AQUJDREVGR0hJSktMTU5P"
	ticket := document(retail.InvoiceSimplified, "EUR", clothes...)

	full := document(retail.InvoiceFull, "EUR", clothes...)
	full.Buyer = &buyer
	full.OccurredAt = full.IssuedAt.AddDate(0, 0, -2)

	replacing := document(retail.InvoiceFullReplacingSimplified, "EUR", clothes...)
	replacing.Buyer, replacing.Original, replacing.OriginalNumber = &buyer, ticket.ID, ticket.Number

	back := document(retail.InvoiceRectificativeSimplified, "JPY", item("折りたたみ傘 (umbrella)", "UMB-01", 1, 1_480_000, 148_000, "jp-standard", 100000))
	back.Return, back.Original, back.OriginalNumber = id(4), ticket.ID, ticket.Number

	corrected := document(retail.InvoiceRectificativeFull, "KWD",
		item("Δερμάτινη τσάντα", "BAG-LEA-BRN", 1, 1_234_500, 61_725, "kw-vat", 50000), item("Ribbon", "", 3, 0, 0, "kw-zero", 0))
	corrected.Buyer, corrected.Return, corrected.Original, corrected.OriginalNumber = &buyer, id(4), full.ID, full.Number

	blind := document(retail.InvoiceRectificativeSimplified, "EUR", item("Scarf", "SCARF-RED", 1, 1239, 260, "es-standard", 210000))
	blind.Order, blind.Return = retail.ID{}, id(4)

	return []example{
		{"ticket", ticket, withReceipt}, {"full", full, local}, {"replacing", replacing, local},
		{"rectificative_simplified_yen", back, Options{Zone: time.FixedZone("", 9*3600)}},
		{"rectificative_full_dinar", corrected, Options{Zone: barcelona}},
		{"without_receipt", blind, Options{}},
		{"hostile", hostile(), local},
	}
}

// hostile is a document whose every text tries to be more than text.
func hostile() retail.Invoice {
	invoice := document(retail.InvoiceFull, "EUR",
		item(`<script>alert(1)</script></table><img src=x onerror="alert(2)">`, `"><svg onload=alert(3)>`, 1, 100, 21, "<b>tax</b>", 210000),
		item("Total \u202e00.1 EUR\u202c \u2066hidden\u2069\u200b\x00\x1b[31m", "A\r\nB", 1, 200, 42, "{{.Seller}}", 210000),
		item(strings.Repeat("Donaudampfschifffahrtsgesellschaftskapitän", 12), strings.Repeat("W", 90), 1, 300, 63, "es-standard", 210000),
		item("first line\nsecond line\u2028third line\ttabbed", "{\ue000} {nb}", 1, 400, 84, "es-standard", 210000),
		item("broken \xff\xfe bytes, e\u0301 apart, \U0001F469\u200D\U0001F467 and \\(parentheses)", "(\\", 1, 500, 105, "es-standard", 210000))
	invoice.Seller.Name = "Shop <!-- & Sons\u202e --> {{template \"party\"}}"
	invoice.Buyer = &retail.Party{Name: "</style><style>*{display:none}", TaxID: "javascript:alert(4)", Address: retail.Address{Street: "&lt;b&gt;", City: "' onclick='"}}
	invoice.Number = "</title><script>alert(5)</script>"
	return invoice
}

// long is a document of many lines.
func long(lines int) retail.Invoice {
	items := make([]retail.InvoiceLine, lines)
	for i := range items {
		items[i] = item("Article "+strings.Repeat("of some length ", i%9), "SKU-"+strings.Repeat("7", i%20), int64(i%5+1), int64(1000+i), int64(210+i%3), "es-standard", 210000)
	}
	return document(retail.InvoiceSimplified, "EUR", items...)
}
