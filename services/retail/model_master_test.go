package retail

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// paperData is what the retailer has put down of its catalogue, places and channels.
type paperData struct {
	// currencies of places, and of price lists with their "tax included", by code.
	currencies map[string]string
	lists      map[string]PriceList
	categories map[string]bool
	// reasons are the acts that reasons fit, none where they are retired.
	reasons map[string][]string
	// kinds are the limits of kinds of gift cards.
	kinds map[string]cardLimits
	// owners are the products of SKUs, holders the SKUs of barcodes; none: free.
	owners, holders map[string]string
	// buffers are the units that places keep, by place, SKU, method and channel.
	buffers map[string]int64
	// rules are the stock rules of places, by place and SKU.
	rules map[string]string
	// aliases are the SKUs that aliases stand for, by alias.
	aliases map[string]string
	// attributes are types and choices by code.
	attributes map[string]Attribute
	prices     map[Key]map[time.Time]int64
	// puts counts the puts of each row.
	puts map[Key]int64
}

func newPaperData() paperData {
	return paperData{
		currencies: map[string]string{}, lists: map[string]PriceList{}, categories: map[string]bool{}, owners: map[string]string{},
		holders: map[string]string{}, aliases: map[string]string{}, attributes: map[string]Attribute{}, prices: map[Key]map[time.Time]int64{},
		puts: map[Key]int64{}, buffers: map[string]int64{}, reasons: map[string][]string{}, rules: map[string]string{},
	}
}

// Few codes, so that puts meet.
var (
	fewCodes  = rapid.SampledFrom([]string{"a", "b"})
	fewMoney  = rapid.SampledFrom([]string{"EUR", "EUR", "USD"})
	fewSKUs   = []string{"A1", "A2", "B1"}
	fewNames  = []string{"A1", "OLD1", "OLD2"} // for aliases
	fewTypes  = rapid.SampledFrom([]AttributeType{AttributeText, AttributeNumber, AttributeBoolean, AttributeChoice, AttributeChoices})
	fewGTINs  = []string{"00000000000017", "00000000000024", "00000000000031"}
	fewStarts = []time.Time{{}, opening, opening.AddDate(0, 1, 0), opening.AddDate(0, -1, 0)}
)

// master puts some of the retailer's data.
func (s *trial) master(t *rapid.T) {
	acts := []func(*rapid.T){s.putPlace, s.putList, s.putCategory, s.putCategory, s.putRates, s.putAttribute, s.putProduct, s.putProduct,
		s.putPrices, s.putChannel, s.putBuffers, s.putRules, s.putReason, s.putPromotion, s.putPolicy, s.putCardKind, s.putBlindTerms, s.putRefundTerms}
	for range rapid.IntRange(1, 9).Draw(t, "puts") {
		rapid.SampledFrom(acts).Draw(t, "put")(t)
	}
}

func (s *trial) putPlace(t *rapid.T) {
	c := PutLocation{s.mint(), Location{Code: fewCodes.Draw(t, "place"), Name: "N", Currency: fewMoney.Draw(t, "currency")}}
	was, there := s.data.currencies[c.Location.Code]
	_, err := submit(t, s.shop, c)
	if decided(t, err, reasonIf(there && was != c.Location.Currency, Immutable)) {
		s.data.currencies[c.Location.Code] = c.Location.Currency
		s.data.puts[c.Location.Key()]++
	}
}

func (s *trial) putList(t *rapid.T) {
	list := PriceList{Code: fewCodes.Draw(t, "list"), Currency: fewMoney.Draw(t, "currency"), TaxIncluded: rapid.IntRange(0, 3).Draw(t, "tax included") > 0}
	was, there := s.data.lists[list.Code]
	_, err := submit(t, s.shop, PutPriceList{s.mint(), list})
	if decided(t, err, reasonIf(there && (was.Currency != list.Currency || was.TaxIncluded != list.TaxIncluded), Immutable)) {
		s.data.lists[list.Code] = list
		s.data.puts[list.Key()]++
	}
}

func (s *trial) putCategory(t *rapid.T) {
	category := TaxCategory{Code: fewCodes.Draw(t, "category"), Name: "N"}
	_, err := submit(t, s.shop, PutTaxCategory{s.mint(), category})
	if decided(t, err) {
		s.data.categories[category.Code] = true
		s.data.puts[category.Key()]++
	}
}

