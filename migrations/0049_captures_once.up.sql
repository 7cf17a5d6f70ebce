-- Payments by providers that capture once, and let the rest go. Conventions as in 0001; columns that are added stand at the end and are null in
-- rows that were written before.

set lock_timeout = '5s';

alter table payment_intents
    add column captures_once boolean; -- whether its provider said that the first capture lets the rest go; null: it did not, or nobody knows
