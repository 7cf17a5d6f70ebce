-- One hold of one unit, as somebody would write it by hand: the very rows, columns and bytes that Aisle writes, one prepared
-- statement after another. The first statement also writes out the keys, so that the others need not. One id serves as hold,
-- transaction and request, so that three need not be made; it begins with the time, as Aisle's do. A program would look at
-- what is available between the first statement and the third; that costs it no round trip, and nobody runs out here.
\set n :n + 1000
\set serial :n + :client_id
\set place random(:first_place, :last_place)
\set article random(:first_article, :last_article)
begin;
select location, sku, available, version, id, 'hold/' || id as subject
from stock_levels, (
    select cast(lpad(to_hex(cast(extract(epoch from now()) * 1000 as int8)), 12, '0') || lpad(:serial, 20, '7') as uuid) as id
) as minted
where location = 'loc-' || lpad(:place, 3, '0') and sku = 'sku-' || lpad(:article, 3, '0')
for no key update of stock_levels \gset
select fingerprint, answer from requests where id = :id;
update stock_levels
set available = available - 1, held = held + 1, version = version + 1, recorded_at = now(), seal = :serial
where location = :location and sku = :sku;
insert into holds (location, id, channel, owner, state, expires_at, recorded_at, version, seal)
values (:location, :id, 'web', :owner, 'HELD', now() + interval '24 hours', now(), 1, :serial);
insert into hold_lines (location, hold_id, line, sku, quantity, seal)
values (:location, :id, 1, :sku, 1, :serial);
insert into ledger_transactions (location, id, kind, occurred_at, recorded_at, actor, channel, request_id, cause, entries, seal)
values (:location, :id, 'HOLD', now(), now(), 'bench', 'web', :id, :subject, 1, :serial);
insert into ledger_entries (location, transaction_id, line, from_account, to_account, asset, quantity, version, seal)
values (:location, :id, 1, 'available', 'held', :sku, 1, cast(:version as int8) + 1, :serial);
insert into events (shard, kind, subject, version, transaction_id, recorded_at, body, seal)
values (:location, 'StockHeld', :subject, 1, :id, now(), :body, :serial);
insert into requests (id, fingerprint, answer, recorded_at, seal)
values (:id, :fingerprint, :answer, now(), :serial);
commit;
