drop index if exists carts_untouched;
