-- The whole trade: orders that are promised, collected, shipped and returned, their documents, transfers, stored value, and
-- what a customer bought. Conventions as in 0001. Columns that are added to a table stand at its end and are null in rows that
-- were written before, so that their seals stay true.

set lock_timeout = '5s';

alter table locations
    add column legal_name text, -- who sells here, as documents name it
    add column tax_id text,
    add column closed boolean, -- takes no new holds and orders
    add column pickup_seconds int8 check (pickup_seconds > 0); -- how long a pickup that is ready is kept

alter table products add column return_days int4 check (return_days >= 0);

alter table holds add column order_id uuid, -- the one that took it up
    drop constraint holds_state_check,
    add constraint holds_state_check check (state in ('HELD', 'RELEASED', 'EXPIRED', 'COMMITTED'));
create index holds_by_order on holds (order_id) where order_id is not null;
create index names_of_cards on names (entity) where kind = 'gift_card';

alter table orders
    add column pay_by timestamptz, -- until when an order that waits for payment keeps its goods
    add column bill_to text, -- JSON: who asked for full invoices
    drop constraint orders_state_check,
    add constraint orders_state_check check (state in ('PENDING_PAYMENT', 'CONFIRMED', 'COMPLETED', 'CANCELLED', 'EXPIRED'));
create index orders_unpaid on orders (pay_by, id) where state = 'PENDING_PAYMENT';

alter table order_lines
    add column fulfil_location text collate "C", -- where the goods leave from
    add column fulfilment uuid, -- null: carried out
    add column account text collate "C", -- what is credited where it is not 'sales'
    add column return_days int4;
create index order_lines_open on order_lines (fulfil_location, sku) where fulfilled + cancelled < quantity;
create index order_lines_of_fulfilment on order_lines (fulfilment) where fulfilment is not null;

alter table order_payments
    add column location text collate "C", -- in whose book the other account is; null: the order's
    add column account text collate "C", -- the other account, where the kind does not name it
    add column occurred_at timestamptz,
    drop constraint order_payments_movement_check,
    add constraint order_payments_movement_check check (movement in
        ('PAYMENT', 'CHANGE', 'REFUND', 'FEE', 'GOODWILL', 'LOSS', 'ROUNDED_DOWN', 'ROUNDED_UP'));

-- The documents of an order, with the units that each is about.
create table order_documents (
    order_id    uuid not null,
    document    int4 not null check (document > 0),
    invoice     uuid not null,
    kind        text collate "C" not null,
    original    uuid, -- what it corrects or replaces
    occurred_at timestamptz not null,
    units       text not null, -- JSON: [{line, from, until}]
    seal        int8 not null,
    primary key (order_id, document)
);

-- The handing over of some lines of an order.
create table fulfilments (
    location    text collate "C" not null,
    id          uuid not null,
    order_id    uuid not null,
    method      text collate "C" not null check (method in ('PICKUP', 'SHIP')),
    state       text collate "C" not null check (state in ('NEW', 'ACCEPTED', 'PICKING', 'READY', 'COLLECTED', 'PACKED', 'SHIPPED',
        'DELIVERED', 'EXPIRED_NO_SHOW', 'CANCELLED')),
    expires_at  timestamptz, -- of a pickup that is ready
    carrier     text not null,
    tracking    text not null,
    code_count  int4 not null check (code_count >= 0),
    tries       int4 not null check (tries >= 0), -- wrong codes since the last one was made
    proof       text not null,
    placed_at   timestamptz not null,
    recorded_at timestamptz not null,
    version     int8 not null check (version > 0),
    seal        int8 not null,
    primary key (location, id)
);
create index fulfilments_open on fulfilments (location, placed_at, id) where state in ('NEW', 'ACCEPTED', 'PICKING', 'READY', 'PACKED');
create index fulfilments_by_expiry on fulfilments (expires_at, location, id) where state = 'READY';

-- Goods that came back. Append-only.
create table returns (
    id             uuid not null primary key,
    order_id       uuid, -- null: without a receipt
    location       text collate "C" not null, -- where they came back
    book           text collate "C" not null, -- the selling location
    channel        text collate "C" not null,
    customer       uuid,
    currency       text collate "C" not null,
    lines          text not null, -- JSON: retail.ReturnLine
    refunds        text not null, -- JSON: retail.Payment
    invoices       text not null, -- JSON: ids
    exchange       uuid, -- the order that left in the same act
    note           text not null,
    occurred_at    timestamptz not null,
    recorded_at    timestamptz not null,
    version        int8 not null check (version > 0),
    seal           int8 not null
);
create index returns_by_order on returns (order_id) where order_id is not null;
create index returns_by_location on returns (location, occurred_at desc, id desc);

