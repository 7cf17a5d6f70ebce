package imports

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	catalogv1 "github.com/aisle-retail/aisle/gen/go/aisle/catalog/v1"
	locationsv1 "github.com/aisle-retail/aisle/gen/go/aisle/locations/v1"
)

// online imports online-retail: each invoices file in the order given. What customers bought is remembered over all of them, so
// that a later month's cancellation finds its sale where the earlier months are named before it.
func (r *run) online(ctx context.Context) error {
	zone, err := time.LoadLocation(r.TimeZone)
	if err != nil {
		return err
	}
	for _, s := range r.sources {
		r.meter.total.Add(s.bytes)
	}
	if err := r.onlineSetup(ctx); err != nil {
		return err
	}
	totals, sold := newOnlineTotals(r.Currency), soldLines{}
	for _, s := range r.sources {
		file := &onlineFile{source: s, onlineReader: onlineReader{zone: zone, currency: r.Currency}}
		if err := r.onlineInvoices(file, sold, totals); err != nil {
			return err
		}
	}
	totals.tell(r.report)
	return nil
}

// onlineSetup makes what every order needs: the web shop, which has a book of its own under the channel's code, and its
// warehouse; a tax rate of zero, since the source has no tax; and a price list that says that prices include it, as in Europe.
func (r *run) onlineSetup(ctx context.Context) error {
	r.meter.doing("setting up")
	rate := &catalogv1.TaxRate{TaxCategory: r.TaxCategory, Code: r.Jurisdiction + "-0", RatePpm: 0}
	if err := r.ensureTaxRate(ctx, untaxedName, rate); err != nil {
		return err
	}
	r.TaxIncluded = true
	if err := r.ensurePriceList(ctx, "Online Retail"); err != nil {
		return err
	}
	if err := r.ensureLocation(ctx, r.Channel, "Online Retail", locationsv1.LocationKind_LOCATION_KIND_ONLINE); err != nil {
		return err
	}
	if err := r.ensureLocation(ctx, r.Location, "Warehouse of Online Retail", locationsv1.LocationKind_LOCATION_KIND_WAREHOUSE); err != nil {
		return err
	}
	return r.ensureChannel(ctx, &locationsv1.Channel{
		Code: r.Channel, Name: "Online Retail", Kind: locationsv1.ChannelKind_CHANNEL_KIND_ONLINE_STORE, SellingLocation: r.Channel,
		Locations: []string{r.Channel, r.Location}, PriceLists: []string{r.PriceList}, HoldTime: durationpb.New(15 * time.Minute),
	})
}

// onlineInvoices imports one file.
func (r *run) onlineInvoices(file *onlineFile, sold soldLines, totals *onlineTotals) error {
	r.meter.doing("reading " + file.source.path)
	plan, err := file.plan(&r.Options)
	if err != nil {
		return err
	}
	r.meter.doing("filling the warehouse")
	if err := r.addGoods(plan.products); err != nil {
		return err
	}
	if err := r.receiveOpening(plan.openingStock); err != nil {
		return err
	}
	r.meter.doing(file.source.path)
	file.reject = func(reject Reject) error {
		line, _ := file.parse(origin{text: reject.Source}) // its sums, as far as it can be read
		r.window.note(func() error {
			totals.rejected(line)
			return r.reject(reject)
		})
		return nil
	}
	err = file.invoices(&r.meter.read, func(i *onlineInvoice) error {
		d := &dealing{run: r, onlineInvoice: i, sold: sold}
		d.deal()
		return r.window.do(i.first().customer, func(ctx context.Context) (func() error, error) { return d.carryOut(ctx, totals) })
	})
	if err != nil {
		return err
	}
	return r.window.wait()
}

// addGoods creates the products that are not there yet. A SKU that another product has is there.
func (r *run) addGoods(products []*catalogv1.Product) error {
	for _, product := range products {
		err := r.window.do("", func(ctx context.Context) (func() error, error) {
			_, err := r.ensureProduct(ctx, product)
			if err != nil && !isMissing(err, "SKU_TAKEN") {
				return nil, fmt.Errorf("product %s: %w", product.GetCode(), err)
			}
			return func() error { r.report.Products++; return nil }, nil
		})
		if err != nil {
			return err
		}
	}
	return r.window.wait()
}

// outcome is what became of one line's acts.
type outcome struct {
	accepted      int
	refused, left *Refusal
}

// carryOut does the acts of an invoice one after another and returns how to settle its lines. Where another content stood under
// an act's id before, an earlier import cut the invoice in another way, and the rest of it is not tried.
func (d *dealing) carryOut(ctx context.Context, totals *onlineTotals) (func() error, error) {
	outcomes := make([]outcome, len(d.lines))
	var done []func(*Report)
	var changed *Refusal
	for _, act := range d.acts {
		refused := changed
		var left *Refusal
		if refused == nil {
			var err error
			left, err = act.do(ctx)
			if refused = refusalOf(err); err != nil && refused == nil {
				return nil, fmt.Errorf("invoice %s: %w", d.first().invoice, err)
			}
		}
		switch {
		case refused == nil:
			done = append(done, act.done)
		case refused.Reason == "REQUEST_ID_REUSED":
			changed = refused
		}
		for _, i := range act.lines {
			if refused == nil {
				outcomes[i].accepted++
				outcomes[i].left = left
			} else {
				outcomes[i].refused = refused
			}
		}
	}
	return func() error {
		for _, count := range done {
			count(d.report)
		}
		return d.settle(outcomes, totals)
	}, nil
}

// settle counts the lines in, or rejects them.
func (d *dealing) settle(outcomes []outcome, totals *onlineTotals) error {
	for i, line := range d.lines {
		o := outcomes[i]
		if o.accepted == 0 {
			totals.rejected(line)
			if err := d.reject(line.reject(o.refused.Reason, "invoice %s: %s", line.invoice, o.refused.Message)); err != nil {
				return err
			}
			continue
		}
		d.imported(line.origin)
		totals.imported(line, d.paidMinor[i], d.atSale[i])
		var parts []Reject
		switch {
		case o.refused != nil:
			parts = append(parts, line.reject(reasonReturn, "invoice %s: %s", line.invoice, o.refused))
		case o.left != nil:
			parts = append(parts, line.reject(reasonShipment, "invoice %s: %s", line.invoice, o.left))
		case line.kind == writtenOff && line.minor > 0:
			parts = append(parts, line.reject(reasonPrice, "invoice %s: what is written off is not paid for", line.invoice))
		}
		if err := d.partly(parts...); err != nil {
			return err
		}
	}
	return nil
}
