drop table if exists return_requests;
