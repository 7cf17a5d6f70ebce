-- Outside of a transaction.
-- Kinds of gift cards, with their limits and how long their cards are good. Conventions as in 0001; columns that are added stand at the end
-- and are null in rows that were written before. It is done while others write; what was left half done is done anew.

set lock_timeout = '5s';

create table if not exists card_kinds (
    code               text collate "C" not null primary key,
    name               text not null,
    currency           text collate "C" not null,
    most_balance_minor int8 not null check (most_balance_minor >= 0), -- 0: without a limit
    least_load_minor   int8 not null check (least_load_minor >= 0), -- 0: without a limit
    most_load_minor    int8 not null check (most_load_minor >= 0), -- 0: without a limit
    valid_months       int4 not null check (valid_months >= 0), -- 0: for ever
    renewed            boolean not null,
    retired            boolean not null,
    recorded_at        timestamptz not null,
    version            int8 not null check (version > 0),
    seal               int8 not null
);

grant select, insert, update on card_kinds to aisle_app;

alter table balances
    add column if not exists card_kind text collate "C", -- the kind of the card; null: none
    add column if not exists card_months int4 check (card_months > 0), -- for how many months it is good; null: for ever
    add column if not exists card_renewed boolean, -- whether they begin anew with what is put on it; null: they do not
    add column if not exists expires_at timestamptz; -- when it expires; null: never

-- Those of the card that a line sells, or tops up; null as above.
alter table order_lines
    add column if not exists card_kind text collate "C",
    add column if not exists card_months int4 check (card_months > 0),
    add column if not exists card_renewed boolean;

drop index concurrently if exists balances_expiring;

-- What is on cards that expire, for the sweeper.
create index concurrently balances_expiring on balances (expires_at) where expires_at is not null and amount_minor > 0;
