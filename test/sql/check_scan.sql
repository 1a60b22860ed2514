-- The check's one look at every pair against the same question asked by a query.
BEGIN;
SELECT done FROM stockalert.add_location('scan', time_zone => 'UTC');
SELECT location_id FROM stockalert.locations WHERE code = 'scan' \gset
SELECT * FROM stockalert.stirred_pairs() \gset before_
INSERT INTO stockalert.items (item_id, sku, name) OVERRIDING SYSTEM VALUE SELECT 2000000 + g, 'scan-' || g, 'scan' FROM generate_series(1, 3000) AS g;
-- Every kind of row: inside, on and beyond each edge, no edge, never judged;
-- written with triggers off, since only such rows are there for a check to find.
ALTER TABLE stockalert.stock_levels DISABLE TRIGGER USER;
INSERT INTO stockalert.stock_levels (location_id, item_id, on_hand, reserved, quiet_below, quiet_above, class, par_level)
	SELECT :location_id, 2000000 + g, g % 13 + CASE WHEN g % 7 = 0 THEN 0.00001 ELSE 0 END, g % 3 * 0.5,
		CASE WHEN g % 5 > 0 THEN round(4.5, g % 90) END, CASE WHEN g % 4 > 0 THEN 9 + (g % 2) * 0.5 END,
		CASE WHEN g % 11 > 0 THEN 'ok' END, CASE WHEN g % 6 = 0 THEN 100 END
	FROM generate_series(1, 3000) AS g;
-- Older versions of rows and rows that are gone again do not count.
UPDATE stockalert.stock_levels SET on_hand = on_hand + 1 WHERE location_id = :location_id AND item_id % 17 = 0;
DELETE FROM stockalert.stock_levels WHERE location_id = :location_id AND item_id % 19 = 0;
CREATE TEMP TABLE asked AS SELECT s.location_id, s.item_id FROM stockalert.stock_levels AS s
	WHERE s.class IS NULL OR s.on_hand - s.reserved <= s.quiet_below OR s.on_hand - s.reserved >= s.quiet_above;
CREATE TEMP TABLE scanned AS SELECT k.* FROM stockalert.stirred_pairs() AS p, unnest(p.location_ids, p.item_ids) AS k (location_id, item_id);
SELECT count(*) BETWEEN 1000 AND 2500 AS some_of_them, count(DISTINCT item_id) = count(*) AS each_once FROM scanned;
SELECT count(*) AS differences FROM ((TABLE asked EXCEPT TABLE scanned) UNION ALL (TABLE scanned EXCEPT TABLE asked)) AS d;
SELECT p.checked = (SELECT count(*) FROM stockalert.stock_levels) AND p.checked - :before_checked > 2800 AS all_counted FROM stockalert.stirred_pairs() AS p;
-- Where a level lay when last seen is a hint: whatever it says, the same rows are found.
CREATE TEMP TABLE hints AS SELECT h.hint, p.location_ids, p.item_ids, h.places FROM stockalert.stirred_pairs() AS p,
	LATERAL (VALUES ('as seen', p.places), ('of others', (SELECT array_agg(x ORDER BY x DESC) FROM unnest(p.places) AS x)),
		('past the end', array_fill('(9999999,1)'::tid, ARRAY[cardinality(p.places)])), ('of no row', array_fill('(0,2000)'::tid, ARRAY[cardinality(p.places)])),
		('with nulls', p.places[:100] || NULL::tid || p.places[101:]), ('too few', p.places[:100]), ('none', '{}')) AS h (hint, places);
SELECT h.hint, cardinality(p.locked_item_ids) = cardinality(h.item_ids) AS all_locked, cardinality(p.left_item_ids) AS left_out,
	(SELECT count(*) FROM unnest(p.locked_location_ids, p.locked_item_ids, p.locked_places) AS k (location_id, item_id, place)
		LEFT JOIN stockalert.stock_levels AS s ON s.location_id = k.location_id AND s.item_id = k.item_id AND s.ctid = k.place WHERE s.item_id IS NULL) AS misplaced
	FROM hints AS h, stockalert.lock_pairs(h.location_ids, h.item_ids, h.places) AS p ORDER BY h.hint;
SELECT a.opened > 100 AS opened FROM hints AS h, stockalert.apply_decisions(h.location_ids, h.item_ids, h.places) AS a WHERE h.hint = 'of others';
SELECT count(*) AS still_move FROM hints AS h, stockalert.judge_pairs(h.location_ids, h.item_ids, true) AS j WHERE h.hint = 'none';
-- Whoever may not read the table may not read it this way either.
GRANT USAGE ON SCHEMA stockalert TO stockalert_worker;
GRANT EXECUTE ON FUNCTION stockalert.stirred_pairs(xid8[], xid[]) TO stockalert_worker;
REVOKE ALL ON stockalert.stock_levels FROM stockalert_worker;
SET LOCAL ROLE stockalert_worker;
SELECT * FROM stockalert.stirred_pairs();
ROLLBACK;
