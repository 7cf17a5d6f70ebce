drop index if exists fulfilments_by_trackings, fulfilments_by_tracking, fulfilments_on_the_way;
alter table fulfilments
    drop column if exists attention_at;
