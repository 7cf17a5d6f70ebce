package retail

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"
)

// Product is what a shopper calls one thing, in all its sizes and colours.
type Product struct {
	// Code is the retailer's own: an identity that never changes.
	Code        string `json:"code"`
	Title       string `json:"title"`
	Description string `json:"description"`
	Brand       string `json:"brand"`
	Department  string `json:"department"`
	TaxCategory string `json:"tax_category"`
	// Options are in the order a shopper picks them.
	Options []Option `json:"options"`
	// Variants are one per combination of option values. One that is there stays: its SKU is an identity.
	Variants []Variant `json:"variants"`
	// ReturnDays is how many days after it was handed over it may come back, 0 for a final sale; nil: DefaultReturnDays.
	ReturnDays *int32    `json:"return_days,omitempty"`
	RecordedAt time.Time `json:"recorded_at"`
	Version    int64     `json:"version"`
	// Attributes are in the order in which they are shown, none twice.
	Attributes []AttributeValue `json:"attributes,omitempty"`
	// Translations are one per language.
	Translations []Translation `json:"translations,omitempty"`
	// Images are in the order in which they are shown.
	Images []Image `json:"images,omitempty"`
}

// Translation is what a product says in another language; what is empty in it is not translated.
type Translation struct {
	// Language is a BCP 47 tag in its usual case.
	Language    string `json:"language"`
	Title       string `json:"title,omitempty"`
	Description string `json:"description,omitempty"`
	// Options are the product's, with as many values and in the same order; none: not translated.
	Options []Option `json:"options,omitempty"`
}

// Image is a picture that lies elsewhere.
type Image struct {
	// URL begins with https.
	URL string `json:"url"`
	// Alt says what is to be seen, for those who don't see it.
	Alt  string      `json:"alt,omitempty"`
	Alts []LocalText `json:"alts,omitempty"`
}

// Option is one choice, such as size, with its values in their own order (XS before S before M).
type Option struct {
	Name   string   `json:"name"`
	Values []string `json:"values"`
}

// Variant is one thing that can be counted and sold.
type Variant struct {
	SKU string `json:"sku"`
	// OptionValues are one per option of the product, in the same order.
	OptionValues []string `json:"option_values"`
	// Barcodes are GTINs of 14 digits.
	Barcodes []string `json:"barcodes"`
	// Aliases are SKUs that it was once known by. One that is there stays, as the SKU does.
	Aliases    []string         `json:"aliases,omitempty"`
	Attributes []AttributeValue `json:"attributes,omitempty"`
	Images     []Image          `json:"images,omitempty"`
}

// SKU says which product a stock keeping unit belongs to, for good. One that is an alias stands for another SKU of the same
// product, so that no code is ever both.
type SKU struct {
	Code       string    `json:"code"`
	Product    string    `json:"product"`
	RecordedAt time.Time `json:"recorded_at"`
	// AliasOf is the SKU that it stands for; empty: itself.
	AliasOf string `json:"alias_of,omitempty"`
}

// Barcode says which variant a barcode stands for now.
type Barcode struct {
	// GTIN has 14 digits.
	GTIN string `json:"gtin"`
	// SKU is the variant's; empty: none any more.
	SKU        string    `json:"sku"`
	RecordedAt time.Time `json:"recorded_at"`
	Version    int64     `json:"version"`
}

// ItemRef names a thing to be sold, by its SKU or by a barcode of 14 digits.
type ItemRef struct {
	SKU, GTIN string
}

// Item is what the catalogue knows of a thing to be sold.
type Item struct {
	SKU, Title, TaxCategory string
	// Product, Department and Brand are what promotions are for.
	Product, Department, Brand string
	// ReturnDays is how many days after it was handed over it may come back, where no policy says otherwise; OwnReturnDays is true where its
	// product says so, and not the default.
	ReturnDays    int32
	OwnReturnDays bool
	// Prices are those in the price list that was asked for.
	Prices []Price
	// Found is false where no variant has the SKU or the barcode.
	Found bool
}

// DefaultReturnDays is how long goods may come back where neither a policy nor their product says.
const DefaultReturnDays = 30

// ProductKey names a product.
func ProductKey(code string) Key { return Key{Table: TableProducts, Code: code} }

// Key names the product.
func (p Product) Key() Key { return ProductKey(p.Code) }

// LastRecorded is when the product was last put.
func (p Product) LastRecorded() time.Time { return p.RecordedAt }

// SKUKey names a SKU.
func SKUKey(code string) Key { return Key{Table: TableVariants, Code: code} }

// Key names the SKU.
func (k SKU) Key() Key { return SKUKey(k.Code) }

