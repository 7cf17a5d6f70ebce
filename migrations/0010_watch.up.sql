-- Outside of a transaction.
-- Those who watch stock find what a committed act moved: an event names the act, the act's headers name the books, and the entries
-- stand there. The primary key can't serve that: it begins with the book. It is built while others write; one that was left half
-- built is built anew.

set lock_timeout = '5s';

drop index concurrently if exists ledger_transactions_by_id;

create index concurrently ledger_transactions_by_id on ledger_transactions (id, location);
