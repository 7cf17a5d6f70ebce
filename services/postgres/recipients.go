package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
)

var (
	// A request that was carried out asks nobody again, however late it is repeated. Two of one id keep what the first says, as putContact does.
	putRecipient = jobStatement("put_recipient", `
with put as (
    insert into jobs.recipients (label_id, order_id, recipient, fingerprint)
    select $1::uuid, $3::uuid, $4::text, $2::bytea where not exists (select from requests where id = $1::uuid)
    on conflict (label_id) do nothing
    returning label_id)
select label_id from put
union all
select label_id from jobs.recipients where label_id = $1::uuid and fingerprint = $2::bytea
union all
select id from requests r where r.id = $1::uuid and not exists (select from jobs.recipients p where p.label_id = r.id and p.fingerprint is not null)`)

	keepRecipient = jobStatement("keep_recipient", `
insert into jobs.recipients as p (label_id, order_id, recipient, fingerprint) values ($1::uuid, $3::uuid, $4::text, $2::bytea)
on conflict (label_id) do update set order_id = excluded.order_id, recipient = excluded.recipient, fingerprint = excluded.fingerprint, put_at = now()
where p.fingerprint is distinct from excluded.fingerprint`)

	recipientOf = jobStatement("recipient_of", `
select p.recipient from jobs.recipients p where p.label_id = $1::uuid
    and (p.fingerprint is null or exists (select from requests r where r.id = p.label_id and r.fingerprint = p.fingerprint))`)

	forgetRecipient = jobStatement("forget_recipient", `delete from jobs.recipients where label_id = $1::uuid`)

	// One that was asked for under another request's id stays that one's.
	dropRecipient = jobStatement("drop_recipient", `
delete from jobs.recipients where label_id = $1::uuid and fingerprint = $2::bytea
    and not exists (select from requests where id = $1::uuid and fingerprint = $2::bytea)`)

	// As putContact.
	putShipTo = jobStatement("put_ship_to", `
with put as (
    insert into jobs.destinations (order_id, recipient, request_id, fingerprint)
    select $1::uuid, $4::text, $2::uuid, $3::bytea where not exists (select from orders where id = $1::uuid)
    on conflict (order_id) do nothing
    returning order_id)
select order_id from put
union all
select order_id from jobs.destinations where order_id = $1::uuid and request_id = $2::uuid and fingerprint = $3::bytea
union all
select id from orders o where o.id = $1::uuid and not exists (select from jobs.destinations c where c.order_id = o.id and c.request_id is not null)`)

	keepShipTo = jobStatement("keep_ship_to", `
insert into jobs.destinations as c (order_id, recipient, request_id, fingerprint) values ($1::uuid, $4::text, $2::uuid, $3::bytea)
on conflict (order_id) do update set recipient = excluded.recipient, request_id = excluded.request_id, fingerprint = excluded.fingerprint, put_at = now()
where c.request_id is not null and (c.request_id, c.fingerprint) is distinct from (excluded.request_id, excluded.fingerprint)`)

	// What was said before stays, and what a request said that came to nothing does not.
	sayShipTo = jobStatement("say_ship_to", `
insert into jobs.destinations as c (order_id, recipient) values ($1::uuid, $2::text)
on conflict (order_id) do update set recipient = excluded.recipient, request_id = null, fingerprint = null, put_at = now()
where c.recipient = excluded.recipient or c.request_id is not null and not `+carriedOut+`
returning c.order_id`)

	dropShipTo = jobStatement("drop_ship_to", `
delete from jobs.destinations c where c.order_id = $1::uuid and c.request_id = $2::uuid and c.fingerprint = $3::bytea and not `+carriedOut)

	shipTo = jobStatement("ship_to", `
select c.recipient from jobs.destinations c where c.order_id = $1::uuid and (c.request_id is null or `+carriedOut+`)`)

	// Those of orders that were never placed go after a day, the others when there is nothing left to send.
	keptDestinations = jobStatement("kept_destinations", `
delete from jobs.destinations where put_at < now() - make_interval(secs => $1::float8)`)

	unplacedDestinations = jobStatement("unplaced_destinations", `
delete from jobs.destinations c where c.put_at between now() - interval '4 days' and now() - interval '1 day'
    and (not exists (select from orders o where o.id = c.order_id) or c.request_id is not null and not `+carriedOut+`)`)

	// Labels that nobody answered in a week are asked for without.
	forgottenRecipients = jobStatement("forgotten_recipients", `delete from jobs.recipients where put_at < now() - interval '7 days'`)
)

