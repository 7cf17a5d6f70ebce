-- Outside of a transaction.
-- The event log is read in the order of seq, over all shards (see services/events). The primary key can't serve that: it
-- begins with the shard. The index is not unique, for a unique one would have to hold the column that the table is sharded by;
-- seq is an identity column that nobody else can write, and the audit finds a number that is there twice. It is built while
-- others write; one that was left half built is built anew.

set lock_timeout = '5s';

drop index concurrently if exists events_by_seq;

create index concurrently events_by_seq on events (seq);
