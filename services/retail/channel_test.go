package retail

import (
	"strings"
	"testing"
	"time"
)

func TestPutChannel(t *testing.T) {
	m := newMasterData(t)
	accept(m, PutPriceList{Transaction: ID{1}, PriceList: PriceList{Code: "eur", Currency: "EUR", TaxIncluded: true}})
	accept(m, PutPriceList{Transaction: ID{2}, PriceList: PriceList{Code: "eur-b2b", Currency: "EUR"}})
	accept(m, PutPriceList{Transaction: ID{3}, PriceList: PriceList{Code: "chf", Currency: "CHF", TaxIncluded: true}})
	web := Channel{Code: "web", Name: "Web shop", Kind: "ONLINE_STORE", HoldTime: time.Minute}

	t.Run("sells from one list per currency", func(t *testing.T) {
		both := web
		both.PriceLists = []string{"eur", "chf"}
		if got := accept(m, PutChannel{Transaction: ID{4}, Channel: both}); got.Version != 1 {
			t.Errorf("got %+v", got)
		}
		both.PriceLists = []string{"eur", "eur-b2b"}
		refuse(m, PutChannel{Transaction: ID{5}, Channel: both}, InvalidRequest, "channel.price_lists[1]")
	})
	t.Run("refuses a price list that is not there", func(t *testing.T) {
		unlisted := web
		unlisted.PriceLists = []string{"eur", "usd"}
		refuse(m, PutChannel{Transaction: ID{6}, Channel: unlisted}, UnknownPriceList, "channel.price_lists[1]")
	})
	t.Run("refuses places that are not there", func(t *testing.T) {
		lost := web
		lost.SellingLocation, lost.Locations = "online", []string{"milan", "atlantis"}
		refuse(m, PutChannel{Transaction: ID{7}, Channel: lost, UnknownLocations: []string{"atlantis"}},
			UnknownLocation, "channel.locations[1]")
		refuse(m, PutChannel{Transaction: ID{8}, Channel: lost, UnknownLocations: []string{"online"}},
			UnknownLocation, "channel.selling_location")
	})
}

func TestChannel(t *testing.T) {
	t.Run("promises from everywhere unless it names places", func(t *testing.T) {
		if !(Channel{}).Promises("milan") {
			t.Error("a channel that names no place promises from none")
		}
		named := Channel{Locations: []string{"rome"}}
		if named.Promises("milan") || !named.Promises("rome") {
			t.Error("a channel that names Rome promises from elsewhere")
		}
		wantRefusal(t, named.mayServe("milan", "location"), LocationNotServed, "location")
		const want = "channel  may not promise stock from milan: name a place that it may promise from (rome)"
		if got := named.mayServe("milan", "location").Error(); !strings.Contains(got, want) {
			t.Errorf("%q", got)
		}
		if err := named.mayServe("rome", "location"); err != nil {
			t.Error(err)
		}
	})
	t.Run("takes nothing new once retired", func(t *testing.T) {
		wantRefusal(t, Channel{Retired: true}.mayServe("milan", "location"), ChannelRetired, "channel")
	})
	t.Run("is at a till where the goods are in the customer's hand", func(t *testing.T) {
		for kind, want := range map[string]bool{"TILL": true, "SELF_CHECKOUT": true, "ONLINE_STORE": false, "CALL_CENTRE": false} {
			if got := (Channel{Kind: kind}).AtTill(); got != want {
				t.Errorf("%s: %t", kind, got)
			}
		}
	})
}
