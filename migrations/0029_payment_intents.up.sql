-- Payments of orders by providers outside. Conventions as in 0001 and 0002. An order that has one is only written by servers that know of
-- them: they are used once all servers do.

set lock_timeout = '5s';

create table payment_intents (
    order_id         uuid not null,
    intent           int4 not null check (intent > 0),
    id               uuid not null,
    provider         text collate "C" not null,
    state            text collate "C" not null check (state in ('CREATED', 'DECLINED', 'AUTHORISED', 'CAPTURED', 'VOIDED', 'REFUNDED',
        'REFUND_FAILED')),
    amount_minor     int8 not null check (amount_minor > 0),
    authorised_minor int8 not null check (authorised_minor <= amount_minor),
    captured_minor   int8 not null check (captured_minor <= authorised_minor),
    refunded_minor   int8 not null check (refunded_minor >= 0),
    moved_minor      int8 not null check (moved_minor >= 0 and refunded_minor + moved_minor <= captured_minor),
    token            text not null, -- what stands for the customer's card at the provider; empty once that has answered
    reference        text not null, -- the provider's own id
    step             text collate "C" not null check (step in ('', 'AUTHORISE', 'CAPTURE', 'VOID', 'REFUND')), -- asked, and not answered
    step_minor       int8 not null check ((step_minor > 0) = (step <> '') and step_minor >= 0),
    steps            int4 not null check (steps > 0),
    problem          text not null,
    asked_at         timestamptz not null,
    seal             int8 not null,
    primary key (order_id, intent)
);
create index payment_intents_unanswered on payment_intents (asked_at, order_id, intent) where step <> '';

grant select, insert, update on payment_intents to aisle_app;
