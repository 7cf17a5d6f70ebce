-- How often coupons are used: the counts that orders look at under lock, and which orders were counted, which proves them. Conventions as
-- in 0001.

set lock_timeout = '5s';

-- One for all orders and one for each customer who is known, of each coupon of a promotion. Its id follows from the three.
create table coupon_counts (
    id          uuid not null primary key,
    promotion   text collate "C" not null,
    coupon      text collate "C" not null, -- in small letters
    customer    uuid, -- null: of all orders
    used        int8 not null check (used >= 0), -- orders that use it
    recorded_at timestamptz not null, -- when one last began to, or gave it back
    seal        int8 not null
);

-- Append-only.
create table coupon_uses (
    count_id    uuid not null, -- of coupon_counts
    kind        text collate "C" not null check (kind in ('USED', 'GIVEN_BACK')),
    order_id    uuid not null,
    recorded_at timestamptz not null,
    seal        int8 not null,
    primary key (count_id, kind, order_id)
);

grant select, insert, update on coupon_counts to aisle_app;
grant select, insert on coupon_uses to aisle_app;
