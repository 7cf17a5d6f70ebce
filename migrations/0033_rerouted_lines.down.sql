-- For development only: what another place hands over is taken for ordered beside what it stands for.
alter table order_lines drop column instead_of;
