-- For development only: what was rejected is taken for cancelled.
update fulfilments set state = 'CANCELLED' where state = 'REJECTED';

alter table fulfilments
    drop constraint if exists fulfilments_state_check,
    add constraint fulfilments_state_check check (state in ('NEW', 'ACCEPTED', 'PICKING', 'READY', 'COLLECTED', 'PACKED', 'SHIPPED',
        'DELIVERED', 'EXPIRED_NO_SHOW', 'CANCELLED', 'REFUSED_BY_CUSTOMER'));
