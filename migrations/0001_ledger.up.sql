-- The ledger, what it is folded into, and what is traded in it.
--
-- Conventions. Codes are the retailer's own and compare bytewise (collation "C"), as the engine sorts them. Amounts are
-- minor units of a currency, quantities are units. The first columns of a primary key are what the table would be sharded
-- by. Every row that the engine writes carries a seal, a hash of its other columns in the order they are declared here
-- (of all that are not null), so that the audit names a row that anything else has touched. No foreign keys: three of
-- them made an entry five times as dear, and the audit proves what they would.
--
-- The role aisle_app is what the program runs as. It may not update or delete what is append-only.

set lock_timeout = '5s';

-- The ledger: append-only.

create table ledger_transactions (
    location    text collate "C" not null,
    id          uuid not null,
    kind        text collate "C" not null,
    occurred_at timestamptz not null, -- when it happened in the shop
    recorded_at timestamptz not null, -- when it was written down
    actor       text collate "C" not null,
    channel     text collate "C" not null, -- '' : none
    request_id  uuid not null,
    cause       text collate "C" not null, -- 'order/<id>', 'hold/<id>', a delivery note; '' : the request alone
    entries     int4 not null check (entries >= 0), -- how many entries follow
    seal        int8 not null,
    primary key (location, id)
);

create table ledger_entries (
    location       text collate "C" not null,
    transaction_id uuid not null,
    line           int4 not null check (line > 0),
    from_account   text collate "C" not null,
    to_account     text collate "C" not null check (to_account <> from_account),
    asset          text collate "C" not null, -- a SKU between unit accounts, a currency between money accounts
    quantity       int8 not null check (quantity > 0),
    version        int8 not null check (version >= 0), -- of the position after it; 0 for money
    seal           int8 not null,
    primary key (location, transaction_id, line)
);

-- One row per request that was carried out, kept for good: a request has one effect however often it arrives.
create table requests (
    id          uuid not null primary key,
    fingerprint bytea not null,
    answer      bytea not null, -- JSON
    recorded_at timestamptz not null,
    seal        int8 not null
);

-- What others are told, in the order of seq, which is drawn under the row locks by a transaction that is about to commit.
create table events (
    shard          text collate "C" not null, -- what the subject's own table is sharded by
    seq            int8 generated always as identity (cache 1),
    kind           text collate "C" not null,
    subject        text collate "C" not null,
    version        int8 not null check (version > 0), -- of the subject, dense
    transaction_id uuid not null,
    recorded_at    timestamptz not null,
    body           bytea not null, -- JSON
    seal           int8 not null,
    primary key (shard, seq)
);
create unique index events_by_subject on events (shard, subject, version);

-- What the ledger is folded into: one row per position, the row that is locked.
create table stock_levels (
    location    text collate "C" not null,
    sku         text collate "C" not null,
    available   int8 not null, -- below zero by the open units of its oversell cases
    held        int8 not null check (held >= 0),
    committed   int8 not null check (committed >= 0),
    inspection  int8 not null check (inspection >= 0),
    damaged     int8 not null check (damaged >= 0),
    quarantine  int8 not null check (quarantine >= 0),
    incoming    int8 not null check (incoming >= 0),
    version     int8 not null check (version >= 0), -- counts the position's entries
    recorded_at timestamptz not null,
    seal        int8 not null,
    primary key (location, sku)
) with (fillfactor = 70); -- room for updates on the same page, so that no index is touched
create index stock_levels_by_sku on stock_levels (sku, location);

create table oversell_cases (
    location       text collate "C" not null,
    sku            text collate "C" not null,
    transaction_id uuid not null, -- what opened it
    units          int8 not null check (units > 0),
    open_units     int8 not null check (open_units between 0 and units),
    cause          text collate "C" not null,
    opened_at      timestamptz not null,
    recorded_at    timestamptz not null,
    seal           int8 not null,
    primary key (location, sku, transaction_id)
);
create index oversell_cases_open on oversell_cases (location, opened_at, sku, transaction_id) where open_units > 0;

