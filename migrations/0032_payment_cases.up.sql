-- Outside of a transaction.
-- Payments by providers that somebody may have to see to: whose money is to go back or be let go, and those that gave less than they
-- were to. It is done while others write; what was left half done is done anew.

set lock_timeout = '5s';

drop index concurrently if exists payment_intents_held;

create index concurrently payment_intents_held on payment_intents (asked_at, order_id, intent) where step <> '' or state = 'REFUND_FAILED';

drop index concurrently if exists payment_intents_short;

create index concurrently payment_intents_short on payment_intents (asked_at, order_id, intent)
    where step = '' and captured_minor < amount_minor;
