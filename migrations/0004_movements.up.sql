-- Outside of a transaction.
-- The movements of a position are read by its versions, newest first: to explain a number, and to fold a level back to what it was.
-- Money has no versions and is not in the index. It is built while others write; one that was left half built is built anew.

set lock_timeout = '5s';

drop index concurrently if exists ledger_entries_by_position;

create index concurrently ledger_entries_by_position on ledger_entries (location, asset, version) where version > 0;
