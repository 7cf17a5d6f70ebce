package retail

import "fmt"

// demand milan HOLD RED-42 x5 of 2 times x3 through web, SEARCH linen_shirt found 0: what was looked for at a place.
func (s *story) demand(w *words, _ telling) (map[string]string, error) {
	c := RecordDemand{Transaction: s.shop.mint(), Location: w.next()}
	for w.more() {
		line := DemandLine{Wanted: Wanted{Kind: DemandKind(w.next())}, Times: 1, At: s.shop.now}
		if line.Kind == DemandSearch {
			line.Words = w.next()
		} else {
			line.SKU = w.next()
		}
		if line.Kind.isPromise() && w.more() {
			line.Units = w.count()
		}
		if w.take("of") {
			line.There = w.count()
		}
		if w.take("found") {
			line.Found = w.count()
		}
		if w.take("by") {
			line.Customer = s.id(w.next())
		}
		if w.take("times") {
			line.Times = w.count()
		}
		if w.take("through") {
			line.Channel = w.next()
		}
		c.Lines = append(c.Lines, line)
	}
	recorded, err := submit(s, s.shop, c)
	if err != nil {
		return nil, err
	}
	return map[string]string{"lines": fmt.Sprint(recorded)}, nil
}
