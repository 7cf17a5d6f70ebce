-- Who took pickups away. Conventions as in 0001; columns that are added stand at the end and are null in rows that were written before. Of a
-- document only its kind is kept, and of a signature only the hash of its image.

set lock_timeout = '5s';

alter table fulfilments
    add column collector_name text check (collector_name <> ''), -- null: it was not noted
    add column collector_document text check (collector_document in
        ('IDENTITY_CARD', 'PASSPORT', 'DRIVING_LICENCE', 'RESIDENCE_PERMIT', 'HEALTH_CARD', 'AUTHORISATION', 'OTHER')), -- null: nothing was shown
    add column collector_signature text check (collector_signature ~ '^[0-9a-f]{64}$'); -- SHA-256 of its image; null: nobody signed
