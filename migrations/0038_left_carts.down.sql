alter table carts
    drop column if exists left_at;

alter table channels
    drop column if exists carts_left_seconds;
