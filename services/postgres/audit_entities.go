package postgres

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/aisle-retail/aisle/services/retail"
)

// subject is an entity that events are about.
type subject struct {
	table retail.Table // 0: not an entity, such as a delivery
	key   retail.Key
	event string // of a put; what others are told of other acts is in their chart
}

// subjects are how events name their entities, by table.
var subjects = map[retail.Table]struct{ prefix, event string }{
	retail.TableLocations:      {"location/", "LocationPut"},
	retail.TableChannels:       {"channel/", "ChannelPut"},
	retail.TableBuffers:        {"buffers/", "BuffersPut"},
	retail.TableStockRules:     {"stock-rules/", "StockRulePut"},
	retail.TableLevels:         {retail.LowStockPrefix, ""},
	retail.TableStockReasons:   {"stock-reason/", "StockReasonPut"},
	retail.TableCardKinds:      {"card-kind/", "CardKindPut"},
	retail.TableBlindTerms:     {"blind-terms/", "BlindTermsPut"},
	retail.TableRefundTerms:    {"refund-terms/", "RefundTermsPut"},
	retail.TableTaxCategories:  {"tax-category/", "TaxCategoryPut"},
	retail.TableTaxRates:       {"tax-rates/", "TaxRatesPut"},
	retail.TablePriceLists:     {"price-list/", "PriceListPut"},
	retail.TablePromotions:     {"promotion/", "PromotionPut"},
	retail.TableReturnPolicies: {"return-policy/", "ReturnPolicyPut"},
	retail.TableAttributes:     {"attribute/", "AttributePut"},
	retail.TablePrices:         {"prices/", "PricesPut"},
	retail.TableProducts:       {"product/", "ProductPut"},
	retail.TableHolds:          {holdCause, ""},
	retail.TableCarts:          {retail.CartPrefix, ""},
	retail.TableOrders:         {retail.OrderPrefix, ""},
	retail.TableFulfilments:    {fulfilmentCause, ""},
	retail.TableReturns:        {returnCause, ""},
	retail.TableReturnRequests: {retail.ReturnRequestPrefix, ""},
	retail.TableTransfers:      {transferCause, ""},
	retail.TableDeliveries:     {deliveryCause, ""},
	retail.TableInvoices:       {"invoice/", ""},
	retail.TableCounts:         {retail.CountCause, ""},
	retail.TableReadings:       {"reading/", ""},
	retail.TableDemand:         {demandCause, ""},
	retail.TableCountLines:     {"count-line/", ""},
}

// byPlace are the tables whose subjects are an id in the shard of a place; byID those whose shard is the id itself.
var (
	byPlace = map[retail.Table]bool{
		retail.TableHolds: true, retail.TableFulfilments: true, retail.TableInvoices: true, retail.TableCounts: true,
		retail.TableDemand: true,
	}
	byID = map[retail.Table]bool{
		retail.TableCarts: true, retail.TableOrders: true, retail.TableReturns: true, retail.TableReturnRequests: true, retail.TableTransfers: true,
		retail.TableDeliveries: true,
	}
)

// toldAs is how events name an entity, and the shard they are in.
func toldAs(k retail.Key) (shard, name string) {
	prefix := subjects[k.Table].prefix
	switch {
	case byPlace[k.Table]:
		return k.Place, prefix + k.ID.String()
	case byID[k.Table]:
		return k.ID.String(), prefix + k.ID.String()
	case k.Table == retail.TableReadings:
		return k.Place, prefix + k.Code + "/" + k.ID.String()
	case k.Table == retail.TableCountLines:
		return k.Place, prefix + k.ID.String() + "/" + k.Code
	case k.Place != "":
		return k.Place, prefix + k.Place + "/" + k.Code
	}
	return k.Code, prefix + k.Code
}

// parseSubject is the reverse of toldAs. A name that toldAs does not give is no entity's.
func parseSubject(shard, name string) subject {
	for t, s := range subjects {
		rest, found := strings.CutPrefix(name, s.prefix)
		if !found {
			continue
		}
		key := retail.Key{Table: t, Code: rest}
		switch {
		case byPlace[t], byID[t]:
			id, err := retail.ParseID(rest)
			if err != nil {
				continue
			}
			if key = (retail.Key{Table: t, ID: id}); byPlace[t] {
				key.Place = shard
			}
		case t == retail.TableReadings, t == retail.TableCountLines:
			first, second, _ := strings.Cut(rest, "/")
			id, code := first, second
			if t == retail.TableReadings {
				id, code = second, first
			}
			parsed, err := retail.ParseID(id)
			if err != nil {
				continue
			}
			key = retail.Key{Table: t, Place: shard, Code: code, ID: parsed}
		case t == retail.TablePrices, t == retail.TableBuffers, t == retail.TableStockRules, t == retail.TableLevels:
			key = retail.Key{Table: t, Place: shard, Code: strings.TrimPrefix(rest, shard+"/")}
		}
		if at, again := toldAs(key); at == shard && again == name {
			return subject{table: t, key: key, event: s.event}
		}
	}
	return subject{}
}

