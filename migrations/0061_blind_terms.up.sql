-- Outside of a transaction.
-- The terms of returns without a receipt, and what the lowest price of a SKU is found by. Conventions as in 0001. It is done while others
-- write; what was left half done is done anew.

set lock_timeout = '5s';

create table if not exists blind_terms (
    currency     text collate "C" not null primary key,
    price_days   int4 not null check (price_days >= 0), -- 0: no lowest price is looked for
    refund_kinds text not null, -- JSON; null or empty: store credit alone
    recorded_at  timestamptz not null,
    version      int8 not null check (version > 0),
    seal         int8 not null
);

grant select, insert, update on blind_terms to aisle_app;

drop index concurrently if exists order_lines_sold;

create index concurrently order_lines_sold on order_lines (sku, order_id) where fulfilled > 0;
