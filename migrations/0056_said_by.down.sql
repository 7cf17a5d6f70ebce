alter table jobs.recipients
    drop column fingerprint;

alter table jobs.destinations
    drop column fingerprint,
    drop column request_id;

alter table jobs.contacts
    drop column as_of,
    drop column fingerprint,
    drop column request_id;
