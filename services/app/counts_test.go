package app_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// openCount opens a count at Milan and returns what names it in requests, and its id.
func (w *world) openCount(more string) (named string, id any) {
	w.t.Helper()
	id = w.must("tablet", "counts/OpenCount", `{"location":"milan","name":"Spring"`+more+`}`).at("id")
	return fmt.Sprintf(`{"location":"milan","count":%q}`, id), id
}

// read is a request of a counter.
func read(count, more string, lines ...string) string {
	return with(count, `,"counter":"ann"`+more+`,"lines":[`+strings.Join(lines, ",")+`]`)
}

func scanned(name, code string, quantity int) string {
	return fmt.Sprintf(`{%q:%q,"quantity":"%d"}`, name, code, quantity)
}

func reviewed(count string, decision string, skus ...string) string {
	var all []string
	for _, sku := range skus {
		all = append(all, fmt.Sprintf(`{"sku":%q,"decision":"DECISION_%s","note":"seen"}`, sku, decision))
	}
	return with(count, `,"reviews":[`+strings.Join(all, ",")+`]`)
}

const inCount = `,"reason":"yearly"`

// TestCount counts a store from its opening to its end, through both doors.
func TestCount(t *testing.T) {
	w := openShop(t)
	count, id := w.openCount(`,"zones":["A","B"]`)
	for i, body := range []string{
		read(count, `,"zone":"A"`, scanned("sku", "HAT", 60), scanned("gtin", "4006381333931", 9), scanned("gtin", "4012345678901", 2)),
		read(count, `,"zone":"B"`, scanned("sku", "HAT", 41), `{"epc":"urn:epc:id:sgtin:4006381.033393.7"}`,
			`{"epc":"https://id.gs1.org/01/04006381333931/21/7"}`, `{"epc":"urn:epc:id:sscc:4006381.0000000001"}`),
		read(count, `,"zone":"A"`, `{"epc":"https://id.gs1.org/01/04006381333931/21/7"}`, scanned("sku", "SOCK", 100)),
	} {
		taken := w.rest("tablet", "counts/RecordReadings", with(body, `,"requestId":"`+newUUID()+`"`))
		w.want(taken, map[string]any{"units": []string{"71", "44", "101"}[i], "pass": 1.0, "count": id})
	}
	w.want(w.must("staff", "counts/GetCount", count), map[string]any{"readings": "3", "state": "COUNT_STATE_OPEN", "zones.1.zone": "B"})
	unknown := w.must("staff", "counts/ListUnknowns", count)
	w.want(unknown, map[string]any{
		"unknowns.0.code": "04012345678901", "unknowns.0.units": "2", "unknowns.0.zones.0": "A",
		"unknowns.1.code": "urn:epc:id:sscc:4006381.0000000001",
	})
	w.must("tablet", "counts/CompleteCount", with(count, `,"wholeScope":true`))

	t.Run("a late sale that happened before the reading was sold by then", func(t *testing.T) {
		w := w.in(t)
		before := w.rest("staff", "counts/ListVariances", count)
		w.want(before, map[string]any{
			"variances.0.sku": "HAT", "variances.0.counted": "101", "variances.0.expected": "100", "variances.0.variance": "1",
			"variances.1.sku": "SHIRT-M", "variances.1.counted": "0", "variances.1.variance": "-2",
			"variances.2.sku": "SHIRT-S", "variances.2.counted": "10", "variances.2.variance": "0",
		})
		earlier := time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)
		w.must("till", "orders/PlaceOrder", basket("till", "milan", line("HAT", 3, ""), paid("CARD", 3000)+`,"occurredAt":"`+earlier+`"`))
		w.must("till", "orders/PlaceOrder", basket("till", "milan", line("HAT", 5, ""), paid("CARD", 5000)))
		w.want(w.rest("staff", "counts/ListVariances", with(count, `,"onlyDifferences":true`)), map[string]any{
			"variances.0.sku": "HAT", "variances.0.expected": "97", "variances.0.variance": "4", "variances.1.sku": "SHIRT-M", "variances.2": nil,
		})
	})
	t.Run("differences are reviewed and posted", func(t *testing.T) {
		w := w.in(t)
		w.must("staff", "counts/ReviewVariances", reviewed(count, "ACCEPTED", "HAT", "SHIRT-M"))
		w.must("staff", "counts/ReviewVariances", reviewed(count, "IGNORED", "SOCK"))
		w.refused("staff", "counts/CloseCount", count, "COUNT_UNREVIEWED", "")
		posted := w.must("staff", "counts/PostCount", with(count, inCount))
		w.want(posted, map[string]any{
			"posted.0.sku": "HAT", "posted.0.variance": "4", "posted.0.expected": "97", "posted.1.sku": "SHIRT-M", "posted.1.variance": "-2", "more": false,
		})
		if got := w.level("milan", "HAT", "available"); got != "96" { // 100 less 8 that were sold, and 4 found
			t.Errorf("%v hats are available", got)
		}
	})
	t.Run("a sale that arrives after the posting is a difference again", func(t *testing.T) {
		w := w.in(t)
		earlier := time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)
		w.must("till", "orders/PlaceOrder", basket("till", "milan", line("HAT", 1, ""), paid("CARD", 1000)+`,"occurredAt":"`+earlier+`"`))
		w.want(w.must("staff", "counts/ListVariances", with(count, `,"onlyDifferences":true`)), map[string]any{
			"variances.0.sku": "HAT", "variances.0.decision": "DECISION_POSTED", "variances.0.variance": "1", "variances.0.posted": "4",
		})
		w.must("staff", "counts/ReviewVariances", reviewed(count, "ACCEPTED", "HAT"))
		w.want(w.rest("staff", "counts/PostCount", with(count, inCount+`,"skus":["HAT"],"requestId":"`+newUUID()+`"`)), map[string]any{"posted.0.variance": "1"})
	})
	t.Run("what was unknown counts when it has a name, or is dismissed", func(t *testing.T) {
		w := w.in(t)
		w.refused("staff", "counts/CloseCount", count, "COUNT_UNREVIEWED", "")
		w.must("staff", "catalog/PutProduct", `{"product":{"code":"cap","title":"Cap","taxCategory":"standard","variants":[{"sku":"CAP","barcodes":["4012345678901"]}]}}`)
		w.want(w.must("staff", "counts/ListVariances", with(count, `,"onlyDifferences":true`)), map[string]any{"variances.0.sku": "CAP", "variances.0.variance": "2"})
		w.must("staff", "counts/ReviewVariances", reviewed(count, "ACCEPTED", "CAP"))
		w.must("staff", "counts/PostCount", with(count, inCount))
		w.must("staff", "counts/DismissUnknown", with(count, `,"code":"urn:epc:id:sscc:4006381.0000000001","note":"a pallet"`))
		w.want(w.must("staff", "counts/CloseCount", count), map[string]any{"state": "COUNT_STATE_CLOSED", "postings": "3"})
	})
	t.Run("what was read is listed", func(t *testing.T) {
		w := w.in(t)
		first := w.must("staff", "counts/ListReadings", with(count, `,"pageSize":2`))
		second := w.rest("staff", "counts/ListReadings", with(count, fmt.Sprintf(`,"pageSize":2,"pageToken":%q`, first.at("nextPageToken"))))
		w.want(first, map[string]any{"readings.0.unknownCodes.0": "04012345678901", "readings.0.lines": "3"})
		w.want(second, map[string]any{"readings.0.units": "101", "readings.1": nil, "nextPageToken": ""})
		if listed := w.must("staff", "counts/ListCounts", `{"location":"milan"}`); listed.at("counts", 0, "id") != id {
			t.Errorf("listed are %v", listed.body)
		}
	})
	w.audit()
}

