-- Gift cards that another location issued than sells what is put on them.

set lock_timeout = '5s';

-- The location in whose book the line's account is; null: the order's own.
alter table order_lines add column issuer text collate "C";
