-- For development only: takes everything away.
drop table if exists barcodes, variants, products, prices, price_lists, tax_jurisdictions, tax_categories, channels, locations,
    names, order_payments, order_taxes, order_lines, orders, hold_lines, holds, oversell_cases, stock_levels, events, requests,
    ledger_entries, ledger_transactions;
