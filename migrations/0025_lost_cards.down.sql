delete from names where kind = 'lost_card';
alter table balances drop column if exists replacements;