func (s *trial) putReason(t *rapid.T) {
	reason := StockReason{
		Code: rapid.SampledFrom([]string{"a", "b", "theft"}).Draw(t, "reason"), Name: "N", Retired: rapid.IntRange(0, 3).Draw(t, "retired") == 0,
	}
	var fits []string
	for _, act := range rapid.Permutation([]StockAct{"ADJUST", "DAMAGE", "FOUND", "WRITE_OFF"}).Draw(t, "acts")[:rapid.IntRange(1, 4).Draw(t, "how many")] {
		reason.Acts = append(reason.Acts, act)
		fits = append(fits, string(act))
	}
	_, err := submit(t, s.shop, PutStockReason{s.mint(), reason})
	if decided(t, err) {
		if s.data.reasons[reason.Code] = fits; reason.Retired {
			s.data.reasons[reason.Code] = []string{}
		}
		s.data.puts[reason.Key()]++
	}
}

// drawReason draws a reason of an act, as the handler finds it, and what is wrong with it by the paper. Nobody has to put theft.
func (s *trial) drawReason(t *rapid.T, act string) (reason StockReason, wrong []Reason) {
	code := rapid.SampledFrom([]string{"a", "b", "theft", "correction", "correction", "correction"}).Draw(t, "because")
	fits, put := s.data.reasons[code]
	if row, found := s.rows[StockReasonKey(code)].(StockReason); found != put {
		t.Fatalf("the reason %s is there: %v, on paper: %v", code, found, put)
	} else if reason = row; !put {
		if reason, found = StandardReason(code); !found {
			return StockReason{Code: "correction", Acts: []StockAct{StockAct(act)}}, nil // what nobody knows, no handler gives to a rule
		}
		fits = []string{"ADJUST", "INSPECT", "WRITE_OFF", "COUNT", "TRANSFER", "DELIVERY", "OVERSELL"}
		if code == "correction" {
			fits = []string{act}
		}
	}
	return reason, []Reason{
		reasonIf(put && len(fits) == 0, ReasonRetired), reasonIf(len(fits) > 0 && !slices.Contains(fits, act), ReasonNotFor),
	}
}

func (s *trial) putRates(t *rapid.T) {
	rates := TaxRates{Jurisdiction: fewCodes.Draw(t, "jurisdiction")}
	unknown := false
	for range rapid.IntRange(0, 2).Draw(t, "rates") {
		category := fewCodes.Draw(t, "category")
		unknown = unknown || !s.data.categories[category]
		rates.Rates = append(rates.Rates, TaxRate{Category: category, Code: "T", PPM: 100_000})
	}
	_, err := submit(t, s.shop, PutTaxRates{s.mint(), rates})
	if decided(t, err, reasonIf(unknown, UnknownTaxCategory)) {
		s.data.puts[rates.Key()]++
	}
}

// putAttribute puts an attribute, and often again: what may not change of it is refused only where it is there.
func (s *trial) putAttribute(t *rapid.T) {
	for range rapid.IntRange(1, 4).Draw(t, "attributes") {
		s.putOneAttribute(t)
	}
}

func (s *trial) putOneAttribute(t *rapid.T) {
	a := Attribute{Code: fewCodes.Draw(t, "attribute"), Type: fewTypes.Draw(t, "type")}
	if a.Type == AttributeChoice || a.Type == AttributeChoices {
		for _, code := range []string{"x", "y"}[rapid.IntRange(0, 1).Draw(t, "from"):] {
			a.Choices = append(a.Choices, Choice{Code: code, Name: "N"})
		}
	}
	was, there := s.data.attributes[a.Code]
	lost := slices.ContainsFunc(was.Choices, func(c Choice) bool {
		return !slices.ContainsFunc(a.Choices, func(other Choice) bool { return other.Code == c.Code })
	})
	_, err := submit(t, s.shop, PutAttribute{s.mint(), a})
	if decided(t, err, reasonIf(there && (was.Type != a.Type || lost), Immutable)) {
		s.data.attributes[a.Code] = a
		s.data.puts[a.Key()]++
	}
}

// drawValue draws a value of an attribute, and what is wrong with it.
func (s *trial) drawValue(t *rapid.T) (v AttributeValue, wrong Reason) {
	v.Attribute = fewCodes.Draw(t, "of attribute")
	kind := fewTypes.Draw(t, "given as")
	yes := true
	switch kind {
	case AttributeText:
		v.Text = "soft"
	case AttributeNumber:
		v.Number = "1.5"
	case AttributeBoolean:
		v.Boolean = &yes
	case AttributeChoice:
		v.Choices = []string{rapid.SampledFrom([]string{"x", "y"}).Draw(t, "choice")}
	case AttributeChoices:
		v.Choices = []string{"x", "y"}
	}
	attribute, there := s.data.attributes[v.Attribute]
	fits := kind == attribute.Type || kind == AttributeChoice && attribute.Type == AttributeChoices
	for _, code := range v.Choices {
		fits = fits && slices.ContainsFunc(attribute.Choices, func(c Choice) bool { return c.Code == code })
	}
	switch {
	case !there:
		return v, UnknownAttribute
	case !fits:
		return v, InvalidRequest
	}
	return v, ""
}

