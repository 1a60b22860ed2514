-- shop.sql: StockAlert with :pairs pairs, 10,000 items a location, none of them low; prints the CPU milliseconds
-- of the INSERT that brings them.
INSERT INTO stockalert.locations (code, name) SELECT 'loc-' || g, 'Location ' || g FROM generate_series(1, greatest(:pairs / 10000, 1)) AS g;
INSERT INTO stockalert.items (sku, name) SELECT 'sku-' || g, 'Item ' || g FROM generate_series(1, least(:pairs, 10000)) AS g;
SELECT stockalert.add_subscriber('manager', log => true) \g /dev/null
SELECT stockalert.set_threshold(low => 5, critical => 2) \g /dev/null
SELECT cpu() AS t \gset
INSERT INTO stockalert.stock_levels (location_id, item_id, on_hand)
	SELECT l.location_id, i.item_id, 10 + (i.item_id * 7 + l.location_id * 13) % 90
	FROM stockalert.locations AS l, stockalert.items AS i ORDER BY 1, 2;
SELECT round((cpu() - :t)::numeric, 1);
-- Compact, as the peers' tables are.
VACUUM (FULL, ANALYZE) stockalert.stock_levels;
SELECT stockalert.check_stock() \g /dev/null
