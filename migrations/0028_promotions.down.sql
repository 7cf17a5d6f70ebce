-- For development only: takes the table away. What orders were given stays on their lines.
drop table if exists promotions;
