-- By which request goods came back. Conventions as in 0001; columns that are added stand at the end and are null in rows that were written before.

set lock_timeout = '5s';

alter table returns
    add column request uuid; -- null: they came over a counter, or a carrier brought them back
