alter table fulfilments
    drop column if exists parcels;