create table holds (
    location    text collate "C" not null,
    id          uuid not null,
    channel     text collate "C" not null,
    owner       text not null,
    state       text collate "C" not null check (state in ('HELD', 'RELEASED', 'EXPIRED')),
    expires_at  timestamptz not null,
    recorded_at timestamptz not null,
    version     int8 not null check (version > 0),
    seal        int8 not null,
    primary key (location, id)
);
create index holds_by_expiry on holds (expires_at, location, id) where state = 'HELD';

create table hold_lines (
    location text collate "C" not null,
    hold_id  uuid not null,
    line     int4 not null check (line > 0),
    sku      text collate "C" not null,
    quantity int8 not null check (quantity > 0),
    seal     int8 not null,
    primary key (location, hold_id, line)
);

create table orders (
    id           uuid not null primary key,
    number       text collate "C" not null,
    state        text collate "C" not null check (state in ('COMPLETED')),
    channel      text collate "C" not null,
    location     text collate "C" not null, -- where it was sold
    customer     uuid,
    currency     text collate "C" not null,
    tax_included boolean not null,
    reference    text not null,
    occurred_at  timestamptz not null,
    recorded_at  timestamptz not null,
    version      int8 not null check (version > 0),
    seal         int8 not null
);
create index orders_by_customer on orders (customer, occurred_at desc, id desc) where customer is not null;
create index orders_by_location on orders (location, occurred_at desc, id desc);

create table order_lines (
    order_id       uuid not null,
    line           int4 not null check (line > 0),
    sku            text collate "C" not null,
    description    text not null,
    method         text collate "C" not null,
    quantity       int8 not null check (quantity > 0),
    fulfilled      int8 not null check (fulfilled >= 0),
    cancelled      int8 not null check (cancelled >= 0 and fulfilled + cancelled <= quantity),
    returned       int8 not null check (returned between 0 and fulfilled),
    list_minor     int8 not null check (list_minor >= 0),
    discount_minor int8 not null check (discount_minor between 0 and list_minor),
    net_minor      int8 not null check (net_minor >= 0),
    tax_minor      int8 not null check (tax_minor >= 0),
    gross_minor    int8 not null check (gross_minor = net_minor + tax_minor),
    tax_code       text collate "C" not null,
    tax_ppm        int4 not null check (tax_ppm between 0 and 1000000),
    discounts      text not null, -- JSON: [{code, amount_minor, basket}]
    price_reason   text not null,
    note           text not null,
    seal           int8 not null,
    primary key (order_id, line)
);

create table order_taxes (
    order_id  uuid not null,
    code      text collate "C" not null,
    ppm       int4 not null check (ppm between 0 and 1000000),
    net_minor int8 not null check (net_minor >= 0),
    tax_minor int8 not null check (tax_minor >= 0),
    seal      int8 not null,
    primary key (order_id, code, ppm)
);

create table order_payments (
    order_id     uuid not null,
    payment      int4 not null check (payment > 0),
    kind         text collate "C" not null,
    movement     text collate "C" not null check (movement in ('PAYMENT', 'CHANGE')),
    amount_minor int8 not null check (amount_minor > 0),
    reference    text not null,
    seal         int8 not null,
    primary key (order_id, payment)
);

-- Values that may stand for one entity only, such as order numbers: the guard of uniqueness and the look-up at once.
create table names (
    kind        text collate "C" not null,
    value       text collate "C" not null,
    entity      uuid not null,
    recorded_at timestamptz not null,
    seal        int8 not null,
    primary key (kind, value)
);

-- Small tables that everybody shares.

