-- What purchases are found by that is the customer's own, as hashes with a key that the database does not have. They stand beside the books, as
-- jobs.contacts does, and are in no event. Conventions as in 0001.

set lock_timeout = '5s';

create table jobs.finders (
    order_id    uuid not null,
    kind        text collate "C" not null check (kind in ('PHONE', 'EMAIL', 'LOYALTY', 'CARD_TOKEN')),
    hash        bytea not null check (octet_length(hash) = 32),
    put_at      timestamptz not null default now(),
    request_id  uuid, -- by which it was said; null: nobody's, who is believed
    fingerprint bytea,
    constraint finders_once unique nulls not distinct (order_id, kind, hash, request_id, fingerprint)
);

create index finders_by_hash on jobs.finders (kind, hash, put_at desc, order_id desc);
create index finders_by_age on jobs.finders (put_at);

grant select, insert, update, delete on jobs.finders to aisle_app;
