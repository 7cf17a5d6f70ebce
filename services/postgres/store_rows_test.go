package postgres_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/pgtest"
	"github.com/aisle-retail/aisle/services/postgres"
	"github.com/aisle-retail/aisle/services/retail"
)

// drawAny draws anything that a column can hold into every field of a row.
func drawAny[R any]() *rapid.Generator[R] {
	return rapid.MakeCustom[R](rapid.MakeConfig{Types: map[reflect.Type]*rapid.Generator[any]{
		reflect.TypeFor[string]():    drawText.AsAny(),
		reflect.TypeFor[int64]():     drawInt8.AsAny(),
		reflect.TypeFor[int32]():     drawInt4.AsAny(),
		reflect.TypeFor[retail.ID](): drawID.AsAny(),
		reflect.TypeFor[time.Time](): drawTime.AsAny(),

		reflect.TypeFor[retail.AttributeType]():  drawNamed[retail.AttributeType](),
		reflect.TypeFor[retail.Method]():         drawNamed[retail.Method](),
		reflect.TypeFor[retail.StockAct]():       drawNamed[retail.StockAct](),
		reflect.TypeFor[retail.Movement]():       drawNamed[retail.Movement](),
		reflect.TypeFor[retail.InvoiceKind]():    drawNamed[retail.InvoiceKind](),
		reflect.TypeFor[retail.Disposition]():    drawNamed[retail.Disposition](),
		reflect.TypeFor[retail.GoodsCondition](): drawNamed[retail.GoodsCondition](),
		reflect.TypeFor[retail.ReturnProof]():    drawNamed[retail.ReturnProof](),
		reflect.TypeFor[retail.ReturnRight]():    drawNamed[retail.ReturnRight](),
	}})
}

// drawNamed draws text of a type of its own.
func drawNamed[S ~string]() *rapid.Generator[any] {
	return rapid.Map(drawText, func(s string) S { return S(s) }).AsAny()
}

// columns is a row of a table by the names of its columns, as pgx's general encoder reads them.
type columns = map[string]any

// sample is how one kind of row is tried.
type sample struct {
	// draw draws a row of the kind that the schema's checks allow. The name is new in each try: keys contain it.
	draw func(t *rapid.T, name string) retail.Row
	// change draws what may become of a row; nil: nothing.
	change func(t *rapid.T, before retail.Row) retail.Row
	// columns is what must stand in each table, in the order of the key.
	columns func(row retail.Row) map[string][]columns
}

// kindOf makes a sample of a kind that lives in one table.
func kindOf[R retail.Row](table string, fit func(row *R, name string), columnsOf func(R) columns) sample {
	draw := func(t *rapid.T, name string) R {
		row := drawAny[R]().Draw(t, table)
		fit(&row, name)
		return row
	}
	s := sample{
		draw:    func(t *rapid.T, name string) retail.Row { return draw(t, name) },
		columns: func(row retail.Row) map[string][]columns { return map[string][]columns{table: {columnsOf(row.(R))}} },
	}
	if !slices.Contains(appendOnly, table) {
		s.change = func(t *rapid.T, before retail.Row) retail.Row { return draw(t, before.Key().Code) }
	}
	return s
}

func positive(n *int64) { *n = max(1, *n&(1<<62-1)) }

func within(n *int32, limit int32) { *n %= limit + 1 }

func asJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// listOrNull is a list as JSON, null where nothing is in it.
func listOrNull[V any](list []V) any {
	if len(list) == 0 {
		return nil
	}
	return asJSON(list)
}

// uuid is an id as pgx reads it.
func uuid(id retail.ID) any {
	if id.IsZero() {
		return nil
	}
	return [16]byte(id)
}