// TestBlindCount shows what is expected when counting is over and not before.
func TestBlindCount(t *testing.T) {
	w := openShop(t)
	count, _ := w.openCount(`,"blind":true,"sellableOnly":true,"skus":["HAT"]`)
	w.must("tablet", "counts/RecordReadings", read(count, "", scanned("sku", "HAT", 99)))
	w.want(w.must("tablet", "counts/ListVariances", count), map[string]any{"variances.0.counted": "99", "variances.0.expected": nil})
	if listed := w.must("tablet", "counts/ListVariances", with(count, `,"onlyDifferences":true`)); listed.at("variances", 0) != nil {
		t.Errorf("a blind count shows %v", listed.body)
	}
	w.must("tablet", "counts/CompleteCount", count)
	w.want(w.must("tablet", "counts/ListVariances", count), map[string]any{"variances.0.expected": "100", "variances.0.variance": "-1"})
	w.refused("tablet", "counts/PostCount", with(count, inCount), "PERMISSION_DENIED", "")
}

// TestLargeCount counts ten thousand lines in parts, and posts more than one transaction takes.
func TestLargeCount(t *testing.T) {
	w := openShop(t)
	var variants []string
	const size = 900
	for i := range size {
		variants = append(variants, fmt.Sprintf(`{"sku":"BIG-%03d","optionValues":["%d"]}`, i, i))
	}
	var values []string
	for i := range size {
		values = append(values, fmt.Sprintf(`"%d"`, i))
	}
	for at := 0; at < size; at += 100 { // options hold at most so many values
		w.do("staff", "catalog/PutProduct", `{"product":{"code":"big-%d","title":"Big","taxCategory":"standard","options":[{"name":"N","values":[%s]}],"variants":[%s]}}`,
			at, strings.Join(values[at:at+100], ","), strings.Join(variants[at:at+100], ","))
	}
	count, _ := w.openCount("")
	for part := range 10 {
		var lines []string
		for i := range 1000 {
			lines = append(lines, scanned("sku", fmt.Sprintf("BIG-%03d", (part*1000+i)%size), 1))
		}
		w.must("tablet", "counts/RecordReadings", read(count, "", lines...))
	}
	w.must("tablet", "counts/CompleteCount", count)
	skus := []string{}
	for token, pages := "", 0; ; pages++ {
		page := w.must("staff", "counts/ListVariances", with(count, fmt.Sprintf(`,"onlyDifferences":true,"pageSize":350,"pageToken":%q`, token)))
		var reviews []string
		for i := 0; page.at("variances", i) != nil; i++ {
			reviews = append(reviews, fmt.Sprint(page.at("variances", i, "sku")))
		}
		w.must("staff", "counts/ReviewVariances", reviewed(count, "ACCEPTED", reviews...))
		skus = append(skus, reviews...)
		if token = fmt.Sprint(page.at("nextPageToken")); token == "" {
			if pages != 2 {
				t.Errorf("%d SKUs in %d pages", len(skus), pages)
			}
			break
		}
	}
	posted := 0
	for more := true; more; {
		answered := w.must("staff", "counts/PostCount", with(count, inCount))
		all, _ := answered.at("posted").([]any)
		posted += len(all)
		more = answered.at("more") == true
	}
	if posted != size || len(skus) != size {
		t.Errorf("%d of %d SKUs were posted", posted, len(skus))
	}
	if got := w.level("milan", "BIG-000", "available"); got != "12" {
		t.Errorf("%v are available", got)
	}
	w.must("staff", "counts/CloseCount", count)
	w.audit()
}

