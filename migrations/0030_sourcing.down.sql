alter table channels
    drop column if exists sourcing_locations,
    drop column if exists sourcing;
