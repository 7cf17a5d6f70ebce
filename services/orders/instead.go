package orders

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	"github.com/aisle-retail/aisle/services/retail"
)

// insteadHelpedMax is how many shortages of an order are refused with alternatives. With those of insteadMax, 4 of each, they fit into the
// headers of an answer, for which proxies have 4 to 8 kB.
const insteadHelpedMax = 3

// way is how an alternative is had: brings is true where another place sends it to be collected.
type way struct {
	method pb.FulfilmentMethod
	brings bool
}

// insteadMax is how many alternatives of each way a refusal names of a shortage. A quote names more.
var insteadMax = map[way]int{
	{method: pb.FulfilmentMethod_FULFILMENT_METHOD_PICKUP}: 2, {method: pb.FulfilmentMethod_FULFILMENT_METHOD_SHIP}: 1,
	{pb.FulfilmentMethod_FULFILMENT_METHOD_PICKUP, true}: 1,
}

// instead names in a refusal for lack of stock the other ways that a quote would offer. They are looked for once it is refused, so that an order
// that is placed takes no longer; what can't be found out is left out, and any other error stays as it is.
func (s *Server) instead(ctx context.Context, planned sourcing, refused error) error {
	refusal, ok := errors.AsType[*retail.Refusal](refused)
	if !ok || refusal.Reason != retail.OutOfStock {
		return refused
	}
	cmd, err := planned.basket.Plan(planned.terms)
	if err != nil {
		return refused
	}
	short := cmd.Shortages(refusal)
	q := quoting{cmd: cmd, terms: planned.terms, quote: retail.Quote{Short: short[:min(insteadHelpedMax, len(short))]}, now: planned.basket.Now}
	if q.others, err = s.alternatives(ctx, cmd, planned.terms, q.quote.Short); err != nil {
		return refused
	}
	helped := *refusal
	helped.Details = maps.Clone(refusal.Details)
	for i, one := range q.quote.Short {
		left, n := maps.Clone(insteadMax), 0
		for _, other := range q.shortageTo(i).GetAlternatives() {
			by := way{other.GetMethod(), other.GetFromLocation() != ""}
			if left[by] == 0 {
				continue
			}
			left[by]--
			nameInstead(&helped, fmt.Sprintf("lines[%d].alternatives[%d].", one.Line, n), other)
			n++
		}
	}
	return &helped
}

// nameInstead adds an alternative to the facts of a refusal; what is not known of it is left out.
func nameInstead(r *retail.Refusal, path string, other *pb.QuoteAlternative) {
	r.With(path+"method", strings.TrimPrefix(other.GetMethod().String(), "FULFILMENT_METHOD_")).With(path+"location", other.GetLocation())
	if from := other.GetFromLocation(); from != "" {
		r.With(path+"from_location", from)
	}
	if other.DistanceMetres != nil {
		r.With(path+"distance_metres", other.GetDistanceMetres())
	}
	if ready := other.GetReadyLocalTime(); ready != "" {
		r.With(path+"ready_at", ready)
	}
}