// recordKey reads the key of a row of a kind; it is the reverse of keyColumns.
func recordKey(t retail.Table, r *record) retail.Key {
	key := retail.Key{Table: t}
	columns := kinds[t].table.columns[:kinds[t].table.key]
	for i, c := range columns {
		switch {
		case c.typ == "uuid" && i < len(columns)-1 && columns[i+1].typ == "uuid":
			key.Code = r.id().String() // of what it belongs to
		case c.typ == "uuid":
			key.ID = r.id()
		case i < len(columns)-1 || columns[len(columns)-1].typ == "uuid" && c.typ == "text":
			key.Place = r.text()
		default:
			key.Code = r.text()
		}
	}
	return key
}

// aboutColumns are the version of a row, and the order and the return that it is about. Documents have one version, and most
// rows are about no order.
func aboutColumns(t retail.Table) string {
	switch t {
	case retail.TableOrders:
		return "t.version, t.id, null::uuid"
	case retail.TableFulfilments, retail.TableHolds, retail.TableTransfers, retail.TableReturnRequests:
		return "t.version, t.order_id, null::uuid"
	case retail.TableReturns:
		return "t.version, t.order_id, t.id"
	case retail.TableInvoices:
		return "1::int8, t.order_id, t.return_id"
	case retail.TableReadings, retail.TableDemand:
		return "1::int8, null::uuid, null::uuid"
	case retail.TableLevels:
		return "coalesce(t.low_told, 0), null::uuid, null::uuid" // others are told that it is low, and not of each version
	}
	return "t.version, null::uuid, null::uuid"
}

// entityVersions reads the versions of what the events of a page are about.
func (s *snapshot) entityVersions(page []*logged) error {
	byTable := map[retail.Table]*rows{}
	for _, e := range page {
		t := e.about.table
		if t == 0 {
			continue
		}
		if byTable[t] == nil {
			byTable[t] = kinds[t].table.keys(kinds[t].table.key)
		}
		kinds[t].key(byTable[t], e.about.key)
	}
	type about struct {
		version     int64
		order, back retail.ID
	}
	rows := map[retail.Key]about{}
	for t, keys := range byTable {
		root := kinds[t].table
		columns := root.columns[:root.key]
		found, err := s.query(fmt.Sprintf("select %s, %s from %s as k(%s) join %s t on %s",
			prefixed(columns), aboutColumns(t), unnest(columns), names(columns), root.name, root.on()), keys.params())
		if err != nil {
			return err
		}
		for _, r := range found {
			key := recordKey(t, r)
			rows[key] = about{r.int8(), r.id(), r.id()}
		}
	}
	for _, e := range page {
		of := rows[e.about.key]
		e.aboutVersion, e.order, e.back = of.version, of.order, of.back
		if e.about.table == retail.TableCarts { // one cart becomes many orders, each of which its event tells
			e.order, e.into = cartLed(e)
		}
	}
	return nil
}

// proof reads what the entities of a page must agree with, and returns what compares them once the snapshot is closed.
type proof func(a *audit, s *snapshot, page []entity) (prove func(), err error)

// entity is a row as the rules know it.
type entity struct {
	table table
	row   retail.Row
	text  string // its key for people
}

// proofs are what is proved of the entities of a table beside their seals and their last events.
var proofs = map[retail.Table]proof{
	retail.TableCarts:          proveCarts,
	retail.TableOrders:         proveOrders,
	retail.TableReturns:        proveReturns,
	retail.TableReturnRequests: proveReturnRequests,
	retail.TableTransfers:      proveTransfers,
	retail.TableDeliveries:     proveDeliveries,
	retail.TableCounts:         proveCounts,
	retail.TableDemand:         proveDemand,
	retail.TableFulfilments:    proveFulfilmentRows,
	retail.TableHolds:          proveHolds,
	retail.TableInvoices:       proveInvoices,
	retail.TablePurchases:      provePurchases,
	retail.TableCouponCounts:   proveCouponCounts,
	retail.TableCouponUses:     proveCouponUses,
	retail.TableNames:          proveNames,
	retail.TableProducts:       proveProducts,
	retail.TableVariants:       proveVariants,
	retail.TableBarcodes:       proveBarcodes,
	retail.TablePrices:         provePrices,
	retail.TableChannels:       proveChannels,
	retail.TablePromotions:     provePromotions,
	retail.TableReturnPolicies: proveReturnPolicies,
	retail.TableBuffers:        proveBuffers,
	retail.TableStockRules:     proveStockRules,
	retail.TableTaxRates:       proveTaxRates,

	retail.TableDeliveryLines: proveLinesOfDeliveries,
}

