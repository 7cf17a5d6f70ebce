package events

import (
	"context"
	"slices"
	"strings"

	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/trade"
)

// shownToAll are how the kinds begin that say nothing of what stands on a shelf. Whatever is not among them, and so whatever is
// added, is kept from keys that are bound to a channel that shows no counts: who adds up all movements knows every count.
var shownToAll = []string{
	"Channel", "Fulfilment", "Goodwill", "Hold", "Invoice", "Location", "Order", "Pickup", "Price", "Product", "Return", "Shipment",
	"StockHeld", "Tax", "Units", "Debt",
}

// keptFromChannels is the kind of what people look for, who and through which channel: no key that is bound to channels sees it.
const keptFromChannels = "DemandRecorded"

// visible leaves out what the caller may not see.
func (s *Server) visible(ctx context.Context, found []ledger.LoggedEvent) ([]ledger.LoggedEvent, error) {
	if !trade.IsBound(ctx) {
		return found, nil
	}
	sees, err := trade.SeesCounts(ctx, s.reads)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(found, func(e ledger.LoggedEvent) bool {
		shown := sees || slices.ContainsFunc(shownToAll, func(start string) bool { return strings.HasPrefix(e.Kind, start) })
		return !shown || e.Kind == keptFromChannels
	}), nil
}
