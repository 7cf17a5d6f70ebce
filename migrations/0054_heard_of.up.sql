-- Outside of a transaction.
-- What carriers have and spoke of, or have in several parcels, apart from what is presumed delivered. Conventions as in 0001. It is done while others
-- write; what was left half done is done anew.

set lock_timeout = '5s';

drop index concurrently if exists fulfilments_heard_of;

create index concurrently fulfilments_heard_of on fulfilments (location, coalesce(attention_at, recorded_at), id)
    where (state = 'SHIPPED' or attention_at is not null) and (parcels like '%"trail":%' or parcels like '%},{"state":"%');
