package sim

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	catalogpb "github.com/aisle-retail/aisle/gen/go/aisle/catalog/v1"
	locationspb "github.com/aisle-retail/aisle/gen/go/aisle/locations/v1"
	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	paymentspb "github.com/aisle-retail/aisle/gen/go/aisle/payments/v1"
	promotionspb "github.com/aisle-retail/aisle/gen/go/aisle/promotions/v1"
	replenishmentpb "github.com/aisle-retail/aisle/gen/go/aisle/replenishment/v1"
	retailpb "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
	returnspb "github.com/aisle-retail/aisle/gen/go/aisle/returns/v1"
	stockpb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
	"github.com/aisle-retail/aisle/services/sim/auditor"
)

// The one shopper with a key of her own, whom the cluster knows.
const shopper = "0198c0de-0000-7000-8000-00000000000a"

// ownReason is a reason of the shop's own; the others that are named are there without being put.
const ownReason = "mice"

// NewShop draws a shop: small, so that clients meet.
func NewShop(r *rand.Rand) auditor.Shop {
	s := auditor.Shop{
		Locations: []auditor.Location{
			{Code: "milan", LatitudeE7: 454_641_000, LongitudeE7: 91_919_000}, {Code: "rome", LatitudeE7: 419_028_000, LongitudeE7: 124_964_000},
			{Code: "turin", LatitudeE7: 450_703_000, LongitudeE7: 76_869_000}, {Code: "online", Online: true},
		},
		Channels: []auditor.Channel{
			{Code: "till", HoldSeconds: 3600},
			{Code: "shop", SellingLocation: "online", HoldSeconds: 900, SafetyBuffer: int64(r.IntN(2)), Reroute: []string{"PICKUP", "SHIP"}, CartsLeftSeconds: 1,
				CartHoldSeconds: 3},
			{Code: "app", SellingLocation: "online", HoldSeconds: 2, SafetyBasisPoints: 1000 * int64(r.IntN(3)), FewFrom: 1 + int64(r.IntN(2)), ManyFrom: 4},
		},
		Promotions: []auditor.Promotion{
			{Code: "app-member", SKU: "SKU-0", Channel: "app", Members: true, BasisPoints: 1500},
			{Code: "coupon", SKU: "SKU-2", Coupon: "HALF", UsesMax: 5, CustomerUsesMax: 2, BasisPoints: 5000},
			{Code: "three", SKU: "SKU-1", Units: 3, Paid: 2},
			{Code: "till-member", SKU: "SKU-3", Channel: "till", Members: true, BasisPoints: 525},
			{Code: "app", Channel: "app", BasisPoints: 333},
		},
		Policies: []auditor.Policy{
			{Code: "as-new", SKU: "SKU-5", Terms: auditor.ReturnTerms{Condition: "UNUSED", Part: 1000}},
			{Code: "proved", SKU: "SKU-6", Terms: auditor.ReturnTerms{Proof: "RECEIPT", Final: true, Part: 333, Each: 7}},
		},
		Customers: []string{shopper},
		Bound:     []string{"site", "shopper", "till"},
		Speaks:    map[string]string{"till": "till"},
	}
	for _, sku := range []string{"", "SKU-0", "SKU-1"} { // few places and articles have rules, and each of them a rule of another kind
		for _, rule := range [][2]string{{"", ""}, {"SHIP", ""}, {"", "shop"}, {"PICKUP", "app"}} {
			if r.IntN(3) == 0 {
				s.Buffers = append(s.Buffers, auditor.Buffer{
					Location: "milan", SKU: sku, Method: rule[0], Channel: rule[1], Units: int64(r.IntN(3)), BasisPoints: 2500 * int64(r.IntN(2)),
				})
			}
		}
	}
	for i := range 3 {
		s.Customers = append(s.Customers, fmt.Sprintf("0198c0de-0000-7000-8000-0000000000b%d", i))
	}
	for i := range 7 + r.IntN(2) {
		item := auditor.Item{SKU: fmt.Sprintf("SKU-%d", i), UnitMinor: 1 + r.Int64N(5000), TaxCode: "IT-22", TaxPPM: 220_000, ReturnDays: 30}
		if i%3 == 2 {
			item.TaxCode, item.TaxPPM = "IT-4", 40_000
		}
		if i == 4 {
			item.ReturnDays = 0
		}
		s.Items = append(s.Items, item)
	}
	return s
}

