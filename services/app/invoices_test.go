package app_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// TestInvoiceNumbers sells at two servers at once: the numbers of a series have no gap, and the chain verifies.
func TestInvoiceNumbers(t *testing.T) {
	w := openShop(t)
	other := w.another()
	defer func() {
		if err := other.server.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	}()
	const sales = 32
	sold := make([]answer, sales)
	if outcomes := atOnce(sales, func(i int) answer {
		at := []*world{w, other}[i%2]
		call := []func(key, short, body string) answer{at.grpcCall, at.rest}[i/2%2]
		sold[i] = call("till", "orders/PlaceOrder", basket("till", "milan", line("HAT", 1, ""), paid("CASH", 1000)))
		return sold[i]
	}); outcomes[""] != sales {
		t.Fatal(outcomes)
	}
	var numbers, want []int
	for _, order := range sold {
		n := 0
		invoice := w.do("till", "invoices/GetInvoice", `{"invoice":%q}`, order.at("documents", 0, "invoice"))
		_, _ = fmt.Sscan(invoice.at("sequence").(string), &n)
		numbers = append(numbers, n)
		want = append(want, len(want)+1)
	}
	if slices.Sort(numbers); !slices.Equal(numbers, want) {
		t.Errorf("numbers %v", numbers)
	}

	full := fmt.Sprintf(`"invoice":%q,"buyer":{"name":"Rossi S.p.A.","taxId":"IT01234567890","countryCode":"IT"}}`, w.ticketOf(sold[0]))
	outcomes := atOnce(8, func(i int) answer {
		return []*world{w, other}[i%2].grpcCall("staff", "invoices/IssueFullInvoice", `{"requestId":"`+newUUID()+`",`+full)
	})
	if outcomes[""] != 1 || outcomes["INVOICE_EXISTS"] != 7 {
		t.Errorf("one ticket was turned into full invoices: %v", outcomes)
	}
	w.want(w.rest("till", "invoices/VerifyChain", `{"location":"milan","point":"1"}`), map[string]any{"intact": true, "records": "33", "fault": ""})
	listed := w.do("staff", "invoices/ListOrderInvoices", `{"order":%q}`, sold[0].at("id"))
	w.want(listed, map[string]any{
		"invoices.1.kind": "INVOICE_KIND_FULL_REPLACING_SIMPLIFIED", "invoices.1.buyer.taxId": "IT01234567890",
		"invoices.1.originalNumber": listed.at("invoices", 0, "number"), "invoices.1.previousHash.0": nil,
	})
	back := w.must("till", "returns/AcceptReturn", returned("milan", sold[0].at("id"), back(1, 1, "RETURN_TO_STOCK"), ""))
	w.want(w.do("staff", "invoices/GetInvoice", `{"invoice":%q}`, back.at("invoices", 0)), map[string]any{
		"kind": "INVOICE_KIND_RECTIFICATIVE_FULL", "original": listed.at("invoices", 1, "id"), "buyer.name": "Rossi S.p.A.",
	})
	w.audit()

	w.sql("update invoices set seller = replace(seller, 'milan', 'turin') where location = 'milan' and position = 7")
	if broken := w.must("till", "invoices/VerifyChain", `{"location":"milan","point":"1"}`); broken.at("intact") != false || broken.at("records") != "6" {
		t.Errorf("a document was changed, and the chain is %v", broken.body)
	}
}

// document fetches what REST answers with as it is.
func (w *world) document(key, path string) (contentType string, body []byte) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, "http://"+w.server.HTTPAddr()+path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+secret(key))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err = io.ReadAll(resp.Body); err != nil || resp.StatusCode != http.StatusOK {
		w.t.Fatal(resp.Status, err, string(body))
	}
	return resp.Header.Get("Content-Type"), body
}

// TestRenderedInvoice is the same document through both doors, in each format.
func TestRenderedInvoice(t *testing.T) {
	w := openShop(t)
	sold := w.must("till", "orders/PlaceOrder", basket("till", "milan", line("HAT", 2, ""),
		paid("CASH", 2000)+`,"billTo":{"name":"<b>Rossi & Figli</b>","taxId":"IT01234567890"}`))
	ticket := w.ticketOf(sold)
	number := w.do("till", "invoices/GetInvoice", `{"invoice":%q}`, ticket).at("number").(string)
	receipt := w.do("till", "invoices/GetInvoice", `{"invoice":%q}`, ticket).at("receiptToken").(string)
	for _, c := range []struct{ format, contentType, begins, says string }{
		{"HTML", "text/html; charset=utf-8", "<!DOCTYPE html>", "&lt;b&gt;Rossi &amp; Figli&lt;/b&gt;"},
		{"UNSPECIFIED", "text/html; charset=utf-8", "<!DOCTYPE html>", number},
		{"PDF", "application/pdf", "%PDF-1.", ""},
		{"HTML", "text/html; charset=utf-8", "<!DOCTYPE html>", "</figure>"},
		{"JSON", "application/json", "{", `"number":"` + number + `"`},
		{"JSON", "application/json", "{", `"receiptToken":"` + receipt + `"`},
	} {
		t.Run(c.format, func(t *testing.T) {
			w := w.in(t)
			contentType, body := w.document("till", fmt.Sprintf("/v1/invoices/%s:render?format=INVOICE_FORMAT_%s", ticket, c.format))
			if contentType != c.contentType || !strings.HasPrefix(strings.ToLower(string(body)), strings.ToLower(c.begins)) || !strings.Contains(string(body), c.says) {
				t.Errorf("%s, %.300s", contentType, body)
			}
			overGRPC := w.do("till", "invoices/RenderInvoice", `{"invoice":%q,"format":"INVOICE_FORMAT_%s"}`, ticket, c.format)
			same, err := base64.StdEncoding.DecodeString(fmt.Sprint(overGRPC.at("data")))
			if err != nil || !bytes.Equal(same, body) || overGRPC.at("contentType") != c.contentType {
				t.Errorf("over gRPC %v with %d bytes, over REST %d: %v", overGRPC.at("contentType"), len(same), len(body), err)
			}
		})
	}
	if found := w.rest("till", "invoices/LookupInvoice", fmt.Sprintf(`{"number":%q}`, number)); found.at("id") != ticket || found.at("kind") != "INVOICE_KIND_FULL" {
		t.Errorf("%v", found)
	}
}
