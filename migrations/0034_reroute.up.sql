-- What a channel does about units that a place turns out not to have. Conventions as in 0001; columns that are added stand at the end and are
-- null in rows that were written before.

set lock_timeout = '5s';

alter table channels
    add column reroute text check (reroute in ('["PICKUP"]', '["SHIP"]', '["PICKUP","SHIP"]', '["SHIP","PICKUP"]')); -- JSON, the best first; null: it is paid back
