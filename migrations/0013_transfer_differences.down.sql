-- For development only: takes the columns away.
alter table transfer_lines drop column beyond, drop column damaged;
