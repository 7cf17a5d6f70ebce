package postgres

import (
	"strings"

	"github.com/aisle-retail/aisle/services/retail"
)

// around is where the acts of some orders, returns, transfers and deliveries may stand in the ledger. No index leads from a transaction to
// its books, and it may have entries in many: where it was sold, where goods leave from, where holds were, where it was paid,
// who issued the card, where something came back.
type around struct {
	orders    map[retail.ID]*orderPlaces
	returns   map[retail.ID]returnPlaces
	transfers map[retail.ID]transferPlaces
	// deliveries are the places where they arrive, and requests those that goods are sent back to.
	deliveries, requests map[retail.ID]string
}

type orderPlaces struct {
	// soldAt is the selling location; empty where there is no such order.
	soldAt string
	books  map[string]bool
}

type returnPlaces struct {
	order, exchange retail.ID
	location, book  string
}

type transferPlaces struct {
	from, to string
	// order is the one that takes the goods; zero: none.
	order retail.ID
}

// caused is which orders a transaction is about, by its cause.
type caused struct{ order, exchange, blind retail.ID }

// causeOf returns what the cause of a transaction is about.
func (p *around) causeOf(cause string) (c caused) {
	if id, found := causeID(cause, retail.OrderPrefix); found {
		c.order = id
	}
	if id, found := causeID(cause, returnCause); found {
		r, there := p.returns[id]
		if c.order, c.exchange = r.order, r.exchange; there && r.order.IsZero() {
			c.blind = id
		}
	}
	if id, found := causeID(cause, transferCause); found {
		c.order = p.transfers[id].order
	}
	return c
}

// causeID reads the id after a prefix.
func causeID(cause, prefix string) (retail.ID, bool) {
	rest, found := strings.CutPrefix(cause, prefix)
	if !found {
		return retail.ID{}, false
	}
	id, err := retail.ParseID(rest)
	return id, err == nil && prefix+id.String() == cause
}

// accounts are the accounts of the orders that a transaction is about, each with its book.
func (p *around) accounts(c caused) map[string]string {
	all := map[string]string{}
	for _, id := range []retail.ID{c.order, c.exchange} {
		if o := p.orders[id]; o != nil && o.soldAt != "" {
			all[retail.OrderPrefix+id.String()] = o.soldAt
		}
	}
	if !c.blind.IsZero() {
		all[retail.OrderPrefix+c.blind.String()] = p.returns[c.blind].book
	}
	return all
}

// books are all in which a transaction for a cause may stand, and none for a cause that is not about orders.
func (p *around) books(cause string) map[string]bool {
	all := map[string]bool{}
	c := p.causeOf(cause)
	if strings.HasPrefix(cause, transferCause) {
		c.order = retail.ID{} // what is sent and arrives is booked at both ends alone
	}
	for _, id := range []retail.ID{c.order, c.exchange} {
		if o := p.orders[id]; o != nil {
			for book := range o.books {
				all[book] = true
			}
		}
	}
	if id, found := causeID(cause, returnCause); found {
		all[p.returns[id].location], all[p.returns[id].book] = true, true
	}
	if id, found := causeID(cause, transferCause); found {
		all[p.transfers[id].from], all[p.transfers[id].to] = true, true
	}
	if id, found := causeID(cause, deliveryCause); found {
		all[p.deliveries[id]] = true
	}
	if id, found := causeID(cause, retail.ReturnRequestPrefix); found {
		all[p.requests[id]] = true
	}
	delete(all, "")
	return all
}

