-- Of the units of a line that are cancelled, those that a place turned out not to have. Conventions as in 0001; the column stands at the end and is
-- null in rows that were written before.

set lock_timeout = '5s';

alter table order_lines add column rejected int8 check (rejected > 0); -- null: none
