-- For development only: takes the columns away, and what was asked for and not sent with them.
drop index if exists transfers_out, transfers_in;
create index if not exists transfers_from on transfers (sender, shipped_at desc, id desc);
create index if not exists transfers_to on transfers (receiver, shipped_at desc, id desc);
delete from transfer_lines where transfer_id in (select id from transfers where shipped_at is null) or shipped = 0;
delete from transfers where shipped_at is null;
alter table transfers
    drop constraint transfers_state_check,
    add constraint transfers_state_check check (state in ('SHIPPED', 'RECEIVED')),
    alter column shipped_at set not null,
    drop column answer, drop column wanted_on, drop column purpose, drop column requested_at;
alter table transfer_lines
    drop constraint transfer_lines_shipped_check,
    add constraint transfer_lines_shipped_check check (shipped > 0),
    drop column requested;
