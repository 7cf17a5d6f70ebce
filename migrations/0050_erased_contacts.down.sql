delete from jobs.contacts where email = '' and phone = '';

alter table jobs.contacts
    drop constraint contacts_check,
    add constraint contacts_check check (email <> '' or phone <> '');
