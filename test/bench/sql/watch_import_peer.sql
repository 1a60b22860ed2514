-- watch_import_peer.sql: CPU milliseconds of bringing the same :rows rows in by hand: COPY to a file of its own and
-- back, then one INSERT for each of our tables.
SET synchronous_commit = off;
CREATE TABLE goods (id integer PRIMARY KEY, name text, quantity integer, price numeric);
INSERT INTO goods SELECT g, 'Item ' || g, CASE WHEN g % 12 = 0 THEN 3 ELSE 100 END, g % 100 FROM generate_series(1, :rows) AS g;
CREATE TABLE brought (LIKE goods);
SELECT cpu() AS t \gset
COPY goods TO :'file';
COPY brought FROM :'file';
INSERT INTO stockalert.sources (name, kind) VALUES ('peer', 'sql');
INSERT INTO stockalert.items (sku, name, price) SELECT id::text, name, price FROM brought;
INSERT INTO stockalert.item_refs (source_id, external_id, item_id)
	SELECT s.source_id, i.sku, i.item_id FROM stockalert.items AS i, stockalert.sources AS s WHERE s.name = 'peer';
INSERT INTO stockalert.stock_levels (location_id, item_id, on_hand) SELECT l.location_id, i.item_id, b.quantity
	FROM brought AS b JOIN stockalert.items AS i ON i.sku = b.id::text, stockalert.locations AS l WHERE l.code = 'main';
SELECT round((cpu() - :t)::numeric, 1);
