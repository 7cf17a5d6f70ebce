-- The least that holds a unit at all: one conditional update plus one insert, in one statement, into two tables of its own.
-- No request is remembered, nobody is told, nothing can be explained or given back.
\set place random(:first_place, :last_place)
\set article random(:first_article, :last_article)
with held as (
    update bench_levels set available = available - 1, held = held + 1
    where location = 'loc-' || lpad(:place, 3, '0') and sku = 'sku-' || lpad(:article, 3, '0') and available >= 1
    returning location, sku
)
insert into bench_journal (location, sku, quantity, recorded_at) select location, sku, 1, now() from held;