// LastRecorded is when the SKU was first put.
func (k SKU) LastRecorded() time.Time { return k.RecordedAt }

// BarcodeKey names a barcode of 14 digits.
func BarcodeKey(gtin string) Key { return Key{Table: TableBarcodes, Code: gtin} }

// Key names the barcode.
func (b Barcode) Key() Key { return BarcodeKey(b.GTIN) }

// LastRecorded is when the barcode last changed hands.
func (b Barcode) LastRecorded() time.Time { return b.RecordedAt }

// has tells whether a SKU is one of the product's.
func (p Product) has(sku string) bool {
	return slices.ContainsFunc(p.Variants, func(v Variant) bool { return v.SKU == sku })
}

// handsMax is how many SKUs and barcodes may change hands in one put of a product, attributesMax how many attributes it and its
// variants may name. Each is a row to lock and one to write: 2 * (900 + 90) stays below the 2,000 that fit a batch of the engine.
const (
	handsMax      = 900
	attributesMax = 90
)

// PutProduct creates a product or replaces all that is known of it and of its variants. NewPutProduct makes it.
type PutProduct struct {
	Transaction ID
	Product     Product
	// planned is the version that it was planned on; 0: there was no such product.
	planned int64
	// joining are SKUs that the product does not have yet, moving the barcodes that change hands. Only a put of this very
	// product takes anything from it, so that its own row, locked and of the version planned on, vouches for all the rest.
	joining []joiningSKU
	moving  []movingBarcode
	// attributes are the codes of those that it names, in order.
	attributes []string
}

// joiningSKU is a SKU, or an alias of one.
type joiningSKU struct{ sku, aliasOf, field string }

// movingBarcode goes from one variant to another; either may be empty.
type movingBarcode struct{ gtin, from, to, field string }

// NewPutProduct plans a put on the product as it was read, zero where there was none. It refuses more changes than one
// transaction may take.
func NewPutProduct(transaction ID, before, after Product) (PutProduct, error) {
	after.Variants = slices.Clone(after.Variants)
	c := PutProduct{Transaction: transaction, Product: after, planned: before.Version}
	known, holders, aliases := map[string]bool{}, map[string]string{}, map[string]string{}
	kin := map[string][]string{}
	for _, variant := range before.Variants {
		known[variant.SKU] = true
		kin[variant.SKU] = variant.Aliases
		for _, alias := range variant.Aliases {
			aliases[alias] = variant.SKU
		}
		for _, gtin := range variant.Barcodes {
			holders[gtin] = variant.SKU
		}
	}
	kept := map[string]bool{}
	for i, variant := range after.Variants {
		field := fmt.Sprintf("product.variants[%d]", i)
		if of := aliases[variant.SKU]; of != "" {
			return c, RefuseField(SKUTaken, field+".sku", "%s is an alias of %s", variant.SKU, of).
				With("sku", variant.SKU).With("alias_of", of).With("product", after.Code)
		}
		if !known[variant.SKU] {
			c.joining = append(c.joining, joiningSKU{sku: variant.SKU, field: field + ".sku"})
		}
		all := slices.Clone(kin[variant.SKU])
		for j, alias := range variant.Aliases {
			field := fmt.Sprintf("%s.aliases[%d]", field, j)
			switch of := aliases[alias]; {
			case known[alias]:
				return c, RefuseField(SKUTaken, field, "%s is a SKU of its own", alias).With("sku", alias).With("product", after.Code)
			case of == "":
				c.joining = append(c.joining, joiningSKU{sku: alias, aliasOf: variant.SKU, field: field})
				all = append(all, alias)
			case of != variant.SKU:
				return c, RefuseField(SKUTaken, field, "%s is an alias of %s", alias, of).
					With("sku", alias).With("alias_of", of).With("product", after.Code)
			}
		}
		after.Variants[i].Aliases = all
		for j, gtin := range variant.Barcodes {
			kept[gtin] = true
			if holders[gtin] != variant.SKU {
				c.moving = append(c.moving, movingBarcode{
					gtin: gtin, from: holders[gtin], to: variant.SKU, field: fmt.Sprintf("%s.barcodes[%d]", field, j),
				})
			}
		}
	}
	for _, variant := range before.Variants {
		for _, gtin := range variant.Barcodes {
			if !kept[gtin] {
				c.moving = append(c.moving, movingBarcode{gtin: gtin, from: variant.SKU})
			}
		}
	}
	if hands := len(c.joining) + len(c.moving); hands > handsMax {
		return c, RefuseField(InvalidRequest, "product.variants",
			"%d SKUs and barcodes would change at once, more than %d; put some of them first, then all", hands, handsMax)
	}
	named := map[string]bool{}
	for value := range c.values() {
		named[value.Attribute] = true
	}
	if len(named) > attributesMax {
		return c, RefuseField(InvalidRequest, "product.variants", "%d attributes are named, more than %d", len(named), attributesMax)
	}
	c.attributes = slices.Sorted(maps.Keys(named))
	return c, nil
}

