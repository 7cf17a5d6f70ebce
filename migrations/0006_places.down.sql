-- For development only: takes the columns away.
alter table locations drop column special_days, drop column lead_seconds;
