drop index if exists events_by_seq;
