-- Outside of a transaction.
-- Carts that may be left behind, by channel. It is done while others write; what was left half done is done anew.

set lock_timeout = '5s';

drop index concurrently if exists carts_untouched;

create index concurrently carts_untouched on carts (channel, recorded_at) where state = 'OPEN' and left_at is null and lines <> 'null';