// TestCountsAtOnce has several counters read at once, while goods are sold.
func TestCountsAtOnce(t *testing.T) {
	w := openShop(t)
	count, _ := w.openCount("")
	done := make(chan struct{}, 6)
	for counter := range 4 {
		go func() {
			defer func() { done <- struct{}{} }()
			for range 5 {
				w.grpcCall("tablet", "counts/RecordReadings", withID(methodOf(w.t, "counts/RecordReadings"),
					read(count, fmt.Sprintf(`,"zone":"Z%d"`, counter%2), scanned("sku", "HAT", 5))))
			}
		}()
	}
	for range 2 {
		go func() {
			defer func() { done <- struct{}{} }()
			for range 3 {
				w.grpcCall("till", "orders/PlaceOrder", withID(methodOf(w.t, "orders/PlaceOrder"), basket("till", "milan", line("SOCK", 1, ""), paid("CARD", 500))))
			}
		}()
	}
	for range 6 {
		<-done
	}
	w.want(w.must("staff", "counts/ListVariances", count), map[string]any{"variances.0.sku": "HAT", "variances.0.counted": "100", "variances.0.variance": "0"})
	w.want(w.must("staff", "counts/GetCount", count), map[string]any{"readings": "20"})
	w.audit()
}

// epcis is a request with a document of EPCIS events.
func epcis(count, more string, events ...string) string {
	document := `{"@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],"type":"EPCISDocument","schemaVersion":"2.0",` +
		`"creationDate":"2026-03-02T12:00:00Z","epcisBody":{"eventList":[` + strings.Join(events, ",") + `]}}`
	return with(count, more+fmt.Sprintf(`,"document":%q`, document))
}

