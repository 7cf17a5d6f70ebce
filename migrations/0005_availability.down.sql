-- For development only: takes the table and the columns away.
drop table if exists buffers;
alter table channels
    drop column safety_basis_points, drop column many_from, drop column few_from, drop column exposure;
