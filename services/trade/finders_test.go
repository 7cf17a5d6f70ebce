package trade

import (
	"bytes"
	"errors"
	"testing"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	"github.com/aisle-retail/aisle/services/retail"
)

func TestFinders(t *testing.T) {
	finders, err := NewFinders(bytes.Repeat([]byte{1}, 32))
	if err != nil {
		t.Fatal(err)
	}
	of := func(kind pb.FinderKind, value string) retail.Finder {
		t.Helper()
		finder, err := finders.From(&pb.Finder{Kind: kind, Value: value}, "finder")
		if err != nil {
			t.Fatal(err)
		}
		return finder
	}
	phone := of(pb.FinderKind_FINDER_KIND_PHONE, "+34 600 111 222")
	if by := finders.OfContact(retail.Contact{Phone: "+34600111222"}); len(by) != 1 || by[0] != phone {
		t.Errorf("a contact is found by %v, and asked for by %v", by, phone)
	}
	for _, other := range []retail.Finder{
		of(pb.FinderKind_FINDER_KIND_PHONE, "+34600111223"), of(pb.FinderKind_FINDER_KIND_LOYALTY, "+34600111222"),
	} {
		if other.Hash == phone.Hash {
			t.Errorf("%v is found by another's", other)
		}
	}
	other, err := NewFinders(bytes.Repeat([]byte{2}, 32))
	if err != nil {
		t.Fatal(err)
	}
	if by, _ := other.Of(retail.FinderPhone, "+34600111222"); by.Hash == phone.Hash {
		t.Error("it does not depend on the secret")
	}
	if _, err := NewFinders(make([]byte, 31)); err == nil {
		t.Error("a short secret is taken")
	}
	for _, wrong := range []*pb.Finder{
		{Kind: pb.FinderKind_FINDER_KIND_CARD_TOKEN, Value: "4111 1111 1111 1111"}, {Kind: pb.FinderKind_FINDER_KIND_LOYALTY, Value: "4111-1111-1111-1111"},
		{Kind: pb.FinderKind_FINDER_KIND_EMAIL, Value: "4111111111111111@example.com"}, {Kind: pb.FinderKind_FINDER_KIND_LOYALTY, Value: " - "},
	} {
		_, err := finders.From(wrong, "finders[3]")
		if refusal := (*retail.Refusal)(nil); !errors.As(err, &refusal) || refusal.Field != "finders[3].value" {
			t.Errorf("%v: %v", wrong, err)
		}
	}
}