// observed is an event of now, with an id and what was seen.
func observed(id, more string) string {
	return fmt.Sprintf(`{"type":"ObjectEvent","action":"OBSERVE","bizStep":"cycle_counting","eventID":%q,"eventTime":%q,"eventTimeZoneOffset":"+01:00"%s}`,
		id, time.Now().UTC().Format(time.RFC3339Nano), more)
}

// TestEpcis counts by documents of RFID readers, through both doors: each event once, each tag once, and what was declared an error not
// at all.
func TestEpcis(t *testing.T) {
	w := openShop(t)
	w.must("staff", "locations/PutLocation", strings.Replace(place("milan", "STORE", "IT"), `"code"`, `"gln":"0614141073467","code"`, 1))
	count, _ := w.openCount("")
	const tag = "urn:epc:id:sgtin:4006381.033393."
	shelf := observed("e1", `,"epcList":["`+tag+`1","`+tag+`2","urn:epc:id:sgtin:0614141.107346.5"],"readPoint":{"id":"urn:epc:id:sgln:0614141.07346.shelf-3"}`)
	table := observed("e2", `,"epcList":["https://id.gs1.org/01/04006381333931/21/2","`+tag+`3"],"bizLocation":{"id":"https://id.gs1.org/414/0614141073467"}`)
	box := observed("e3", `,"quantityList":[{"epcClass":"urn:epc:idpat:sgtin:4006381.033393.*","quantity":4}]`)
	wrong := observed("e4", `,"quantityList":[{"epcClass":"https://id.gs1.org/01/04006381333931","quantity":40}]`)

	first := w.must("tablet", "counts/ImportEpcis", epcis(count, "", shelf, table, wrong))
	w.want(first, map[string]any{"events": 3.0, "newEvents": 3.0, "units": "45", "unknownCodes.0": "10614141073464"})
	second := w.rest("tablet", "counts/ImportEpcis", with(epcis(count, "", table, box, shelf), `,"requestId":"`+newUUID()+`"`))
	w.want(second, map[string]any{"events": 3.0, "newEvents": 1.0, "units": "4"})
	w.want(w.must("staff", "counts/ListVariances", count), map[string]any{"variances.0.sku": "SHIRT-S", "variances.0.counted": "47"})

	declared := strings.TrimSuffix(wrong, "}") + `,"errorDeclaration":{"declarationTime":"2026-03-02T13:00:00Z","reason":"incorrect_data","correctiveEventIDs":["e5"]}}`
	corrective := observed("e5", `,"quantityList":[{"epcClass":"https://id.gs1.org/01/04006381333931","quantity":1}]`)
	w.want(w.must("tablet", "counts/ImportEpcis", epcis(count, "", declared, corrective)), map[string]any{"newEvents": 2.0, "withdrawals": 1.0, "units": "1"})
	w.want(w.rest("staff", "counts/ListVariances", count), map[string]any{
		"variances.0.counted": "8", "variances.0.expected": "10", "variances.0.variance": "-2", // three tags, a box of four, and one
	})
	listed := w.must("staff", "counts/ListReadings", count)
	for i := range 6 {
		id := listed.at("readings", i, "eventId")
		if listed.at("readings", i, "withdrawn") != (id == "e4") || id == "e1" && listed.at("readings", i, "zone") != "shelf-3" {
			t.Errorf("listed is %v", listed.at("readings", i))
		}
	}
	w.want(w.must("staff", "counts/ListUnknowns", count), map[string]any{"unknowns.0.code": "10614141073464", "unknowns.0.zones.0": "shelf-3", "unknowns.1": nil})

	t.Run("what can't be is refused with its line", func(t *testing.T) {
		w := w.in(t)
		for field, event := range map[string]string{
			"document.epcisBody.eventList[1].epcList[1]":               observed("x", `,"epcList":["`+tag+`9","`+tag+`"]`),
			"document.epcisBody.eventList[1].quantityList[0].quantity": observed("x", `,"quantityList":[{"epcClass":"https://id.gs1.org/01/04006381333931","quantity":-1}]`),
			"document.epcisBody.eventList[1].readPoint.id":             observed("x", `,"epcList":[],"readPoint":{"id":"https://id.gs1.org/414/9521321000018"}`),
			"document.epcisBody.eventList[1].bizLocation.id":           observed("x", `,"epcList":[],"bizLocation":{"id":"https://id.gs1.org/414/9521321000017"}`),
		} {
			w.refused("tablet", "counts/ImportEpcis", epcis(count, "", box, event), "INVALID_REQUEST", field)
		}
		w.refused("tablet", "counts/ImportEpcis", epcis(count, `,"pass":3`, observed("x", `,"epcList":[]`)), "INVALID_REQUEST", "pass")
	})
	t.Run("ten thousand tags are one event", func(t *testing.T) {
		w := w.in(t)
		var tags []string
		for i := range 10_000 {
			tags = append(tags, fmt.Sprintf("%q", tag+fmt.Sprint(100+i)))
		}
		large := epcis(count, `,"zone":"back"`, observed("large", `,"epcList":[`+strings.Join(tags, ",")+`]`))
		request := `{"requestId":"` + newUUID() + `",` + large[1:]
		taken := w.must("tablet", "counts/ImportEpcis", request)
		w.want(taken, map[string]any{"newEvents": 1.0, "units": "10000"})
		if diff := cmp.Diff(taken.body, w.rest("tablet", "counts/ImportEpcis", request).body); diff != "" {
			t.Errorf("answered otherwise when it came again: %s", diff)
		}
		w.want(w.must("tablet", "counts/ImportEpcis", large), map[string]any{"newEvents": 0.0, "units": "0"})
		w.want(w.must("staff", "counts/ListVariances", count), map[string]any{"variances.0.counted": "10008"})
	})
	w.audit()
}