create table transfers (
    id          uuid not null primary key,
    sender      text collate "C" not null,
    receiver    text collate "C" not null check (receiver <> sender),
    state       text collate "C" not null check (state in ('SHIPPED', 'RECEIVED')),
    reference   text not null,
    shipped_at  timestamptz not null,
    recorded_at timestamptz not null,
    version     int8 not null check (version > 0),
    seal        int8 not null
);
create index transfers_from on transfers (sender, shipped_at desc, id desc);
create index transfers_to on transfers (receiver, shipped_at desc, id desc);
create index transfers_open on transfers (receiver, id) where state = 'SHIPPED';

create table transfer_lines (
    transfer_id uuid not null,
    line        int4 not null check (line > 0),
    sku         text collate "C" not null,
    shipped     int8 not null check (shipped > 0),
    received    int8 not null check (received >= 0),
    missing     int8 not null check (missing >= 0 and received + missing <= shipped),
    seal        int8 not null,
    primary key (transfer_id, line)
);

-- Documents. Append-only: what they say is vouched for by the chain of their issuing point.
create table invoices (
    location        text collate "C" not null,
    id              uuid not null,
    point           text collate "C" not null,
    number          text collate "C" not null,
    kind            text collate "C" not null check (kind in ('SIMPLIFIED', 'FULL', 'FULL_REPLACING_SIMPLIFIED',
        'RECTIFICATIVE_SIMPLIFIED', 'RECTIFICATIVE_FULL')),
    series          text collate "C" not null,
    sequence        int8 not null check (sequence > 0),
    order_id        uuid,
    return_id       uuid,
    transaction_id  uuid not null,
    original        uuid,
    original_number text collate "C" not null,
    customer        uuid,
    seller          text not null, -- JSON: retail.Party
    buyer           text, -- JSON: retail.Party
    currency        text collate "C" not null,
    lines           text not null, -- JSON: retail.InvoiceLine
    taxes           text not null, -- JSON: retail.OrderTax
    occurred_at     timestamptz not null,
    issued_at       timestamptz not null,
    position        int8 not null check (position > 0),
    previous        text collate "C" not null,
    hash            text collate "C" not null,
    seal            int8 not null,
    primary key (location, id)
);
create unique index invoices_by_number on invoices (location, point, series, sequence);
create unique index invoices_by_position on invoices (location, point, position);
create index invoices_by_id on invoices (id);
create index invoices_by_order on invoices (order_id) where order_id is not null;

-- The one minter of its series: number, chain and year in the row that is locked.
create table issuing_points (
    location    text collate "C" not null,
    code        text collate "C" not null,
    series      text not null, -- JSON: [{series, last}]
    records     int8 not null check (records >= 0),
    head        text collate "C" not null,
    version     int8 not null check (version > 0),
    recorded_at timestamptz not null,
    seal        int8 not null,
    primary key (location, code)
) with (fillfactor = 70);

-- What the money accounts with a floor are folded into: gift cards and store credit, in the book that issued them.
create table balances (
    location     text collate "C" not null,
    account      text collate "C" not null,
    currency     text collate "C" not null,
    amount_minor int8 not null check (amount_minor >= 0),
    version      int8 not null check (version > 0),
    recorded_at  timestamptz not null,
    seal         int8 not null,
    primary key (location, account)
);
create index balances_by_account on balances (account);

-- The index of a customer's history. Append-only.
create table purchases (
    customer    uuid not null,
    kind        text collate "C" not null check (kind in ('ORDER', 'RETURN', 'INVOICE')),
    entity      uuid not null,
    location    text collate "C" not null, -- of the entity's book
    occurred_at timestamptz not null,
    recorded_at timestamptz not null,
    seal        int8 not null,
    primary key (customer, kind, entity)
);
create index purchases_by_time on purchases (customer, occurred_at desc, entity desc);

grant select, insert on order_documents, returns, invoices, purchases to aisle_app;
grant select, insert, update on fulfilments, transfers, transfer_lines, issuing_points, balances to aisle_app;
