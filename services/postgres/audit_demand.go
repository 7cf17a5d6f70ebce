package postgres

import (
	"slices"

	"github.com/aisle-retail/aisle/services/retail"
)

// promised are the kinds of demand that are of promises, which were refused for so many units.
var promised = []retail.DemandKind{retail.DemandHold, retail.DemandOrder, retail.DemandExchange, retail.DemandTransfer}

// proveDemand proves of records of what people look for that each is of an act of its own, in its place, and nothing else's (L1); that
// nobody is named but who searched; and that what is said to have been wanted is there in the catalogue. That a record is as others
// were told is proved for it as for every entity.
func proveDemand(a *audit, s *snapshot, page []entity) (prove func(), err error) {
	acts, err := s.acts(page)
	if err != nil {
		return nil, err
	}
	err = s.book(acts, func(i int) map[string]bool { return map[string]bool{page[i].row.(retail.Demand).Location: true} })
	if err != nil {
		return nil, err
	}
	var wanted []referred
	for i, e := range page {
		demand := e.row.(retail.Demand)
		for _, line := range demand.Lines {
			if line.SKU != "" {
				wanted = append(wanted, referred{by: i, key: retail.SKUKey(line.SKU)})
			}
		}
		if demand.Location != retail.HeadOffice {
			wanted = append(wanted, referred{by: i, key: retail.LocationKey(demand.Location)})
		}
	}
	found, err := s.existing(wanted)
	if err != nil {
		return nil, err
	}
	return func() {
		for i, e := range page {
			a.proveRecord(e, e.row.(retail.Demand), acts[i])
		}
		for _, ref := range wanted {
			if found[ref.key] == nil {
				a.broken("CATALOGUE", page[ref.by].table, page[ref.by].text, "%s was wanted, and is not there", ref.key.Code)
			}
		}
	}, nil
}

func (a *audit) proveRecord(e entity, demand retail.Demand, acts []*act) {
	switch {
	case len(acts) != 1 || acts[0].transaction != demand.ID || acts[0].header() == nil:
		a.broken("L1", e.table, e.text, "it is of no act of its own")
	case acts[0].header().Kind != retail.KindDemand:
		a.broken("L1", e.table, e.text, "a %s records no demand", acts[0].header().Kind)
	case len(demand.Lines) == 0:
		a.broken("L1", e.table, e.text, "it records nothing")
	}
	for i, line := range demand.Lines {
		search, promise := line.Kind == retail.DemandSearch, slices.Contains(promised, line.Kind)
		switch {
		case !search && !line.Customer.IsZero():
			a.broken("L1", e.table, e.text, "line %d names a customer, who is known of searches alone", i+1)
		case promise != (line.Units > line.There) || !promise && line.Units+line.There != 0:
			a.broken("L1", e.table, e.text, "line %d, %s, is of %d units where there were %d", i+1, line.Kind, line.Units, line.There)
		case !search && line.SKU == "":
			a.broken("L1", e.table, e.text, "line %d, %s, is of nothing", i+1, line.Kind)
		}
	}
}