// TestBadReadings names the line that can't be, and keeps nothing of it.
func TestBadReadings(t *testing.T) {
	w := openShop(t)
	count, _ := w.openCount("")
	ok := scanned("sku", "HAT", 1)
	for _, c := range []struct{ says, body, field string }{
		{"a negative count", read(count, "", ok, scanned("sku", "HAT", -1)), "lines[1].quantity"},
		{"a wrong check digit", read(count, "", ok, ok, scanned("gtin", "4006381333932", 1)), "lines[2].gtin"},
		{"an impossible EPC", read(count, "", ok, `{"epc":"urn:epc:id:sgtin:4006381.33393.7"}`), "lines[1].epc"},
		{"a tag on two units", read(count, "", `{"epc":"urn:epc:id:sgtin:4006381.033393.7","quantity":"2"}`), "lines[0].quantity"},
		{"a line of nothing", read(count, "", `{"quantity":"2"}`), "lines[0].sku"},
		{"a line of two things", read(count, "", `{"sku":"HAT","gtin":"4006381333931"}`), "lines[0].sku"},
		{"the future", read(count, `,"readAt":"2099-01-01T00:00:00Z"`, ok), "read_at"},
		{"long ago", read(count, `,"readAt":"2020-01-01T00:00:00Z"`, ok), "read_at"},
		{"a pass that does not follow", read(count, `,"pass":2`, ok), "pass"},
	} {
		t.Run("refuses "+c.says, func(t *testing.T) {
			w.in(t).refused("tablet", "counts/RecordReadings", c.body, "INVALID_REQUEST", c.field)
		})
	}
	for _, c := range []struct{ method, body, field string }{
		{"counts/ReviewVariances", with(count, `,"reviews":[{"sku":"HAT","decision":"DECISION_POSTED"}]`), "reviews[0].decision"},
		{"counts/ReviewVariances", with(count, `,"reviews":[{"sku":"HAT","decision":"DECISION_IGNORED"}]`), "reviews[0].note"},
		{"counts/ReviewVariances", reviewed(count, "ACCEPTED", "HAT", "HAT"), "reviews[1].sku"},
		{"counts/DismissUnknown", with(count, `,"code":"1","note":"x"`), "code"},
		{"counts/ListVariances", with(count, `,"pageToken":"forged"`), "page_token"},
		{"counts/ListReadings", with(count, `,"pageToken":"forged"`), "page_token"},
		{"counts/ListUnknowns", with(count, `,"pageToken":"forged"`), "page_token"},
		{"counts/ListCounts", `{"location":"milan","pageToken":"forged"}`, "page_token"},
	} {
		w.refused("staff", c.method, c.body, "INVALID_REQUEST", c.field)
	}
}

