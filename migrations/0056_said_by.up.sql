-- By which request it was said how a customer is told and whom her parcels are for, so that what counts is what the request said that was carried
-- out, whatever others say at once. Conventions as in 0001; columns that are added are null in rows that were written before.

set lock_timeout = '5s';

alter table jobs.contacts
    add column request_id uuid, -- null: nobody's, who is believed
    add column fingerprint bytea,
    add column as_of int8; -- the version of the cart that it was said, or erased, with

alter table jobs.destinations
    add column request_id uuid,
    add column fingerprint bytea;

alter table jobs.recipients
    add column fingerprint bytea; -- of the request, which names the label
