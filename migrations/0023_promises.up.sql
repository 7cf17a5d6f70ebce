-- Outside of a transaction.
-- When a pickup was promised to be ready (null: nothing was promised), and the work of a place by that. It is done while others write;
-- what was left half done is done anew.

set lock_timeout = '5s';

alter table fulfilments
    add column if not exists promised_at timestamptz;

drop index concurrently if exists fulfilments_promised;

create index concurrently fulfilments_promised on fulfilments (location, coalesce(promised_at, placed_at), id)
    where state in ('NEW', 'ACCEPTED', 'PICKING', 'READY', 'PACKED');
