-- What people look for: searches, questions for stock of which there was none, and promises that were refused for lack of it, as
-- each process counted them together between two records. Conventions as in 0001 and 0002.

set lock_timeout = '5s';

-- Append-only, and so are the lines.
create table demand (
    location    text collate "C" not null, -- where it was wanted; 'head-office' : at no place in particular
    id          uuid not null, -- the transaction that recorded it
    recorded_at timestamptz not null,
    seal        int8 not null,
    primary key (location, id)
);

create table demand_lines (
    location  text collate "C" not null,
    demand_id uuid not null,
    line      int4 not null check (line > 0),
    kind      text collate "C" not null
        check (kind in ('SEARCH', 'AVAILABILITY', 'PRODUCT', 'HOLD', 'ORDER', 'EXCHANGE', 'TRANSFER')),
    channel   text collate "C" not null, -- '' : none that was named
    sku       text collate "C" not null, -- '' : words
    words     text collate "C" not null, -- of a search, as they are searched
    filters   text collate "C" not null, -- what a search was narrowed by
    language  text collate "C" not null,
    customer  uuid, -- who searched, where she agreed that it is kept; null: nobody that we may know
    found     int8 not null check (found >= 0), -- products on the first page of a search
    more      boolean not null, -- there were more
    units     int8 not null check (units >= 0), -- what a promise was refused for
    there     int8 not null check (there >= 0), -- what could have been promised
    times     int8 not null check (times > 0),
    at        timestamptz not null, -- the first of these times
    seal      int8 not null,
    primary key (location, demand_id, line)
);
-- Reports are of some days, of one location or of all.
create index demand_lines_by_time on demand_lines (at);
create index demand_lines_of_location on demand_lines (location, at);

grant select, insert on demand, demand_lines to aisle_app;
