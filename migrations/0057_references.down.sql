drop index if exists orders_by_reference;
