package postgres

import (
	"slices"

	"github.com/aisle-retail/aisle/services/retail"
)

// referred is one thing that an entity refers to.
type referred struct {
	by   int // the entity's place in the page
	key  retail.Key
	what string
}

// existing reads which of the rows exist that a page refers to, and returns them as the engine reads them, without their
// children.
func (s *snapshot) existing(refs []referred) (map[retail.Key]retail.Row, error) {
	asked := map[retail.Table]*rows{}
	for _, ref := range refs {
		t := ref.key.Table
		if asked[t] == nil {
			asked[t] = kinds[t].table.keys(kinds[t].table.key)
		}
		kinds[t].key(asked[t], ref.key)
	}
	found := map[retail.Key]retail.Row{}
	for t, keys := range asked {
		root := kinds[t].table
		columns := root.columns[:root.key]
		records, err := s.query("select "+prefixed(root.columns)+" from "+unnest(columns)+" as k("+names(columns)+") join "+
			root.name+" t on "+root.on(), keys.params())
		if err != nil {
			return nil, err
		}
		for _, r := range records {
			if row, err := kinds[t].load(r, make([][]*record, len(kinds[t].children))); err == nil {
				found[row.Key()] = row
			}
		}
	}
	return found, nil
}

// proveReferences returns a proof that what entities refer to is there.
func proveReferences(references func(retail.Row) []referred) proof {
	return func(a *audit, s *snapshot, page []entity) (prove func(), err error) {
		var refs []referred
		for i, e := range page {
			for _, ref := range references(e.row) {
				ref.by = i
				refs = append(refs, ref)
			}
		}
		found, err := s.existing(refs)
		if err != nil {
			return nil, err
		}
		return func() {
			for _, ref := range refs {
				if found[ref.key] == nil {
					e := page[ref.by]
					a.broken("CATALOGUE", e.table, e.text, "its %s %s is not there", ref.what, ref.key.Place+ref.key.Code)
				}
			}
		}, nil
	}
}

// The references that nothing but the audit watches over.
var (
	provePrices = proveReferences(func(row retail.Row) []referred {
		p := row.(retail.VariantPrices)
		return []referred{{key: retail.PriceListKey(p.PriceList), what: "price list"}, {key: retail.SKUKey(p.SKU), what: "variant"}}
	})

	proveChannels = proveReferences(func(row retail.Row) []referred {
		c := row.(retail.Channel)
		var refs []referred
		for _, list := range c.PriceLists {
			refs = append(refs, referred{key: retail.PriceListKey(list), what: "price list"})
		}
		for _, code := range append(slices.Clone(c.Locations), c.SellingLocation) {
			if code != "" {
				refs = append(refs, referred{key: retail.LocationKey(code), what: "location"})
			}
		}
		return refs
	})

	provePromotions = proveReferences(func(row retail.Row) []referred {
		var refs []referred
		rule := row.(retail.Promotion).Rule
		for _, code := range rule.Channels {
			refs = append(refs, referred{key: retail.ChannelKey(code), what: "channel"})
		}
		for _, code := range rule.Products {
			refs = append(refs, referred{key: retail.ProductKey(code), what: "product"})
		}
		for _, sku := range rule.SKUs {
			refs = append(refs, referred{key: retail.SKUKey(sku), what: "variant"})
		}
		return refs
	})

	proveReturnPolicies = proveReferences(func(row retail.Row) []referred {
		var refs []referred
		of := row.(retail.ReturnPolicy).For
		for _, code := range of.Products {
			refs = append(refs, referred{key: retail.ProductKey(code), what: "product"})
		}
		for _, sku := range of.SKUs {
			refs = append(refs, referred{key: retail.SKUKey(sku), what: "variant"})
		}
		for _, code := range of.TaxCategories {
			refs = append(refs, referred{key: retail.TaxCategoryKey(code), what: "tax category"})
		}
		return refs
	})

	proveBuffers = proveReferences(func(row retail.Row) []referred {
		b := row.(retail.BufferRules)
		refs := []referred{{key: retail.LocationKey(b.Location), what: "location"}}
		if b.SKU != "" {
			refs = append(refs, referred{key: retail.SKUKey(b.SKU), what: "variant"})
		}
		for _, rule := range b.Rules {
			if rule.Channel != "" {
				refs = append(refs, referred{key: retail.ChannelKey(rule.Channel), what: "channel"})
			}
		}
		return refs
	})

	proveStockRules = proveReferences(func(row retail.Row) []referred {
		r := row.(retail.StockRule)
		refs := []referred{{key: retail.LocationKey(r.Location), what: "location"}}
		if r.SKU != "" {
			refs = append(refs, referred{key: retail.SKUKey(r.SKU), what: "variant"})
		}
		if r.SKU != "" && r.LowBelow > 0 && !r.Removed { // that it goes by the rule is proved with it
			refs = append(refs, referred{key: retail.LevelKey(r.Location, r.SKU), what: "position"})
		}
		return refs
	})

	proveTaxRates = proveReferences(func(row retail.Row) []referred {
		var refs []referred
		for _, rate := range row.(retail.TaxRates).Rates {
			refs = append(refs, referred{key: retail.TaxCategoryKey(rate.Category), what: "tax category"})
		}
		return refs
	})
)

