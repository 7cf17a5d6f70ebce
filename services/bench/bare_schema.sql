create table bench_levels (
    location  text collate "C" not null,
    sku       text collate "C" not null,
    available int8 not null check (available >= 0),
    held      int8 not null,
    primary key (location, sku)
) with (fillfactor = 70);

create table bench_journal (
    location    text collate "C" not null,
    sku         text collate "C" not null,
    quantity    int8 not null,
    recorded_at timestamptz not null
);

insert into bench_levels select location, sku, available, 0 from stock_levels;
