alter table carts
    drop column if exists held_until,
    drop column if exists holds;

alter table channels
    drop column if exists cart_hold_seconds;
