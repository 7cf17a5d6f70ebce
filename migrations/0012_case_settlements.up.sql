-- What settled an oversell case, and the list of those that are settled. Conventions as in 0001 and 0002.

set lock_timeout = '5s';

alter table oversell_cases
    add column settled_by uuid; -- the transaction that brought the last of its units back; null: open, or settled before this was kept

create index oversell_cases_settled on oversell_cases (location, opened_at, sku, transaction_id) where open_units = 0;