var samples = map[retail.Table]sample{
	retail.TableLocations: kindOf("locations", func(l *retail.Location, name string) {
		l.Code, l.Kind = name, "WAREHOUSE"
		within(&l.LatitudeE7, 900_000_000)
		within(&l.LongitudeE7, 1_800_000_000)
		l.PickupTime = time.Duration(l.Version&0xffff) * time.Second
		l.LeadTime = time.Duration(l.Version&0xff) * time.Minute
		if len(l.SpecialDays) == 0 {
			l.SpecialDays = nil
		}
		positive(&l.Version)
	}, func(l retail.Location) columns {
		return columns{
			"code": l.Code, "name": l.Name, "kind": l.Kind, "address": asJSON(l.Address), "latitude_e7": l.LatitudeE7,
			"longitude_e7": l.LongitudeE7, "time_zone": l.TimeZone, "currency": l.Currency, "tax_jurisdiction": l.TaxJurisdiction,
			"opening_hours": asJSON(l.OpeningHours), "gln": l.GLN, "recorded_at": l.RecordedAt, "version": l.Version,
			"legal_name": orNull(l.LegalName), "tax_id": orNull(l.TaxID), "closed": orNull(l.Closed),
			"pickup_seconds": orNull(int64(l.PickupTime / time.Second)), "lead_seconds": orNull(int64(l.LeadTime / time.Second)),
			"special_days": listOrNull(l.SpecialDays),
		}
	}),
	retail.TableChannels: kindOf("channels", func(c *retail.Channel, name string) {
		c.Code, c.Kind = name, "TILL"
		c.HoldTime = time.Duration(c.Version&0xffff+1) * time.Second
		positive(&c.SafetyBuffer)
		c.SafetyBasisPoints = int32(c.Version & 0xfff)
		c.Sourcing = retail.Sourcing{}
		if c.Version&2 == 2 {
			c.Sourcing = retail.Sourcing{Policy: retail.SourceNominated, Locations: []string{name}}
		}
		c.Reroute = nil
		if c.Version&4 == 4 {
			c.Reroute = []retail.Method{retail.PickUp, retail.Ship}
		}
		if c.ShipToStore = (retail.ShipToStore{Allowed: c.ShipToStore.Allowed}); c.ShipToStore.Allowed && c.Version&4 == 4 {
			c.ShipToStore.From = []string{name}
		}
		c.CartsLeftAfter = time.Duration(c.Version&0xff) * time.Second
		c.CartReminders = c.Version&8 == 8
		c.CartHold = time.Duration(c.Version&0xfff) * time.Second
		c.Shows = retail.Exposure{}
		if c.Version&1 == 1 {
			c.Shows = retail.Exposure{Kind: retail.ShowsBand, FewFrom: c.Version&0xff + 1, ManyFrom: c.Version&0xff + 2}
		}
		positive(&c.Version)
	}, func(c retail.Channel) columns {
		return columns{
			"code": c.Code, "name": c.Name, "kind": c.Kind, "selling_location": c.SellingLocation, "locations": asJSON(c.Locations),
			"price_lists": asJSON(c.PriceLists), "hold_seconds": int64(c.HoldTime / time.Second), "safety_buffer": c.SafetyBuffer,
			"retired": c.Retired, "recorded_at": c.RecordedAt, "version": c.Version, "exposure": orNull(string(c.Shows.Kind)),
			"few_from": orNull(c.Shows.FewFrom), "many_from": orNull(c.Shows.ManyFrom), "safety_basis_points": orNull(int64(c.SafetyBasisPoints)),
			"sourcing": orNull(string(c.Sourcing.Policy)), "sourcing_locations": listOrNull(c.Sourcing.Locations),
			"reroute":            listOrNull(c.Reroute),
			"ship_to_store":      shipToStore(c.ShipToStore),
			"carts_left_seconds": orNull(int64(c.CartsLeftAfter / time.Second)), "cart_reminders": orNull(c.CartReminders),
			"cart_hold_seconds": orNull(int64(c.CartHold / time.Second)),
		}
	}),
	retail.TableBuffers: kindOf("buffers", func(b *retail.BufferRules, name string) {
		b.Location, b.SKU = "milan", name
		positive(&b.Version)
	}, func(b retail.BufferRules) columns {
		return columns{"location": b.Location, "sku": b.SKU, "rules": asJSON(b.Rules), "recorded_at": b.RecordedAt, "version": b.Version}
	}),
	retail.TableStockRules: kindOf("stock_rules", func(r *retail.StockRule, name string) {
		r.Location, r.SKU = "milan", name
		positive(&r.Minimum)
		r.Minimum &= 0xffff
		positive(&r.Target)
		r.Target = r.Minimum + r.Target&0xffff
		positive(&r.PackSize)
		positive(&r.LowBelow)
		r.LeadDays &= 0xff
		positive(&r.Version)
	}, func(r retail.StockRule) columns {
		return columns{
			"location": r.Location, "sku": r.SKU, "minimum": r.Minimum, "target": r.Target, "pack_size": r.PackSize,
			"lead_days": r.LeadDays, "low_below": r.LowBelow, "removed": r.Removed, "recorded_at": r.RecordedAt, "version": r.Version,
		}
	}),
	retail.TableTaxCategories: kindOf("tax_categories", func(c *retail.TaxCategory, name string) {
		c.Code = name
		positive(&c.Version)
	}, func(c retail.TaxCategory) columns {
		return columns{"code": c.Code, "name": c.Name, "recorded_at": c.RecordedAt, "version": c.Version}
	}),
	retail.TableStockReasons: kindOf("stock_reasons", func(r *retail.StockReason, name string) {
		r.Code = name
		positive(&r.Version)
	}, func(r retail.StockReason) columns {
		return columns{
			"code": r.Code, "name": r.Name, "acts": asJSON(r.Acts), "retired": r.Retired, "recorded_at": r.RecordedAt, "version": r.Version,
		}
	}),
	retail.TableCardKinds: kindOf("card_kinds", func(k *retail.CardKind, name string) {
		k.Code, k.ValidMonths = name, k.ValidMonths&0xff
		for _, minor := range []*int64{&k.MostBalanceMinor, &k.LeastLoadMinor, &k.MostLoadMinor, &k.Version} {
			positive(minor)
		}
	}, func(k retail.CardKind) columns {
		return columns{
			"code": k.Code, "name": k.Name, "currency": k.Currency, "most_balance_minor": k.MostBalanceMinor, "least_load_minor": k.LeastLoadMinor,
			"most_load_minor": k.MostLoadMinor, "valid_months": k.ValidMonths, "renewed": k.Renewed, "retired": k.Retired,
			"recorded_at": k.RecordedAt, "version": k.Version,
		}
	}),
	retail.TableBlindTerms: kindOf("blind_terms", func(t *retail.BlindTerms, name string) {
		t.Currency, t.PriceDays = name, t.PriceDays&0xff
		positive(&t.Version)
	}, func(t retail.BlindTerms) columns {
		return columns{
			"currency": t.Currency, "price_days": t.PriceDays, "refund_kinds": asJSON(t.RefundKinds), "recorded_at": t.RecordedAt, "version": t.Version,
		}
	}),
	retail.TableRefundTerms: refundTermsKind,
	retail.TableTaxRates: kindOf("tax_jurisdictions", func(r *retail.TaxRates, name string) {
		r.Jurisdiction = name
		positive(&r.Version)
	}, func(r retail.TaxRates) columns {
		return columns{"code": r.Jurisdiction, "rates": asJSON(r.Rates), "recorded_at": r.RecordedAt, "version": r.Version}
	}),
	retail.TablePromotions: kindOf("promotions", func(p *retail.Promotion, name string) {
		p.Code = name
		positive(&p.Version)
		p.ValidUntil = p.RecordedAt
		if p.Version&1 == 1 {
			p.ValidUntil = time.Time{}
		}
	}, func(p retail.Promotion) columns {
		return columns{
			"code": p.Code, "name": p.Name, "rule": asJSON(p.Rule), "valid_until": orNull(p.ValidUntil), "retired": p.Retired,
			"recorded_at": p.RecordedAt, "version": p.Version,
		}
	}),
	retail.TableReturnPolicies: kindOf("return_policies", func(p *retail.ReturnPolicy, name string) {
		p.Code = name
		positive(&p.Version)
		p.Days &= 0x7fffffff
	}, func(p retail.ReturnPolicy) columns {
		return columns{
			"code": p.Code, "name": p.Name, "sold": asJSON(p.For), "days": p.Days, "terms": asJSON(p.Terms), "retired": p.Retired,
			"recorded_at": p.RecordedAt, "version": p.Version,
		}
	}),
	retail.TablePriceLists: kindOf("price_lists", func(l *retail.PriceList, name string) {
		l.Code = name
		positive(&l.Version)
	}, func(l retail.PriceList) columns {
		return columns{
			"code": l.Code, "name": l.Name, "currency": l.Currency, "tax_included": l.TaxIncluded, "recorded_at": l.RecordedAt,
			"version": l.Version,
		}
	}),
	retail.TableAttributes: kindOf("attributes", func(a *retail.Attribute, name string) {
		a.Code, a.Type = name, retail.AttributeChoices
		positive(&a.Version)
	}, func(a retail.Attribute) columns {
		return columns{
			"code": a.Code, "name": a.Name, "names": asJSON(a.Names), "type": string(a.Type), "unit": a.Unit, "choices": asJSON(a.Choices),
			"recorded_at": a.RecordedAt, "version": a.Version,
		}
	}),
	retail.TableProducts: kindOf("products", func(p *retail.Product, name string) {
		p.Code = name
		if p.ReturnDays != nil {
			*p.ReturnDays &= 0x7fffffff
		}
		positive(&p.Version)
	}, func(p retail.Product) columns {
		return columns{
			"code": p.Code, "title": p.Title, "description": p.Description, "brand": p.Brand, "department": p.Department,
			"tax_category": p.TaxCategory, "options": asJSON(p.Options), "variants": asJSON(p.Variants), "recorded_at": p.RecordedAt,
			"version": p.Version, "return_days": pointee(p.ReturnDays), "attributes": listOrNull(p.Attributes),
			"translations": listOrNull(p.Translations), "images": listOrNull(p.Images),
		}
	}),
	retail.TableVariants: kindOf("variants", func(k *retail.SKU, name string) { k.Code = name }, func(k retail.SKU) columns {
		return columns{"sku": k.Code, "product": k.Product, "recorded_at": k.RecordedAt, "alias_of": orNull(k.AliasOf)}
	}),
	retail.TableBarcodes: kindOf("barcodes", func(b *retail.Barcode, name string) {
		b.GTIN = digits(name)
		positive(&b.Version)
	}, func(b retail.Barcode) columns {
		return columns{"gtin": b.GTIN, "sku": b.SKU, "recorded_at": b.RecordedAt, "version": b.Version}
	}),
	retail.TablePrices: kindOf("prices", func(p *retail.VariantPrices, name string) {
		p.PriceList, p.SKU = "list", name
		positive(&p.Version)
	}, func(p retail.VariantPrices) columns {
		return columns{
			"price_list": p.PriceList, "sku": p.SKU, "prices": asJSON(p.Prices), "recorded_at": p.RecordedAt, "version": p.Version,
		}
	}),
	retail.TableNames: kindOf("names", func(n *retail.Name, name string) {
		n.Kind, n.Value = "order", name
	}, func(n retail.Name) columns {
		return columns{"kind": n.Kind, "value": n.Value, "entity": uuid(n.Entity), "recorded_at": n.RecordedAt}
	}),
	retail.TableOrders: {draw: drawOrder, change: changeOrder, columns: orderColumns},
	retail.TableHolds:  {draw: drawHold, change: changeHold, columns: holdColumns},
	retail.TableLevels: {draw: drawLevel, change: changeLevel, columns: levelColumns},
}