const (
	returnPlacesSQL = `
select r.id, r.order_id, r.exchange, r.location, r.book from unnest($1::uuid[]) as k(id) join returns r on r.id = k.id`

	transferPlacesSQL = `
select t.id, t.sender, t.receiver, t.order_id from unnest($1::uuid[]) as k(id) join transfers t on t.id = k.id`

	deliveryPlacesSQL = `select t.id, t.location from unnest($1::uuid[]) as k(id) join deliveries t on t.id = k.id`

	requestPlacesSQL = `select t.id, t.location from unnest($1::uuid[]) as k(id) join return_requests t on t.id = k.id`

	// Each part finds its rows by an index that begins with the order.
	orderPlacesSQL = `
select k.id, p.book, p.sold
from unnest($1::uuid[]) as k(id) cross join lateral (
    select o.location as book, true as sold from orders o where o.id = k.id
    union all select l.fulfil_location, false from order_lines l where l.order_id = k.id and l.fulfil_location is not null
    union all select l.from_location, false from order_lines l where l.order_id = k.id and l.from_location is not null
    union all select l.issuer, false from order_lines l where l.order_id = k.id and l.issuer is not null
    union all select p.location, false from order_payments p where p.order_id = k.id and p.location is not null
    union all select h.location, false from holds h where h.order_id = k.id
    union all select r.location, false from returns r where r.order_id = k.id
    offset 0) p`
)

// asked are the ids of which around is read.
type asked struct{ orders, returns, transfers, deliveries, requests map[retail.ID]bool }

func newAsked() asked {
	return asked{
		orders: map[retail.ID]bool{}, returns: map[retail.ID]bool{}, transfers: map[retail.ID]bool{}, deliveries: map[retail.ID]bool{},
		requests: map[retail.ID]bool{},
	}
}

// cause asks what the cause of a transaction is about.
func (a asked) cause(cause string) {
	if id, found := causeID(cause, retail.OrderPrefix); found {
		a.orders[id] = true
	}
	if id, found := causeID(cause, returnCause); found {
		a.returns[id] = true
	}
	if id, found := causeID(cause, transferCause); found {
		a.transfers[id] = true
	}
	if id, found := causeID(cause, deliveryCause); found {
		a.deliveries[id] = true
	}
	if id, found := causeID(cause, retail.ReturnRequestPrefix); found {
		a.requests[id] = true
	}
}

// around reads the places of what is asked, and of the orders of the returns and transfers among it.
func (s *snapshot) around(asked asked) (*around, error) {
	p := &around{
		orders: map[retail.ID]*orderPlaces{}, returns: map[retail.ID]returnPlaces{}, transfers: map[retail.ID]transferPlaces{},
		deliveries: map[retail.ID]string{}, requests: map[retail.ID]string{},
	}
	err := s.ofIDs(returnPlacesSQL, asked.returns, func(r *record) {
		id := r.id()
		of := returnPlaces{order: r.id(), exchange: r.id(), location: r.text(), book: r.text()}
		p.returns[id] = of
		asked.orders[of.order], asked.orders[of.exchange] = true, true
	})
	if err != nil {
		return nil, err
	}
	if err := s.ofIDs(transferPlacesSQL, asked.transfers, func(r *record) {
		id := r.id()
		of := transferPlaces{from: r.text(), to: r.text(), order: r.id()}
		p.transfers[id] = of
		asked.orders[of.order] = true
	}); err != nil {
		return nil, err
	}
	if err := s.ofIDs(deliveryPlacesSQL, asked.deliveries, func(r *record) { p.deliveries[r.id()] = r.text() }); err != nil {
		return nil, err
	}
	if err := s.ofIDs(requestPlacesSQL, asked.requests, func(r *record) { p.requests[r.id()] = r.text() }); err != nil {
		return nil, err
	}
	err = s.ofIDs(orderPlacesSQL, asked.orders, func(r *record) {
		id, book := r.id(), r.text()
		o := p.orders[id]
		if o == nil {
			o = &orderPlaces{books: map[string]bool{}}
			p.orders[id] = o
		}
		if o.books[book] = true; r.bool() {
			o.soldAt = book
		}
	})
	return p, err
}

// ofIDs reads what a statement answers of many ids, of which the absent one is left out.
func (s *snapshot) ofIDs(sql string, ids map[retail.ID]bool, read func(*record)) error {
	wanted := newRows([]column{{"id", "uuid"}}, false)
	for id := range ids {
		if !id.IsZero() {
			wanted.id(id).end()
		}
	}
	if wanted.count == 0 {
		return nil
	}
	found, err := s.query(sql, wanted.params())
	for _, r := range found {
		read(r)
	}
	return err
}