// putProduct puts a product, now and then planned on what it was before somebody else put it.
func (s *trial) putProduct(t *rapid.T) {
	product := Product{Code: fewCodes.Draw(t, "product"), TaxCategory: fewCodes.Draw(t, "category")}
	before, _ := s.rows[product.Key()].(Product)
	skus := rapid.Permutation(fewSKUs).Draw(t, "skus")[:rapid.IntRange(0, 2).Draw(t, "variants")]
	gtins := rapid.Permutation(fewGTINs).Draw(t, "barcodes")
	for i, sku := range skus {
		product.Variants = append(product.Variants, Variant{SKU: sku, Barcodes: gtins[i : i+rapid.IntRange(0, 1).Draw(t, "has a barcode")]})
	}
	var wrong []Reason
	if rapid.IntRange(0, 2).Draw(t, "has an attribute") == 0 {
		value, fault := s.drawValue(t)
		wrong = append(wrong, reasonIf(fault != "", fault))
		if product.Attributes = []AttributeValue{value}; len(product.Variants) > 0 && rapid.Bool().Draw(t, "the variant's") {
			product.Attributes, product.Variants[0].Attributes = nil, product.Attributes
		}
	}
	alias := rapid.SampledFrom(fewNames).Draw(t, "alias")
	if len(product.Variants) > 0 && !slices.Contains(skus, alias) && rapid.IntRange(0, 3).Draw(t, "has an alias") == 0 {
		product.Variants[0].Aliases = []string{alias}
		of := s.data.aliases[alias]
		wrong = append(wrong, reasonIf(s.data.owners[alias] != "" || of != "" && of != skus[0], SKUTaken))
	} else {
		alias = ""
	}
	outdated := before.Version > 0 && rapid.IntRange(0, 9).Draw(t, "outdated") == 0
	if outdated {
		before.Version--
	}
	c, err := NewPutProduct(s.mint(), before, product)
	kept := map[string]string{}
	for _, variant := range product.Variants {
		owner := s.data.owners[variant.SKU]
		wrong = append(wrong, reasonIf(owner != "" && owner != product.Code || s.data.aliases[variant.SKU] != "", SKUTaken))
		for _, gtin := range variant.Barcodes {
			kept[gtin] = variant.SKU
			holder := s.data.holders[gtin]
			wrong = append(wrong, reasonIf(holder != "" && s.data.owners[holder] != product.Code, BarcodeTaken))
		}
	}
	for sku, owner := range s.data.owners {
		wrong = append(wrong, reasonIf(owner == product.Code && !slices.Contains(skus, sku), VariantMissing))
	}
	wrong = append(wrong, reasonIf(outdated, stale), reasonIf(!s.data.categories[product.TaxCategory], UnknownTaxCategory))
	if err == nil {
		_, err = submit(t, s.shop, c)
	}
	if !decided(t, err, wrong...) {
		return
	}
	s.data.puts[product.Key()]++
	if alias != "" {
		s.data.aliases[alias] = skus[0]
	}
	maps.DeleteFunc(s.data.holders, func(_, sku string) bool { return s.data.owners[sku] == product.Code })
	for _, variant := range product.Variants {
		s.data.owners[variant.SKU] = product.Code
	}
	maps.Copy(s.data.holders, kept)
}

func (s *trial) putPrices(t *rapid.T) {
	list := PriceList{Code: fewCodes.Draw(t, "list"), Currency: "EUR"}
	var prices []NewPrice
	for range rapid.IntRange(1, 3).Draw(t, "prices") {
		prices = append(prices, NewPrice{SKU: rapid.SampledFrom(fewSKUs).Draw(t, "sku"), Currency: "EUR", Price: Price{
			UnitMinor: rapid.Int64Range(0, 99).Draw(t, "price"), ValidFrom: rapid.SampledFrom(fewStarts).Draw(t, "from"),
		}})
	}
	all, err := NewPutPrices(list, prices, nil)
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	all[0].Transaction = s.mint()
	count, err := submit(t, s.shop, all[0])
	if !decided(t, err) || count != len(prices) {
		t.Fatalf("%d prices were put, and not %d", count, len(prices))
	}
	put := map[Key]bool{}
	for _, price := range prices {
		key := VariantPricesKey(list.Code, price.SKU)
		if s.data.prices[key] == nil {
			s.data.prices[key] = map[time.Time]int64{}
		}
		s.data.prices[key][price.ValidFrom] = price.UnitMinor
		put[key] = true
	}
	for key := range put {
		s.data.puts[key]++
	}
}

