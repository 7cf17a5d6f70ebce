-- Outside of a transaction.
-- Shipments that a carrier lost or brought back. It is done while others write; what was left half done is done anew.

set lock_timeout = '5s';

alter table fulfilments
    drop constraint if exists fulfilments_state_check,
    add constraint fulfilments_state_check check (state in ('NEW', 'ACCEPTED', 'PICKING', 'READY', 'COLLECTED', 'PACKED', 'SHIPPED',
        'DELIVERED', 'EXPIRED_NO_SHOW', 'CANCELLED', 'REFUSED_BY_CUSTOMER', 'REJECTED', 'AWAITING_TRANSFER', 'LOST',
        'RETURNED_TO_SENDER')) not valid;

alter table fulfilments validate constraint fulfilments_state_check;
