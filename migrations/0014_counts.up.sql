-- Counting: sessions, what was read in them, and what was decided and posted of each SKU. Conventions as in 0001.

set lock_timeout = '5s';

create table counts (
    location      text collate "C" not null,
    id            uuid not null,
    name          text not null,
    state         text collate "C" not null check (state in ('OPEN', 'COUNTED', 'CLOSED', 'CANCELLED')),
    zones         text not null, -- JSON: [{zone, pass}]
    skus          text not null, -- JSON: [sku]; none: all of the location
    blind         boolean not null,
    sellable_only boolean not null,
    whole_scope   boolean not null,
    whole_at      timestamptz, -- as of when what nobody read counts as none
    last_read_at  timestamptz,
    readings      int8 not null check (readings >= 0),
    postings      int8 not null check (postings >= 0),
    dismissed     text not null, -- JSON: [{code, note}]
    note          text not null,
    opened_at     timestamptz not null,
    recorded_at   timestamptz not null,
    version       int8 not null check (version > 0),
    seal          int8 not null,
    primary key (location, id)
);
create index counts_by_time on counts (location, opened_at desc, id desc);

-- What was read. Append-only.
create table count_readings (
    location    text collate "C" not null,
    count_id    uuid not null,
    id          uuid not null,
    counter     text not null,
    zone        text not null,
    pass        int4 not null check (pass > 0),
    read_at     timestamptz not null,
    event_id    text not null, -- of the EPCIS event that it is, or is a part of; '' : none
    withdrawal  boolean not null, -- the event is declared an error: what was read in it counts no more
    recorded_at timestamptz not null,
    seal        int8 not null,
    primary key (location, count_id, id)
);
create index count_readings_withdrawn on count_readings (location, count_id, event_id) where withdrawal;

create table count_reading_lines (
    location   text collate "C" not null,
    count_id   uuid not null,
    reading_id uuid not null,
    line       int4 not null check (line > 0),
    sku        text collate "C" not null, -- '' : it stood for nothing when it was recorded
    code       text collate "C" not null, -- a GTIN of 14 digits, or the EPC of what has none; '' : the SKU itself
    unit       text collate "C" not null, -- the one thing that a tag says it is; '' : it was not read from a tag
    quantity   int8 not null check (quantity >= 0 and (unit = '' or quantity = 1)),
    seal       int8 not null,
    primary key (location, count_id, reading_id, line)
);

create table count_lines (
    location       text collate "C" not null,
    count_id       uuid not null,
    sku            text collate "C" not null,
    decision       text collate "C" not null check (decision in ('ACCEPTED', 'RECOUNT', 'IGNORED', 'POSTED')),
    note           text not null,
    counted        int8 not null,
    moment         timestamptz not null,
    expected       int8 not null,
    posted         int8 not null,
    reason         text not null,
    transaction_id uuid, -- the last posting
    recorded_at    timestamptz not null,
    version        int8 not null check (version > 0),
    seal           int8 not null,
    primary key (location, count_id, sku)
);
create index count_lines_accepted on count_lines (location, count_id, sku) where decision = 'ACCEPTED';

grant select, insert on count_readings, count_reading_lines to aisle_app;
grant select, insert, update on counts, count_lines to aisle_app;
