-- For development only: what the columns said is lost, and aliases are forgotten.
delete from variants where alias_of is not null;
alter table variants drop column alias_of;
alter table products drop column images, drop column translations, drop column attributes;
drop table if exists attributes;
