-- Outside of a transaction.
-- When somebody should look after what carriers have of shipments, and parcels by their carriers' numbers. Conventions as in 0001; columns that are
-- added stand at the end and are null in rows that were written before. It is done while others write; what was left half done is done anew.

set lock_timeout = '5s';

-- When somebody should ask the carrier; null: no carrier has anything, or it was not written down.
alter table fulfilments
    add column if not exists attention_at timestamptz;

-- What carriers have, place by place, what should be looked after first.
drop index concurrently if exists fulfilments_on_the_way;

create index concurrently fulfilments_on_the_way on fulfilments (location, coalesce(attention_at, recorded_at), id)
    where state = 'SHIPPED' or attention_at is not null;

-- The number of the last parcel, which is the only one of nearly all.
drop index concurrently if exists fulfilments_by_tracking;

create index concurrently fulfilments_by_tracking on fulfilments (tracking) where tracking <> '';

-- What stands between quotes in several parcels, their numbers among it. It reads no JSON, so that no text is refused for it.
drop index concurrently if exists fulfilments_by_trackings;

create index concurrently fulfilments_by_trackings on fulfilments using gin (string_to_array(parcels, '"'))
    where parcels like '%},{"state":"%';