func (s *trial) putChannel(t *rapid.T) {
	c := PutChannel{Transaction: s.mint(), Channel: Channel{Code: fewCodes.Draw(t, "channel"), SellingLocation: "x"}}
	unknown, currencies := false, map[string]int{}
	for range rapid.IntRange(0, 2).Draw(t, "lists") {
		code := fewCodes.Draw(t, "list")
		list, there := s.data.lists[code]
		unknown = unknown || !there
		currencies[list.Currency]++
		c.Channel.PriceLists = append(c.Channel.PriceLists, code)
	}
	if rapid.IntRange(0, 4).Draw(t, "no such place") == 0 {
		c.UnknownLocations = []string{"x"}
	}
	twice := slices.ContainsFunc(slices.Collect(maps.Values(currencies)), func(n int) bool { return n > 1 })
	_, err := submit(t, s.shop, c)
	if decided(t, err, reasonIf(len(c.UnknownLocations) > 0, UnknownLocation), reasonIf(unknown, UnknownPriceList), reasonIf(twice, InvalidRequest)) {
		s.data.puts[c.Channel.Key()]++
	}
}

// check compares what the shop knows with what was put.
func (d paperData) check(t *rapid.T, s *shop) {
	t.Helper()
	for key, puts := range d.puts {
		version := int64(-1)
		switch row := s.rows[key].(type) {
		case Location:
			version = row.Version
		case PriceList:
			version = row.Version
		case TaxCategory:
			version = row.Version
		case TaxRates:
			version = row.Version
		case Attribute:
			version = row.Version
		case StockReason:
			version = row.Version
		case CardKind:
			version = row.Version
		case BlindTerms:
			version = row.Version
		case RefundTerms:
			version = row.Version
		case Promotion:
			version = row.Version
		case ReturnPolicy:
			version = row.Version
		case Product:
			version = row.Version
			for _, variant := range row.Variants {
				for _, alias := range variant.Aliases {
					if d.aliases[alias] != variant.SKU {
						t.Fatalf("%s has the alias %s, on paper of %q", variant.SKU, alias, d.aliases[alias])
					}
				}
			}
		case Channel:
			version = row.Version
		case BufferRules:
			version = row.Version
		case StockRule:
			version = row.Version
		case VariantPrices:
			version = row.Version
			got := map[time.Time]int64{}
			for _, price := range row.Prices {
				got[price.ValidFrom] = price.UnitMinor
			}
			if fmt.Sprint(got) != fmt.Sprint(d.prices[key]) || len(got) != len(row.Prices) {
				t.Fatalf("prices of %+v are %+v, on paper %v", key, row.Prices, d.prices[key])
			}
		}
		if version != puts {
			t.Fatalf("%+v was put %d times, and its version is %d", key, puts, version)
		}
	}
	for alias, of := range d.aliases {
		if row, _ := s.rows[SKUKey(alias)].(SKU); row.AliasOf != of || row.Product != d.owners[of] {
			t.Fatalf("%s is an alias of %q, on paper of %q", alias, row.AliasOf, of)
		}
	}
	for _, sku := range fewSKUs {
		if d.aliases[sku] != "" {
			continue
		}
		if row, _ := s.rows[SKUKey(sku)].(SKU); row.Product != d.owners[sku] {
			t.Fatalf("%s is a SKU of %q, on paper of %q", sku, row.Product, d.owners[sku])
		}
	}
	for _, gtin := range fewGTINs {
		if row, _ := s.rows[BarcodeKey(gtin)].(Barcode); row.SKU != d.holders[gtin] {
			t.Fatalf("%s is the barcode of %q, on paper of %q", gtin, row.SKU, d.holders[gtin])
		}
	}
}

// TestTheDataAgainstPaper puts the retailer's data again and again.
func TestTheDataAgainstPaper(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := &trial{shop: newShop(), model: newModel()}
		t.Repeat(map[string]func(*rapid.T){"": s.check, "master": s.master})
	})
}
