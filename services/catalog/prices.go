package catalog

import (
	"context"
	"time"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/catalog/v1"
	money "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
	"github.com/aisle-retail/aisle/services/retail"
)

// ListChannelPrices tells what variants cost in a channel.
func (s *Server) ListChannelPrices(ctx context.Context, req *pb.ListChannelPricesRequest) (*pb.ListChannelPricesResponse, error) {
	at, err := instantFrom(req.GetAt(), "at")
	if err != nil {
		return nil, err
	}
	if at.IsZero() {
		at = time.Now()
	}
	channel, found, err := s.reads.Channel(ctx, req.GetChannel())
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, retail.RefuseField(retail.UnknownChannel, "channel", "there is no channel %s", req.GetChannel()).
			With("channel", req.GetChannel())
	}
	skus, err := s.reads.RealSKUs(ctx, req.GetSkus())
	if err != nil {
		return nil, err
	}
	var lists []listed
	for _, code := range channel.PriceLists {
		list, found, err := s.reads.PriceList(ctx, code)
		if err != nil {
			return nil, err
		}
		if !found || req.GetCurrencyCode() != "" && list.Currency != req.GetCurrencyCode() {
			continue
		}
		prices, err := s.reads.Prices(ctx, list.Code, skus)
		if err != nil {
			return nil, err
		}
		lists = append(lists, listed{list, prices})
	}
	return channelPricesTo(skus, lists, at), nil
}

// listed is what variants cost in one price list.
type listed struct {
	list   retail.PriceList
	prices []retail.VariantPrices
}

// channelPricesTo tells the prices that hold at an instant, of each variant once, in the order asked.
func channelPricesTo(skus []string, lists []listed, at time.Time) *pb.ListChannelPricesResponse {
	answer := &pb.ListChannelPricesResponse{}
	told := map[string]bool{}
	for _, sku := range skus {
		if told[sku] {
			continue
		}
		told[sku] = true
		for _, l := range lists {
			for _, variant := range l.prices {
				if variant.SKU != sku {
					continue
				}
				if price, holds := retail.PriceAt(variant.Prices, at); holds {
					answer.Prices = append(answer.Prices, &pb.ChannelPrice{PriceList: l.list.Code, TaxIncluded: l.list.TaxIncluded, Price: &pb.Price{
						Sku: sku, UnitPrice: &money.Money{CurrencyCode: l.list.Currency, AmountMinor: price.UnitMinor},
						ValidFrom: instantTo(price.ValidFrom), ValidUntil: instantTo(price.ValidUntil),
					}})
				}
			}
		}
	}
	return answer
}
