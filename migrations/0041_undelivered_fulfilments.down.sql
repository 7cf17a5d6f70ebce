-- For development only: what did not arrive is taken for shipped.
update fulfilments set state = 'SHIPPED' where state in ('LOST', 'RETURNED_TO_SENDER');

alter table fulfilments
    drop constraint if exists fulfilments_state_check,
    add constraint fulfilments_state_check check (state in ('NEW', 'ACCEPTED', 'PICKING', 'READY', 'COLLECTED', 'PACKED', 'SHIPPED',
        'DELIVERED', 'EXPIRED_NO_SHOW', 'CANCELLED', 'REFUSED_BY_CUSTOMER', 'REJECTED', 'AWAITING_TRANSFER'));
