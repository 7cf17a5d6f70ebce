-- What customers want to send back by post, and sent. Conventions as in 0001.

set lock_timeout = '5s';

create table return_requests (
    id          uuid not null primary key,
    order_id    uuid not null,
    customer    uuid, -- null: not identified
    channel     text collate "C" not null,
    location    text collate "C" not null, -- where it is sent to
    state       text collate "C" not null check (state in (
        'REQUESTED', 'APPROVED', 'IN_TRANSIT', 'RECEIVED', 'CLOSED', 'REJECTED', 'CANCELLED', 'EXPIRED')),
    wish        text collate "C" not null,
    label       text not null,
    carrier     text not null,
    tracking    text not null,
    refund      text collate "C" check (refund in ('ON_INSPECTION', 'ON_RECEIPT')), -- null: it was not approved
    asked_at    timestamptz not null,
    expires_at  timestamptz, -- null: it was not approved
    lines       text not null, -- JSON: [{line, sku, reason, asked, received, accepted, sent_back, inspected, restocked}]
    wrong       text, -- JSON: [{item, units, sent_back}]; null: none
    returns     text, -- JSON: ids of returns; null: none
    note        text not null,
    answer      text not null,
    recorded_at timestamptz not null,
    version     int8 not null check (version > 0),
    seal        int8 not null,
    check ((refund is null) = (expires_at is null))
);

create index return_requests_of_location on return_requests (location, asked_at desc, id desc);
create index return_requests_of_customer on return_requests (customer, asked_at desc, id desc) where customer is not null;
create index return_requests_of_order on return_requests (order_id);
create index return_requests_unsent on return_requests (expires_at) where state = 'APPROVED';

grant select, insert, update on return_requests to aisle_app;
