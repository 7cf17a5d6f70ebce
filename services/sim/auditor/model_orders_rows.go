package auditor

import (
	"fmt"
	"slices"
)

// compareRows holds the rows that are left in the end against the model.
func (m *orderModel) compareRows() {
	wrong := func(rule, text string, subjects ...string) {
		m.find(Finding{Rule: rule, Text: text, Subjects: subjects})
	}
	for id, t := range m.orders {
		o, _ := t.now()
		row := m.rows.Orders[id]
		if row == nil {
			wrong("a row is lost", "order "+id, "order/"+id)
			continue
		}
		for _, diff := range o.diff(row, false) {
			if diff != "" {
				wrong("a row is not what the books come to", "order "+id+": "+diff, "order/"+id)
			}
		}
		m.compareWorth(row)
	}
	for id := range m.rows.Orders {
		if m.orders[id] == nil {
			wrong("a row that no act wrote", "order "+id, "order/"+id)
		}
	}
	for id, t := range m.works {
		w, _ := t.now()
		if row := m.rows.Works[id]; row == nil || w.text(false) != row.text(false) {
			wrong("a row is not what the books come to", fmt.Sprintf("fulfilment should be %s, and is %s", w.text(false), row.orNothing()),
				"fulfilment/"+id, "order/"+w.order)
		}
	}
	for id := range m.rows.Works {
		if m.works[id] == nil {
			wrong("a row that no act wrote", "fulfilment "+id, "fulfilment/"+id)
		}
	}
	m.compareReturns(wrong)
	m.compareBalances(wrong)
	m.compareCoupons(wrong)
	m.comparePapers(wrong)
}

// orNothing is the text of a row, or that there is none.
func (w *handing) orNothing() string {
	if w == nil {
		return "not there"
	}
	return w.text(false)
}

// compareWorth holds the documents of an order, as they stand in the rows, against what was handed over and did not come back.
func (m *orderModel) compareWorth(row *bought) {
	worth, papers := int64(0), int64(0)
	for _, l := range row.lines {
		if l.quantity <= 0 || l.fulfilled < l.returned || l.fulfilled+l.cancelled > l.quantity {
			m.find(Finding{
				Rule: "more came back than was handed over", Subjects: []string{"order/" + row.id},
				Text: fmt.Sprintf("order %s line %d: %d ordered, %d handed over, %d cancelled, %d back", row.id, l.line, l.quantity, l.fulfilled, l.cancelled, l.returned),
			})
			return
		}
		_, _, gross := l.worth(l.returned, l.fulfilled)
		worth += gross
	}
	for _, p := range row.papers {
		switch doc := m.rows.paper(p.invoice); {
		case doc == nil || doc.kind == fullReplacing:
		case rectifies(doc.kind):
			papers -= doc.gross()
		default:
			papers += doc.gross()
		}
	}
	if worth != papers {
		m.find(Finding{
			Rule: "the documents of an order are not what was handed over", Subjects: []string{"order/" + row.id},
			Text: fmt.Sprintf("order %s is worth %d, and its documents come to %d", row.id, worth, papers),
		})
	}
}

func (m *orderModel) compareReturns(wrong func(rule, text string, subjects ...string)) {
	for id, t := range m.returns {
		row := m.rows.Returns[id]
		diff := "it is not there"
		if row != nil {
			diff = t.diff(row, false)
		}
		if diff != "" {
			wrong("a row is not what the books come to", "return "+id+": "+diff, "return/"+id, "order/"+t.order)
		}
	}
	for id, row := range m.rows.Returns {
		if m.returns[id] == nil {
			wrong("a row that no act wrote", "return "+id, "return/"+id, "order/"+row.order)
		}
	}
}

