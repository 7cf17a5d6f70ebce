-- Lines of orders that another place hands over.

set lock_timeout = '5s';

-- The line whose units it hands over instead; null: it was ordered.
alter table order_lines add column instead_of integer;
