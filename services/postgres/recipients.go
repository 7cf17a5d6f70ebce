package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/aisle-retail/aisle/services/retail"
)

var (
	// A request that was carried out asks nobody again, however late it is repeated.
	putRecipient = jobStatement("put_recipient", `
insert into jobs.recipients (label_id, order_id, recipient)
select $1::uuid, $2::uuid, $3::text where not exists (select from requests where id = $1::uuid)
on conflict (label_id) do update set order_id = excluded.order_id, recipient = excluded.recipient, put_at = now()`)

	recipientOf = jobStatement("recipient_of", `select recipient from jobs.recipients where label_id = $1::uuid`)

	forgetRecipient = jobStatement("forget_recipient", `delete from jobs.recipients where label_id = $1::uuid`)

	// One that was asked for under another request's id stays that one's.
	dropRecipient = jobStatement("drop_recipient", `
delete from jobs.recipients where label_id = $1::uuid and not exists (select from requests where id = $1::uuid)`)

	putShipTo = jobStatement("put_ship_to", `
insert into jobs.destinations (order_id, recipient)
select $1::uuid, $2::text where not exists (select from orders where id = $1::uuid)
on conflict (order_id) do update set recipient = excluded.recipient, put_at = now()`)

	dropShipTo = jobStatement("drop_ship_to", `
delete from jobs.destinations where order_id = $1::uuid and not exists (select from orders where id = $1::uuid)`)

	shipTo = jobStatement("ship_to", `select recipient from jobs.destinations where order_id = $1::uuid`)

	// Those of orders that were never placed go after a day, the others when there is nothing left to send.
	keptDestinations = jobStatement("kept_destinations", `
delete from jobs.destinations where put_at < now() - make_interval(secs => $1::float8)`)

	unplacedDestinations = jobStatement("unplaced_destinations", `
delete from jobs.destinations d where d.put_at between now() - interval '4 days' and now() - interval '1 day'
    and not exists (select from orders o where o.id = d.order_id)`)

	// Labels that nobody answered in a week are asked for without.
	forgottenRecipients = jobStatement("forgotten_recipients", `delete from jobs.recipients where put_at < now() - interval '7 days'`)
)

// PutRecipient keeps whom a parcel is for, whose label is named by the request that asks for it.
func (j *Jobs) PutRecipient(ctx context.Context, label, order retail.ID, r retail.Recipient) error {
	text, err := json.Marshal(r)
	if err == nil {
		_, err = j.settle(ctx, putRecipient, [16]byte(label), [16]byte(order), string(text))
	}
	return err
}

// PutShipTo keeps whom an order that is about to be placed is sent to.
func (j *Jobs) PutShipTo(ctx context.Context, order retail.ID, to retail.Recipient) error {
	text, err := json.Marshal(to)
	if err == nil {
		_, err = j.settle(ctx, putShipTo, [16]byte(order), string(text))
	}
	return err
}

// DropShipTo forgets whom an order is sent to that was not placed.
func (j *Jobs) DropShipTo(ctx context.Context, order retail.ID) error {
	_, err := j.settle(ctx, dropShipTo, [16]byte(order))
	return err
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

// DropRecipient forgets whom a parcel is for whose label was refused.
func (j *Jobs) DropRecipient(ctx context.Context, label retail.ID) error {
	_, err := j.settle(ctx, dropRecipient, [16]byte(label))
	return err
}
