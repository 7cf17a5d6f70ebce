-- That the contact of a cart was erased, so that no request brings it back which comes again: a contact without an address. Conventions as in
-- 0001.

set lock_timeout = '5s';

alter table jobs.contacts
    drop constraint contacts_check,
    add constraint contacts_check check (email <> '' or phone <> '' or of_cart);
