-- How a purchase was proved when some of it came back. Conventions as in 0001; the column is null in rows that were written before.

set lock_timeout = '5s';

alter table returns add column proof text; -- null: not said
