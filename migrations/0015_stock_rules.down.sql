-- For development only: takes the table away. What places are to have is lost.
drop table if exists stock_rules;
