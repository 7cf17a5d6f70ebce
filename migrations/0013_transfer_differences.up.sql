-- Differences of transfers. Conventions as in 0001 and 0002.

set lock_timeout = '5s';

alter table transfer_lines
    add column damaged int8 check (damaged between 0 and received), -- units of those received that arrived damaged; null: none
    add column beyond int8 check (beyond between 0 and shipped); -- units of those shipped that the sender learnt of as they arrived; null: none