// proveProducts proves that a product's SKUs and barcodes are its own, and that its tax category is there.
func proveProducts(a *audit, s *snapshot, page []entity) (prove func(), err error) {
	var refs []referred
	for i, e := range page {
		product := e.row.(retail.Product)
		refs = append(refs, referred{by: i, key: retail.TaxCategoryKey(product.TaxCategory)})
		for _, value := range product.Attributes {
			refs = append(refs, referred{by: i, key: retail.AttributeKey(value.Attribute)})
		}
		for _, variant := range product.Variants {
			refs = append(refs, referred{by: i, key: retail.SKUKey(variant.SKU)})
			for _, alias := range variant.Aliases {
				refs = append(refs, referred{by: i, key: retail.SKUKey(alias)})
			}
			for _, value := range variant.Attributes {
				refs = append(refs, referred{by: i, key: retail.AttributeKey(value.Attribute)})
			}
			for _, gtin := range variant.Barcodes {
				refs = append(refs, referred{by: i, key: retail.BarcodeKey(gtin)})
			}
		}
	}
	found, err := s.existing(refs)
	if err != nil {
		return nil, err
	}
	proveTexts, err := proveSearchTexts(a, s, page)
	if err != nil {
		return nil, err
	}
	return func() {
		proveTexts()
		for _, e := range page {
			product := e.row.(retail.Product)
			if found[retail.TaxCategoryKey(product.TaxCategory)] == nil {
				a.broken("CATALOGUE", e.table, e.text, "its tax category %s is not there", product.TaxCategory)
			}
			a.proveNamed(e, found, product.Attributes)
			for _, variant := range product.Variants {
				a.proveNamed(e, found, variant.Attributes)
				if sku, _ := found[retail.SKUKey(variant.SKU)].(retail.SKU); sku.Product != product.Code || sku.AliasOf != "" {
					a.broken("CATALOGUE", e.table, e.text, "its SKU %s is of product %q, an alias of %q", variant.SKU, sku.Product, sku.AliasOf)
				}
				for _, alias := range variant.Aliases {
					if sku, _ := found[retail.SKUKey(alias)].(retail.SKU); sku.Product != product.Code || sku.AliasOf != variant.SKU {
						a.broken("CATALOGUE", e.table, e.text, "the alias %s of its SKU %s is of product %q and stands for %q",
							alias, variant.SKU, sku.Product, sku.AliasOf)
					}
				}
				for _, gtin := range variant.Barcodes {
					if barcode, _ := found[retail.BarcodeKey(gtin)].(retail.Barcode); barcode.SKU != variant.SKU {
						a.broken("CATALOGUE", e.table, e.text, "the barcode %s of its SKU %s is of %q", gtin, variant.SKU, barcode.SKU)
					}
				}
			}
		}
	}, nil
}

// searchTextsSQL reads what each of many products of a version is searched by.
const searchTextsSQL = `
select k.n, d.title, d.words from unnest($1::text[], $2::int8[]) with ordinality as k(product, version, n)
join aside.search_texts d on d.product = k.product and d.version = k.version`

// proveSearchTexts proves that what products are searched by follows from them. One whose text is older, or missing, was put by
// a program of before, and is made searchable by the next that looks.
func proveSearchTexts(a *audit, s *snapshot, page []entity) (prove func(), err error) {
	asked := newRows([]column{{"product", "text"}, {"version", "int8"}}, false)
	for _, e := range page {
		product := e.row.(retail.Product)
		asked.text(product.Code).int8(product.Version).end()
	}
	found, err := s.query(searchTextsSQL, asked.params())
	if err != nil {
		return nil, err
	}
	return func() {
		for _, r := range found {
			e := page[r.int8()-1]
			text := retail.SearchTextOf(e.row.(retail.Product))
			if r.text() != text.Title || r.text() != text.Words {
				a.broken("CATALOGUE", searchTexts, e.text, "it is searched by what it does not say")
			}
		}
	}, nil
}

