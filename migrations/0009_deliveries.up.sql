-- What suppliers are to bring, and what arrived of it. Conventions as in 0001.

set lock_timeout = '5s';

create table deliveries (
    id           uuid not null primary key,
    location     text collate "C" not null,
    kind         text collate "C" not null check (kind in ('PURCHASE_ORDER', 'SHIPPING_NOTICE')),
    supplier     text collate "C" not null,
    reference    text not null, -- the supplier's number for the document; '' : none
    expected_on  text collate "C" not null check (expected_on ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$'), -- a day at the location
    state        text collate "C" not null check (state in ('EXPECTED', 'PARTIAL', 'RECEIVED', 'CLOSED', 'CANCELLED')),
    reason       text not null, -- why it was closed
    line_count   int4 not null check (line_count >= 0),
    announced    int8 not null check (announced >= 0), -- units, over all lines, as the lines have them
    received     int8 not null check (received >= 0),
    damaged      int8 not null check (damaged >= 0),
    over         int8 not null check (over between 0 and received + damaged),
    short        int8 not null check (short >= 0 and received + damaged - over + short <= announced),
    announced_at timestamptz not null,
    recorded_at  timestamptz not null,
    version      int8 not null check (version > 0),
    seal         int8 not null
);
create index deliveries_by_day on deliveries (location, expected_on, id);
create index deliveries_open on deliveries (location, expected_on, id) where state in ('EXPECTED', 'PARTIAL');

-- The lines are locked one by one: a delivery may have thousands.
create table delivery_lines (
    delivery_id uuid not null,
    sku         text collate "C" not null,
    line        int4 not null check (line > 0), -- its place on the document
    announced   int8 not null check (announced >= 0), -- 0: it was not on the document
    received    int8 not null check (received >= 0),
    damaged     int8 not null check (damaged >= 0),
    over        int8 not null check (over between 0 and received + damaged),
    short       int8 not null check (short >= 0 and received + damaged - over + short <= announced),
    recorded_at timestamptz not null,
    seal        int8 not null,
    primary key (delivery_id, sku)
) with (fillfactor = 70);
create index delivery_lines_by_line on delivery_lines (delivery_id, line);

-- Units that did not come as they were announced. Append-only.
create table delivery_differences (
    delivery_id    uuid not null,
    sku            text collate "C" not null,
    difference     int4 not null check (difference > 0),
    kind           text collate "C" not null check (kind in ('DAMAGED', 'OVER', 'SHORT')),
    units          int8 not null check (units > 0),
    reason         text not null,
    note           text not null, -- the delivery note they came with; '' : none
    transaction_id uuid not null, -- what recorded it
    recorded_at    timestamptz not null,
    seal           int8 not null,
    primary key (delivery_id, sku, difference)
);

grant select, insert on delivery_differences to aisle_app;
grant select, insert, update on deliveries, delivery_lines to aisle_app;
