package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
)

// jobStatements are those of the schema jobs, by name. They are prepared when a connection of its pool is made.
var jobStatements = map[string]string{}

func jobStatement(name, sql string) string {
	jobStatements[name] = sql
	return name
}

// carriedOut tells whether the request was carried out by which a row c was said: what others say counts for nothing.
const carriedOut = `exists (select from requests r where r.id = c.request_id and r.fingerprint = c.fingerprint)`

var (
	// Of several requests that name one id of an order at once, the first keeps the place, and one is carried out. Where that is another, it says so
	// after (keepContact). It returns rows where the request need not: its own stands there, or it came again to an order that is there.
	putContact = jobStatement("put_contact", `
with put as (
    insert into jobs.contacts (order_id, email, phone, language, request_id, fingerprint)
    select $1::uuid, $4::text, $5::text, $6::text, $2::uuid, $3::bytea where not exists (select from orders where id = $1::uuid)
    on conflict (order_id) do nothing
    returning order_id)
select order_id from put
union all
select order_id from jobs.contacts where order_id = $1::uuid and request_id = $2::uuid and fingerprint = $3::bytea
union all
select id from orders o where o.id = $1::uuid and not exists (select from jobs.contacts c where c.order_id = o.id and c.request_id is not null)`)

	// That of a cart is not put by an order that names its id.
	keepContact = jobStatement("keep_contact", `
insert into jobs.contacts as c (order_id, email, phone, language, request_id, fingerprint)
values ($1::uuid, $4::text, $5::text, $6::text, $2::uuid, $3::bytea)
on conflict (order_id) do update set email = excluded.email, phone = excluded.phone, language = excluded.language, put_at = now(),
    request_id = excluded.request_id, fingerprint = excluded.fingerprint
where not c.of_cart and c.request_id is not null and (c.request_id, c.fingerprint) is distinct from (excluded.request_id, excluded.fingerprint)`)

	dropContact = jobStatement("drop_contact", `
delete from jobs.contacts c where c.order_id = $1::uuid and c.request_id = $2::uuid and c.fingerprint = $3::bytea and not `+carriedOut)

	// A request that was carried out changes nothing again, however late it is repeated.
	changeContact = jobStatement("change_contact", `
insert into jobs.contacts (order_id, email, phone, language)
select $1::uuid, $2::text, $3::text, $4::text where not exists (select from requests where id = $5::uuid)
on conflict (order_id) do update set email = excluded.email, phone = excluded.phone, language = excluded.language, put_at = now(),
    request_id = null, fingerprint = null`)

	contactOf = jobStatement("contact_of", `
select c.email, c.phone, c.language from jobs.contacts c
where c.order_id = $1::uuid and (c.email <> '' or c.phone <> '') and (c.request_id is null or `+carriedOut+`)`)

	contactsOf = jobStatement("contacts_of", `
select c.order_id, c.email, c.phone, c.language from jobs.contacts c
where c.order_id = any($1::uuid[]) and (c.email <> '' or c.phone <> '') and (c.request_id is null or `+carriedOut+`)`)

	// A request that comes again writes what is missing, since whoever carried it out may have died before. A cart that changed since keeps the
	// contact of whoever changed it, whichever is written first; a contact that was put for this version, or erased since, stays as it is. What was
	// forgotten does not come back with a request that is sent again after a day. A server of the version before writes no version.
	putCartContact = jobStatement("put_cart_contact", `
insert into jobs.contacts as c (order_id, email, phone, language, of_cart, put_at, as_of)
select k.id, $2::text, $3::text, $4::text, true, greatest(now(), k.recorded_at), k.version from carts k
where k.id = $1::uuid and k.version = $5::int8 and k.remind and k.recorded_at > clock_timestamp() - interval '1 day'
on conflict (order_id) do update set email = excluded.email, phone = excluded.phone, language = excluded.language, put_at = excluded.put_at,
    as_of = excluded.as_of
where c.as_of < excluded.as_of or c.as_of is null and c.put_at < (select recorded_at from carts where id = $1::uuid)`)

	endCartContact = jobStatement("end_cart_contact", `
delete from jobs.contacts where order_id = $1::uuid and not exists (select from carts where id = $1::uuid and remind)`)

	beginCursor = jobStatement("begin_cursor", `
insert into jobs.cursors (reader, seq) values ($1::text, $2::int8) on conflict do nothing`)

	takeCursor = jobStatement("take_cursor", `select seq from jobs.cursors where reader = $1::text for update skip locked`)

	moveCursor = jobStatement("move_cursor", `update jobs.cursors set seq = $2::int8 where reader = $1::text`)

	addMessage = jobStatement("add_message", `
insert into jobs.messages (id, seq, kind, medium, order_id, language, state, due_at, created_at)
values ($1::uuid, $2::int8, $3::text, $4::text, $5::uuid, $6::text, 'QUEUED', $7::timestamptz, $8::timestamptz)
on conflict do nothing`)

	messageByID = jobStatement("message_by_id", `
select id, seq, kind, medium, order_id, language, state, due_at, created_at, settled_at, tries, problem
from jobs.messages where id = $1::uuid`)

	messagesBefore = jobStatement("messages_before", `
select id, seq, kind, medium, order_id, language, state, due_at, created_at, settled_at, tries, problem
from jobs.messages
where ($1::uuid is null or order_id = $1::uuid) and ($2::text = '' or state = $2::text) and ($3::uuid is null or id < $3::uuid)
order by id desc limit $4::int8`)

	retryMessage = jobStatement("retry_message", `
update jobs.messages set state = 'QUEUED', settled_at = null, due_at = clock_timestamp() where id = $1::uuid and state = 'FAILED'`)

	// That a cart's contact was erased stands there as one without an address, of the version that the cart has, so that no request brings it back
	// that comes again, or is yet to write what it was carried out with.
	eraseContact = jobStatement("erase_contact", `
with parcels as (delete from jobs.recipients where order_id = $1::uuid returning order_id),
    destination as (delete from jobs.destinations where order_id = $1::uuid returning order_id),
    finders as (delete from jobs.finders where order_id = $1::uuid returning order_id),
    known as (select order_id from jobs.contacts where order_id = $1::uuid and (email <> '' or phone <> '')),
    gone as (delete from jobs.contacts
        where order_id = $1::uuid and not exists (select from carts k where k.id = $1::uuid and k.remind)),
    erased as (insert into jobs.contacts as c (order_id, email, phone, language, of_cart, put_at, as_of)
        select k.id, '', '', 'en', true, greatest(now(), k.recorded_at), k.version from carts k where k.id = $1::uuid and k.remind
        on conflict (order_id) do update set email = '', phone = '', of_cart = true, put_at = excluded.put_at, as_of = excluded.as_of)
select order_id from parcels union all select order_id from destination union all select order_id from finders
union all select order_id from known`)

	triedMessage = jobStatement("tried_message", `
update jobs.messages set state = $2::text, problem = $3::text, tries = $4::int4,
    settled_at = case when $2::text = 'QUEUED' then null else clock_timestamp() end
where id = $1::uuid and state = 'QUEUED'`)

	// A process that is killed at the last try leaves a job that is discarded without a word.
	abandonedMessages = jobStatement("abandoned_messages", `
update jobs.messages m set state = 'FAILED', settled_at = clock_timestamp(), tries = j.attempt,
    problem = case when m.problem = '' then 'the last try did not end' else m.problem end
from jobs.river_job j
where j.state in ('discarded', 'cancelled') and j.finalized_at < now() - interval '1 minute' and j.kind = 'message'
    and m.id = (j.args->>'message')::uuid and m.state = 'QUEUED'
    and not exists (select from jobs.river_job n where n.kind = 'message' and n.args = j.args
        and n.state not in ('completed', 'cancelled', 'discarded'))`)

	// Contacts of orders that were never placed go after a day, those of carts soon after nobody is to be reminded of them any more, and
	// the others when there is nothing left to tell. The hour is for a request whose cart is there and whose contact is about to be. Whether
	// an order was placed is looked up in a few days and not for ever.
	forgottenContacts = jobStatement("forgotten_contacts", `
delete from jobs.contacts c
where c.put_at < now() - make_interval(secs => $1::float8)
    or not c.of_cart and c.put_at between now() - interval '4 days' and now() - interval '1 day'
        and (not exists (select from orders o where o.id = c.order_id) or c.request_id is not null and not `+carriedOut+`)
    or c.of_cart and c.put_at < now() - interval '1 hour' and not exists (select from carts k where k.id = c.order_id and k.remind)`)
)

