-- Links by which customers pay. Conventions as in 0001; a column that is added stands at the end and is null in rows that were written before.

set lock_timeout = '5s';

alter table orders
    add column link_until timestamptz; -- until when the link to pay by is good that was sent last; null: none was
