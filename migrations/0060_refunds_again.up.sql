-- Refunds that a provider refuses are asked for again, and card money that moved to another order in an exchange is refunded from there.
-- Conventions as in 0001; columns that are added stand at the end and are null in rows that were written before.

set lock_timeout = '5s';

alter table payment_intents
    add column moved_from uuid,              -- the order that it came from in an exchange; null: it was authorised for its own
    add column refusals int4,                -- how often in a row its provider refused to give back; null: not since it was last done
    add column ask_again_at timestamptz;     -- when it is asked for that again by itself; null: it is not
