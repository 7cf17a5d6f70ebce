create index if not exists stock_levels_by_sku on stock_levels (sku, location);

drop index if exists stock_levels_of_sku;
