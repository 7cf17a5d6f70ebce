package trade

import (
	pb "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
	"github.com/aisle-retail/aisle/services/retail"
)

// RecipientFrom reads whom a parcel is for.
func RecipientFrom(r *pb.Recipient) retail.Recipient {
	return retail.Recipient{Name: r.GetName(), Phone: r.GetPhone(), Email: r.GetEmail(), Address: retail.Address{
		Street: r.GetStreet(), PostalCode: r.GetPostalCode(), City: r.GetCity(), Region: r.GetRegion(), CountryCode: r.GetCountryCode(),
	}}
}

// RecipientTo tells whom a parcel is for.
func RecipientTo(r retail.Recipient) *pb.Recipient {
	return &pb.Recipient{
		Name: r.Name, Street: r.Address.Street, PostalCode: r.Address.PostalCode, City: r.Address.City, Region: r.Address.Region,
		CountryCode: r.Address.CountryCode, Phone: r.Phone, Email: r.Email,
	}
}
