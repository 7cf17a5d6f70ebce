alter table fulfilments
    drop column if exists collector_signature,
    drop column if exists collector_document,
    drop column if exists collector_name;
