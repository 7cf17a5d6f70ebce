package imports

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	catalogv1 "github.com/aisle-retail/aisle/gen/go/aisle/catalog/v1"
	locationsv1 "github.com/aisle-retail/aisle/gen/go/aisle/locations/v1"
)

// notedMax is how many unidentified products a note names.
const notedMax = 10

// untaxedName is what the tax category of complete-journey is called.
const untaxedName = "Without tax"

// journey imports complete-journey: the products, then each transactions file on its own, as if it were the only one.
func (r *run) journey(ctx context.Context) error {
	zone, err := time.LoadLocation(r.TimeZone)
	if err != nil {
		return err
	}
	products, transactions, err := r.journeySources()
	if err != nil {
		return err
	}
	if err := r.journeySetup(ctx); err != nil {
		return err
	}
	known := &journeyCatalog{ids: map[string]bool{}, tabled: len(products) > 0}
	for _, s := range products {
		r.meter.doing(s.path)
		if err := r.journeyProducts(s, known); err != nil {
			return err
		}
	}
	if err := r.window.wait(); err != nil {
		return err
	}
	totals := newJourneyTotals(r.Currency)
	for _, s := range transactions {
		if err := r.journeyTransactions(ctx, s, zone, known, totals); err != nil {
			return err
		}
	}
	totals.tell(r.report)
	return nil
}

// journeySources tells the files apart by their headers.
func (r *run) journeySources() (products, transactions []source, err error) {
	for _, s := range r.sources {
		text, err := s.open(nil)
		if err != nil {
			return nil, nil, err
		}
		at, err := headerOf(newLineReader(s, text, tableLineBytesMax), nil)
		_ = text.Close()
		switch {
		case err != nil:
			return nil, nil, err
		case at.require(s.path, journeyTransactionColumns...) == nil:
			transactions = append(transactions, s)
		case at.require(s.path, journeyProductColumns...) == nil:
			products = append(products, s)
		default:
			return nil, nil, fmt.Errorf("%s is neither transactions (%s) nor products (%s)", s.path,
				strings.Join(journeyTransactionColumns, ","), strings.Join(journeyProductColumns, ","))
		}
		r.meter.total.Add(s.bytes)
	}
	return products, transactions, nil
}

// journeySetup makes what every sale needs: a tax rate of zero, since the source has no tax, a price list that says that
// prices are without it, and the channel.
func (r *run) journeySetup(ctx context.Context) error {
	r.meter.doing("setting up")
	rate := &catalogv1.TaxRate{TaxCategory: r.TaxCategory, Code: r.Jurisdiction + "-0", RatePpm: 0}
	if err := r.ensureTaxRate(ctx, untaxedName, rate); err != nil {
		return err
	}
	if err := r.ensurePriceList(ctx, "The Complete Journey"); err != nil {
		return err
	}
	return r.ensureChannel(ctx, &locationsv1.Channel{
		Code: r.Channel, Name: "The Complete Journey", Kind: locationsv1.ChannelKind_CHANNEL_KIND_TILL,
		PriceLists: []string{r.PriceList}, HoldTime: durationpb.New(15 * time.Minute),
	})
}

// journeyTransactions imports one transactions file. It is read twice: once to learn what it will sell, which is what must be
// there beforehand, and once to sell it.
func (r *run) journeyTransactions(ctx context.Context, s source, zone *time.Location, known *journeyCatalog, totals *journeyTotals) error {
	r.meter.doing("reading " + s.path)
	file := &journeyFile{source: s, journeyReader: journeyReader{zone: zone, currency: r.Currency}}
	plan, err := file.plan()
	if err != nil {
		return err
	}
	r.meter.doing("opening the stores")
	if err := r.openStores(ctx, plan.stores); err != nil {
		return err
	}
	if err := r.addUnidentified(plan.products, known); err != nil {
		return err
	}
	if err := r.receiveOpening(plan.openingStock); err != nil {
		return err
	}
	r.meter.doing(s.path)
	file.line = nil
	file.reject = func(reject Reject) error {
		line, _ := file.parse(origin{text: reject.Source}) // its sums, as far as it can be read
		r.window.note(func() error {
			totals.rejected([]journeyLine{line})
			return r.reject(reject)
		})
		return nil
	}
	file.basket = func(b *journeyBasket) error { return r.sellBasket(b, totals) }
	if err := file.read(&r.meter.read, nil); err != nil {
		return err
	}
	return r.window.wait()
}

// journeyPlan is what a transactions file will sell.
type journeyPlan struct {
	openingStock
	// stores and products are all that the file names, sold or not.
	stores, products []string
}

