-- Return policies: for how long and by what terms goods come back, and by what terms each line of an order does. Conventions as in 0001; the
-- column stands at the end and is null in rows that were written before.

set lock_timeout = '5s';

create table return_policies (
    code        text collate "C" not null primary key,
    name        text not null,
    sold        text not null, -- JSON: what it is for, and what is sold when
    days        int4 not null check (days >= 0), -- 0: a final sale
    terms       text not null, -- JSON: by what terms beside
    retired     boolean not null,
    recorded_at timestamptz not null,
    version     int8 not null check (version > 0),
    seal        int8 not null
);

grant select, insert, update on return_policies to aisle_app;

alter table order_lines add column return_terms text; -- JSON; null: no policy held when it was sold
