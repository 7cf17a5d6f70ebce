drop table if exists payment_intents;