// plan reads the file without sending anything.
func (f *journeyFile) plan() (journeyPlan, error) {
	plan := journeyPlan{}
	type key struct{ store, product string }
	units := map[key]int64{}
	stores, products := map[string]bool{}, map[string]bool{}
	f.line = func(line journeyLine) {
		add(stores, line.store)
		add(products, line.product)
	}
	f.reject = func(Reject) error { return nil }
	f.basket = func(b *journeyBasket) error {
		if plan.opening.IsZero() || b.first.at.Before(plan.opening) {
			plan.opening = b.first.at
		}
		for line := range b.sold() {
			at := key{line.store, line.product}
			if _, seen := units[at]; !seen {
				at = key{strings.Clone(line.store), strings.Clone(line.product)}
			}
			units[at] += line.sums[journeyUnits]
		}
		return nil
	}
	digest := sha256.New()
	if err := f.read(nil, digest); err != nil {
		return plan, err
	}
	plan.digest = hex.EncodeToString(digest.Sum(nil))
	plan.stores, plan.products = slices.Sorted(maps.Keys(stores)), slices.Sorted(maps.Keys(products))
	for at, sold := range units {
		plan.positions = append(plan.positions, position{at.store, at.product, sold})
	}
	sortPositions(plan.positions)
	plan.opening = dayBefore(plan.opening)
	return plan, nil
}

// add adds a piece of a line to a set, without keeping the whole line.
func add(set map[string]bool, piece string) {
	if !set[piece] {
		set[strings.Clone(piece)] = true
	}
}

// openStores creates the stores that are not there yet.
func (r *run) openStores(ctx context.Context, stores []string) error {
	present, err := r.locationCodes(ctx)
	if err != nil {
		return err
	}
	for _, store := range stores {
		if present[store] {
			continue
		}
		err := r.window.do("", func(ctx context.Context) (func() error, error) {
			return nil, r.putLocation(ctx, store, "Store "+store, locationsv1.LocationKind_LOCATION_KIND_STORE)
		})
		if err != nil {
			return err
		}
	}
	return r.window.wait()
}

// addUnidentified creates the products that the file names and nobody has described.
func (r *run) addUnidentified(products []string, known *journeyCatalog) error {
	var unidentified []string
	for _, product := range products {
		if known.ids[product] {
			continue
		}
		known.ids[product] = true
		err := r.window.do("", func(ctx context.Context) (func() error, error) {
			created, err := r.ensureJourneyProduct(ctx, product)
			if err != nil {
				return nil, fmt.Errorf("product %s: %w", product, err)
			}
			return func() error {
				if created || known.tabled {
					unidentified = append(unidentified, product)
				}
				return nil
			}, nil
		})
		if err != nil {
			return err
		}
	}
	if err := r.window.wait(); err != nil || len(unidentified) == 0 {
		return err
	}
	named := strings.Join(unidentified[:min(len(unidentified), notedMax)], ", ")
	if more := len(unidentified) - notedMax; more > 0 {
		named += fmt.Sprintf(" and %s more", grouped(int64(more)))
	}
	r.report.Notes = append(r.report.Notes, "not in the product table, and kept as unidentified: "+named)
	return nil
}

// sellBasket places the basket as an order.
func (r *run) sellBasket(b *journeyBasket, totals *journeyTotals) error {
	request := b.request(&r.Options)
	return r.window.do("", func(ctx context.Context) (func() error, error) {
		_, err := r.orders.PlaceOrder(ctx, request)
		if refusal := refusalOf(err); refusal != nil {
			return func() error {
				totals.rejected(b.lines)
				for _, line := range b.lines {
					if err := r.reject(line.reject(refusal.Reason, "basket %s: %s", line.basket, refusal.Message)); err != nil {
						return err
					}
				}
				return nil
			}, nil
		}
		return func() error {
			r.report.Baskets++
			totals.imported(b.lines)
			for _, line := range b.lines {
				r.imported(line.origin)
			}
			return nil
		}, err
	})
}

// journeyTotals are what the columns of transactions files add up to.
type journeyTotals struct {
	sums     [journeyColumns]Sum
	assumed  int64
	residues []Residue
}

func newJourneyTotals(currency string) *journeyTotals {
	t := &journeyTotals{}
	for column, name := range journeyNames {
		t.sums[column] = Sum{Name: name, Currency: currency}
	}
	t.sums[journeyUnits].Currency = ""
	return t
}

func (t *journeyTotals) imported(lines []journeyLine) {
	for _, line := range lines {
		for column, sum := range line.sums {
			t.sums[column].Imported += sum
		}
		if line.assumed {
			t.assumed++
		}
		t.residues = append(t.residues, line.residues...)
	}
}

func (t *journeyTotals) rejected(lines []journeyLine) {
	for _, line := range lines {
		for column, sum := range line.sums {
			t.sums[column].Rejected += sum
		}
	}
}

// tell puts the totals into the report.
func (t *journeyTotals) tell(report *Report) {
	report.Sums = append(report.Sums, t.sums[:]...)
	report.Residues = append(report.Residues, t.residues...)
	if t.assumed > 0 {
		report.Notes = append(report.Notes, fmt.Sprintf("%d lines had a value and quantity 0; one unit each was assumed, and is in the sum",
			t.assumed))
	}
}
