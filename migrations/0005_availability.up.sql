-- What may be promised, and what is shown: safety buffers by rule, and how exactly a channel shows stock. Conventions as in 0001;
-- columns that are added stand at the end and are null in rows that were written before.

set lock_timeout = '5s';

alter table channels
    add column exposure text collate "C" check (exposure in ('BAND', 'YES_NO')), -- null: exact counts
    add column few_from int8 check (few_from > 0), -- sellable units from which a band says few
    add column many_from int8 check (many_from > few_from),
    add column safety_basis_points int8 check (safety_basis_points between 1 and 10000);

-- All rules of one position, or of all SKUs of a location that have none of their own.
create table buffers (
    location    text collate "C" not null,
    sku         text collate "C" not null, -- '' : the location's
    rules       text not null, -- JSON: [{method, channel, units, basis_points}], by method and channel
    recorded_at timestamptz not null,
    version     int8 not null check (version > 0),
    seal        int8 not null,
    primary key (location, sku)
);

grant select, insert, update on buffers to aisle_app;
