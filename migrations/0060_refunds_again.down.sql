alter table payment_intents
    drop column if exists moved_from,
    drop column if exists refusals,
    drop column if exists ask_again_at;
