drop table if exists jobs.recipients;

drop index if exists fulfilments_unused_labels;

drop index if exists fulfilments_unanswered;

alter table fulfilments
    drop column if exists labels;
