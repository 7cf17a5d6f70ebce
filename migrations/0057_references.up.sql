-- Outside of a transaction.
-- The orders that have a number of the retailer's own, for who brings the receipt of a till. It is built while others write, and one that was
-- left half built is built anew.

set lock_timeout = '5s';

drop index concurrently if exists orders_by_reference;

create index concurrently orders_by_reference on orders (location, reference, occurred_at desc, id desc) where reference <> '';
