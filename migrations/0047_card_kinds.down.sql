-- For development only: cards have no kind any more, and never expire.
drop index if exists balances_expiring;
alter table order_lines drop column card_kind, drop column card_months, drop column card_renewed;
alter table balances drop column card_kind, drop column card_months, drop column card_renewed, drop column expires_at;
drop table card_kinds;
