package orders

import (
	"context"
	"slices"
	"time"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	money "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

// QuoteOrder answers what an order would come to. Nothing of it enters the engine.
func (s *Server) QuoteOrder(ctx context.Context, req *pb.QuoteOrderRequest) (*pb.Quote, error) {
	now := time.Now().Truncate(time.Microsecond) // as finely as an order's times are kept
	basket, err := trade.BasketFrom(&pb.PlaceOrderRequest{
		Channel: req.GetChannel(), Location: req.GetLocation(), Customer: req.GetCustomer(), CurrencyCode: req.GetCurrencyCode(),
		Lines: req.GetLines(), Discounts: req.GetDiscounts(), Holds: req.GetHolds(), Cart: req.GetCart(), Coupons: req.GetCoupons(),
	}, now)
	if err != nil {
		return nil, err
	}
	sourced, err := s.source(ctx, basket, req.GetDestination())
	if err != nil {
		return nil, err
	}
	terms := sourced.terms
	cmd, err := sourced.basket.Plan(terms)
	if err != nil {
		return nil, err
	}
	rows, err := s.rowsOf(ctx, cmd, terms)
	if err != nil {
		return nil, err
	}
	quote, err := cmd.Quote(rows, now)
	if err != nil {
		return nil, err
	}
	told := quoting{cmd: cmd, terms: terms, quote: quote, chosen: sourced.chosen, now: now}
	if told.others, err = s.alternatives(ctx, cmd, terms, quote.Short); err != nil {
		return nil, err
	}
	return told.quoteTo(), nil
}

// rowsOf reads what a quote looks at: positions, holds, gift cards, and how often coupons were used. They are read and not locked.
func (s *Server) rowsOf(ctx context.Context, cmd retail.PlaceOrder, terms retail.Terms) (retail.Rows, error) {
	rows := retail.Rows{}
	for _, hold := range slices.Concat(terms.Holds, terms.CartHolds) {
		rows[hold.Key()] = hold
	}
	for _, card := range terms.Cards {
		rows[card.Balance.Key()] = card.Balance
	}
	var skus, locations []string
	for _, line := range cmd.Lines {
		if line.SKU != "" {
			place, _ := line.StockAt()
			skus, locations = append(skus, line.SKU), append(locations, place)
		}
	}
	var ids []retail.ID
	for _, count := range cmd.CouponCounts() {
		ids = append(ids, count.ID)
	}
	if len(ids) > 0 {
		counts, err := s.reads.CouponCounts(ctx, ids)
		if err != nil {
			return nil, err
		}
		for _, count := range counts {
			rows[count.Key()] = count
		}
	}
	return rows, s.readLevels(ctx, rows, skus, locations)
}

// readLevels reads the positions of all SKUs at all locations, in one round trip, however often one is named.
func (s *Server) readLevels(ctx context.Context, rows retail.Rows, skus, locations []string) error {
	if len(skus) == 0 || len(locations) == 0 {
		return nil
	}
	levels, err := s.reads.LevelsOf(ctx, trade.Distinct(skus), trade.Distinct(locations))
	for _, level := range levels {
		rows[level.Key()] = level
	}
	return err
}

// alternatives are other ways to have what is short, by shortage.
func (s *Server) alternatives(
	ctx context.Context, cmd retail.PlaceOrder, terms retail.Terms, short []retail.QuoteShortage,
) ([][]retail.QuotePlace, error) {
	short = short[:min(retail.QuoteHelpedMax, len(short))]
	if len(short) == 0 {
		return nil, nil
	}
	all, err := s.reads.AllLocations(ctx)
	if err != nil {
		return nil, err
	}
	around := make([][]retail.QuotePlace, len(short))
	var skus, codes []string
	var positions []retail.Key
	for i, one := range short {
		around[i] = retail.AroundShort(terms.Channel, one.Location, cmd.CollectedAt(one), all, trade.MetresFrom(terms.Places[one.Location]))
		skus = append(skus, one.SKU)
		for _, place := range around[i] {
			codes = append(codes, place.Location.Code)
			positions = append(positions, retail.LevelKey(place.Location.Code, one.SKU))
		}
	}
	rows := retail.Rows{}
	if err := s.readLevels(ctx, rows, skus, codes); err != nil {
		return nil, err
	}
	rules, err := s.reads.Buffers(ctx, positions)
	if err != nil {
		return nil, err
	}
	cmd.Buffers = retail.NewBuffers(terms.Channel, append(rules, terms.Buffers...))
	others := make([][]retail.QuotePlace, len(short))
	for i, one := range short {
		others[i] = cmd.Alternatives(one, around[i], rows)
	}
	return others, nil
}

// quoting is a quote that is told.
type quoting struct {
	cmd   retail.PlaceOrder
	terms retail.Terms
	quote retail.Quote
	// others are the alternatives of its first shortages.
	others [][]retail.QuotePlace
	// chosen are the places that were chosen for lines which name none.
	chosen []retail.Sourced
	now    time.Time
}

func (q quoting) quoteTo() *pb.Quote {
	order := trade.OrderTo(q.quote.Order)
	told := &pb.Quote{
		Taxes: order.GetTaxes(), ListTotal: order.GetListTotal(), DiscountTotal: order.GetDiscountTotal(), NetTotal: order.GetNetTotal(),
		TaxTotal: order.GetTaxTotal(), GrossTotal: order.GetGrossTotal(), TaxIncluded: order.GetTaxIncluded(),
		DueNow: q.amount(q.quote.DueMinor), Figures: figuresTo(q.quote.Figures), QuotedAt: trade.TimeTo(q.now),
	}
	for i, line := range order.GetLines() {
		told.Lines = append(told.Lines, q.lineTo(i, line))
	}
	for i, refusal := range q.quote.Coupons {
		coupon := &pb.QuotedCoupon{Code: q.cmd.Coupons[i].Code, Given: refusal == nil}
		if refusal != nil {
			coupon.Reason, coupon.Message = string(refusal.Reason), refusal.Message
		}
		told.Coupons = append(told.Coupons, coupon)
	}
	for i := range q.quote.Short {
		told.Shortages = append(told.Shortages, q.shortageTo(i))
	}
	return told
}

func (q quoting) amount(minor int64) *money.Money {
	return trade.MoneyTo(q.quote.Order.Currency, minor)
}

func (q quoting) lineTo(i int, l *pb.OrderLine) *pb.QuotedLine {
	line := &pb.QuotedLine{
		Line: l.GetLine(), Sku: l.GetSku(), Description: l.GetDescription(), Quantity: l.GetQuantity(), ListAmount: l.GetListAmount(),
		DiscountAmount: l.GetDiscountAmount(), NetAmount: l.GetNetAmount(), TaxAmount: l.GetTaxAmount(), GrossAmount: l.GetGrossAmount(),
		TaxCode: l.GetTaxCode(), TaxRatePpm: l.GetTaxRatePpm(), Discounts: l.GetDiscounts(),
		Promise: &pb.QuotedPromise{Method: l.GetMethod(), Location: l.GetLocation(), InStock: q.quote.InStock(i)},
	}
	if l.GetSku() != "" && l.GetPriceReason() == "" {
		line.PriceList = q.terms.PriceList.Code
	}
	for _, chosen := range q.chosen {
		if chosen.Line == i {
			line.Promise.Sourced = sourcedTo(chosen)
		}
	}
	if line.Promise.InStock {
		line.Promise.FromLocation = l.GetFromLocation()
		ready, local := q.ready(q.terms.Places[l.GetLocation()], l.GetFromLocation(), q.quote.Order.Lines[i].Method)
		line.Promise.ReadyAt, line.Promise.ReadyLocalTime = trade.TimeTo(ready), local
	}
	return line
}

// ready is when what is there, or is brought from another place, is ready at a place, as an order would be promised, and the same on its
// clock; nothing where nobody knows.
func (q quoting) ready(place retail.Location, from string, method retail.Method) (at time.Time, local string) {
	zone := trade.Zone(place)
	if at = trade.Promised(q.terms, place, from, method, q.now); method == retail.CarryOut {
		at = q.now
	}
	if at.IsZero() {
		return at, ""
	}
	return at, at.In(zone).Format(time.RFC3339)
}

func (q quoting) shortageTo(i int) *pb.QuoteShortage {
	short := q.quote.Short[i]
	told := &pb.QuoteShortage{Sku: short.SKU, Location: short.Location, Wanted: short.Wanted, Band: string(q.cmd.Shows.Band(short.Sellable))}
	if q.cmd.Shows.Counts() {
		told.Sellable = &short.Sellable
	}
	for _, line := range short.Lines {
		told.Lines = append(told.Lines, int32(line+1))
	}
	if i >= len(q.others) {
		return told
	}
	for _, other := range q.others[i] {
		place, from := other.Location, ""
		if other.To != "" {
			place, from = q.terms.Places[other.To], other.Location.Code
			q.terms.Places[from] = other.Location
		}
		one := &pb.QuoteAlternative{Method: trade.MethodTo(other.Method), Location: place.Code, Name: place.Name, FromLocation: from}
		if other.Metres >= 0 {
			one.DistanceMetres = &other.Metres
		}
		ready, local := q.ready(place, from, other.Method)
		one.ReadyAt, one.ReadyLocalTime = trade.TimeTo(ready), local
		told.Alternatives = append(told.Alternatives, one)
	}
	return told
}

func figuresTo(f retail.Figures) *pb.QuotedFigures {
	told := &pb.QuotedFigures{CurrencyCode: f.Currency}
	for _, l := range f.Lines {
		told.Lines = append(told.Lines, &pb.QuotedFigure{
			ListMinor: l.ListMinor, DiscountMinor: l.DiscountMinor, NetMinor: l.NetMinor, TaxMinor: l.TaxMinor, GrossMinor: l.GrossMinor,
			TaxCode: l.TaxCode, TaxRatePpm: l.TaxPPM,
		})
	}
	return told
}
