-- Promotions: discounts that the retailer gives by itself. Conventions as in 0001.

set lock_timeout = '5s';

create table promotions (
    code        text collate "C" not null primary key,
    name        text not null, -- what the receipt says
    rule        text not null, -- JSON: what it gives, and to whom
    valid_until timestamptz, -- null: until further notice
    retired     boolean not null,
    recorded_at timestamptz not null,
    version     int8 not null check (version > 0),
    seal        int8 not null
);

grant select, insert, update on promotions to aisle_app;
