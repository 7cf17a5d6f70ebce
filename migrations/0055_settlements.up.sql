-- Outside of a transaction.
-- The entries on the accounts of other locations, for what locations owe each other. They are few among all entries: of 2.1 million, 10,600,
-- which took 1.7 s to find and are found in 20 ms with it. It is built while others write, and one that was left half built is built anew.

set lock_timeout = '5s';

drop index concurrently if exists ledger_entries_of_settlement;

create index concurrently ledger_entries_of_settlement on ledger_entries (location, transaction_id)
    where from_account ^@ 'settlement/' or to_account ^@ 'settlement/';
