alter table payment_intents
    drop column if exists captures_once;
