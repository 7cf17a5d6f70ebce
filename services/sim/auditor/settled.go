package auditor

// Settled names a figure of what two places owe each other: what the book of one says of the other.
type Settled struct{ Book, With, Part string }

// Settlements are what orders, their payments and their lines say that each place did for another one, whatever the entries say. Positive, the
// other place owes more to the one whose book it is. What Who does for a place is a figure of both books, with the opposite sign.
func (b *OrderBooks) Settlements() map[Settled]int64 {
	figures := map[Settled]int64{}
	does := func(who, forWhom, part string, minor int64) {
		if who == forWhom || minor == 0 {
			return
		}
		figures[Settled{who, forWhom, part + "_FOR_THEM"}] += minor
		figures[Settled{forWhom, who, part + "_FOR_US"}] -= minor
	}
	for _, o := range b.Orders {
		for _, m := range o.moves {
			switch stored := m.kind == byCard || m.kind == byCredit; {
			case stored && m.movement == movePayment: // the place that sold was paid with what another one owes
				does(o.location, m.location, "VALUE_ACCEPTED", m.minor)
			case stored && m.movement == moveRefund:
				does(o.location, m.location, "VALUE_ACCEPTED", -m.minor)
			case m.movement == movePayment:
				does(m.location, o.location, "TAKEN", -m.minor)
			case m.movement == moveChange:
				does(m.location, o.location, "TAKEN", m.minor)
			case m.movement == moveRefund:
				does(m.location, o.location, "GIVEN_BACK", m.minor)
			}
		}
		for _, l := range o.lines {
			if l.issuer != "" {
				net, _, _ := l.worth(l.returned, l.fulfilled)
				does(o.location, l.issuer, "VALUE_LOADED", -net)
			}
		}
	}
	return figures
}
