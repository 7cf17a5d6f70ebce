alter table orders
    drop column if exists link_until;
