-- For development only: takes the table and the columns away. Which reasons acts named is lost.
drop table if exists stock_reasons;
alter table ledger_transactions drop column note, drop column reason;
