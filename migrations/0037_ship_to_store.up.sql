-- Outside of a transaction.
-- What is collected at one place out of another one's stock: the order's line says where its goods are, the transfer which order takes them,
-- the channel from where, and the fulfilment waits. It is done while others write; what was left half done is done anew.

set lock_timeout = '5s';

-- JSON: codes of the places that goods are brought from, none: any; null: none are brought
alter table channels
    add column if not exists ship_to_store text;

alter table order_lines
    add column if not exists from_location text collate "C", -- the place whose stock it takes; null: fulfil_location
    add column if not exists transfer uuid, -- that brings it
    add column if not exists away int8 check (away > 0), -- open units that are promised at from_location; null: none
    add column if not exists coming int8 check (coming > 0), -- open units that are on their way; null: none
    drop constraint if exists order_lines_awaited_check,
    add constraint order_lines_awaited_check check ((from_location is null) = (transfer is null) and (from_location is null or from_location <> fulfil_location)
        and (transfer is not null or away is null and coming is null) and coalesce(away, 0) + coalesce(coming, 0) <= quantity - fulfilled - cancelled) not valid;

alter table order_lines validate constraint order_lines_awaited_check;

-- The order that takes its goods; null: none.
alter table transfers
    add column if not exists order_id uuid;

-- Units received that were promised to the order, and units that it was promised of what is there instead; null: none.
alter table transfer_lines
    add column if not exists kept int8 check (kept > 0),
    add column if not exists lacked int8 check (lacked > 0);

drop index concurrently if exists order_lines_away;

create index concurrently order_lines_away on order_lines (from_location, sku) where away > 0;

drop index concurrently if exists order_lines_coming;

create index concurrently order_lines_coming on order_lines (sku, fulfil_location) where coming > 0;

alter table fulfilments
    drop constraint if exists fulfilments_state_check,
    add constraint fulfilments_state_check check (state in ('NEW', 'ACCEPTED', 'PICKING', 'READY', 'COLLECTED', 'PACKED', 'SHIPPED',
        'DELIVERED', 'EXPIRED_NO_SHOW', 'CANCELLED', 'REFUSED_BY_CUSTOMER', 'REJECTED', 'AWAITING_TRANSFER')) not valid;

alter table fulfilments validate constraint fulfilments_state_check;

-- The work of a place, what it waits for among it.
drop index concurrently if exists fulfilments_work;

create index concurrently fulfilments_work on fulfilments (location, placed_at, id)
    where state in ('AWAITING_TRANSFER', 'NEW', 'ACCEPTED', 'PICKING', 'READY', 'PACKED');

drop index concurrently if exists fulfilments_work_promised;

create index concurrently fulfilments_work_promised on fulfilments (location, coalesce(promised_at, placed_at), id)
    where state in ('AWAITING_TRANSFER', 'NEW', 'ACCEPTED', 'PICKING', 'READY', 'PACKED');

drop index concurrently if exists fulfilments_open;

drop index concurrently if exists fulfilments_promised;
