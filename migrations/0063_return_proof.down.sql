alter table returns drop column proof;
