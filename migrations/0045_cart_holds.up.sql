-- What is in a cart is held for a while. Conventions as in 0001; columns that are added stand at the end and are null in rows that were
-- written before.

set lock_timeout = '5s';

alter table channels
    add column cart_hold_seconds int8 check (cart_hold_seconds > 0); -- for how long after a change; null: not at all

alter table carts
    add column holds      text, -- JSON: what is held of it, one at each place; null: nothing
    add column held_until timestamptz, -- when these end; null: there are none
    add check ((holds is null) = (held_until is null));
