alter table order_lines drop column return_terms;
drop table return_policies;
