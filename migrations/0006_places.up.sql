-- When a place is open, and how long it takes to have a pickup ready. Columns that are added stand at the end and are null in rows
-- that were written before.

set lock_timeout = '5s';

alter table locations
    add column lead_seconds int8 check (lead_seconds > 0), -- counted while it is open
    add column special_days text; -- JSON: [{date, name, hours: [{opens, closes}]}]; no hours: closed
