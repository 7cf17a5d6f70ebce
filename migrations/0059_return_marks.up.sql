-- For what reasons somebody set aside the policy of a sale to take something back, and who stood at the counter. Conventions as in 0001; columns that
-- are added are null in rows that were written before.

set lock_timeout = '5s';

alter table returns
    add column overrides text, -- JSON; null: the policy was not asked, or it was not kept
    add column operator text; -- null: not said
