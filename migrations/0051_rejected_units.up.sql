-- Outside of a transaction.
-- Of the units of a line that are cancelled, those that a place turned out not to have. Conventions as in 0001; the column stands at the end and is
-- null in rows that were written before. It is done while others write; what was left half done is done anew.

set lock_timeout = '5s';

alter table order_lines
    add column if not exists rejected int8, -- null: none
    drop constraint if exists order_lines_rejected_check,
    add constraint order_lines_rejected_check check (rejected > 0) not valid;

alter table order_lines validate constraint order_lines_rejected_check;
