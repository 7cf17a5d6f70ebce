package trade

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"time"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	money "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
	"github.com/aisle-retail/aisle/services/retail"
)

func randomBits() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return binary.BigEndian.Uint64(b[:])
}

// BasketFrom reads a basket.
func BasketFrom(req *pb.PlaceOrderRequest, now time.Time) (retail.Basket, error) {
	b := retail.Basket{
		Channel: req.GetChannel(), Location: req.GetLocation(), Currency: req.GetCurrencyCode(), Reference: req.GetReference(), Now: now,
		Coupons: req.GetCoupons(),
	}
	var err error
	if b.Order, err = retail.ParseID(req.GetOrder()); err != nil {
		return b, retail.RefuseField(retail.InvalidRequest, "order", "must be a uuid")
	}
	if b.Customer, err = retail.ParseID(req.GetCustomer()); err != nil {
		return b, retail.RefuseField(retail.InvalidRequest, "customer", "must be a uuid")
	}
	if b.OccurredAt, err = retail.OccurredAt(req.GetOccurredAt() != nil, req.GetOccurredAt().AsTime(), now); err != nil {
		return b, err
	}
	for i, line := range req.GetLines() {
		one, err := lineFrom(line, fmt.Sprintf("lines[%d]", i))
		if err != nil {
			return b, err
		}
		b.Lines = append(b.Lines, one)
	}
	if b.Discounts, err = discountsFrom(req.GetDiscounts(), ""); err != nil {
		return b, err
	}
	for i, ref := range req.GetHolds() {
		id, err := retail.ParseID(ref.GetHold())
		if err != nil {
			return b, retail.RefuseField(retail.InvalidRequest, fmt.Sprintf("holds[%d].hold", i), "must be a uuid")
		}
		b.Holds = append(b.Holds, retail.HoldRef{Location: ref.GetLocation(), ID: id})
	}
	if b.Cart, err = cartFrom(req.GetCart(), b.Customer); err != nil {
		return b, err
	}
	b.Quoted = figuresFrom(req.GetQuoted())
	b.PayFor = req.GetPaymentTime().AsDuration()
	b.BillTo = PartyFrom(req.GetBillTo())
	b.CashRounding = RoundingFrom(req.GetCashRounding())
	if b.Tenders, err = TendersFrom(req.GetTenders()); err != nil {
		return b, err
	}
	if b.Cart == nil && len(b.Lines) == 0 {
		return b, retail.RefuseField(retail.InvalidRequest, "lines", "says what is bought")
	}
	return b, nil
}

// cartFrom reads which cart becomes the order; nil: none.
func cartFrom(ref *pb.CartRef, customer retail.ID) (*retail.CartRef, error) {
	switch {
	case ref == nil:
		return nil, nil
	case ref.GetDevice() != "":
		return &retail.CartRef{Owner: retail.CartOfDevice(ref.GetDevice()), Version: ref.GetVersion()}, nil
	case customer.IsZero():
		return nil, retail.RefuseField(retail.InvalidRequest, "cart.device", "says whose cart it is, where no customer does")
	}
	return &retail.CartRef{Owner: retail.CartOfCustomer(customer), Version: ref.GetVersion()}, nil
}

// figuresFrom reads what was quoted; nil: nothing.
func figuresFrom(quoted *pb.QuotedFigures) *retail.Figures {
	if quoted == nil {
		return nil
	}
	figures := &retail.Figures{Currency: quoted.GetCurrencyCode()}
	for _, l := range quoted.GetLines() {
		figures.Lines = append(figures.Lines, retail.LineFigures{
			ListMinor: l.GetListMinor(), DiscountMinor: l.GetDiscountMinor(), NetMinor: l.GetNetMinor(), TaxMinor: l.GetTaxMinor(),
			GrossMinor: l.GetGrossMinor(), TaxCode: l.GetTaxCode(), TaxPPM: l.GetTaxRatePpm(),
		})
	}
	return figures
}

// TendersFrom reads what a customer gave.
func TendersFrom(tenders []*pb.Tender) ([]retail.BasketTender, error) {
	var all []retail.BasketTender
	for i, tender := range tenders {
		amount, err := AmountFrom(tender.GetAmount(), fmt.Sprintf("tenders[%d].amount", i), 1)
		if err != nil {
			return nil, err
		}
		if tender.GetKind() != pb.TenderKind_TENDER_KIND_GIFT_CARD && retail.HasCardNumber(tender.GetReference()) {
			return nil, retail.RefuseField(retail.InvalidRequest, fmt.Sprintf("tenders[%d].reference", i),
				"holds the number of a bank's card, which is kept nowhere; give its last four digits")
		}
		all = append(all, retail.BasketTender{Kind: TenderKind(tender.GetKind()), Amount: amount, Reference: tender.GetReference()})
	}
	return all, nil
}

// RoundingFrom reads what the smallest coin took off; nil: nothing.
func RoundingFrom(m *money.Money) *retail.Amount {
	if m == nil {
		return nil
	}
	return &retail.Amount{Currency: m.GetCurrencyCode(), Minor: m.GetAmountMinor(), Field: "cash_rounding"}
}

// RoundingIn reads what the smallest coin took off, in the currency of the order.
func RoundingIn(m *money.Money, currency string) (int64, error) {
	if m != nil && m.GetCurrencyCode() != currency {
		return 0, retail.RefuseField(retail.CurrencyMismatch, "cash_rounding.currency_code", "the order is in %s, not in %s", currency, m.GetCurrencyCode())
	}
	return m.GetAmountMinor(), nil
}

