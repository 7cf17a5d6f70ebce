-- When a position is low stands on its row, so that whatever moves units sees it. Conventions as in 0001; columns that are added stand at the end
-- and are null in rows that were written before.

set lock_timeout = '5s';

alter table stock_levels
    add column low_below int8 check (low_below > 0), -- with fewer available units it is low; null: it never is
    add column low_told int8 check (low_told > 0); -- how often it was told to be low, and to be low no more: odd, it is

-- What customers wanted of a SKU and did not get, for proposals.
create index demand_lines_of_sku on demand_lines (sku, at) where kind in ('HOLD', 'ORDER', 'EXCHANGE');