// jobConnections is how many connections the jobs of a process have. They are made when they are needed.
const jobConnections = 6

// jobPool is a pool for what stands beside the books. Nothing connects before it is used.
func jobPool(ctx context.Context, url string) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	config.MinConns, config.MaxConns = 0, jobConnections
	config.MaxConnIdleTime = time.Minute
	behave(config, "aisle jobs")["lock_timeout"] = "3s"
	config.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		for name, sql := range jobStatements { // by pgx, which then knows their parameters
			if _, err := conn.Prepare(ctx, name, sql); err != nil {
				return fmt.Errorf("prepare %s: %w", name, err)
			}
		}
		return nil
	}
	return pgxpool.NewWithConfig(ctx, config)
}

// Jobs is what stands beside the books: what customers are told, and the jobs that tell them. The engine never comes here.
type Jobs struct{ pool *pgxpool.Pool }

// Jobs are those of the database.
func (db *DB) Jobs() *Jobs { return &Jobs{pool: db.jobs} }

// Pool is where the library of jobs works.
func (j *Jobs) Pool() *pgxpool.Pool { return j.pool }

// settle says what is to be, and says it once more where a connection was lost: it is no other the second time. Where the database can't
// be reached, that is what its caller is told.
func (j *Jobs) settle(ctx context.Context, statement string, args ...any) (changed int64, err error) {
	for range 2 {
		done, failed := j.pool.Exec(ctx, statement, args...)
		if failed == nil {
			return done.RowsAffected(), nil
		}
		if err = unavailable(ctx, failed); !errors.Is(err, ledger.ErrUnavailable) {
			break
		}
	}
	return 0, err
}