create table locations (
    code             text collate "C" not null primary key,
    name             text not null,
    kind             text collate "C" not null check (kind in ('STORE', 'WAREHOUSE', 'ONLINE', 'HEAD_OFFICE')),
    address          text not null, -- JSON: {street, postal_code, city, region, country_code}
    latitude_e7      int4 not null check (latitude_e7 between -900000000 and 900000000),
    longitude_e7     int4 not null check (longitude_e7 between -1800000000 and 1800000000),
    time_zone        text not null,
    currency         text collate "C" not null,
    tax_jurisdiction text collate "C" not null,
    opening_hours    text not null, -- JSON: [{weekday, opens, closes}]
    gln              text collate "C" not null,
    recorded_at      timestamptz not null,
    version          int8 not null check (version > 0),
    seal             int8 not null
);

create table channels (
    code              text collate "C" not null primary key,
    name              text not null,
    kind              text collate "C" not null check (kind in
        ('ONLINE_STORE', 'APP', 'TILL', 'SELF_CHECKOUT', 'CALL_CENTRE', 'SOCIAL', 'MARKETPLACE')),
    selling_location  text collate "C" not null, -- '' : the one that the order names
    locations         text not null, -- JSON: [code]; none: all
    price_lists       text not null, -- JSON: [code]
    hold_seconds      int8 not null check (hold_seconds > 0),
    safety_buffer     int8 not null check (safety_buffer >= 0),
    retired           boolean not null,
    recorded_at       timestamptz not null,
    version           int8 not null check (version > 0),
    seal              int8 not null
);

create table tax_categories (
    code        text collate "C" not null primary key,
    name        text not null,
    recorded_at timestamptz not null,
    version     int8 not null check (version > 0),
    seal        int8 not null
);

create table tax_jurisdictions (
    code        text collate "C" not null primary key,
    rates       text not null, -- JSON: [{category, code, ppm, valid_from, valid_until}]
    recorded_at timestamptz not null,
    version     int8 not null check (version > 0),
    seal        int8 not null
);

create table price_lists (
    code         text collate "C" not null primary key,
    name         text not null,
    currency     text collate "C" not null,
    tax_included boolean not null,
    recorded_at  timestamptz not null,
    version      int8 not null check (version > 0),
    seal         int8 not null
);

-- All prices of one variant in one list, over time.
create table prices (
    price_list  text collate "C" not null,
    sku         text collate "C" not null,
    prices      text not null, -- JSON: [{unit_minor, valid_from, valid_until}], by valid_from
    recorded_at timestamptz not null,
    version     int8 not null check (version > 0),
    seal        int8 not null,
    primary key (price_list, sku)
);

create table products (
    code         text collate "C" not null primary key,
    title        text not null,
    description  text not null,
    brand        text not null,
    department   text not null,
    tax_category text collate "C" not null,
    options      text not null, -- JSON: [{name, values}]
    variants     text not null, -- JSON: [{sku, option_values, barcodes}]
    recorded_at  timestamptz not null,
    version      int8 not null check (version > 0),
    seal         int8 not null
);

-- Which product a SKU belongs to, for good.
create table variants (
    sku         text collate "C" not null primary key,
    product     text collate "C" not null,
    recorded_at timestamptz not null,
    seal        int8 not null
);

-- Which variant a barcode stands for now.
create table barcodes (
    gtin        text collate "C" not null primary key check (gtin ~ '^[0-9]{14}$'),
    sku         text collate "C" not null, -- '' : none any more
    recorded_at timestamptz not null,
    version     int8 not null check (version > 0),
    seal        int8 not null
);

-- Locking a row takes the right to update it, so what is append-only is also never locked.
grant select, insert on ledger_transactions, ledger_entries, requests, events, hold_lines, order_taxes, order_payments, names,
    variants to aisle_app;
grant select, insert, update on stock_levels, oversell_cases, holds, orders, order_lines, locations, channels, tax_categories,
    tax_jurisdictions, price_lists, prices, products, barcodes to aisle_app;
