-- Reminders of carts that are left behind. Conventions as in 0001; columns that are added stand at the end and are null in rows that were
-- written before.

set lock_timeout = '5s';

alter table channels
    add column cart_reminders bool; -- whether shoppers who agreed are reminded; null: nobody is

alter table carts
    add column remind bool; -- whether the shopper agreed to be reminded of what is in it; null: she did not

-- order_id, here and in jobs.messages, is that of a cart where the contact is one for a cart.
alter table jobs.contacts
    add column of_cart bool not null default false;