// PutContact keeps how the customer of an order is told of it that a request is about to place, and tells whether that is all there is to do: where
// another request that names the order was there before, whoever is carried out keeps its own after (KeepContact).
func (j *Jobs) PutContact(ctx context.Context, order retail.ID, by ledger.Request, c retail.Contact) (done bool, err error) {
	rows, err := j.settle(ctx, putContact, [16]byte(order), [16]byte(by.ID), by.Fingerprint[:], c.Email, c.Phone, c.Language)
	return rows > 0, err
}

// KeepContact keeps how the customer of an order is told of it, as the request says that placed it.
func (j *Jobs) KeepContact(ctx context.Context, order retail.ID, by ledger.Request, c retail.Contact) error {
	_, err := j.settle(ctx, keepContact, [16]byte(order), [16]byte(by.ID), by.Fingerprint[:], c.Email, c.Phone, c.Language)
	return err
}

// DropContact forgets how the customer of an order is told of it, as a request says that was refused.
func (j *Jobs) DropContact(ctx context.Context, order retail.ID, by ledger.Request) error {
	_, err := j.settle(ctx, dropContact, [16]byte(order), [16]byte(by.ID), by.Fingerprint[:])
	return err
}

// ChangeContact keeps how the customer of an order is told of it from now on, as a request says that was not carried out yet.
func (j *Jobs) ChangeContact(ctx context.Context, order retail.ID, c retail.Contact, request retail.ID) error {
	_, err := j.settle(ctx, changeContact, [16]byte(order), c.Email, c.Phone, c.Language, [16]byte(request))
	return err
}

// PutCartContact keeps how somebody is reminded of a cart, as of the version that she agreed to it with.
func (j *Jobs) PutCartContact(ctx context.Context, cart retail.ID, version int64, c retail.Contact) error {
	_, err := j.settle(ctx, putCartContact, [16]byte(cart), c.Email, c.Phone, c.Language, version)
	return err
}

// EndCartContact forgets how somebody was to be reminded of a cart, unless she still is.
func (j *Jobs) EndCartContact(ctx context.Context, cart retail.ID) error {
	_, err := j.settle(ctx, endCartContact, [16]byte(cart))
	return err
}

// Contact returns how the customer of an order, or whoever filled a cart, is told.
func (j *Jobs) Contact(ctx context.Context, about retail.ID) (c retail.Contact, found bool, err error) {
	err = j.pool.QueryRow(ctx, contactOf, [16]byte(about)).Scan(&c.Email, &c.Phone, &c.Language)
	if errors.Is(err, pgx.ErrNoRows) {
		return c, false, nil
	}
	return c, err == nil, err
}

// Contacts returns those that there are of orders and carts.
func (j *Jobs) Contacts(ctx context.Context, tx pgx.Tx, about []retail.ID) (map[retail.ID]retail.Contact, error) {
	ids := make([][16]byte, len(about))
	for i, id := range about {
		ids[i] = id
	}
	found, err := tx.Query(ctx, contactsOf, ids)
	if err != nil {
		return nil, err
	}
	all := map[retail.ID]retail.Contact{}
	var id [16]byte
	var c retail.Contact
	_, err = pgx.ForEachRow(found, []any{&id, &c.Email, &c.Phone, &c.Language}, func() error {
		all[id] = c
		return nil
	})
	return all, err
}

