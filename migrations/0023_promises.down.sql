drop index if exists fulfilments_promised;

alter table fulfilments drop column if exists promised_at;