// digits makes a barcode of a name, and leaves one as it is.
func digits(name string) string {
	if len(name) == 14 {
		return name
	}
	sum := uint64(14695981039346656037)
	for _, b := range []byte(name) {
		sum = (sum ^ uint64(b)) * 1099511628211
	}
	return fmt.Sprintf("%014d", sum%1e14)
}

func drawOrder(t *rapid.T, name string) retail.Row {
	o := drawAny[retail.Order]().Draw(t, "order")
	o.ID, o.Number, o.State = ledger.NewID(), name, rapid.SampledFrom(orderStates).Draw(t, "state")
	if rapid.Bool().Draw(t, "unknown customer") {
		o.Customer = retail.ID{}
	}
	positive(&o.Version)
	for i := range o.Lines {
		l := &o.Lines[i]
		l.Line = int32(i + 1)
		positive(&l.Quantity)
		for _, amount := range []*int64{&l.ListMinor, &l.NetMinor, &l.TaxMinor} {
			*amount = *amount & (1<<61 - 1)
		}
		l.DiscountMinor, l.GrossMinor = l.ListMinor/3, l.NetMinor+l.TaxMinor
		l.Fulfilled, l.Cancelled, l.Returned = l.Quantity/2, l.Quantity/3, l.Quantity/4
		l.Rejected = l.Cancelled / 2
		l.TaxPPM, l.Terms.ValidMonths = l.TaxPPM&0x7ffff, l.Terms.ValidMonths&0xff
		if l.Location == "" {
			l.Location = name // none is read as the order's
		}
		brought := l.Quantity > 8 && rapid.Bool().Draw(t, "brought")
		l.From, l.Transfer, l.Away, l.Coming = "", retail.ID{}, 0, 0
		if brought {
			l.From, l.Transfer, l.Away = name+" too", drawID.Draw(t, "transfer"), 1
		}
	}
	for i := range o.Taxes {
		x := &o.Taxes[i]
		x.Code, x.PPM = fmt.Sprintf("größe %02d", i), x.PPM&0x7ffff
		positive(&x.NetMinor)
		positive(&x.TaxMinor)
	}
	slices.SortFunc(o.Taxes, func(a, b retail.OrderTax) int { return strings.Compare(a.Code, b.Code) })
	for i := range o.Payments {
		o.Payments[i].Movement = rapid.SampledFrom(movements).Draw(t, "movement")
		positive(&o.Payments[i].AmountMinor)
	}
	for i := range o.Intents {
		o.Intents[i] = drawIntent(t)
	}
	return o
}

