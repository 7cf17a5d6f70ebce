-- Depth of the catalogue: attributes, translations, images and aliases. What is added to a table is null in rows that are older.

set lock_timeout = '5s';

-- What products and variants may say of themselves beside their options, such as material, care and fit.
create table attributes (
    code        text collate "C" not null primary key,
    name        text not null,
    names       text not null, -- JSON: [{language, text}]
    type        text collate "C" not null check (type in ('TEXT', 'NUMBER', 'BOOLEAN', 'CHOICE', 'CHOICES')),
    unit        text not null, -- of numbers; '' : none
    choices     text not null, -- JSON: [{code, name, names}], in their own order
    recorded_at timestamptz not null,
    version     int8 not null check (version > 0),
    seal        int8 not null
);

alter table products
    add column attributes   text, -- JSON: [{attribute, text, texts, number, boolean, choices}]
    add column translations text, -- JSON: [{language, title, description, options}]
    add column images       text; -- JSON: [{url, alt, alts}], in the order in which they are shown

-- An alias stands in the table of SKUs, so that no code is both.
alter table variants add column alias_of text collate "C" check (alias_of <> sku);

grant select, insert, update on attributes to aisle_app;
