package retail

import (
	"fmt"
	"strings"
)

// quote Q1 at SHOP in WEB: the lines below are those of an order. It is asked for, and nothing becomes of it; an order with the line
// "quoted Q1" below is to come to it. The places around a shortage are all there are, none of them nearer than another.
func (s *story) quote(w *words, told telling) (map[string]string, error) {
	label := w.all[0]
	b, number, err := s.basket(w, told)
	if err != nil {
		return nil, err
	}
	c, err := s.planned(b, number)
	if err != nil {
		return nil, err
	}
	before := deepCopy(s.shop.rows)
	q, err := c.Quote(s.shop, s.shop.now)
	unchanged(s, "the shop", before, s.shop.rows)
	if err != nil {
		return nil, err
	}
	if s.quotes == nil {
		s.quotes = map[string]*Figures{}
	}
	s.quotes[label] = &q.Figures
	facts := orderFacts(q.Order)
	facts["due"], facts["short"] = shownAs(q.DueMinor, q.Order.Currency), fmt.Sprint(len(q.Short))
	for i, line := range q.Order.Lines {
		at := fmt.Sprintf("lines[%d].", i)
		facts[at+"gross"], facts[at+"in_stock"] = shownAs(line.GrossMinor, q.Order.Currency), fmt.Sprint(q.InStock(i))
	}
	for i, refusal := range q.Coupons {
		if facts[fmt.Sprintf("coupons[%d]", i)] = "given"; refusal != nil {
			facts[fmt.Sprintf("coupons[%d]", i)] = string(refusal.Reason)
		}
	}
	var all []Location
	for _, row := range s.shop.rows {
		if l, ok := row.(Location); ok {
			all = append(all, l)
		}
	}
	for i, short := range q.Short {
		at := fmt.Sprintf("short[%d].", i)
		facts[at+"at"], facts[at+"sku"], facts[at+"wanted"] = short.Location, short.SKU, fmt.Sprint(short.Wanted)
		facts[at+"sellable"] = c.Shows.Fact(short.Sellable)
		var others []string
		around := AroundShort(find[Channel](s, ChannelKey(b.Channel)), short.Location, c.CollectedAt(short), all, func(Location) int64 { return -1 })
		for _, other := range c.Alternatives(short, around, s.shop) {
			way := string(other.Method) + ":" + other.Location.Code
			if other.To != "" {
				way += ">" + other.To
			}
			others = append(others, way)
		}
		facts[at+"others"] = strings.Join(others, "+")
	}
	return facts, nil
}
