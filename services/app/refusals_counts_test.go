package app_test

import (
	"strings"
)

// refusedCounts are those of counting.
func (p *past) refusedCounts() []refusal {
	open, _ := p.openCount(`,"zones":["A"]`)
	over, _ := p.openCount("")
	closed, _ := p.openCount("")
	huge, _ := p.openCount("")
	unit := scanned("sku", "HAT", 1_000_000_000)
	many := strings.Split(strings.Repeat(unit+"|", 1000), "|")[:1000]
	p.must("tablet", "counts/RecordReadings", read(huge, "", many...))
	p.must("tablet", "counts/RecordReadings", read(huge, "", unit))
	for _, count := range []string{over, closed, huge} {
		p.must("tablet", "counts/RecordReadings", read(count, "", scanned("sku", "SOCK", 1)))
		p.must("tablet", "counts/CompleteCount", count)
	}
	p.must("staff", "counts/ReviewVariances", reviewed(huge, "ACCEPTED", "HAT"))
	p.must("staff", "counts/CloseCount", with(closed, `,"leaveRest":true`))
	none := `{"location":"milan","count":"` + nobody + `"}`
	all := []refusal{
		{"counts/OpenCount", `{"location":"nowhere"}`, "UNKNOWN_LOCATION", "location"},
		{"counts/OpenCount", `{"location":"milan","skus":["HAT","NONE"]}`, "UNKNOWN_SKU", "skus[1]"},
		{"counts/ListCounts", `{"location":"nowhere"}`, "UNKNOWN_LOCATION", "location"},
		{"counts/RecordReadings", read(open, "", scanned("sku", "HAT", 1), scanned("sku", "NONE", 1)), "UNKNOWN_SKU", "lines[1].sku"},
		{"counts/RecordReadings", read(closed, "", scanned("sku", "HAT", 1)), "COUNT_STATE", ""},
		{"counts/CompleteCount", over, "COUNT_STATE", ""},
		{"counts/ImportEpcis", epcis(closed, "", observed("e1", `,"epcList":[]`)), "COUNT_STATE", ""},
		{"counts/CompleteCount", with(open, `,"wholeScope":true`), "ZONE_UNREAD", "whole_scope"},
		{"counts/ReviewVariances", reviewed(closed, "ACCEPTED", "NONE"), "NOT_COUNTED", "reviews[0].sku"},
		{"counts/PostCount", with(over, inCount), "COUNT_UNREVIEWED", ""},
		{"counts/PostCount", with(over, inCount+`,"skus":["SOCK"]`), "COUNT_UNREVIEWED", "skus[0]"},
		{"counts/PostCount", with(huge, inCount), "QUANTITY_TOO_LARGE", "skus[0]"},
		{"counts/CloseCount", open, "COUNT_STATE", ""},
		{"counts/CloseCount", over, "COUNT_UNREVIEWED", ""},
		{"counts/CancelCount", closed, "COUNT_STATE", ""},
	}
	for method, more := range map[string]string{
		"counts/RecordReadings": "", "counts/CompleteCount": "", "counts/ReviewVariances": `,"reviews":[{"sku":"HAT","decision":"DECISION_ACCEPTED"}]`,
		"counts/DismissUnknown": `,"code":"1","note":"x"`, "counts/PostCount": inCount, "counts/CloseCount": "", "counts/CancelCount": "",
		"counts/GetCount": "", "counts/ListVariances": "", "counts/ListUnknowns": "", "counts/ListReadings": "",
	} {
		all = append(all, refusal{method, with(none, more), "UNKNOWN_COUNT", ""})
	}
	all = append(all, refusal{"counts/ImportEpcis", epcis(none, "", observed("e1", `,"epcList":[]`)), "UNKNOWN_COUNT", ""})
	// What was read and accepted before the count was given up.
	given, _ := p.openCount("")
	p.must("tablet", "counts/RecordReadings", read(given, "", scanned("sku", "SOCK", 1), scanned("gtin", "4012345678901", 1)))
	all = append(all, refusal{"counts/ReviewVariances", reviewed(given, "ACCEPTED", "SOCK"), "COUNT_STATE", ""})
	accepted, _ := p.openCount("")
	p.must("tablet", "counts/RecordReadings", read(accepted, "", scanned("sku", "SOCK", 1), scanned("gtin", "4012345678901", 1)))
	p.must("tablet", "counts/CompleteCount", accepted)
	p.must("staff", "counts/ReviewVariances", reviewed(accepted, "ACCEPTED", "SOCK"))
	p.must("staff", "counts/CancelCount", accepted)
	return append(all,
		refusal{"counts/PostCount", with(accepted, inCount), "COUNT_STATE", ""},
		refusal{"counts/DismissUnknown", with(accepted, `,"code":"04012345678901","note":"x"`), "COUNT_STATE", ""})
}
