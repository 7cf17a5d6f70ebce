-- Outside of a transaction.
-- The entries of stored value, for what is owed on it. They are few among all entries; it is built while others write, and one that was
-- left half built is built anew.

set lock_timeout = '5s';

drop index concurrently if exists ledger_entries_of_stored_value;

create index concurrently ledger_entries_of_stored_value on ledger_entries (location, transaction_id)
    where from_account ^@ 'gift_card/' or from_account ^@ 'store_credit/' or to_account ^@ 'gift_card/' or to_account ^@ 'store_credit/';
