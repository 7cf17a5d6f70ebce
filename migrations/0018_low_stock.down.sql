-- For development only: takes the index and the columns away. Which positions were told to be low is lost.
drop index if exists demand_lines_of_sku;
alter table stock_levels drop column low_told, drop column low_below;
