-- For development only: money goes back the last payment first, whatever was said.
alter table orders drop column refund_terms;
drop table refund_terms;
