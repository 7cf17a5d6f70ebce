package retail

import "pgregory.net/rapid"

// drawSwaps swaps some of what leaves for some of what comes back, and says what is wrong with that. On paper it costs at once what the
// units were worth.
func (o *paperOrder) drawSwaps(t *rapid.T, back AcceptReturn, sold, asked []BasketLine) (swaps []Swap, wrong Reason) {
	brought, used := map[int32]int64{}, map[int32]int64{}
	for _, item := range back.Items {
		brought[item.Line] += item.Units
	}
	for i := range sold {
		if sold[i].SKU == "" || rapid.IntRange(0, 2).Draw(t, "swapped") > 0 {
			continue
		}
		swap := Swap{
			Line: int32(i + 1), For: rapid.SampledFrom(back.Items).Draw(t, "for").Line, Of: "shirt",
			Product: rapid.SampledFrom([]string{"shirt", "shirt", "shirt", "hat", ""}).Draw(t, "product"),
		}
		swaps = append(swaps, swap)
		sold[i].Swapped, sold[i].Discounts, sold[i].ListMinor = true, nil, 0
		asked[i] = sold[i]
		l := o.lines[swap.For-1]
		from := l.returned + used[swap.For]
		if used[swap.For] += sold[i].Quantity; l.sku == "" || l.sku != sold[i].SKU && swap.Product != "shirt" || used[swap.For] > brought[swap.For] {
			wrong = InvalidRequest
		} else {
			asked[i].ListMinor = l.worth(from, from+sold[i].Quantity)
		}
	}
	return swaps, wrong
}

// unclaimable tells whether a return is a claim in part: it is one as a whole, by right and for a reason, or not at all.
func unclaimable(c AcceptReturn) bool {
	kept := 0
	for _, item := range c.Items {
		if item.Disposition == Kept {
			kept++
		}
	}
	whole := kept == len(c.Items) && c.Right != "" && c.Reason != ""
	return !whole && (kept > 0 || c.Reason != "")
}
