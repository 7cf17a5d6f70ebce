alter table channels
    drop column if exists reroute;
