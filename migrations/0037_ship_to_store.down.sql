-- For development only: what waits for a transfer is taken for what is there.
create index fulfilments_open on fulfilments (location, placed_at, id) where state in ('NEW', 'ACCEPTED', 'PICKING', 'READY', 'PACKED');

create index fulfilments_promised on fulfilments (location, coalesce(promised_at, placed_at), id)
    where state in ('NEW', 'ACCEPTED', 'PICKING', 'READY', 'PACKED');

drop index if exists fulfilments_work;

drop index if exists fulfilments_work_promised;

update fulfilments set state = 'NEW' where state = 'AWAITING_TRANSFER';

alter table fulfilments
    drop constraint if exists fulfilments_state_check,
    add constraint fulfilments_state_check check (state in ('NEW', 'ACCEPTED', 'PICKING', 'READY', 'COLLECTED', 'PACKED', 'SHIPPED',
        'DELIVERED', 'EXPIRED_NO_SHOW', 'CANCELLED', 'REFUSED_BY_CUSTOMER', 'REJECTED'));

alter table transfer_lines
    drop column if exists lacked,
    drop column if exists kept;

alter table transfers drop column if exists order_id;

drop index if exists order_lines_away;

drop index if exists order_lines_coming;

alter table order_lines
    drop constraint if exists order_lines_awaited_check,
    drop column if exists coming,
    drop column if exists away,
    drop column if exists transfer,
    drop column if exists from_location;

alter table channels drop column if exists ship_to_store;
