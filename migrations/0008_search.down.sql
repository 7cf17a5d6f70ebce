-- For development only. The extension stays: it may be somebody else's too.
drop table if exists aside.search_words, aside.search_texts;
drop schema if exists aside;