// compareBalances holds stored value against the model, and looks whether it was ever below zero.
func (m *orderModel) compareBalances(wrong func(rule, text string, subjects ...string)) {
	for key, t := range m.balances {
		left, _ := t.now()
		row, there := m.rows.Balances[key]
		if !there || row != left {
			wrong("a balance is not what the books come to", fmt.Sprintf("%s at %s should be %d, and is %d", key.account, key.location, left, row),
				"balance/"+key.account)
		}
		for _, at := range t {
			if at.state < 0 {
				wrong("stored value is below zero", fmt.Sprintf("%s at %s was %d", key.account, key.location, at.state), "balance/"+key.account)
				break
			}
		}
		outOfOrder(m, "balance/"+key.account, t)
	}
	for key, left := range m.rows.Balances {
		if m.balances[key] == nil {
			wrong("a row that no act wrote", fmt.Sprintf("%s at %s with %d", key.account, key.location, left), "balance/"+key.account)
		}
	}
	for number, id := range m.rows.Cards {
		if card, there := m.cards[number].now(); !there || card.id != id {
			wrong("a row that no act wrote", "a gift card's number stands for "+id, "balance/"+cardPrefix+id)
		}
	}
	m.compareLost(wrong)
	m.compareExpiries(wrong)
}

// compareLost holds the numbers that were lost against the model.
func (m *orderModel) compareLost(wrong func(rule, text string, subjects ...string)) {
	counts := map[balanceKey]int64{}
	for number, t := range m.cards {
		card, _ := t.now()
		if _, lost := m.rows.Lost[number]; lost != card.lost || lost && m.rows.Lost[number] != card.id {
			wrong("a row is not what the books come to", "the number "+maskedCard(number)+" was lost, or was not", "balance/"+cardPrefix+card.id)
		}
		if card.lost {
			counts[balanceKey{card.location, cardPrefix + card.id}]++
		}
	}
	for number, id := range m.rows.Lost {
		if _, sold := m.cards[number].now(); !sold {
			wrong("a row that no act wrote", "a number of "+id+" was lost that it never had", "balance/"+cardPrefix+id)
		}
	}
	for key, count := range m.rows.Replacements {
		if count != counts[key] {
			wrong("a balance is not what the books come to", fmt.Sprintf("%s lost %d numbers, and counts %d", key.account, counts[key], count),
				"balance/"+key.account)
		}
	}
}

// comparePapers holds documents against the model, and every series and chain against itself: no number is left out, and none is
// given twice.
func (m *orderModel) comparePapers(wrong func(rule, text string, subjects ...string)) {
	rows := map[string]bool{}
	for _, row := range m.rows.Papers {
		if rows[row.id] {
			wrong("a document is there twice", row.id, "invoice/"+row.id, "order/"+row.order)
		}
		rows[row.id] = true
		p := m.papers[row.id]
		if p == nil {
			wrong("a row that no act wrote", fmt.Sprintf("document %s %s of order %s", row.number, row.id, row.order), "invoice/"+row.id, "order/"+row.order)
		} else if diff := p.diff(row, false); diff != "" {
			wrong("a row is not what the books come to", diff, "invoice/"+row.id, "order/"+row.order)
		}
	}
	for id, p := range m.papers {
		if !rows[id] {
			wrong("a row is lost", fmt.Sprintf("document %s %s of order %s", p.number, id, p.order), "invoice/"+id, "order/"+p.order)
		}
	}
	m.compareSeries(wrong)
	for key, t := range m.points {
		p, _ := t.now()
		row := m.rows.Points[key]
		if row == nil || row.records != p.records || row.head != p.head || fmt.Sprint(row.last) != fmt.Sprint(p.last) {
			wrong("an issuing point is not what the books come to", fmt.Sprintf("%s/%s should be %+v, and is %+v", key.location, key.point, *p, row))
		}
	}
	for key := range m.rows.Points {
		if m.points[key] == nil {
			wrong("a row that no act wrote", fmt.Sprintf("issuing point %s/%s", key.location, key.point))
		}
	}
}

// compareSeries looks at the numbers alone, whatever the model thinks of the documents.
func (m *orderModel) compareSeries(wrong func(rule, text string, subjects ...string)) {
	numbers := map[string][]int64{}
	for _, p := range m.rows.Papers {
		series := p.location + "/" + p.point + " series " + p.series
		chain := p.location + "/" + p.point + " chain"
		numbers[series] = append(numbers[series], p.sequence)
		numbers[chain] = append(numbers[chain], p.position)
	}
	for series, given := range numbers {
		slices.Sort(given)
		for i, n := range given {
			if n != int64(i+1) {
				wrong("a series has a gap or a number twice", fmt.Sprintf("%s: number %d of %d is %d", series, i+1, len(given), n))
				break
			}
		}
	}
}