// furnish puts the master data, before anything breaks.
func furnish(ctx context.Context, s auditor.Shop, c *client) error {
	var asks []ask
	put := func(method string, request proto.Message) { asks = append(asks, ask{method: method, request: request}) }
	for _, l := range s.Locations {
		kind := locationspb.LocationKind_LOCATION_KIND_STORE
		if l.Online {
			kind = locationspb.LocationKind_LOCATION_KIND_ONLINE
		}
		put("locations/PutLocation", &locationspb.PutLocationRequest{RequestId: c.newID(), Location: &locationspb.Location{
			Code: l.Code, Name: "Shop " + l.Code, Kind: kind, TimeZone: "Europe/Rome", CurrencyCode: auditor.Currency, TaxJurisdiction: "IT",
			LatitudeE7: l.LatitudeE7, LongitudeE7: l.LongitudeE7,
		}})
	}
	furnishCatalogue(s, c, put)
	for _, k := range auditor.CardKinds {
		limit := func(minor int64) *retailpb.Money {
			if minor == 0 {
				return nil
			}
			return euros(minor)
		}
		put("payments/PutCardKind", &paymentspb.PutCardKindRequest{RequestId: c.newID(), CardKind: &paymentspb.CardKind{
			Code: k.Code, Name: k.Code, CurrencyCode: auditor.Currency, ValidMonths: k.Months, Renewed: k.Renewed,
			Limits: &paymentspb.CardLimits{MostBalance: limit(k.MostBalance), LeastLoad: limit(k.LeastLoad), MostLoad: limit(k.MostLoad)},
		}})
	}
	put("stock/PutStockReason", &stockpb.PutStockReasonRequest{RequestId: c.newID(), Reason: &stockpb.StockReason{
		Code: ownReason, Name: "Eaten by mice",
		Acts: []stockpb.StockAct{stockpb.StockAct_STOCK_ACT_ADJUST, stockpb.StockAct_STOCK_ACT_WRITE_OFF},
	}})
	for _, ch := range s.Channels {
		kind := locationspb.ChannelKind_CHANNEL_KIND_ONLINE_STORE
		if ch.SellingLocation == "" {
			kind = locationspb.ChannelKind_CHANNEL_KIND_TILL
		}
		channel := &locationspb.Channel{
			Code: ch.Code, Name: ch.Code, Kind: kind, SellingLocation: ch.SellingLocation, PriceLists: []string{"eur"},
			HoldTime: durationpb.New(time.Duration(ch.HoldSeconds) * time.Second), SafetyBuffer: ch.SafetyBuffer,
			SafetyBasisPoints: int32(ch.SafetyBasisPoints), Exposure: exposureOf(ch), Reroute: methodsNamed(ch.Reroute),
			ShipToStore: &locationspb.ShipToStore{},
		}
		if ch.CartsLeftSeconds > 0 {
			channel.CartsLeftAfter = durationpb.New(time.Duration(ch.CartsLeftSeconds) * time.Second)
		}
		if ch.CartHoldSeconds > 0 {
			channel.CartHold = durationpb.New(time.Duration(ch.CartHoldSeconds) * time.Second)
		}
		put("locations/PutChannel", &locationspb.PutChannelRequest{RequestId: c.newID(), Channel: channel})
	}
	for _, p := range s.Promotions {
		put("promotions/PutPromotion", &promotionspb.PutPromotionRequest{RequestId: c.newID(), Promotion: promotionOf(p)})
	}
	for _, p := range s.Policies {
		put("returns/PutReturnPolicy", &returnspb.PutReturnPolicyRequest{RequestId: c.newID(), ReturnPolicy: policyOf(p)})
	}
	for _, b := range s.Buffers {
		put("stock/PutBuffers", &stockpb.PutBuffersRequest{RequestId: c.newID(), Location: b.Location, Buffers: []*stockpb.Buffer{{
			Sku: b.SKU, Method: methodNamed(b.Method), Channel: b.Channel, Units: b.Units, BasisPoints: int32(b.BasisPoints),
		}}})
	}
	for _, l := range s.Locations {
		if l.Online {
			continue
		}
		rules := &replenishmentpb.PutStockRulesRequest{RequestId: c.newID(), Location: l.Code}
		for _, item := range s.Items {
			rules.Rules = append(rules.Rules, &replenishmentpb.StockRule{Sku: item.SKU, Minimum: 2, LowBelow: 3})
		}
		put("replenishment/PutStockRules", rules)
		delivery := &stockpb.ReceiveStockRequest{RequestId: c.newID(), Location: l.Code, Reference: "first delivery"}
		for i, item := range s.Items {
			delivery.Lines = append(delivery.Lines, &stockpb.ReceiveLine{Sku: item.SKU, Quantity: int64(5 + 20/(1+i))})
		}
		put("stock/ReceiveStock", delivery)
	}
	for _, a := range asks {
		if call := c.send(ctx, a); call.Outcome != auditor.Acknowledged {
			return fmt.Errorf("furnish the shop: %s: %s %s", call.Method, call.Code, call.Message)
		}
	}
	return nil
}

