package messages

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/aisle-retail/aisle/services/retail"
)

// named is what the catalogue calls a thing in a language.
type named struct {
	// title is the product's, where it is translated, and own as it stands; variant is which one of its sizes and colours.
	title, own, variant string
}

// name is what a message calls a thing: as the catalogue does in the customer's language, or else as it was called when it was sold.
func (f facts) name(description, sku string) string {
	is := f.names[sku]
	title := cmp.Or(is.title, description, is.own, sku)
	if is.variant != "" {
		return title + ", " + is.variant
	}
	return title
}

// names reads what things are called in a language, by their SKU.
func (p *Post) names(ctx context.Context, skus []string, language string) (map[string]named, error) {
	slices.Sort(skus)
	var refs []retail.ItemRef
	for _, sku := range slices.Compact(skus) {
		if sku != "" { // a charge is no thing of the catalogue's
			refs = append(refs, retail.ItemRef{SKU: sku})
		}
	}
	items, err := p.reads.Items(ctx, refs, "")
	if err != nil {
		return nil, err
	}
	var codes []string
	for _, item := range items {
		codes = append(codes, item.Product)
	}
	slices.Sort(codes)
	products, err := p.reads.ProductsByCode(ctx, slices.Compact(codes))
	names := map[string]named{}
	for i, item := range items {
		if at := slices.IndexFunc(products, func(p retail.Product) bool { return p.Code == item.Product }); at >= 0 {
			names[refs[i].SKU] = nameOf(products[at], item.SKU, language)
		}
	}
	return names, err
}

// nameOf is what a product calls one of its variants in a language, as far as it is translated. A translation for a region will do where there is
// none for all of them.
func nameOf(p retail.Product, sku, language string) named {
	is := named{own: p.Title}
	at := slices.IndexFunc(p.Translations, func(t retail.Translation) bool { return t.Language == language })
	if at < 0 {
		at = slices.IndexFunc(p.Translations, func(t retail.Translation) bool { return strings.HasPrefix(t.Language, language+"-") })
	}
	var said retail.Translation
	if at >= 0 {
		said = p.Translations[at]
		is.title = said.Title
	}
	at = slices.IndexFunc(p.Variants, func(v retail.Variant) bool { return v.SKU == sku })
	if at < 0 {
		return is
	}
	values := slices.Clone(p.Variants[at].OptionValues)
	for i := range min(len(values), len(p.Options), len(said.Options)) {
		if n := slices.Index(p.Options[i].Values, values[i]); n >= 0 && n < len(said.Options[i].Values) {
			values[i] = said.Options[i].Values[n]
		}
	}
	is.variant = strings.Join(values, ", ")
	return is
}

// ways reads how an order is handed over: each fulfilment of its lines, and its place.
func (p *Post) ways(ctx context.Context, o retail.Order) (all []way, err error) {
	for _, line := range o.Lines {
		if line.Fulfilment.IsZero() || slices.ContainsFunc(all, func(w way) bool { return w.work.ID == line.Fulfilment }) {
			continue
		}
		w := way{}
		if w.work, _, err = p.reads.Fulfilment(ctx, line.Location, line.Fulfilment); err != nil {
			return nil, err
		}
		if w.place, _, err = p.reads.Location(ctx, line.Location); err != nil {
			return nil, err
		}
		all = append(all, w)
	}
	return all, nil
}

// way is a fulfilment with its place.
type way struct {
	work  retail.Fulfilment
	place retail.Location
}
