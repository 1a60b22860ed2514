-- watch_tables.sql: two tables of an app with :pairs rows, one watched, one mirrored by a PL/pgSQL trigger.
SET synchronous_commit = off;
SELECT stockalert.add_location('main') \g /dev/null
SELECT stockalert.set_threshold(low => 5, critical => 2) \g /dev/null
CREATE TABLE watched (id integer PRIMARY KEY, name text, quantity integer) WITH (fillfactor = 70);
INSERT INTO watched SELECT g, 'Item ' || g, 100 + g % 100 FROM generate_series(1, :pairs) AS g;
CREATE TABLE mirrored (LIKE watched INCLUDING ALL) WITH (fillfactor = 70);
INSERT INTO mirrored SELECT * FROM watched;
SELECT stockalert.watch_table('watched', item => 'id', quantity => 'quantity', name => 'name') \g /dev/null
SELECT stockalert.add_location('peer') \g /dev/null
-- The mirror of the peer has the app's own numbers for keys, so that it looks nothing up.
INSERT INTO stockalert.items (item_id, sku, name) OVERRIDING SYSTEM VALUE SELECT 10000000 + id, 'peer ' || id, name FROM mirrored;
INSERT INTO stockalert.stock_levels (location_id, item_id, on_hand)
	SELECT l.location_id, 10000000 + m.id, m.quantity FROM mirrored AS m, stockalert.locations AS l WHERE l.code = 'peer';
SELECT location_id AS peer FROM stockalert.locations WHERE code = 'peer' \gset
SELECT format($f$CREATE FUNCTION mirror() RETURNS trigger LANGUAGE plpgsql AS $b$ BEGIN
	IF new.quantity IS DISTINCT FROM old.quantity THEN
		UPDATE stockalert.stock_levels SET on_hand = new.quantity WHERE location_id = %s AND item_id = 10000000 + new.id;
	END IF;
	RETURN NULL;
END $b$$f$, :peer) \gexec
CREATE TRIGGER mirror AFTER UPDATE ON mirrored FOR EACH ROW EXECUTE FUNCTION mirror();
VACUUM (FULL, ANALYZE) stockalert.stock_levels;
VACUUM ANALYZE watched;
VACUUM ANALYZE mirrored;
ANALYZE stockalert.item_refs;
SELECT stockalert.check_stock() \g /dev/null
