-- One buyer of a flash sale, as somebody would write it by hand: she gets a pair at her shop, to collect and paid by card, with the very
-- rows, columns and bytes that Aisle writes; or she is told where else there are any, and nothing is written. Buyers go to the shops in turn.
\set n :n + 1000
\set serial :n + :client_id
\set shop (:n / 1000 + :client_id) % :shops
\set number (:serial / 1000000000000) * 1000000000 + :serial % 1000000000
begin;
select id, 'order/' || id as subject, 'fulfilment/' || id as work, 'loc-' || lpad(:shop, 3, '0') as location,
    lpad(:number, 11, '0') as ordernumber
from (
    select cast(lpad(to_hex(cast(extract(epoch from now()) * 1000 as int8)), 12, '0') || lpad(:serial, 20, '7') as uuid) as id
) as minted \gset
select available, version from stock_levels where location = :location and sku = :article for no key update \gset
\if :available > 0
select entity from names where kind = 'order' and value = :ordernumber;
select fingerprint, answer from requests where id = :id;
update stock_levels
set available = available - 1, committed = committed + 1, version = version + 1, recorded_at = now(), seal = :serial
where location = :location and sku = :article;
insert into orders (id, number, state, channel, location, currency, tax_included, reference, occurred_at, recorded_at, version, seal)
values (:id, :ordernumber, 'CONFIRMED', 'web', :location, 'EUR', true, '', now(), now(), 1, :serial);
insert into order_lines (order_id, line, sku, description, method, quantity, fulfilled, cancelled, returned, list_minor, discount_minor,
    net_minor, tax_minor, gross_minor, tax_code, tax_ppm, discounts, price_reason, note, seal, fulfil_location, fulfilment, return_days)
values (:id, 1, :article, 'Shirt', 'PICKUP', 1, 0, 0, 0, 1000, 0, 826, 174, 1000, 'ES-VAT-21', 210000, 'null', '', '', :serial, :location, :id, 30);
insert into order_taxes (order_id, code, ppm, net_minor, tax_minor, seal) values (:id, 'ES-VAT-21', 210000, 826, 174, :serial);
insert into order_payments (order_id, payment, kind, movement, amount_minor, reference, seal, occurred_at)
values (:id, 1, 'CARD', 'PAYMENT', 1000, '', :serial, now());
insert into names (kind, value, entity, recorded_at, seal) values ('order', :ordernumber, :id, now(), :serial);
insert into fulfilments (location, id, order_id, method, state, carrier, tracking, code_count, tries, proof, placed_at, recorded_at,
    version, seal, promised_at)
values (:location, :id, :id, 'PICKUP', 'NEW', '', '', 0, 0, '', now(), now(), 1, :serial, now() + interval '2 hours');
insert into ledger_transactions (location, id, kind, occurred_at, recorded_at, actor, channel, request_id, cause, entries, seal)
values (:location, :id, 'SALE', now(), now(), 'bench', 'web', :id, :subject, 2, :serial);
insert into ledger_entries (location, transaction_id, line, from_account, to_account, asset, quantity, version, seal)
values (:location, :id, 1, :subject, 'tender/CARD', 'EUR', 1000, 0, :serial),
    (:location, :id, 2, 'available', 'committed', :article, 1, 1, :serial);
insert into events (shard, kind, subject, version, transaction_id, recorded_at, body, seal)
values (cast(:id as text), 'OrderPlaced', :subject, 1, :id, now(), :order_body, :serial),
    (:location, 'FulfilmentPlaced', :work, 1, :id, now(), :work_body, :serial);
insert into requests (id, fingerprint, answer, recorded_at, seal)
values (:id, :fingerprint, :order_answer, now(), :serial);
\else
select location, available from stock_levels where sku = :article and available > 0 order by location limit 8;
\endif
commit;
