package gateway_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestRequestsThatCannotBeRead(t *testing.T) {
	site := open(t, &shop{})
	const refused = "INVALID_REQUEST"
	line := func(text string) string {
		return strings.Replace(holdBody, `{"sku": "RED-42", "quantity": 2}`, text, 1)
	}
	order := func(text string) string {
		return `{"requestId": "` + someID + `", "channel": "web", "location": "milan", "lines": [` + text + `]}`
	}

	for _, c := range []struct {
		name, method, path, body string
		fields                   []string
		says                     string
	}{
		{"JSON that is cut short", "POST", holdPath, holdBody[:40], []string{""}, "the body is not valid JSON: line 1, column 40: unexpected end of JSON input"},
		{"JSON that is none", "POST", holdPath, "{\n  \"owner\": cart}", []string{""}, "the body is not valid JSON: line 2, column 12: invalid character 'c'"},
		{"something behind the end", "POST", holdPath, holdBody + "x", []string{""}, "not valid JSON"},
		{"a second object", "POST", holdPath, holdBody + holdBody, []string{""}, "invalid character '{' after top-level value"},
		{"a list", "POST", holdPath, `[]`, []string{""}, "the body must be a JSON object"},
		{"a form", "POST", holdPath, "owner=ada", []string{""}, "the body is not valid JSON"},
		{"an unknown field", "POST", holdPath, strings.Replace(holdBody, `"channel"`, `"chanel"`, 1), []string{"chanel"},
			"chanel: is not a field that this call has"},
		{"an unknown field in a line", "POST", holdPath, line(`{"sku": "RED-42", "colour": "red"}`), []string{"lines[0].colour"}, ""},
		{"a field twice", "POST", holdPath, strings.Replace(holdBody, "{", `{"owner": "x", `, 1), []string{"owner"}, "more than once"},
		{"a field twice by both names", "POST", holdPath, strings.Replace(holdBody, "{", `{"request_id": "x", `, 1),
			[]string{"request_id"}, "more than once"},
		{"a text for a number", "POST", holdPath, line(`{"sku": "RED-42", "quantity": "two"}`), []string{"lines[0].quantity"},
			"must be a whole number of at most 64 bits"},
		{"half a unit", "POST", holdPath, line(`{"sku": "RED-42", "quantity": 2.5}`), []string{"lines[0].quantity"}, ""},
		{"a number beyond 64 bits", "POST", holdPath, line(`{"sku": "RED-42", "quantity": 9223372036854775808}`),
			[]string{"lines[0].quantity"}, ""},
		{"a number for a text", "POST", holdPath, line(`{"sku": 42, "quantity": 1}`), []string{"lines[0].sku"}, "must be a text"},
		{"an object for a list", "POST", holdPath, strings.Replace(holdBody, "[", "", 1)[:len(holdBody)-3] + "}", []string{"lines"}, "must be a list"},
		{"a text for an object", "POST", holdPath, line(`"RED-42"`), []string{"lines[0]"}, "must be a JSON object"},
		{"a duration without a unit", "POST", holdPath, strings.Replace(holdBody, "900s", "900", 1), []string{"time_to_live"}, `such as "900s"`},
		{"a time without a zone", "POST", "/v1/orders", strings.Replace(order(``), "{", `{"occurredAt": "2026-01-31T15:04:05", `, 1),
			[]string{"occurred_at"}, "with a zone"},
		{"a value that the contract does not have", "POST", "/v1/orders", order(`{"method": "TELEPORT"}`), []string{"lines[0].method"},
			"must be one of FULFILMENT_METHOD_CARRY_OUT"},
		{"the number of one that it does not have", "POST", "/v1/orders", order(`{"sku": "R", "quantity": 1, "method": 77}`),
			[]string{"lines[0].method"}, ""},
		{"two of a choice", "POST", "/v1/orders", order(`{"sku": "R", "gtin": "40123455"}`), []string{"lines[0].item"}, "one of charge, gift_card, gtin, sku"},
		{"text that is not UTF-8", "POST", holdPath, line("{\"sku\": \"RED\xff42\", \"quantity\": 2}"), []string{"lines[0].sku"}, "UTF-8"},
		{"text with half a surrogate", "POST", holdPath, line(`{"sku": "\ud800", "quantity": 2}`), []string{"lines[0].sku"}, ""},
		{"text with U+0000", "POST", holdPath, line(`{"sku": "RED\u000042", "quantity": 2}`), []string{"lines[0].sku"}, "U+0000"},
		{"nothing", "POST", holdPath, "", []string{"request_id", "channel", "owner", "lines"}, ""},
		{"a name that goes on and on", "POST", holdPath, `{"` + strings.Repeat("ä", 1000) + `": 1}`, []string{strings.Repeat("ä", 50)}, ""},

		{"an unknown parameter", "GET", "/v1/availability?skus=RED-42&chanel=web", "", []string{"chanel"}, "is not a parameter of this call"},
		{"a parameter that is no number", "GET", "/v1/orders?customer=" + adaID + "&pageSize=ten", "", []string{"pageSize"},
			"must be a whole number of at most 32 bits"},
		{"a parameter twice", "GET", "/v1/orders?customer=" + adaID + "&pageSize=1&pageSize=2", "", []string{"pageSize"}, "more than once"},
		{"a parameter that is not UTF-8", "GET", "/v1/availability?skus=%ff", "", []string{"skus"}, "UTF-8"},
		{"a parameter with U+0000", "GET", "/v1/availability?skus=a%00b", "", []string{"skus[0]"}, "U+0000"},
		{"a query that is none", "GET", "/v1/availability?skus=%zz", "", []string{""}, "the query is not well-formed"},
		{"a path that is not UTF-8", "GET", "/v1/products/%ff", "", []string{""}, "the path is not valid UTF-8"},
		{"parameters beside a body", "POST", holdPath + "?channel=app", holdBody, []string{"channel"}, "reads its body only"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := send(t, site, c.method, c.path, staffKey, c.body)
			got.want(t, 400, 3, refused, c.fields...)
			if !strings.Contains(got.message, c.says) {
				t.Errorf("says %q", got.message)
			}
			for _, never := range []string{"proto:", "strconv", "grpc", "\u00a0"} {
				if strings.Contains(got.message, never) {
					t.Errorf("%q is not for people: %q", never, got.message)
				}
			}
		})
	}

	t.Run("a text of a megabyte is refused by its field", func(t *testing.T) {
		got := send(t, site, "POST", holdPath, staffKey, strings.Replace(holdBody, "cart 7", strings.Repeat("x", 1<<20), 1))
		got.want(t, 400, 3, refused, "owner")
		if len(got.body) > 1000 {
			t.Errorf("the answer has %d bytes", len(got.body))
		}
	})
	t.Run("a large body with an unknown field is refused, without a search for it", func(t *testing.T) {
		body := strings.Replace(holdBody, "{", `{"colour": "`+strings.Repeat("x", 1<<20)+`", `, 1)
		send(t, site, "POST", holdPath, staffKey, body).want(t, 400, 3, refused)
	})
	five := bytes.Repeat([]byte(" "), 5<<20)
	t.Run("a body of five megabytes is refused", func(t *testing.T) {
		sendReader(t, site, "POST", holdPath, staffKey, bytes.NewReader(five)).want(t, 413, 3, refused)
	})
	t.Run("a body of five megabytes that does not say so is refused", func(t *testing.T) {
		sendReader(t, site, "POST", holdPath, staffKey, io.MultiReader(bytes.NewReader(five))).want(t, 413, 3, refused)
	})
	t.Run("an unknown path", func(t *testing.T) {
		for _, path := range []string{"/v1/", "/v1/socks", "/v1/products/a/b", "/socks", "/v2/products", "//", "/docs/../x", "/v1"} {
			send(t, site, "GET", path, staffKey, "").want(t, 404, 5, refused)
		}
	})
	t.Run("another method", func(t *testing.T) {
		for _, method := range []string{"DELETE", "PATCH", "OPTIONS"} {
			send(t, site, method, "/v1/orders", staffKey, "").want(t, 405, 12, refused)
		}
	})
	t.Run("a method in a header changes nothing", func(t *testing.T) {
		r, _ := http.NewRequestWithContext(t.Context(), "POST", site.URL+"/v1/products/x", strings.NewReader(""))
		r.Header.Set("X-HTTP-Method-Override", "GET")
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Authorization", "Bearer "+staffKey)
		got, err := site.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		got.Body.Close()
		if got.StatusCode != 405 {
			t.Errorf("got %d", got.StatusCode)
		}
	})
}
