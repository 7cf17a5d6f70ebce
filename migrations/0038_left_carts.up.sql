-- Carts that are left behind. Conventions as in 0001; columns that are added stand at the end and are null in rows that were written before.

set lock_timeout = '5s';

alter table channels
    add column carts_left_seconds int8 check (carts_left_seconds > 0); -- after how long without a change; null: never

alter table carts
    add column left_at timestamptz; -- when it was left behind; null: it was not
