-- Outside of a transaction.
-- The documents of some time, for what was turned over in it. It is built while others write; one that was left half built is built anew.

set lock_timeout = '5s';

drop index concurrently if exists invoices_by_time;

create index concurrently invoices_by_time on invoices (location, occurred_at);
