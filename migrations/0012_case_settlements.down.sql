-- For development only: takes the column and the index away.
drop index if exists oversell_cases_settled;
alter table oversell_cases drop column settled_by;
