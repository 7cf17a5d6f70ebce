package app_test

import "fmt"

// countActs are the acts of counting, each of an article that nothing was known of.
func countActs() []*act {
	scan := func(s *seams) (count, sku string) {
		sku = s.product()
		count, _ = s.openCount(fmt.Sprintf(`,"skus":[%q]`, sku))
		s.must("staff", "counts/RecordReadings", read(count, "", scanned("sku", sku, 1), scanned("gtin", "4012345678901", 2)))
		return count, sku
	}
	over := func(s *seams) (count, sku string) {
		count, sku = scan(s)
		s.must("staff", "counts/CompleteCount", with(count, `,"wholeScope":true`))
		return count, sku
	}
	accepted := func(s *seams) (count, sku string) {
		count, sku = over(s)
		s.must("staff", "counts/ReviewVariances", reviewed(count, "ACCEPTED", sku))
		return count, sku
	}
	return []*act{
		{method: "counts/OpenCount", about: always(`{"location":"milan","zones":["A","B"],"skus":["HAT"],"blind":true}`)},
		{method: "counts/RecordReadings", about: func(s *seams) string {
			count, _ := s.openCount("")
			return read(count, `,"zone":"A"`, scanned("sku", "HAT", 3), scanned("gtin", "4012345678901", 2), `{"epc":"urn:epc:id:sgtin:4006381.033393.7"}`)
		}},
		{method: "counts/ImportEpcis", about: func(s *seams) string {
			count, _ := s.openCount("")
			return epcis(count, "", observed(s.name("e"), `,"epcList":["urn:epc:id:sgtin:4006381.033393.7"]`),
				observed(s.name("e"), `,"quantityList":[{"epcClass":"https://id.gs1.org/01/04006381333931","quantity":3}]`))
		}},
		{method: "counts/CompleteCount", about: func(s *seams) string {
			count, _ := scan(s)
			return with(count, `,"wholeScope":true`)
		}},
		{method: "counts/ReviewVariances", about: func(s *seams) string {
			count, sku := over(s)
			return reviewed(count, "ACCEPTED", sku)
		}},
		{method: "counts/DismissUnknown", about: func(s *seams) string {
			count, _ := scan(s)
			return with(count, `,"code":"04012345678901","note":"not ours"`)
		}},
		{method: "counts/PostCount", about: func(s *seams) string {
			count, _ := accepted(s)
			return with(count, inCount)
		}},
		{method: "counts/PostCount", how: "of one that is named", about: func(s *seams) string {
			count, sku := accepted(s)
			return with(count, inCount+fmt.Sprintf(`,"skus":[%q]`, sku))
		}},
		{method: "counts/CloseCount", about: func(s *seams) string {
			count, _ := over(s)
			return with(count, `,"leaveRest":true`)
		}},
		{method: "counts/CancelCount", about: func(s *seams) string {
			count, _ := scan(s)
			return count
		}},
	}
}
