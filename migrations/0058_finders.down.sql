drop table if exists jobs.finders;
