-- What customers are told, and the jobs that tell them. All of it stands beside the books, in a schema of its own: nothing here is
-- sealed or audited, the engine never touches it, and it can be erased. Conventions of codes as in 0001.

set lock_timeout = '5s';

create schema jobs;

-- How far the event log is read, by whom: the row that a reader locks, so that there is one at a time.
create table jobs.cursors (
    reader text collate "C" not null primary key,
    seq    int8 not null check (seq >= 0)
);

-- How the customer of an order is told. Personal: no event and no other table has it.
create table jobs.contacts (
    order_id uuid not null primary key,
    email    text not null, -- '' : none
    phone    text collate "C" not null check (phone ~ '^([+][1-9][0-9]{6,14})?$'), -- E.164; '' : none
    language text collate "C" not null check (language in ('en', 'es', 'ca', 'pt')),
    put_at   timestamptz not null default now(),
    check (email <> '' or phone <> '')
);
create index contacts_by_age on jobs.contacts (put_at);

-- One row per thing that a customer is told in one way, of one event. What it says and where it goes is not kept.
create table jobs.messages (
    id         uuid not null primary key, -- v7: in the order of their making
    seq        int8 not null, -- of the event
    kind       text collate "C" not null,
    medium     text collate "C" not null check (medium in ('EMAIL', 'PHONE')),
    order_id   uuid not null,
    language   text collate "C" not null,
    state      text collate "C" not null check (state in ('QUEUED', 'SENT', 'FAILED', 'SKIPPED')),
    due_at     timestamptz not null,
    created_at timestamptz not null,
    settled_at timestamptz, -- null: QUEUED
    tries      int4 not null default 0 check (tries >= 0),
    problem    text not null default '',
    check ((settled_at is null) = (state = 'QUEUED'))
);
create unique index messages_of_event on jobs.messages (seq, kind, medium);
-- An order is confirmed once, whatever it was that confirmed it.
create unique index messages_once on jobs.messages (order_id, kind, medium) where kind = 'ORDER_CONFIRMED';
create index messages_of_order on jobs.messages (order_id, id desc);
create index messages_by_state on jobs.messages (state, id desc);

-- The tables of River (github.com/riverqueue/river, MPL-2.0), as its own migrations 2 to 8 leave them.
create type jobs.river_job_state as enum (
    'available', 'cancelled', 'completed', 'discarded', 'pending', 'retryable', 'running', 'scheduled'
);

create table jobs.river_job (
    id            bigserial primary key,
    state         jobs.river_job_state not null default 'available',
    attempt       smallint not null default 0,
    max_attempts  smallint not null default 25,
    attempted_at  timestamptz,
    created_at    timestamptz not null default now(),
    finalized_at  timestamptz,
    scheduled_at  timestamptz not null default now(),
    priority      smallint not null default 1,
    args          jsonb not null,
    attempted_by  text[],
    errors        jsonb[],
    kind          text not null,
    metadata      jsonb not null default '{}',
    queue         text not null default 'default',
    tags          varchar(255)[] not null default '{}',
    unique_key    bytea,
    unique_states bit(8),
    constraint finalized_or_finalized_at_null check (
        (finalized_at is null and state not in ('cancelled', 'completed', 'discarded')) or
        (finalized_at is not null and state in ('cancelled', 'completed', 'discarded'))
    ),
    constraint max_attempts_is_positive check (max_attempts > 0),
    constraint priority_in_range check (priority >= 1 and priority <= 4),
    constraint queue_length check (char_length(queue) > 0 and char_length(queue) < 128),
    constraint kind_length check (char_length(kind) > 0 and char_length(kind) < 128)
);

create function jobs.river_job_state_in_bitmask(bitmask bit(8), state jobs.river_job_state) returns boolean language sql immutable as $$
    select case state
        when 'available' then get_bit(bitmask, 7)
        when 'cancelled' then get_bit(bitmask, 6)
        when 'completed' then get_bit(bitmask, 5)
        when 'discarded' then get_bit(bitmask, 4)
        when 'pending'   then get_bit(bitmask, 3)
        when 'retryable' then get_bit(bitmask, 2)
        when 'running'   then get_bit(bitmask, 1)
        when 'scheduled' then get_bit(bitmask, 0)
        else 0
    end = 1;
$$;

create index river_job_kind on jobs.river_job (kind);
create index river_job_state_and_finalized_at_index on jobs.river_job (state, finalized_at) where finalized_at is not null;
create index river_job_prioritized_fetching_index on jobs.river_job (state, queue, priority, scheduled_at, id);
create index river_job_args_index on jobs.river_job using gin (args);
create index river_job_metadata_index on jobs.river_job using gin (metadata);
create unique index river_job_unique_idx on jobs.river_job (unique_key)
    where unique_key is not null and unique_states is not null and jobs.river_job_state_in_bitmask(unique_states, state);

create unlogged table jobs.river_leader (
    elected_at timestamptz not null,
    expires_at timestamptz not null,
    leader_id  text not null,
    name       text not null default 'default' primary key,
    constraint name_length check (name = 'default'),
    constraint leader_id_length check (char_length(leader_id) > 0 and char_length(leader_id) < 128)
);

create table jobs.river_queue (
    name       text not null primary key,
    created_at timestamptz not null default now(),
    metadata   jsonb not null default '{}',
    paused_at  timestamptz,
    updated_at timestamptz not null default current_timestamp
);

create table jobs.river_notification (
    id         bigserial primary key,
    created_at timestamptz not null default now(),
    payload    text not null,
    topic      text not null,
    constraint topic_length check (length(topic) > 0 and length(topic) < 128)
);
create index river_notification_created_at_idx on jobs.river_notification (created_at);
create index river_notification_topic_id_idx on jobs.river_notification (topic, id);

-- What is done, and whom nobody needs to tell any more, is taken away.
grant usage on schema jobs to aisle_app;
grant select, insert, update on jobs.cursors, jobs.messages to aisle_app;
grant select, insert, update, delete on jobs.contacts, jobs.river_job, jobs.river_leader, jobs.river_queue, jobs.river_notification to aisle_app;
grant usage on jobs.river_job_id_seq, jobs.river_notification_id_seq to aisle_app;
