alter table returns
    drop column operator,
    drop column overrides;