// values are all values of attributes, each with its field.
func (c PutProduct) values() iter.Seq2[AttributeValue, string] {
	return func(yield func(AttributeValue, string) bool) {
		for i, value := range c.Product.Attributes {
			if !yield(value, fmt.Sprintf("product.attributes[%d]", i)) {
				return
			}
		}
		for i, variant := range c.Product.Variants {
			for j, value := range variant.Attributes {
				if !yield(value, fmt.Sprintf("product.variants[%d].attributes[%d]", i, j)) {
					return
				}
			}
		}
	}
}

// Keys are the product, its tax category, its attributes, and the SKUs and barcodes that change hands.
func (c PutProduct) Keys() []Key {
	keys := make([]Key, 0, 2+len(c.attributes)+len(c.joining)+len(c.moving))
	keys = append(keys, c.Product.Key(), TaxCategoryKey(c.Product.TaxCategory))
	for _, code := range c.attributes {
		keys = append(keys, AttributeKey(code))
	}
	for _, join := range c.joining {
		keys = append(keys, SKUKey(join.sku))
	}
	for _, move := range c.moving {
		keys = append(keys, BarcodeKey(move.gtin))
	}
	return keys
}

// Decide refuses a tax category or an attribute that is not there, values that are not of their attribute's type, a product that
// would lose a variant, and SKUs and barcodes that others have.
func (c PutProduct) Decide(s State, now time.Time) (Change, Product, error) {
	before, _ := lookup[Product](s, c.Product.Key())
	if before.Version != c.planned {
		return Change{}, Product{}, ErrStale
	}
	if err := c.check(s, before); err != nil {
		return Change{}, Product{}, err
	}
	// Nothing below this line can fail.
	product := c.Product
	product.Version, product.RecordedAt = before.Version+1, now
	change := put(c.Transaction, "ProductPut", "product/"+product.Code, product.Code, product.Version, product)
	for _, join := range c.joining {
		change.Rows = append(change.Rows, SKU{Code: join.sku, Product: product.Code, RecordedAt: now, AliasOf: join.aliasOf})
	}
	for _, move := range c.moving {
		barcode, _ := lookup[Barcode](s, BarcodeKey(move.gtin))
		change.Rows = append(change.Rows, Barcode{GTIN: move.gtin, SKU: move.to, RecordedAt: now, Version: barcode.Version + 1})
	}
	return change, product, nil
}

func (c PutProduct) check(s State, before Product) error {
	if s.Row(TaxCategoryKey(c.Product.TaxCategory)) == nil {
		return RefuseField(UnknownTaxCategory, "product.tax_category", "there is no tax category %s", c.Product.TaxCategory).
			With("tax_category", c.Product.TaxCategory)
	}
	for value, field := range c.values() {
		attribute, known := lookup[Attribute](s, AttributeKey(value.Attribute))
		if !known {
			return RefuseField(UnknownAttribute, field+".attribute", "there is no attribute %s", value.Attribute).
				With("attribute", value.Attribute)
		}
		if err := attribute.allows(value, field); err != nil {
			return err
		}
	}
	for _, variant := range before.Variants {
		if !c.Product.has(variant.SKU) {
			return RefuseField(VariantMissing, "product.variants", "the variant %s is left out", variant.SKU).With("sku", variant.SKU)
		}
	}
	for _, join := range c.joining {
		if sku, taken := lookup[SKU](s, SKUKey(join.sku)); taken {
			return takenBy(sku, join.field)
		}
	}
	for _, move := range c.moving {
		barcode, _ := lookup[Barcode](s, BarcodeKey(move.gtin))
		if barcode.SKU != "" && barcode.SKU != move.from {
			return RefuseField(BarcodeTaken, move.field, "the barcode %s belongs to %s", move.gtin, barcode.SKU).
				With("gtin", move.gtin).With("sku", barcode.SKU)
		}
	}
	return nil
}

// takenBy refuses a SKU that is there already.
func takenBy(sku SKU, field string) error {
	if sku.AliasOf != "" {
		return RefuseField(SKUTaken, field, "%s is an alias of %s, of product %s", sku.Code, sku.AliasOf, sku.Product).
			With("sku", sku.Code).With("alias_of", sku.AliasOf).With("product", sku.Product)
	}
	return RefuseField(SKUTaken, field, "the SKU %s belongs to product %s", sku.Code, sku.Product).
		With("sku", sku.Code).With("product", sku.Product)
}
