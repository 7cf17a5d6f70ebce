-- Whom orders are sent to. It stands beside the books, as jobs.contacts does, and is in no event. Conventions as in 0001.

set lock_timeout = '5s';

create table jobs.destinations (
    order_id  uuid not null primary key,
    recipient text not null, -- JSON: name, address, phone, e-mail
    put_at    timestamptz not null default now()
);

create index destinations_by_age on jobs.destinations (put_at);

grant select, insert, update, delete on jobs.destinations to aisle_app;
