-- Outside of a transaction.
-- Transfers that one location asks another for, and the list of those of a place by their state. Conventions as in 0001 and 0002. It is
-- done while others write; what was left half done is done anew.

set lock_timeout = '5s';

alter table transfers
    add column if not exists requested_at timestamptz, -- null: nobody asked, and it was sent
    add column if not exists purpose text, -- what it was asked for
    add column if not exists wanted_on text collate "C" check (wanted_on ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$'), -- a day at the receiver; null: any
    add column if not exists answer text, -- why it was declined, or is not wanted any more
    alter column shipped_at drop not null, -- null: it was not sent
    drop constraint if exists transfers_state_check,
    add constraint transfers_state_check check (state in ('SHIPPED', 'RECEIVED') and shipped_at is not null
        or state in ('REQUESTED', 'DECLINED', 'CANCELLED') and shipped_at is null and requested_at is not null) not valid;

alter table transfers validate constraint transfers_state_check;

alter table transfer_lines
    add column if not exists requested int8 check (requested > 0), -- units that were asked for; null: nobody asked
    drop constraint if exists transfer_lines_shipped_check,
    add constraint transfer_lines_shipped_check check (shipped > 0 or shipped = 0 and requested is not null) not valid;

alter table transfer_lines validate constraint transfer_lines_shipped_check;

-- The newest first: by when they were asked for, or else sent, which never changes.
drop index concurrently if exists transfers_out;

create index concurrently transfers_out on transfers (sender, state, coalesce(requested_at, shipped_at) desc, id desc);

drop index concurrently if exists transfers_in;

create index concurrently transfers_in on transfers (receiver, state, coalesce(requested_at, shipped_at) desc, id desc);

drop index concurrently if exists transfers_from;

drop index concurrently if exists transfers_to;
