alter table returns drop column if exists request;
