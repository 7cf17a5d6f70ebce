package retail

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// story is a scenario while it is told.
type story struct {
	*testing.T
	file string
	line int
	shop *shop
	// ids are minted when a label such as H1 is first heard; places say where the hold of a label is.
	ids    map[string]ID
	places map[string]string
	// shown are the postings that a "then entry" found.
	shown []chartLine
	// moved are the attempts to move something on, as "hold LAPSED release".
	moved map[string]bool
	// quotes are what baskets came to that were asked for, by label.
	quotes map[string]*Figures
}

func newStory(t *testing.T, file string) *story {
	return &story{
		T: t, file: file, shop: newShop(), ids: map[string]ID{}, places: map[string]string{}, moved: map[string]bool{},
	}
}

// fail ends the telling, naming the line.
func (s *story) fail(format string, args ...any) {
	s.Helper()
	s.Fatalf("%s:%d: %s", s.file, s.line, fmt.Sprintf(format, args...))
}

// id returns the id that a label stands for.
func (s *story) id(label string) ID {
	if _, known := s.ids[label]; !known {
		s.ids[label] = s.shop.mint()
	}
	return s.ids[label]
}

var givenLevel = regexp.MustCompile(`^(\S+) (\S+) available (\d+)$`)

// given makes something so: units on a shelf, by a delivery, or an act that must be accepted.
func (s *story) given(step step) {
	s.Helper()
	if level := givenLevel.FindStringSubmatch(step.text); level != nil {
		step.text = fmt.Sprintf("receive %s %s x%s", level[1], level[2], level[3])
	}
	if _, err := s.act(step); err != nil {
		s.fail("was to be given: %v", err)
	}
}

// do carries an act out and compares what becomes of it.
func (s *story) do(step step) {
	s.Helper()
	answer, err := s.act(step)
	got, refusal := "ok", (*Refusal)(nil)
	switch {
	case errors.As(err, &refusal):
		got = string(refusal.Reason)
		answer = refusal.Details
	case errors.Is(err, ErrStale):
		got = "stale"
	case err != nil:
		s.fail("%v", err)
	}
	if got != step.outcome {
		s.fail("%s: %q was to become of it, not %s: %v", step.text, step.outcome, got, err)
	}
	for _, fact := range step.facts {
		name, want, _ := strings.Cut(fact, "=")
		if name == "field" && refusal != nil {
			if want != refusal.Field {
				s.fail("the field at fault is %q, not %q", refusal.Field, want)
			}
			continue
		}
		s.compare(answer, name, want)
		s.compareKind(step, answer, name)
	}
}

// compareKind checks that where one line's fact is listed, such as lines[0].available, the same fact is listed for every
// line that has it: a refusal that named one line too many would pass otherwise.
func (s *story) compareKind(step step, answer map[string]string, name string) {
	s.Helper()
	list, kind, isListed := strings.Cut(name, "].")
	if !isListed {
		return
	}
	list, _, _ = strings.Cut(list, "[")
	for other := range answer {
		if strings.HasPrefix(other, list+"[") && strings.HasSuffix(other, "]."+kind) &&
			!slices.ContainsFunc(step.facts, func(f string) bool { return strings.HasPrefix(f, other+"=") }) {
			s.fail("%s=%s is not in the scenario", other, answer[other])
		}
	}
}

func (s *story) compare(answer map[string]string, name, want string) {
	s.Helper()
	if got, known := answer[name]; !known || got != want {
		s.fail("%s is %q, not %q; there is %v", name, got, want, answer)
	}
}

// act reads what somebody wants and carries it out.
func (s *story) act(step step) (map[string]string, error) {
	s.Helper()
	w := &words{story: s, all: strings.Fields(strings.ReplaceAll(step.text, ",", " "))}
	acts := map[string]func(*words, telling) (map[string]string, error){
		"receive": s.receive, "adjust": s.adjust, "record": s.record, "resolve": s.resolve, "hold": s.hold, "find": s.find, "release": s.end, "sweep": s.end, "sell": s.sell, "order": s.sell, "quote": s.quote,
		"pay": s.pay, "goodwill": s.goodwill, "writeoff": s.writeOff, "cancel": s.cancel, "expire": s.cancel, "noshow": s.cancel, "refuse": s.cancel, "reject": s.reject, "track": s.track, "label": s.buyLabel, "void": s.voidLabel, "said": s.answerLabel, "lose": s.failShipment, "comeback": s.failShipment,
		"accept": s.advance, "pick": s.advance, "ready": s.advance, "pack": s.advance, "deliver": s.advance, "renew": s.renew, "extend": s.extend,
		"collect": s.handOver, "ship": s.handOver, "return": s.takeBack, "returnquote": s.quoteReturn, "blind": s.blind, "exchange": s.exchange, "invoice": s.invoice,
		"transfer": s.transfer, "arrive": s.arrive, "cash": s.cash, "replace": s.replaceCard, "forfeit": s.expireCard, "ask": s.askProvider, "answer": s.answer, "link": s.link,
		"fill": s.fill, "merge": s.merge, "leave": s.leave, "back": s.byPost,
		"request": s.request, "dispatch": s.dispatch, "decline": s.endRequest, "retract": s.endRequest,
		"announce": s.announce, "amend": s.amend, "unload": s.unload, "close": s.closeDelivery,
		"count": s.count, "read": s.read, "capture": s.read, "withdraw": s.read, "complete": s.complete, "review": s.review, "post": s.post, "dismiss": s.dismiss,
		"finish": s.closeCount, "abandon": s.abandon,
		"place": s.putPlace, "channel": s.putChannel, "reason": s.putReason, "kind": s.putKind, "blindterms": s.putBlindTerms, "refundterms": s.putRefundTerms, "promotion": s.putPromotion, "policy": s.putPolicy, "category": s.putCategory, "rates": s.putRates, "list": s.putList,
		"demand": s.demand, "prices": s.putPrices, "product": s.putProduct, "buffer": s.putBuffer, "unbuffer": s.putBuffer, "rule": s.putRule, "unrule": s.putRule, "attribute": s.putAttribute,
	}
	verb := w.next()
	act, known := acts[verb]
	if !known {
		s.fail("nobody knows how to %q", verb)
	}
	below := telling{verb: verb}
	for _, line := range step.below {
		below.lines = append(below.lines, &words{story: s, all: strings.Fields(strings.ReplaceAll(line, ",", " "))})
	}
	answer, err := act(w, below)
	for _, each := range append(below.lines, w) {
		if len(each.all) > 0 {
			s.fail("%q is left over", strings.Join(each.all, " "))
		}
	}
	return answer, err
}

