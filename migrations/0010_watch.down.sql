drop index if exists ledger_transactions_by_id;
