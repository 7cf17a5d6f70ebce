-- Outside of a transaction.
-- The positions of a SKU stand side by side in this index, those of a location in the primary key: who asks for one SKU at many places
-- is served by the one, who asks for many SKUs at one place by the other. Asked for both, the planner takes them for equally dear, and
-- took the younger for all. As the two have collations of different names and the same order, each statement now says which it wants.

set lock_timeout = '5s';

drop index concurrently if exists stock_levels_of_sku;

create index concurrently stock_levels_of_sku on stock_levels (sku collate "POSIX", location collate "POSIX");

drop index concurrently if exists stock_levels_by_sku;
