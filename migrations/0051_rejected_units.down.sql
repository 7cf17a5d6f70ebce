alter table order_lines drop column rejected;