// TestRepeatedCounting repeats every mutation of counting through both doors: one effect, and the answer of the first.
func TestRepeatedCounting(t *testing.T) {
	w := openShop(t)
	count, _ := w.openCount("")
	w.must("tablet", "counts/RecordReadings", read(count, "", scanned("sku", "HAT", 99), scanned("gtin", "4012345678901", 2)))
	for _, c := range []struct{ method, body string }{
		{"counts/OpenCount", `{"location":"milan","zones":["A"]}`},
		{"counts/RecordReadings", read(count, "", scanned("sku", "SOCK", 1))},
		{"counts/ImportEpcis", epcis(count, "", observed("e1", `,"epcList":["urn:epc:id:sgtin:4006381.033393.7"]`))},
		{"counts/DismissUnknown", with(count, `,"code":"04012345678901","note":"not ours"`)},
		{"counts/CompleteCount", count},
		{"counts/ReviewVariances", reviewed(count, "ACCEPTED", "HAT", "SOCK")},
		{"counts/PostCount", with(count, inCount)},
		{"counts/CloseCount", with(count, `,"leaveRest":true`)},
		{"counts/CancelCount", func() string { other, _ := w.openCount(""); return other }()},
	} {
		t.Run(c.method, func(t *testing.T) {
			w := w.in(t)
			request := `{"requestId":"` + newUUID() + `",` + c.body[1:]
			first := w.must("staff", c.method, request)
			traces := w.fingerprint()
			for _, again := range []answer{w.must("staff", c.method, request), w.rest("staff", c.method, request)} {
				if diff := cmp.Diff(first.body, again.body); diff != "" {
					t.Errorf("answered otherwise: %s", diff)
				}
			}
			if after := w.fingerprint(); after != traces {
				t.Errorf("a repeated request left a trace:\n%s\n%s", traces, after)
			}
		})
	}
	w.audit()
}
