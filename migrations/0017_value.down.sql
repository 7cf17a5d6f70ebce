-- For development only: takes the columns away.
alter table transfer_lines drop column cost_currency, drop column cost_minor;
alter table stock_levels drop column cost_currency, drop column unit_cost_minor, drop column value_minor;
