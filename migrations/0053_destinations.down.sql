drop table if exists jobs.destinations;