// Follow moves a reader's place in the log by one step, which reads on from a place and returns where it came to: what the step writes
// and the new place are one transaction. A reader that is new begins at the place that is given. Where another process is at it, it
// does nothing.
func (j *Jobs) Follow(
	ctx context.Context, reader string, begin int64, step func(ctx context.Context, tx pgx.Tx, after int64) (upTo int64, err error),
) (at int64, err error) {
	err = pgx.BeginFunc(ctx, j.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, beginCursor, reader, begin); err != nil {
			return err
		}
		err := tx.QueryRow(ctx, takeCursor, reader).Scan(&at)
		if errors.Is(err, pgx.ErrNoRows) {
			at = begin
			return nil
		}
		if err != nil {
			return err
		}
		upTo, err := step(ctx, tx, at)
		if err != nil || upTo == at {
			return err
		}
		at = upTo
		_, err = tx.Exec(ctx, moveCursor, reader, upTo)
		return err
	})
	return at, err
}

// AddMessage records that a message is to be sent, and tells whether it is new: of one event there is one of a kind and medium.
func (j *Jobs) AddMessage(ctx context.Context, tx pgx.Tx, m retail.Message) (isNew bool, err error) {
	done, err := tx.Exec(ctx, addMessage, [16]byte(m.ID), m.Seq, string(m.Kind), string(m.Medium), [16]byte(m.About()), m.Language, m.DueAt,
		m.CreatedAt)
	return done.RowsAffected() == 1, err
}

func readMessage(row pgx.CollectableRow) (m retail.Message, err error) {
	var id, about [16]byte
	var settled *time.Time
	err = row.Scan(&id, &m.Seq, &m.Kind, &m.Medium, &about, &m.Language, &m.State, &m.DueAt, &m.CreatedAt, &settled, &m.Tries, &m.Problem)
	if m.ID, m.Order = id, about; m.Kind == retail.MessageCartLeftBehind {
		m.Order, m.Cart = retail.ID{}, about
	}
	if settled != nil {
		m.SettledAt = *settled
	}
	return m, err
}

// Message returns a message.
func (j *Jobs) Message(ctx context.Context, id retail.ID) (retail.Message, bool, error) {
	found, err := j.pool.Query(ctx, messageByID, [16]byte(id))
	if err != nil {
		return retail.Message{}, false, err
	}
	m, err := pgx.CollectExactlyOneRow(found, readMessage)
	if errors.Is(err, pgx.ErrNoRows) {
		return m, false, nil
	}
	return m, err == nil, err
}

// Retry has a message that failed sent after all: it is queued anew in one transaction with what is to send it.
func (j *Jobs) Retry(ctx context.Context, id retail.ID, enqueue func(ctx context.Context, tx pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, j.pool, func(tx pgx.Tx) error {
		done, err := tx.Exec(ctx, retryMessage, [16]byte(id))
		if err != nil || done.RowsAffected() == 0 {
			return err
		}
		return enqueue(ctx, tx)
	})
}

// EraseContact forgets how the customer of an order, or whoever filled a cart, is told, whom its parcels are for, and what of hers it is found by,
// and tells whether any of it was known.
func (j *Jobs) EraseContact(ctx context.Context, about retail.ID) (erased bool, err error) {
	changed, err := j.settle(ctx, eraseContact, [16]byte(about))
	return changed > 0, err
}

// Messages returns messages about an order or a cart, in a state or both, the newest first, before one.
func (j *Jobs) Messages(
	ctx context.Context, about retail.ID, state retail.MessageState, before retail.ID, limit int,
) ([]retail.Message, error) {
	found, err := j.pool.Query(ctx, messagesBefore, orNull(about), string(state), orNull(before), limit)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(found, readMessage)
}

func orNull(id retail.ID) *[16]byte {
	if id.IsZero() {
		return nil
	}
	bytes := [16]byte(id)
	return &bytes
}

// Tried records what a try to send a message came to. What is settled stays as it is.
func (j *Jobs) Tried(ctx context.Context, m retail.Message) error {
	_, err := j.pool.Exec(ctx, triedMessage, [16]byte(m.ID), string(m.State), m.Problem, m.Tries)
	return err
}

// Tidy gives up messages that nobody tries any more.
func (j *Jobs) Tidy(ctx context.Context) error {
	_, err := j.pool.Exec(ctx, abandonedMessages)
	return err
}

// Forget forgets how customers were to be told, and whom parcels were for, that nobody needs any more: for so long both are kept at most, and
// for how long what purchases are found by.
func (j *Jobs) Forget(ctx context.Context, kept, findersKept time.Duration) error {
	var failed []error
	for _, forgotten := range []struct {
		statement string
		kept      time.Duration
	}{{forgottenContacts, kept}, {keptDestinations, kept}, {keptFinders, findersKept}} {
		_, err := j.pool.Exec(ctx, forgotten.statement, forgotten.kept.Seconds())
		failed = append(failed, err)
	}
	for _, statement := range []string{unplacedDestinations, unplacedFinders, forgottenRecipients} {
		_, err := j.pool.Exec(ctx, statement)
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}
