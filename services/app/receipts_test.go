package app_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aisle-retail/aisle/services/receipts"
	"github.com/aisle-retail/aisle/services/retail"
)

// receiptOf is what the first document of an order has as a code.
func (w *world) receiptOf(order any) string {
	w.t.Helper()
	return w.bothDoors("staff", "invoices/ListOrderInvoices", fmt.Sprintf(`{"order":%q}`, order)).at("invoices", 0, "receiptToken").(string)
}

func byToken(token string) string { return fmt.Sprintf(`"receiptToken":%q`, token) }

// TestReceipts has a terminal verify a receipt by the public key alone, and finds the purchase by it anywhere.
func TestReceipts(t *testing.T) {
	t.Parallel()
	w := openShop(t)
	sold := w.must("till", "orders/PlaceOrder", basket("till", "milan", line("HAT", 3, "")+","+line("SOCK", 1, ""), `,"customer":"`+ada+`"`+paid("CARD", 3500)))
	token := w.receiptOf(sold.at("id"))
	document := w.bothDoors("staff", "invoices/ListOrderInvoices", fmt.Sprintf(`{"order":%q}`, sold.at("id"))).at("invoices", 0).(map[string]any)

	keys := w.bothDoors("till", "tills/GetReceiptKeys", `{}`)
	public, err := base64.StdEncoding.DecodeString(keys.at("keys", 0, "publicKey").(string))
	if err != nil || keys.at("keys", 0, "id") == "" {
		t.Fatal(keys.body, err)
	}
	said, err := receipts.Read(ed25519.PublicKey(public), token)
	if err != nil {
		t.Fatal(err)
	}
	if said.Order.String() != sold.at("id") || said.Document.String() != document["id"] || said.Currency != "EUR" {
		t.Errorf("it says %+v", said)
	}
	until := said.Lines[0].Until
	found := w.must("rome", "returns/FindPurchases", `{`+byToken(token)+`}`)
	if first := found.get("purchases.0.lines.0.returnUntil").(string); !strings.HasPrefix(first, until.Format("2006-01-02T15:04:05")) {
		t.Errorf("it comes back until %s, and until %s", until, first)
	}
	if diff := cmp.Diff([]retail.ReceiptLine{{Line: 1, Units: 3, GrossMinor: 3000, Until: until}, {Line: 2, Units: 1, GrossMinor: 500}}, said.Lines); diff != "" {
		t.Errorf("its lines (-want +said):\n%s", diff)
	}

	w.wantPurchases("rome", byToken(token), sold)
	w.wantPurchases("ada", byCustomer(ada)+","+byToken(token), sold)
	w.wantPurchases("rome", byCustomer(bob)+","+byToken(token))
	w.refused("ada", "returns/FindPurchases", `{`+byToken(token)+`}`, "PERMISSION_DENIED", "")
	for _, none := range []string{strings.Replace(token, token[40:44], "AAAA", 1), token[1:], "AQEB", strings.Repeat("A", 700)} {
		w.refuse("rome", "returns/FindPurchases", `{`+byToken(none)+`}`, "RECEIPT_FORGED", "receipt_token")
	}

	byID := fmt.Sprintf(`{"invoice":%q`, document["id"])
	for _, read := range []answer{
		w.bothDoors("staff", "invoices/GetInvoice", byID+`}`), w.bothDoors("staff", "invoices/LookupInvoice", fmt.Sprintf(`{"number":%q}`, document["number"])),
	} {
		w.want(read, map[string]any{"receiptToken": token})
	}
	back := w.must("rome", "returns/AcceptReturn", returned("rome", sold.at("id"), back(1, 1, "RETURN_TO_STOCK"), ""))
	w.want(w.do("staff", "invoices/GetInvoice", `{"invoice":%q}`, back.at("invoices", 0)), map[string]any{"receiptToken": ""})
	full := w.do("staff", "invoices/IssueFullInvoice", `{"invoice":%q,"buyer":{"name":"Ada","taxId":"X1","street":"Via 1","postalCode":"1","city":"Milan","countryCode":"IT"}}`,
		w.must("till", "orders/PlaceOrder", sale(paid("CARD", 1995))).at("documents", 0, "invoice"))
	if instead, err := receipts.Read(ed25519.PublicKey(public), full.at("receiptToken").(string)); err != nil || instead.Document.String() != full.at("id") || instead.Lines[0].Until.IsZero() {
		t.Errorf("a full invoice in place of a ticket has a receipt that says %+v, %v", instead, err)
	}
	w.stop()
	w.start()
	if again := w.receiptOf(sold.at("id")); again != token {
		t.Error("another process makes another receipt")
	}
	w.audit()
}
