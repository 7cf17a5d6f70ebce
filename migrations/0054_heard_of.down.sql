drop index if exists fulfilments_heard_of;
