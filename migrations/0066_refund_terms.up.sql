-- The terms of refunds, and those by which money of an order goes back. Conventions as in 0001.

set lock_timeout = '5s';

create table refund_terms (
    currency          text collate "C" not null primary key,
    tender_order      text not null check (tender_order in ('LAST_FIRST', 'STORED_VALUE_FIRST', 'PROPORTIONAL')),
    cash_max_minor    int8 not null check (cash_max_minor >= 0), -- of one return; 0: any amount
    offline_max_minor int8 not null check (offline_max_minor >= 0), -- of a terminal without a line; 0: none is said
    recorded_at       timestamptz not null,
    version           int8 not null check (version > 0),
    seal              int8 not null
);

grant select, insert, update on refund_terms to aisle_app;

alter table orders add column refund_terms text; -- JSON; null: the currency had no terms when it was placed
