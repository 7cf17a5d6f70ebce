-- For development only: what is still to be sent is lost.
drop schema if exists jobs cascade;
