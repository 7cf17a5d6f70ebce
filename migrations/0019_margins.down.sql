drop index if exists invoices_by_time;
