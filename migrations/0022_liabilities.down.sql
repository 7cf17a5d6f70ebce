drop index if exists ledger_entries_of_stored_value;