// RefundsFrom reads how money shall go back, in the currency of the order.
func RefundsFrom(wanted []*pb.RefundTo, currency string) ([]retail.RefundTo, error) {
	var all []retail.RefundTo
	for i, want := range wanted {
		minor, err := MinorFrom(want.GetAmount(), fmt.Sprintf("refund_to[%d].amount", i), currency)
		if err != nil {
			return nil, err
		}
		all = append(all, retail.RefundTo{Kind: TenderKind(want.GetKind()), AmountMinor: minor})
	}
	return all, nil
}

// UnitsFrom reads units of lines.
func UnitsFrom(counts []*pb.UnitCount) []retail.UnitCount {
	var all []retail.UnitCount
	for _, count := range counts {
		all = append(all, retail.UnitCount{Line: count.GetLine(), Units: count.GetQuantity()})
	}
	return all
}

// PartyFrom reads who sells or buys; nil: nobody.
func PartyFrom(p *money.Party) *retail.Party {
	if p == nil {
		return nil
	}
	return &retail.Party{Name: p.GetName(), TaxID: p.GetTaxId(), Address: retail.Address{
		Street: p.GetStreet(), PostalCode: p.GetPostalCode(), City: p.GetCity(), Region: p.GetRegion(), CountryCode: p.GetCountryCode(),
	}}
}

func partyTo(p *retail.Party) *money.Party {
	if p == nil {
		return nil
	}
	return &money.Party{
		Name: p.Name, TaxId: p.TaxID, Street: p.Street, PostalCode: p.PostalCode, City: p.City, Region: p.Region, CountryCode: p.CountryCode,
	}
}

func lineFrom(line *pb.BasketLine, path string) (retail.BasketItem, error) {
	item := retail.BasketItem{
		Item: retail.ItemRef{SKU: line.GetSku()}, Quantity: line.GetQuantity(), Note: line.GetNote(), Location: line.GetLocation(),
		From:   line.GetFromLocation(),
		Method: methods[line.GetMethod()], CardNumber: line.GetGiftCard().GetNumber(),
		CardKind: line.GetGiftCard().GetKind(),
	}
	if charge := line.GetCharge(); charge != nil {
		item.Charge = &retail.Charge{Code: charge.GetCode(), Description: charge.GetDescription(), TaxCategory: charge.GetTaxCategory()}
	}
	if line.GetTillPrice() == nil && (item.Charge != nil || item.CardNumber != "") {
		return item, retail.RefuseField(retail.InvalidRequest, path+".till_price", "says what a charge or a gift card costs")
	}
	if gtin := line.GetGtin(); gtin != "" {
		normal, ok := retail.GTIN14(gtin)
		if !ok {
			return item, retail.RefuseField(retail.InvalidRequest, path+".gtin", "the check digit of %s is wrong", gtin)
		}
		item.Item.GTIN = normal
	}
	var err error
	if item.Discounts, err = discountsFrom(line.GetDiscounts(), path+"."); err != nil {
		return item, err
	}
	if till := line.GetTillPrice(); till != nil {
		item.PriceReason = till.GetReason()
		switch price := till.GetPrice().(type) {
		case *pb.TillPrice_Unit:
			item.UnitPrice, err = AmountFrom(price.Unit, path+".till_price.unit", 0)
		case *pb.TillPrice_Line:
			item.LinePrice, err = AmountFrom(price.Line, path+".till_price.line", 0)
		}
	}
	return item, err
}

func discountsFrom(discounts []*pb.Discount, path string) ([]retail.BasketDiscount, error) {
	var all []retail.BasketDiscount
	for i, discount := range discounts {
		one := retail.BasketDiscount{Code: discount.GetCode(), BasisPoints: discount.GetBasisPoints()}
		if discount.GetAmount() != nil {
			amount, err := AmountFrom(discount.GetAmount(), fmt.Sprintf("%sdiscounts[%d].amount", path, i), 1)
			if err != nil {
				return nil, err
			}
			one.Amount = amount
		}
		all = append(all, one)
	}
	return all, nil
}

// AmountFrom reads an amount that is at least so much.
func AmountFrom(m *money.Money, path string, least int64) (*retail.Amount, error) {
	if m.GetAmountMinor() < least {
		return nil, retail.RefuseField(retail.InvalidRequest, path+".amount_minor", "must be at least %d", least)
	}
	return &retail.Amount{Currency: m.GetCurrencyCode(), Minor: m.GetAmountMinor(), Field: path}, nil
}

// MinorFrom reads a positive amount in a currency.
func MinorFrom(m *money.Money, path, currency string) (int64, error) {
	return minorFrom(m, path, currency, 1)
}

// FeeFrom reads an amount in a currency that may be none.
func FeeFrom(m *money.Money, path, currency string) (int64, error) {
	return minorFrom(m, path, currency, 0)
}

func minorFrom(m *money.Money, path, currency string, least int64) (int64, error) {
	amount, err := AmountFrom(m, path, least)
	if err != nil {
		return 0, err
	}
	if amount.Currency != currency {
		return 0, retail.RefuseField(retail.CurrencyMismatch, path+".currency_code", "the order is in %s, not in %s", currency, amount.Currency)
	}
	return amount.Minor, nil
}
