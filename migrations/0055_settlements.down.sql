drop index if exists ledger_entries_of_settlement;
