-- Reasons of the stock, and which reason an act names. Conventions as in 0001.

set lock_timeout = '5s';

create table stock_reasons (
    code        text collate "C" not null primary key,
    name        text not null,
    acts        text not null, -- JSON: [act]
    retired     boolean not null,
    recorded_at timestamptz not null,
    version     int8 not null check (version > 0),
    seal        int8 not null
);

alter table ledger_transactions
    add column reason text collate "C", -- the code of a reason; null: the act names none
    add column note text; -- what else there is to say of it

grant select, insert, update on stock_reasons to aisle_app;