// changeOrder draws what may change: the state's version and times, and the counts of the lines.
func changeOrder(t *rapid.T, before retail.Row) retail.Row {
	o := before.(retail.Order)
	o.RecordedAt, o.LinkUntil = drawTime.Draw(t, "recorded"), drawTime.Draw(t, "linked until")
	o.Lines = slices.Clone(o.Lines)
	for i := range o.Lines {
		l := &o.Lines[i]
		switch rapid.SampledFrom([]string{"", "fulfilled", "cancelled", "returned"}).Draw(t, "changed") {
		case "fulfilled":
			l.Fulfilled, l.Away, l.Coming = l.Quantity-l.Cancelled, 0, 0
		case "cancelled":
			l.Cancelled /= 2
			l.Rejected = l.Cancelled
			if l.Away > 0 {
				l.Away, l.Coming = 0, l.Away
			}
		case "returned":
			l.Returned = l.Fulfilled
		}
	}
	if len(o.Lines) > 0 && rapid.Bool().Draw(t, "elsewhere") {
		elsewhere := o.Lines[0]
		elsewhere.Line, elsewhere.InsteadOf = int32(len(o.Lines)+1), elsewhere.Line
		o.Lines = append(o.Lines, elsewhere)
	}
	o.Payments = append(slices.Clip(o.Payments), retail.Payment{Kind: "CARD", Movement: retail.MovementRefund, AmountMinor: 1})
	o.Documents = append(slices.Clip(o.Documents), retail.OrderDocument{Invoice: drawID.Draw(t, "invoice"), Kind: retail.InvoiceFull})
	o.Intents = slices.Clone(o.Intents)
	for i := range o.Intents {
		o.Intents[i] = drawIntent(t)
	}
	o.Intents = append(o.Intents, drawIntent(t))
	return o
}