// entities proves the rows of one kind, whatever kinds there are: their seals, that others were told what they say, and what
// its own proof adds.
func (a *audit) entities(ctx context.Context, t retail.Table) error {
	kind := kinds[t]
	f := family{root: kind.table, children: kind.children}
	var page []entity
	var unreadable []faulty
	var told, rest func()
	pages := a.pages(ctx, f, nil, 0, func(s *snapshot, members []member) (err error) {
		page, unreadable = readEntities(kind, members)
		if told, err = proveLastEvents(a, s, t, page); err != nil || proofs[t] == nil {
			return err
		}
		rest, err = proofs[t](a, s, page)
		return err
	})
	for members, err := range pages {
		if err != nil {
			return err
		}
		a.verify(f, members, "L1", kind.table.name)
		for _, row := range unreadable {
			a.broken("SEAL", kind.table, row.text, "it can't be read: %v", row.err)
		}
		told()
		if rest != nil {
			rest()
		}
	}
	return nil
}

// faulty is a row that the engine could not read.
type faulty struct {
	text string
	err  error
}

// readEntities reads the rows of a page as the engine does.
func readEntities(kind *stored, members []member) (page []entity, unreadable []faulty) {
	for _, m := range members {
		if m.root == nil {
			continue
		}
		text := keyText(kind.table, m.root)
		row, err := kind.load(&record{values: m.root.values}, m.children)
		if err != nil {
			unreadable = append(unreadable, faulty{text, err})
			continue
		}
		page = append(page, entity{table: kind.table, row: row, text: text})
	}
	return page, unreadable
}

// eventsAtSQL reads the event of one version of each of many subjects.
const eventsAtSQL = `
select k.n, e.recorded_at, e.body, e.shard, e.seq
from unnest($1::text[], $2::text[], $3::int8[]) with ordinality as k(shard, subject, version, n)
join events e on e.shard = k.shard and e.subject = k.subject and e.version = k.version`

// proveLastEvents proves that each entity was last told of as it is (L9).
func proveLastEvents(a *audit, s *snapshot, t retail.Table, page []entity) (prove func(), err error) {
	if _, told := subjects[t]; !told || len(page) == 0 {
		return func() {}, nil
	}
	at := newRows([]column{{"shard", "text"}, {"subject", "text"}, {"version", "int8"}}, false)
	for _, e := range page {
		shard, name := toldAs(e.row.Key())
		at.text(shard).text(name).int8(versionOf(e.row)).end()
	}
	found, err := s.query(eventsAtSQL, at.params())
	if err != nil {
		return nil, err
	}
	return func() {
		events := make([]*record, len(page))
		for _, r := range found {
			events[r.int8()-1] = r
		}
		for i, e := range page {
			if events[i] == nil {
				a.broken("L9", e.table, e.text, "nobody was told of its version %d", versionOf(e.row))
				continue
			}
			a.proveLastEvent(e, events[i])
		}
	}, nil
}

func (a *audit) proveLastEvent(e entity, event *record) {
	recordedAt, body := event.time(), event.next()
	if !recordedAt.Equal(e.row.LastRecorded()) {
		a.broken("L9", e.table, e.text, "it was recorded at %s, and others were told at %s", e.row.LastRecorded(), recordedAt)
	}
	same, err := says(body, e.row)
	if err != nil {
		a.broken("L9", eventsTable, fmt.Sprintf("%s/%d", event.text(), event.int8()), "its body can't be read: %v", err)
	} else if !same {
		a.broken("L9", e.table, e.text, "it is not as others were last told")
	}
}

// versionOf is the version of an entity that events are about: a field of the same name in all of them, but for documents,
// which have one version.
func versionOf(row retail.Row) int64 {
	if version := reflect.ValueOf(row).FieldByName("Version"); version.IsValid() {
		return version.Int()
	}
	return 1
}

// says tells whether the body of an event says what a row says. A body of an earlier release may lack what was empty then.
func says(body []byte, row retail.Row) (bool, error) {
	if written, err := json.Marshal(row); err == nil && bytes.Equal(body, written) {
		return true, nil
	}
	told := reflect.New(reflect.TypeOf(row))
	if err := json.Unmarshal(body, told.Interface()); err != nil {
		return false, err
	}
	if order, ok := told.Interface().(*retail.Order); ok {
		olderOrders([]retail.Order{*order}) // lists are shared
	}
	return alike(told.Elem(), reflect.ValueOf(row)), nil
}

// alike compares two values of a row's type: lists without anything in them are alike, and instants as far as columns tell
// them apart.
func alike(x, y reflect.Value) bool {
	if at, ok := x.Interface().(time.Time); ok {
		return at.Truncate(time.Microsecond).Equal(y.Interface().(time.Time).Truncate(time.Microsecond))
	}
	switch x.Kind() {
	case reflect.Slice:
		same := x.Len() == y.Len()
		for i := 0; same && i < x.Len(); i++ {
			same = alike(x.Index(i), y.Index(i))
		}
		return same
	case reflect.Pointer:
		return x.IsNil() == y.IsNil() && (x.IsNil() || alike(x.Elem(), y.Elem()))
	case reflect.Struct:
		same := true
		for i := 0; same && i < x.NumField(); i++ {
			same = alike(x.Field(i), y.Field(i))
		}
		return same
	}
	return x.Equal(y)
}
