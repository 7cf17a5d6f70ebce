-- What somebody means to buy: one cart for each customer, and for each device of which nobody knows yet whose it is. Its id follows from
-- its owner. Conventions as in 0001.

set lock_timeout = '5s';

create table carts (
    id          uuid not null primary key,
    owner       text collate "C" not null, -- 'customer/<id>', or 'device/' and a hash of its token
    state       text collate "C" not null check (state in ('OPEN', 'CONVERTED', 'MERGED')),
    channel     text collate "C" not null, -- through which it was last changed
    lines       text not null, -- JSON: [{sku, quantity, method, location, note}]
    order_id    uuid, -- that it was last converted to; null: none
    converted   int8 check (converted > 0), -- its version when it was
    merged_into uuid, -- the cart that it was last merged into; null: none
    recorded_at timestamptz not null,
    version     int8 not null check (version > 0),
    seal        int8 not null,
    check ((order_id is null) = (converted is null))
);

grant select, insert, update on carts to aisle_app;