// telling is what an act is told beside its own words: which verb called it, and the lines below.
type telling struct {
	verb  string
	lines []*words
}

// words are read one after another.
type words struct {
	story *story
	all   []string
}

func (w *words) more() bool { return len(w.all) > 0 }

func (w *words) next() string {
	w.story.Helper()
	if len(w.all) == 0 {
		w.story.fail("a word is missing")
	}
	word := w.all[0]
	w.all = w.all[1:]
	return word
}

// take reads a word if it is the next.
func (w *words) take(word string) bool {
	if len(w.all) == 0 || w.all[0] != word {
		return false
	}
	w.all = w.all[1:]
	return true
}

// count reads "x3", "+3" or "-3".
func (w *words) count() int64 {
	w.story.Helper()
	word := w.next()
	n, err := strconv.ParseInt(strings.TrimPrefix(word, "x"), 10, 64)
	if err != nil {
		w.story.fail("%q is not a count", word)
	}
	return n
}

// lines reads SKUs with counts, as far as they go.
func (w *words) lines() []Line {
	var lines []Line
	for w.more() && len(w.all) > 1 && strings.ContainsAny(w.all[1][:1], "x+-") {
		lines = append(lines, Line{SKU: w.next(), Quantity: w.count()})
	}
	return lines
}

// amount reads "19.95 EUR" as minor units of its currency.
func (w *words) amount() *Amount {
	w.story.Helper()
	text, currency := w.next(), w.next()
	return &Amount{Currency: currency, Minor: w.story.minor(text, currency), Field: "amount"}
}

// cost reads what one unit costs.
func (w *words) cost() Cost {
	w.story.Helper()
	amount := w.amount()
	return Cost{Minor: amount.Minor, Currency: amount.Currency}
}

// percent reads "22%" in parts of which so many make a percent.
func (w *words) percent(parts int) int32 {
	w.story.Helper()
	text, isPercent := strings.CutSuffix(w.next(), "%")
	if !isPercent {
		w.story.fail("%q is not a percentage", text)
	}
	return int32(w.story.decimal(text, parts))
}

// span reads "from <instant>" and "until <instant>", either of which may be missing.
func (w *words) span() (from, until time.Time) {
	w.story.Helper()
	if w.take("from") {
		from = w.story.instant(w.next())
	}
	if w.take("until") {
		until = w.story.instant(w.next())
	}
	return from, until
}

// instant reads a day, or a time of day on it: "2026-04-01", "2026-04-01T09:30".
func (s *story) instant(text string) time.Time {
	s.Helper()
	for _, layout := range []string{time.DateOnly, "2006-01-02T15:04"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at
		}
	}
	s.fail("%q is not an instant", text)
	return time.Time{}
}

// decimalsOf are how many decimals a currency has.
func decimalsOf(currency string) int {
	switch currency {
	case "JPY":
		return 0
	case "KWD":
		return 3
	}
	return 2
}

// minor reads "19.95" as minor units of a currency.
func (s *story) minor(text, currency string) int64 {
	s.Helper()
	return s.decimal(text, decimalsOf(currency))
}

// decimal reads a decimal as a whole number of its last decimal.
func (s *story) decimal(text string, decimals int) int64 {
	s.Helper()
	whole, fraction, hasFraction := strings.Cut(text, ".")
	n, err := strconv.ParseInt(whole+fraction+strings.Repeat("0", max(0, decimals-len(fraction))), 10, 64)
	if err != nil || len(fraction) > decimals || hasFraction && fraction == "" {
		s.fail("%q does not have %d decimals", text, decimals)
	}
	return n
}

// shownAs writes minor units as people do.
func shownAs(minor int64, currency string) string {
	decimals := decimalsOf(currency)
	if decimals == 0 {
		return strconv.FormatInt(minor, 10)
	}
	sign := ""
	if minor < 0 {
		sign, minor = "-", -minor
	}
	digits := fmt.Sprintf("%0*d", decimals+1, minor)
	return sign + digits[:len(digits)-decimals] + "." + digits[len(digits)-decimals:]
}
