-- How a channel chooses the place that sends what none was named for. Conventions as in 0001; columns that are added stand at the end and are
-- null in rows that were written before.

set lock_timeout = '5s';

alter table channels
    add column sourcing text check (sourcing in ('NOMINATED', 'NEAREST', 'FEWEST_PARCELS')), -- null: the selling location sends it
    add column sourcing_locations text check ((sourcing_locations is not null) = coalesce(sourcing = 'NOMINATED', false)); -- JSON: codes, the first choice first