func orderColumns(row retail.Row) map[string][]columns {
	o := row.(retail.Order)
	all := map[string][]columns{"orders": {{
		"id": uuid(o.ID), "number": o.Number, "state": string(o.State), "channel": o.Channel, "location": o.Location,
		"customer": uuid(o.Customer), "currency": o.Currency, "tax_included": o.TaxIncluded, "reference": o.Reference,
		"occurred_at": o.OccurredAt, "recorded_at": o.RecordedAt, "version": o.Version, "pay_by": orNull(o.PayBy),
		"bill_to": jsonOrNull(o.BillTo), "link_until": orNull(o.LinkUntil), "refund_terms": refundOrNull(o.Refund),
	}}}
	for _, l := range o.Lines {
		all["order_lines"] = append(all["order_lines"], columns{
			"order_id": uuid(o.ID), "line": l.Line, "sku": l.SKU, "description": l.Description, "method": string(l.Method), "quantity": l.Quantity,
			"fulfilled": l.Fulfilled, "cancelled": l.Cancelled, "returned": l.Returned, "list_minor": l.ListMinor,
			"discount_minor": l.DiscountMinor, "net_minor": l.NetMinor, "tax_minor": l.TaxMinor, "gross_minor": l.GrossMinor,
			"tax_code": l.TaxCode, "tax_ppm": l.TaxPPM, "discounts": asJSON(l.Discounts), "price_reason": l.PriceReason, "note": l.Note,
			"fulfil_location": l.Location, "fulfilment": uuid(l.Fulfilment), "account": orNull(l.Account), "return_days": l.ReturnDays,
			"instead_of":    orNull(l.InsteadOf),
			"from_location": orNull(l.From), "transfer": uuid(l.Transfer), "away": orNull(l.Away), "coming": orNull(l.Coming), "issuer": orNull(l.Issuer),
			"card_kind": orNull(l.Terms.Kind), "card_months": orNull(l.Terms.ValidMonths), "card_renewed": orNull(l.Terms.Renewed),
			"rejected": orNull(l.Rejected), "return_terms": termsOrNull(l.ReturnTerms),
		})
	}
	for _, x := range o.Taxes {
		all["order_taxes"] = append(all["order_taxes"], columns{
			"order_id": uuid(o.ID), "code": x.Code, "ppm": x.PPM, "net_minor": x.NetMinor, "tax_minor": x.TaxMinor,
		})
	}
	for i, p := range o.Payments {
		all["order_payments"] = append(all["order_payments"], columns{
			"order_id": uuid(o.ID), "payment": int32(i + 1), "kind": p.Kind, "movement": string(p.Movement), "amount_minor": p.AmountMinor,
			"reference": p.Reference, "location": orNull(p.Location), "account": orNull(p.Account), "occurred_at": orNull(p.OccurredAt),
		})
	}
	for i, d := range o.Documents {
		all["order_documents"] = append(all["order_documents"], columns{
			"order_id": uuid(o.ID), "document": int32(i + 1), "invoice": uuid(d.Invoice), "kind": string(d.Kind),
			"original": uuid(d.Original), "occurred_at": d.OccurredAt, "units": asJSON(d.Units),
		})
	}
	for n, i := range o.Intents {
		all["payment_intents"] = append(all["payment_intents"], columns{
			"order_id": uuid(o.ID), "intent": int32(n + 1), "id": uuid(i.ID), "provider": i.Provider, "state": string(i.State),
			"amount_minor": i.AmountMinor, "authorised_minor": i.AuthorisedMinor, "captured_minor": i.CapturedMinor,
			"refunded_minor": i.RefundedMinor, "moved_minor": i.MovedMinor, "token": i.Token, "reference": i.Reference,
			"step": string(i.Step), "step_minor": i.StepMinor, "steps": i.Steps, "problem": i.Problem, "asked_at": i.AskedAt,
			"captures_once": orNull(i.CapturesOnce), "moved_from": uuid(i.MovedFrom), "refusals": orNull(i.Refusals),
			"ask_again_at": orNull(i.AskAgainAt),
		})
	}
	return all
}