func exposureOf(ch auditor.Channel) *locationspb.StockExposure {
	if ch.FewFrom == 0 {
		return nil
	}
	return &locationspb.StockExposure{Kind: locationspb.ExposureKind_EXPOSURE_KIND_BAND, FewFrom: ch.FewFrom, ManyFrom: ch.ManyFrom}
}

func promotionOf(p auditor.Promotion) *promotionspb.Promotion {
	told := &promotionspb.Promotion{
		Code: p.Code, Name: "Promotion " + p.Code, Scope: promotionspb.PromotionScope_PROMOTION_SCOPE_LINE, MembersOnly: p.Members,
		Gives: &promotionspb.Promotion_BasisPoints{BasisPoints: int32(p.BasisPoints)},
	}
	if p.BasisPoints == 0 {
		told.Gives = &promotionspb.Promotion_NForM{NForM: &promotionspb.NForM{Units: int32(p.Units), Paid: int32(p.Paid)}}
	}
	if p.Coupon != "" {
		told.Coupons, told.UsesMax, told.CustomerUsesMax = []string{p.Coupon}, p.UsesMax, p.CustomerUsesMax
	}
	if p.Channel != "" {
		told.Channels = []string{p.Channel}
	}
	if p.SKU == "" {
		told.Scope = promotionspb.PromotionScope_PROMOTION_SCOPE_ORDER
	} else {
		told.Skus = []string{p.SKU}
	}
	return told
}

// policyOf is a policy for a department, which leaves its days to the articles in it.
func policyOf(p auditor.Policy) *returnspb.ReturnPolicy {
	terms := &orderspb.ReturnTerms{
		Condition:      orderspb.GoodsCondition(orderspb.GoodsCondition_value["GOODS_CONDITION_"+p.Terms.Condition]),
		Proof:          orderspb.ReturnProof(orderspb.ReturnProof_value["RETURN_PROOF_"+p.Terms.Proof]),
		FeeBasisPoints: int32(p.Terms.Part),
	}
	if p.Terms.Each > 0 {
		terms.UnitFee = euros(p.Terms.Each)
	}
	if p.Terms.Final {
		terms.Override = orderspb.ReturnRight_RETURN_RIGHT_NOBODY
	}
	return &returnspb.ReturnPolicy{Code: p.Code, Name: "Policy " + p.Code, Departments: []string{"department-" + p.SKU}, Days: 3, Terms: terms}
}

// methodNamed is none for "".
func methodNamed(name string) orderspb.FulfilmentMethod {
	return orderspb.FulfilmentMethod(orderspb.FulfilmentMethod_value["FULFILMENT_METHOD_"+name])
}

func methodsNamed(names []string) (named []orderspb.FulfilmentMethod) {
	for _, name := range names {
		named = append(named, methodNamed(name))
	}
	return named
}

func furnishCatalogue(s auditor.Shop, c *client, put func(string, proto.Message)) {
	rates := &catalogpb.PutTaxRatesRequest{RequestId: c.newID(), Jurisdiction: "IT"}
	known := map[string]bool{}
	prices := &catalogpb.PutPricesRequest{RequestId: c.newID(), PriceList: "eur"}
	var products []*catalogpb.PutProductRequest
	for _, item := range s.Items {
		if !known[item.TaxCode] {
			known[item.TaxCode] = true
			put("catalog/PutTaxCategory", &catalogpb.PutTaxCategoryRequest{RequestId: c.newID(), TaxCategory: &catalogpb.TaxCategory{Code: item.TaxCode, Name: item.TaxCode}})
			rates.Rates = append(rates.Rates, &catalogpb.TaxRate{TaxCategory: item.TaxCode, Code: item.TaxCode, RatePpm: int32(item.TaxPPM)})
		}
		products = append(products, &catalogpb.PutProductRequest{RequestId: c.newID(), Product: &catalogpb.Product{
			Code: "product-" + item.SKU, Title: "Product " + item.SKU, TaxCategory: item.TaxCode, ReturnDays: proto.Int32(item.ReturnDays),
			Department: "department-" + item.SKU,
			Variants:   []*catalogpb.Variant{{Sku: item.SKU}},
		}})
		prices.Prices = append(prices.Prices, &catalogpb.Price{Sku: item.SKU, UnitPrice: euros(item.UnitMinor)})
	}
	put("catalog/PutTaxRates", rates)
	put("catalog/PutPriceList", &catalogpb.PutPriceListRequest{RequestId: c.newID(), PriceList: &catalogpb.PriceList{
		Code: "eur", Name: "Prices", CurrencyCode: auditor.Currency, TaxIncluded: true,
	}})
	for _, product := range products {
		put("catalog/PutProduct", product)
	}
	put("catalog/PutPrices", prices)
}

func euros(minor int64) *retailpb.Money {
	return &retailpb.Money{CurrencyCode: auditor.Currency, AmountMinor: minor}
}
