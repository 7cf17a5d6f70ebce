-- One order of three lines for shipment, paid by card, as somebody would write it by hand: the very rows, columns and bytes that
-- Aisle writes, one prepared statement after another. As in same_work.sql one id serves as order, fulfilment, transaction and
-- request. The three articles stand beside each other, so that they are locked in one order. What they cost is known here; Aisle
-- looks it up and prices the order.
\set n :n + 1000
\set serial :n + :client_id
\set place random(:first_place, :last_place)
\set article least(random(:first_article, :last_article), 97)
\set second :article + 1
\set third :article + 2
\set number (:serial / 1000000000000) * 1000000000 + :serial % 1000000000
begin;
select id, 'order/' || id as subject, 'fulfilment/' || id as work, 'loc-' || lpad(:place, 3, '0') as location,
    'sku-' || lpad(:article, 3, '0') as sku1, 'sku-' || lpad(:second, 3, '0') as sku2, 'sku-' || lpad(:third, 3, '0') as sku3,
    lpad(:number, 11, '0') as ordernumber
from (
    select cast(lpad(to_hex(cast(extract(epoch from now()) * 1000 as int8)), 12, '0') || lpad(:serial, 20, '7') as uuid) as id
) as minted \gset
select sku, available, version from stock_levels
where location = :location and sku in (:sku1, :sku2, :sku3) order by sku for no key update;
select entity from names where kind = 'order' and value = :ordernumber;
select fingerprint, answer from requests where id = :id;
update stock_levels
set available = available - 1, committed = committed + 1, version = version + 1, recorded_at = now(), seal = :serial
where location = :location and sku in (:sku1, :sku2, :sku3);
insert into orders (id, number, state, channel, location, currency, tax_included, reference, occurred_at, recorded_at, version, seal)
values (:id, :ordernumber, 'CONFIRMED', 'web', :location, 'EUR', true, '', now(), now(), 1, :serial);
insert into order_lines (order_id, line, sku, description, method, quantity, fulfilled, cancelled, returned, list_minor, discount_minor,
    net_minor, tax_minor, gross_minor, tax_code, tax_ppm, discounts, price_reason, note, seal, fulfil_location, fulfilment, return_days)
values
    (:id, 1, :sku1, 'Shirt', 'SHIP', 1, 0, 0, 0, 1000, 0, 826, 174, 1000, 'ES-VAT-21', 210000, 'null', '', '', :serial, :location, :id, 30),
    (:id, 2, :sku2, 'Shirt', 'SHIP', 1, 0, 0, 0, 1000, 0, 826, 174, 1000, 'ES-VAT-21', 210000, 'null', '', '', :serial, :location, :id, 30),
    (:id, 3, :sku3, 'Shirt', 'SHIP', 1, 0, 0, 0, 1000, 0, 827, 173, 1000, 'ES-VAT-21', 210000, 'null', '', '', :serial, :location, :id, 30);
insert into order_taxes (order_id, code, ppm, net_minor, tax_minor, seal) values (:id, 'ES-VAT-21', 210000, 2479, 521, :serial);
insert into order_payments (order_id, payment, kind, movement, amount_minor, reference, seal, occurred_at)
values (:id, 1, 'CARD', 'PAYMENT', 3000, '', :serial, now());
insert into names (kind, value, entity, recorded_at, seal) values ('order', :ordernumber, :id, now(), :serial);
insert into fulfilments (location, id, order_id, method, state, carrier, tracking, code_count, tries, proof, placed_at, recorded_at,
    version, seal)
values (:location, :id, :id, 'SHIP', 'NEW', '', '', 0, 0, '', now(), now(), 1, :serial);
insert into ledger_transactions (location, id, kind, occurred_at, recorded_at, actor, channel, request_id, cause, entries, seal)
values (:location, :id, 'SALE', now(), now(), 'bench', 'web', :id, :subject, 4, :serial);
insert into ledger_entries (location, transaction_id, line, from_account, to_account, asset, quantity, version, seal)
values (:location, :id, 1, :subject, 'tender/CARD', 'EUR', 3000, 0, :serial),
    (:location, :id, 2, 'available', 'committed', :sku1, 1, 1, :serial),
    (:location, :id, 3, 'available', 'committed', :sku2, 1, 1, :serial),
    (:location, :id, 4, 'available', 'committed', :sku3, 1, 1, :serial);
insert into events (shard, kind, subject, version, transaction_id, recorded_at, body, seal)
values (cast(:id as text), 'OrderPlaced', :subject, 1, :id, now(), :order_body, :serial),
    (:location, 'FulfilmentPlaced', :work, 1, :id, now(), :work_body, :serial);
insert into requests (id, fingerprint, answer, recorded_at, seal)
values (:id, :fingerprint, :order_answer, now(), :serial);
commit;