func drawHold(t *rapid.T, name string) retail.Row {
	h := drawAny[retail.Hold]().Draw(t, "hold")
	h.Location, h.State = name, retail.StateHeld
	positive(&h.Version)
	for i := range h.Lines {
		positive(&h.Lines[i].Quantity)
	}
	return h
}

// changeHold draws how a hold ends: its lines stay.
func changeHold(t *rapid.T, before retail.Row) retail.Row {
	h := before.(retail.Hold)
	h.State = rapid.SampledFrom([]retail.HoldState{retail.StateReleased, retail.StateExpired, retail.StateCommitted}).Draw(t, "state")
	h.Order = drawID.Draw(t, "order")
	h.RecordedAt = drawTime.Draw(t, "recorded")
	h.Version = 2
	return h
}

func holdColumns(row retail.Row) map[string][]columns {
	h := row.(retail.Hold)
	all := map[string][]columns{"holds": {{
		"location": h.Location, "id": uuid(h.ID), "channel": h.Channel, "owner": h.Owner, "state": string(h.State),
		"expires_at": h.ExpiresAt, "recorded_at": h.RecordedAt, "version": h.Version, "order_id": uuid(h.Order),
	}}}
	for i, l := range h.Lines {
		all["hold_lines"] = append(all["hold_lines"], columns{
			"location": h.Location, "hold_id": uuid(h.ID), "line": int32(i + 1), "sku": l.SKU, "quantity": l.Quantity,
		})
	}
	return all
}