// PutRecipient keeps whom a parcel is for, whose label is named by the request that is about to ask for it, and tells whether that is all there is
// to do, as PutContact does.
func (j *Jobs) PutRecipient(ctx context.Context, order retail.ID, by ledger.Request, r retail.Recipient) (done bool, err error) {
	rows, err := j.say(ctx, putRecipient, r, [16]byte(by.ID), by.Fingerprint[:], [16]byte(order))
	return rows > 0, err
}

// KeepRecipient keeps whom a parcel is for, as the request says that asked for its label.
func (j *Jobs) KeepRecipient(ctx context.Context, order retail.ID, by ledger.Request, r retail.Recipient) error {
	_, err := j.say(ctx, keepRecipient, r, [16]byte(by.ID), by.Fingerprint[:], [16]byte(order))
	return err
}

// PutShipTo keeps whom an order is sent to that a request is about to place, and tells whether that is all there is to do, as PutContact does.
func (j *Jobs) PutShipTo(ctx context.Context, order retail.ID, by ledger.Request, to retail.Recipient) (done bool, err error) {
	rows, err := j.say(ctx, putShipTo, to, [16]byte(order), [16]byte(by.ID), by.Fingerprint[:])
	return rows > 0, err
}

// KeepShipTo keeps whom an order is sent to, as the request says that placed it.
func (j *Jobs) KeepShipTo(ctx context.Context, order retail.ID, by ledger.Request, to retail.Recipient) error {
	_, err := j.say(ctx, keepShipTo, to, [16]byte(order), [16]byte(by.ID), by.Fingerprint[:])
	return err
}

// SayShipTo keeps whom an order is sent to that did not say so, and tells whether that is what is kept now: nobody is sent another's parcel by it.
func (j *Jobs) SayShipTo(ctx context.Context, order retail.ID, to retail.Recipient) (kept bool, err error) {
	rows, err := j.say(ctx, sayShipTo, to, [16]byte(order))
	return rows > 0, err
}

// DropShipTo forgets whom an order is sent to, as a request says that was refused.
func (j *Jobs) DropShipTo(ctx context.Context, order retail.ID, by ledger.Request) error {
	_, err := j.settle(ctx, dropShipTo, [16]byte(order), [16]byte(by.ID), by.Fingerprint[:])
	return err
}

// say settles a statement of which the last parameter is somebody to be sent to.
func (j *Jobs) say(ctx context.Context, statement string, to retail.Recipient, args ...any) (int64, error) {
	text, err := json.Marshal(to)
	if err != nil {
		return 0, err
	}
	return j.settle(ctx, statement, append(args, string(text))...)
}

// Recipient returns whom the parcel of a label is for.
func (j *Jobs) Recipient(ctx context.Context, label retail.ID) (retail.Recipient, bool, error) {
	return j.recipient(ctx, recipientOf, label)
}

// ShipTo returns whom an order is sent to, where it said so.
func (j *Jobs) ShipTo(ctx context.Context, order retail.ID) (retail.Recipient, bool, error) {
	return j.recipient(ctx, shipTo, order)
}

func (j *Jobs) recipient(ctx context.Context, statement string, of retail.ID) (r retail.Recipient, found bool, err error) {
	var text string
	err = j.pool.QueryRow(ctx, statement, [16]byte(of)).Scan(&text)
	if errors.Is(err, pgx.ErrNoRows) {
		return r, false, nil
	}
	if err != nil {
		return r, false, unavailable(ctx, err)
	}
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		return r, false, fmt.Errorf("%s of %s: %w", statement, of, err)
	}
	return r, true, nil
}

// ForgetRecipient forgets whom a parcel is for whose label was answered.
func (j *Jobs) ForgetRecipient(ctx context.Context, label retail.ID) error {
	_, err := j.settle(ctx, forgetRecipient, [16]byte(label))
	return err
}

// DropRecipient forgets whom a parcel is for, as a request for its label says that was refused.
func (j *Jobs) DropRecipient(ctx context.Context, by ledger.Request) error {
	_, err := j.settle(ctx, dropRecipient, [16]byte(by.ID), by.Fingerprint[:])
	return err
}
