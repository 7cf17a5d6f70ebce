-- What carriers were given of shipments. Conventions as in 0001; columns that are added stand at the end and are null in rows that were written
-- before.

set lock_timeout = '5s';

alter table fulfilments
    add column parcels text; -- JSON: the parcels of a shipment as they left; null: none did, or it left in one before they were written down
