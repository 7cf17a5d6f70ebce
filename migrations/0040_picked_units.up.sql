-- What was picked of the lines of fulfilments. Conventions as in 0001; columns that are added stand at the end and are null in rows that were
-- written before.

set lock_timeout = '5s';

alter table fulfilments
    add column picked text; -- JSON: units by line, whatever became of them since; null: nobody says so by line
