drop index if exists ledger_entries_by_position;
