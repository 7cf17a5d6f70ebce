package demo

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	stockpb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
)

// weeks is how much trade lies behind the demo, up to the instant at which it first ran.
const (
	weeks = 4
	days  = 7 * weeks
)

// act is one thing that somebody did: one request of the API.
type act struct {
	// key names the act for good; request ids are derived from it.
	key string
	// story is what acts belong to that follow one another, such as an order. Where one of them is refused, those after it are
	// left out.
	story string
	// early is true of deliveries, which come before the day's trade.
	early   bool
	request proto.Message
	// lookup fills in what only the server knows, such as a fulfilment's id, and tells whether there is anything to do still;
	// nil: there is nothing to look up.
	lookup lookup
}

// planner lays out the whole trade before any of it is carried out. What it plans depends on the seed, the size and one instant,
// and on nothing that the server answers, so that a demo that was killed plans the same again.
type planner struct {
	random *rand.Rand
	// now is where the trade ends, and percent how much of it there is.
	now     time.Time
	percent int

	goods []good
	// popular has each product as often as it is asked for.
	popular []int
	places  []place
	shelves *shelves
	people  []shopper
	cards   []giftCard
	credits map[string]*credit
	// drawers are the cash that lies in each till.
	drawers map[string]int64

	// day is the one that is being planned, from 0; acts are those of each.
	day  int
	acts [days][]act
	// agenda is what was put off to a later day.
	agenda [days][]func()
	serial int
}

// newPlanner has the goods and the opening stock before it, and no plans.
func newPlanner(now time.Time, percent int) *planner {
	random := rand.New(rand.NewPCG(seed, seed))
	goods := assortment(random)
	p := &planner{
		now: now, percent: percent, goods: goods, places: openPlaces(), shelves: stocked(goods, random), people: shoppers(),
		credits: map[string]*credit{}, drawers: map[string]int64{},
	}
	p.random = rand.New(rand.NewPCG(seed, seed+1))
	for i, g := range goods {
		for range g.demand {
			p.popular = append(p.popular, i)
		}
	}
	return p
}

// planned lays out the trade that ends at an instant.
func planned(now time.Time, percent int) *planner {
	p := newPlanner(now, percent)
	p.scripts()
	for p.day = range days {
		p.shelves.dawn()
		p.deliveries()
		for _, due := range p.agenda[p.day] {
			due()
		}
		p.agenda[p.day] = nil
		for i := range p.places {
			p.sellAtTill(&p.places[i])
		}
		p.sellOnline()
		for i := range p.places {
			p.closeTill(&p.places[i])
		}
	}
	return p
}

// begin is the first day of the trade, as midnight of Greenwich.
func (p *planner) begin() time.Time {
	return p.now.UTC().Truncate(24*time.Hour).AddDate(0, 0, 1-days)
}

// last is the day on which the trade ends.
const last = days - 1

// add plans an act for the day.
func (p *planner) add(story, key string, request proto.Message, find lookup) {
	p.acts[p.day] = append(p.acts[p.day], act{story: story, key: key, request: identified(key, request), lookup: find})
}

// on plans something for a day: at once where it has come.
func (p *planner) on(day int, what func()) {
	if day = min(day, last); day <= p.day {
		what()
		return
	}
	p.agenda[day] = append(p.agenda[day], what)
}

// number counts what has no other name.
func (p *planner) number() int {
	p.serial++
	return p.serial
}

// chance is true so many times in a thousand.
func (p *planner) chance(perMille int) bool { return p.random.IntN(1000) < perMille }

// about is a count around a mean: the mean itself, give or take, and for small means now and then one.
func (p *planner) about(mean float64) int {
	mean *= float64(p.percent) / 100 * (0.6 + 0.8*p.random.Float64())
	whole := int(mean)
	if p.random.Float64() < mean-float64(whole) {
		whole++
	}
	return whole
}

// pick chooses an entry of a list.
func pick[T any](p *planner, of []T) T { return of[p.random.IntN(len(of))] }

// identified gives a request the id of its act.
func identified[T proto.Message](key string, request T) T {
	message := request.ProtoReflect()
	message.Set(message.Descriptor().Fields().ByName("request_id"), protoreflect.ValueOfString(derived("request", key)))
	return request
}

