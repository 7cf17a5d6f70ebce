-- Gift cards that were lost and got another number. A lost number is a name of the kind 'lost_card' beside the one of the kind 'gift_card'
-- that it was; how many a card lost stands on its balance, which is locked by whoever spends it. Conventions as in 0001; columns that are
-- added stand at the end and are null in rows that were written before.

set lock_timeout = '5s';

alter table balances add column replacements int8 check (replacements > 0); -- null: the card has its first number
