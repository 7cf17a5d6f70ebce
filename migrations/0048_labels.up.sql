-- Outside of a transaction.
-- What carriers are asked to carry of shipments. Conventions as in 0001; columns that are added stand at the end and are null in rows that were
-- written before. It is done while others write; what was left half done is done anew.

set lock_timeout = '5s';

-- JSON: the labels of a shipment, in the order in which they were asked for, or null.
alter table fulfilments
    add column if not exists labels text;

-- What carriers have not answered, which is little.
drop index concurrently if exists fulfilments_unanswered;

create index concurrently fulfilments_unanswered on fulfilments (recorded_at, location, id) where labels like '%"step":%';

-- What carriers made of labels that nothing is left for, which they are asked to take back.
drop index concurrently if exists fulfilments_unused_labels;

create index concurrently fulfilments_unused_labels on fulfilments (recorded_at) where labels like '%"state":"ISSUED"%'
    and state in ('SHIPPED', 'DELIVERED', 'CANCELLED', 'REJECTED', 'LOST', 'RETURNED_TO_SENDER');

-- Whom a parcel is for, until its carrier has answered. It stands beside the books, as jobs.contacts does, and is in no event.
create table if not exists jobs.recipients (
    label_id  uuid not null primary key,
    order_id  uuid not null, -- whose goods they are
    recipient text not null, -- JSON: name, address, phone, e-mail
    put_at    timestamptz not null default now()
);

create index if not exists recipients_by_order on jobs.recipients (order_id);

create index if not exists recipients_by_age on jobs.recipients (put_at);

grant select, insert, update, delete on jobs.recipients to aisle_app;
