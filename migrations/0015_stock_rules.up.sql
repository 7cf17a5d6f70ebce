-- How much of something a place is to have. Conventions as in 0001.

set lock_timeout = '5s';

-- The rule of a position, or of all SKUs of a location that have none of their own.
create table stock_rules (
    location    text collate "C" not null,
    sku         text collate "C" not null, -- '' : the location's
    minimum     int8 not null check (minimum >= 0),
    target      int8 not null check (target >= minimum),
    pack_size   int8 not null check (pack_size > 0),
    lead_days   int4 not null check (lead_days >= 0),
    low_below   int8 not null check (low_below >= 0),
    removed     boolean not null, -- in force no more
    recorded_at timestamptz not null,
    version     int8 not null check (version > 0),
    seal        int8 not null,
    primary key (location, sku)
);
create index stock_rules_by_sku on stock_rules (sku, location);

grant select, insert, update on stock_rules to aisle_app;
