delete from jobs.contacts where of_cart;

alter table jobs.contacts
    drop column if exists of_cart;

alter table carts
    drop column if exists remind;

alter table channels
    drop column if exists cart_reminders;
