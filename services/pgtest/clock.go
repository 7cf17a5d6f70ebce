package pgtest

// Clock gives a database a clock of its own, which "update clock.ahead set by = ..." steps: what stands before pg_catalog in the
// search path is found first. It is executed as the owner, before anybody else connects.
const Clock = `
create schema clock;
create table clock.ahead (by interval not null);
insert into clock.ahead values ('0');
create function clock.clock_timestamp() returns timestamptz language sql volatile as
    'select pg_catalog.clock_timestamp() + (select by from clock.ahead)';
grant usage on schema clock to public;
grant select on clock.ahead to public;
do $$ begin execute format('alter database %I set search_path = clock, pg_catalog, public', current_database()); end $$`
