-- What 50 locations have of one article, with every column that Aisle answers with.
\set article random(:first_article, :last_article)
select location, sku, available, held, committed, inspection, damaged, quarantine, incoming
from stock_levels
where sku = 'sku-' || lpad(:article, 3, '0') and location between 'loc-000' and 'loc-049'
order by location;
