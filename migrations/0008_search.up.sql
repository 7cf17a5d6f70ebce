-- What products are searched by. It follows from the products and can be made anew from them at any time, so it does not stand
-- among the books, in the schema public, which the audit proves whole, but aside.

set lock_timeout = '5s';

-- It comes with Postgres, on Debian and Red Hat in the package postgresql-contrib.
create extension if not exists pg_trgm;

create schema aside;
grant usage on schema aside to aisle_app;

-- One row per product, written with it; of an older version where a program of before put the product, until it is made anew.
create table aside.search_texts (
    product text collate "C" not null primary key,
    title   text collate "C" not null, -- words with spaces before and after each
    words   text collate "C" not null, -- all words, and marks to filter by
    version int8 not null, -- of the product
    seal    int8 not null
);
create index search_texts_words on aside.search_texts using gin (words gin_trgm_ops);

-- The words that somebody may misspell. One that no product has any more stays, and finds nothing.
create table aside.search_words (
    word text collate "C" not null primary key,
    seal int8 not null
);

grant select, insert, update on aside.search_texts to aisle_app;
grant select, insert on aside.search_words to aisle_app;