// derived makes a UUID of version 8 (RFC 9562, section 5.8) of the seed and what it is for, so that whoever plans the same act asks
// under the same id.
func derived(kind, key string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "aisle/demo/trade/%d\x00%s\x00%s", seed, kind, key))
	sum[6] = sum[6]&0x0f | 0x80
	sum[8] = sum[8]&0x3f | 0x80
	digits := hex.EncodeToString(sum[:16])
	return strings.Join([]string{digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]}, "-")
}

// item is one thing that can be bought.
type item struct {
	sku   string
	good  int
	cents int64
}

// price is what a unit of it costs.
func (i item) price(currency string) int64 {
	if currency == "GBP" {
		return pounds(i.cents)
	}
	return i.cents
}

// item returns a variant.
func (p *planner) item(good, variant int) item {
	g := p.goods[good]
	return item{sku: g.product.Variants[variant].Sku, good: good, cents: g.cents}
}

// choose takes something that people ask for off a shelf, so many units of it, and leaves the margin.
func (p *planner) choose(at string, units, margin int64) (item, bool) {
	for range 40 {
		good := pick(p, p.popular)
		chosen := p.item(good, p.random.IntN(len(p.goods[good].product.Variants)))
		if p.shelves.take(position{at, chosen.sku}, units, margin) {
			return chosen, true
		}
	}
	return item{}, false
}

// sorted puts the day's acts into stories, each in its order: first what comes early, then the rest.
func sorted(acts []act) (early, trade [][]act) {
	at := map[string]int{}
	for _, a := range acts {
		switch found, known := at[a.story]; {
		case a.early:
			early = append(early, []act{a})
		case known:
			trade[found] = append(trade[found], a)
		default:
			at[a.story] = len(trade)
			trade = append(trade, []act{a})
		}
	}
	return early, trade
}

// position is one SKU at one place.
type position struct{ place, sku string }

// shelves is the stock as the plan has it, so that what is promised is there: whoever carries the plan out does the acts of a day
// in any order.
type shelves struct {
	left map[position]int64
	// kept is how many must stay until the end of the day, since a promise made today looks at what is left; shown is how many
	// must always stay, for those who try the demo.
	kept, shown map[position]int64
	// tomorrow comes back: what is returned or cancelled is sold again on another day.
	tomorrow map[position]int64
	// sold are positions to be filled up, by place, in the order in which they were sold.
	sold map[string][]sold
}

type sold struct {
	sku   string
	units int64
}

// stocked has the opening stock.
func stocked(goods []good, random *rand.Rand) *shelves {
	s := &shelves{
		left: map[position]int64{}, shown: map[position]int64{{Barcelona, SKU}: 5}, kept: map[position]int64{}, tomorrow: map[position]int64{}, sold: map[string][]sold{},
	}
	for r := range stock(goods, random) {
		delivery := r.Request.(*stockpb.ReceiveStockRequest)
		for _, line := range delivery.Lines {
			s.left[position{delivery.Location, line.Sku}] += line.Quantity
		}
	}
	return s
}

// dawn begins a day.
func (s *shelves) dawn() {
	for at, units := range s.tomorrow {
		s.left[at] += units
	}
	clear(s.tomorrow)
	clear(s.kept)
}

// take takes units, unless fewer than the margin would be left.
func (s *shelves) take(at position, units, margin int64) bool {
	if s.left[at]-units < max(margin, s.kept[at], s.shown[at]) {
		return false
	}
	s.left[at] -= units
	if margin > 0 {
		s.kept[at] = max(margin, s.kept[at])
	}
	s.fill(at, units)
	return true
}

// fill remembers that units were sold, for the next delivery.
func (s *shelves) fill(at position, units int64) {
	list := s.sold[at.place]
	if found := slices.IndexFunc(list, func(one sold) bool { return one.sku == at.sku }); found >= 0 {
		list[found].units += units
		return
	}
	s.sold[at.place] = append(list, sold{at.sku, units})
}

// back puts units back.
func (s *shelves) back(at position, units int64) { s.tomorrow[at] += units }

// deepest is the position at a place of which most is left.
func (p *planner) deepest(at string) item {
	best, most := item{}, int64(-1)
	for i, g := range p.goods {
		for v, variant := range g.product.Variants {
			if left := p.shelves.left[position{at, variant.Sku}]; left > most {
				best, most = p.item(i, v), left
			}
		}
	}
	return best
}
