-- What goods cost. Conventions as in 0001 and 0002.

set lock_timeout = '5s';

alter table stock_levels
    add column value_minor     int8, -- what the units that are here cost, the fold of inventory/<sku>; null: no cost was ever known
    add column unit_cost_minor int8 check (unit_cost_minor >= 0), -- what one costs, rounded; with none here, what one cost last
    add column cost_currency   text collate "C"; -- of both

alter table transfer_lines
    add column cost_minor    int8 check (cost_minor >= 0), -- what the units that are on their way cost; null: not known
    add column cost_currency text collate "C";
