package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
)

var (
	// Each request that names the order writes its own, and those count of the one that was carried out. An order that is there keeps what it was
	// placed with, and what was forgotten of it stays so.
	putFinders = jobStatement("put_finders", `
insert into jobs.finders (order_id, kind, hash, request_id, fingerprint)
select distinct $1::uuid, g.kind, g.hash, $4::uuid, $5::bytea from unnest($2::text[], $3::bytea[]) as g(kind, hash)
where not exists (select from orders where id = $1::uuid)
on conflict (order_id, kind, hash, request_id, fingerprint) do update set put_at = now()`)

	dropFinders = jobStatement("drop_finders", `
delete from jobs.finders c where c.order_id = $1::uuid and c.request_id = $2::uuid and c.fingerprint = $3::bytea and not `+carriedOut)

	// Those of a contact that takes the place of another. A request that was carried out changes nothing again, however late it is repeated.
	changeFinders = jobStatement("change_finders", `
with others as (delete from jobs.finders where order_id = $1::uuid and kind in ('PHONE', 'EMAIL')
    and not exists (select from requests where id = $4::uuid)
    and not (request_id is null and (kind, hash) in (select g.kind, g.hash from unnest($2::text[], $3::bytea[]) as g(kind, hash))))
insert into jobs.finders (order_id, kind, hash)
select distinct $1::uuid, g.kind, g.hash from unnest($2::text[], $3::bytea[]) as g(kind, hash)
where not exists (select from requests where id = $4::uuid)
on conflict (order_id, kind, hash, request_id, fingerprint) do update set put_at = now()`)

	// Somebody may give one phone number for all that is sold: the last thousand orders are looked at.
	ordersFound = jobStatement("orders_found", `
select o.id from orders o
where o.id in (select c.order_id from jobs.finders c
        where c.kind = $1::text and c.hash = $2::bytea and (c.request_id is null or `+carriedOut+`)
        order by c.put_at desc, c.order_id desc limit 1000)
    and ($3::uuid is null or o.customer = $3::uuid) and (o.occurred_at, o.id) < ($4::timestamptz, $5::uuid)
order by o.occurred_at desc, o.id desc limit $6::int8`)

	keptFinders = jobStatement("kept_finders", `
delete from jobs.finders where put_at < now() - make_interval(secs => $1::float8)`)

	// Those of orders that were never placed, and of requests that came to nothing, go after a day.
	unplacedFinders = jobStatement("unplaced_finders", `
delete from jobs.finders c where c.put_at between now() - interval '4 days' and now() - interval '1 day'
    and (not exists (select from orders o where o.id = c.order_id) or c.request_id is not null and not `+carriedOut+`)`)
)

// finderParams are finders as two arrays.
func finderParams(finders []retail.Finder) (kinds []string, hashes [][]byte) {
	kinds, hashes = make([]string, len(finders)), make([][]byte, len(finders))
	for i, f := range finders {
		kinds[i], hashes[i] = string(f.Kind), f.Hash[:]
	}
	return kinds, hashes
}

// PutFinders keeps what an order is found by that a request is about to place.
func (j *Jobs) PutFinders(ctx context.Context, order retail.ID, by ledger.Request, finders []retail.Finder) error {
	kinds, hashes := finderParams(finders)
	_, err := j.settle(ctx, putFinders, [16]byte(order), kinds, hashes, [16]byte(by.ID), by.Fingerprint[:])
	return err
}

// DropFinders forgets what an order is found by as a request says that was refused.
func (j *Jobs) DropFinders(ctx context.Context, order retail.ID, by ledger.Request) error {
	_, err := j.settle(ctx, dropFinders, [16]byte(order), [16]byte(by.ID), by.Fingerprint[:])
	return err
}

// ChangeFinders keeps what an order is found by of the contact that it has from now on, as a request says that was not carried out yet.
func (j *Jobs) ChangeFinders(ctx context.Context, order retail.ID, finders []retail.Finder, request retail.ID) error {
	kinds, hashes := finderParams(finders)
	_, err := j.settle(ctx, changeFinders, [16]byte(order), kinds, hashes, [16]byte(request))
	return err
}

// OrdersFound returns the orders that a finder leads to, of one customer or, by the zero id, of all, newest first, after a mark.
func (j *Jobs) OrdersFound(
	ctx context.Context, by retail.Finder, customer retail.ID, after retail.OrderMark, limit int,
) ([]retail.ID, error) {
	if after.ID.IsZero() {
		after.OccurredAt = endOfTime
	}
	found, err := j.pool.Query(ctx, ordersFound, string(by.Kind), by.Hash[:], orNull(customer), after.OccurredAt, [16]byte(after.ID), limit)
	if err != nil {
		return nil, unavailable(ctx, err)
	}
	ids, err := pgx.CollectRows(found, func(row pgx.CollectableRow) (retail.ID, error) {
		var id [16]byte
		err := row.Scan(&id)
		return id, err
	})
	return ids, unavailable(ctx, err)
}
