-- For development only: takes the tables away, and what was delivered by them is lost.
drop table if exists delivery_differences, delivery_lines, deliveries;