// proveNamed proves that the attributes are there that values are of.
func (a *audit) proveNamed(e entity, found map[retail.Key]retail.Row, values []retail.AttributeValue) {
	for _, value := range values {
		if found[retail.AttributeKey(value.Attribute)] == nil {
			a.broken("CATALOGUE", e.table, e.text, "its attribute %s is not there", value.Attribute)
		}
	}
}

// putAtSQL tells whether others were told of each of many products at an instant.
const putAtSQL = `
select distinct k.n from unnest($1::text[], $2::text[], $3::timestamptz[]) with ordinality as k(shard, subject, at, n)
join events e on e.shard = k.shard and e.subject = k.subject and e.recorded_at = k.at`

// putAt tells which of the rows of a page were recorded when their product was put.
func (s *snapshot) putAt(page []entity, product func(retail.Row) string) ([]bool, error) {
	asked := newRows([]column{{"shard", "text"}, {"subject", "text"}, {"at", "timestamptz"}}, false)
	for _, e := range page {
		shard, name := toldAs(retail.ProductKey(product(e.row)))
		asked.text(shard).text(name).time(e.row.LastRecorded()).end()
	}
	found, err := s.query(putAtSQL, asked.params())
	if err != nil {
		return nil, err
	}
	told := make([]bool, len(page))
	for _, r := range found {
		told[r.int8()-1] = true
	}
	return told, nil
}

// variantOf returns the variant of a product, if the product is there and has it.
func variantOf(found map[retail.Key]retail.Row, product, sku string) (retail.Variant, bool) {
	p, _ := found[retail.ProductKey(product)].(retail.Product)
	at := slices.IndexFunc(p.Variants, func(v retail.Variant) bool { return v.SKU == sku })
	if at < 0 {
		return retail.Variant{}, false
	}
	return p.Variants[at], true
}

// proveVariants proves that each SKU is a variant of the product it belongs to.
func proveVariants(a *audit, s *snapshot, page []entity) (prove func(), err error) {
	var refs []referred
	for _, e := range page {
		refs = append(refs, referred{key: retail.ProductKey(e.row.(retail.SKU).Product)})
	}
	found, err := s.existing(refs)
	if err != nil {
		return nil, err
	}
	told, err := s.putAt(page, func(row retail.Row) string { return row.(retail.SKU).Product })
	if err != nil {
		return nil, err
	}
	return func() {
		for i, e := range page {
			sku := e.row.(retail.SKU)
			if sku.AliasOf != "" {
				if variant, _ := variantOf(found, sku.Product, sku.AliasOf); !slices.Contains(variant.Aliases, sku.Code) {
					a.broken("CATALOGUE", e.table, e.text, "the variant %s does not have it for an alias", sku.AliasOf)
				}
			} else if _, known := variantOf(found, sku.Product, sku.Code); !known {
				a.broken("CATALOGUE", e.table, e.text, "the product %s does not have it", sku.Product)
			}
			if !told[i] {
				a.broken("CATALOGUE", e.table, e.text, "the product %s was not put at %s", sku.Product, sku.RecordedAt)
			}
		}
	}, nil
}

// proveBarcodes proves that each barcode that stands for a SKU is one of that variant's.
func proveBarcodes(a *audit, s *snapshot, page []entity) (prove func(), err error) {
	var refs []referred
	for _, e := range page {
		refs = append(refs, referred{key: retail.SKUKey(e.row.(retail.Barcode).SKU)})
	}
	skus, err := s.existing(refs)
	if err != nil {
		return nil, err
	}
	product := func(row retail.Row) string {
		sku, _ := skus[retail.SKUKey(row.(retail.Barcode).SKU)].(retail.SKU)
		return sku.Product
	}
	refs = refs[:0]
	for _, e := range page {
		refs = append(refs, referred{key: retail.ProductKey(product(e.row))})
	}
	found, err := s.existing(refs)
	if err != nil {
		return nil, err
	}
	told, err := s.putAt(page, product)
	if err != nil {
		return nil, err
	}
	return func() {
		for i, e := range page {
			barcode := e.row.(retail.Barcode)
			if _, right := retail.GTIN14(barcode.GTIN); !right {
				a.broken("CATALOGUE", e.table, e.text, "its check digit is wrong")
			}
			if barcode.SKU == "" {
				continue // it stands for nothing any more
			}
			variant, _ := variantOf(found, product(barcode), barcode.SKU)
			if !slices.Contains(variant.Barcodes, barcode.GTIN) {
				a.broken("CATALOGUE", e.table, e.text, "the variant %s does not have it", barcode.SKU)
			} else if !told[i] {
				a.broken("CATALOGUE", e.table, e.text, "its product was not put at %s", barcode.RecordedAt)
			}
		}
	}, nil
}
