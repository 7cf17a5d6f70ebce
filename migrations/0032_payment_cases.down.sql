drop index if exists payment_intents_held;

drop index if exists payment_intents_short;