// TestRows saves rows of some kinds together, with whatever a column can hold, and reads them back; changes them, and reads
// them again, at last column by column as pgx does.
func TestRows(t *testing.T) {
	t.Parallel()
	database := pgtest.New(t)
	p := startProcess(t, postgres.Config{URL: database.URL})
	owner := newStranger(t, database)
	for _, kind := range postgres.Kinds() {
		if samples[kind].draw == nil {
			t.Errorf("there is no sample of the kind stored in %s", postgres.StoredIn(kind)[0].Table)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		name := ledger.NewID().String()
		var drawn, changed []retail.Row
		some := rapid.SliceOfNDistinct(rapid.SampledFrom(postgres.Kinds()), 4, 4, rapid.ID).Draw(t, "kinds")
		for _, kind := range some {
			row := samples[kind].draw(t, name)
			drawn = append(drawn, row)
			if samples[kind].change != nil {
				row = samples[kind].change(t, row)
			}
			changed = append(changed, row)
		}
		for i, rows := range [][]retail.Row{drawn, changed} {
			save(t, p, rows, func(row retail.Row) bool { return i == 0 || samples[row.Key().Table].change != nil })
			loaded := lockAll(t, p, rows)
			loaded.Tx.Rollback(t.Context())
			for _, row := range rows {
				if diff := cmp.Diff(row, loaded.Rows[row.Key()], cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("%T (-saved +loaded):\n%s", row, diff)
				}
			}
		}
		for _, row := range changed { // written by the same code as what was drawn
			wantColumns(t, owner.conn, row)
		}
	})
}

// save writes rows as the engine does: those that are new or differ replace what is there, the others are only locked. Which do is
// not found out here: to compare what was drawn can take longer than Postgres lets a transaction idle.
func save(t *rapid.T, p *process, rows []retail.Row, differs func(retail.Row) bool) {
	t.Helper()
	locked := lockAll(t, p, rows)
	var w ledger.Writes
	for _, row := range rows {
		if differs(row) {
			w.Rows = append(w.Rows, ledger.RowWrite{Before: locked.Rows[row.Key()], After: row})
		}
	}
	slices.SortFunc(w.Rows, func(a, b ledger.RowWrite) int { return retail.CompareKeys(a.After.Key(), b.After.Key()) })
	if err := locked.Tx.Commit(t.Context(), w); err != nil {
		t.Fatal(err)
	}
}

// lockAll locks and loads rows, and makes positions that are not there.
func lockAll(t *rapid.T, p *process, rows []retail.Row) ledger.Locked {
	t.Helper()
	var keys, seeds []retail.Key
	for _, row := range rows {
		keys = append(keys, row.Key())
		if row.Key().Table == retail.TableLevels {
			seeds = append(seeds, row.Key())
		}
	}
	locked, err := lockRows(t.Context(), p.Store(), seeds, keys...)
	if err != nil {
		t.Fatal(err)
	}
	return locked
}

// wantColumns reads a row's tables by the names of their columns, with pgx's general encoder.
func wantColumns(t *rapid.T, conn *pgx.Conn, row retail.Row) {
	t.Helper()
	want := samples[row.Key().Table].columns(row)
	tables := postgres.StoredIn(row.Key().Table)
	root := tables[0]
	for _, stored := range tables {
		where, args := ofRow(stored, root, want[root.Table][0])
		sql := "select " + stored.Columns + " from " + stored.Table + " where " + where + " order by " + stored.Key
		found, err := conn.Query(t.Context(), sql, args...)
		if err != nil {
			t.Fatal(err)
		}
		got, err := pgx.CollectRows(found, pgx.RowToMap)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want[stored.Table], got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-expected +read by pgx):\n%s", stored.Table, diff)
		}
	}
}

// ofRow selects the rows of a table that belong to a root: its key comes first in theirs.
func ofRow(stored, root postgres.Stored, values columns) (where string, args []any) {
	names := strings.Split(stored.Key, ", ")
	var parts []string
	for i, name := range strings.Split(root.Key, ", ") {
		parts = append(parts, fmt.Sprintf("%s = $%d", names[i], i+1))
		args = append(args, values[name])
	}
	return strings.Join(parts, " and "), args
}

// shipToStore is how a channel keeps from where it brings goods: nothing where it does not.
func shipToStore(s retail.ShipToStore) any {
	if !s.Allowed {
		return nil
	}
	return asJSON(append([]string{}, s.From...))
}
