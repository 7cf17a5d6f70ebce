-- For development only: what was recorded is lost.
drop table if exists demand_lines;
drop table if exists demand;
