-- A level that says low, critical or out and has no open alert, or is well and
-- has one, as logical replication and repairs by hand leave it: every check finds it, and
-- leaves alone what was resolved by hand and what rests in the recovery band.
BEGIN;
SET LOCAL client_min_messages = warning;
SELECT done FROM stockalert.add_location('north', time_zone => 'UTC');
SELECT done FROM stockalert.add_location('south', time_zone => 'UTC');
SELECT count(r.done) FROM generate_series(1, 12) AS g, stockalert.add_item('U-' || g) AS r;
SELECT done FROM stockalert.set_threshold(low => 10, critical => 3);
SELECT count(r.done) FROM generate_series(1, 12) AS g, unnest('{north,south}'::text[]) AS l, stockalert.set_stock('U-' || g, 50, l) AS r;
SELECT alerts_opened FROM stockalert.check_stock();
CREATE FUNCTION pg_temp.level(sku text, location text) RETURNS stockalert.stock_levels LANGUAGE sql AS $$
	SELECT s FROM stockalert.stock_levels AS s WHERE s.item_id = stockalert.find_item(sku) AND s.location_id = stockalert.find_location(location) $$;
-- With their alerts: open, acknowledged, snoozed, in the band, resolved by hand while low.
SELECT count(r.done) FROM unnest('{U-4,U-5,U-6,U-7,U-8,U-10}'::text[]) AS i, stockalert.set_stock(i, 5, 'north') AS r;
CREATE FUNCTION pg_temp.alert(sku text) RETURNS bigint LANGUAGE sql AS $$
	SELECT a.alert_id FROM stockalert.alerts AS a WHERE a.item_id = stockalert.find_item(sku) AND a.resolved_at IS NULL $$;
SELECT done IS NOT NULL AS acknowledged FROM stockalert.acknowledge_alert(pg_temp.alert('U-5'), 'seen');
SELECT done IS NOT NULL AS snoozed FROM stockalert.snooze_alert(pg_temp.alert('U-6'), now() + interval '1 day');
SELECT done FROM stockalert.set_stock('U-7', 10.5, 'north');
SELECT done IS NOT NULL AS resolved FROM stockalert.resolve_alert(pg_temp.alert('U-8'), 'a count was wrong');
SELECT i AS sku, l.class FROM unnest('{U-4,U-5,U-6,U-7,U-8}'::text[]) AS i, pg_temp.level(i, 'north') AS l ORDER BY 1;
SELECT alerts_opened, alerts_worsened, alerts_resolved, events_queued FROM stockalert.check_stock();
SELECT i.sku, l.code FROM stockalert.stirred_pairs() AS p, unnest(p.unmatched_location_ids, p.unmatched_item_ids) AS k (location_id, item_id)
	JOIN stockalert.items AS i USING (item_id) JOIN stockalert.locations AS l USING (location_id) WHERE i.sku LIKE 'U-%' ORDER BY 1;
-- As a subscription writes them: no trigger of ours fires, and class and edges come along; U-4 lost its alert, U-10 is well again.
SET LOCAL session_replication_role = replica;
UPDATE stockalert.stock_levels AS s SET on_hand = x.on_hand, class = x.class, quiet_below = x.below, quiet_above = x.above
	FROM (VALUES ('U-1', 'north', 7, 'low', 3, 11), ('U-2', 'north', 2, 'critical', 0, 11), ('U-3', 'south', 0, 'out', NULL, 0.5), ('U-9', 'south', -2, 'out', NULL, 0.5),
		('U-10', 'north', 40, 'ok', 10, NULL))
		AS x (sku, location, on_hand, class, below, above)
	WHERE s.item_id = stockalert.find_item(x.sku) AND s.location_id = stockalert.find_location(x.location);
DELETE FROM stockalert.alerts WHERE item_id = stockalert.find_item('U-4');
SET LOCAL session_replication_role = origin;
SELECT stockalert.find_item('U-3') = ANY (item_ids) AS stirred, stockalert.find_item('U-3') = ANY (unmatched_item_ids) AS unmatched FROM stockalert.stirred_pairs();
CREATE TEMP TABLE asked AS SELECT s.location_id, s.item_id FROM stockalert.stock_levels AS s WHERE coalesce(s.class IN ('low', 'critical', 'out'), false)
	<> EXISTS (SELECT FROM stockalert.alerts AS a WHERE a.location_id = s.location_id AND a.item_id = s.item_id AND a.kind = 'stock' AND a.resolved_at IS NULL);
CREATE TEMP TABLE scanned AS SELECT k.* FROM stockalert.stirred_pairs() AS p, unnest(p.unmatched_location_ids, p.unmatched_item_ids) AS k (location_id, item_id);
SELECT count(*) AS differences FROM ((TABLE asked EXCEPT ALL TABLE scanned) UNION ALL (TABLE scanned EXCEPT ALL TABLE asked)) AS d;
-- Of one place only what is there; then the rest; then nothing more.
SELECT alerts_opened, alerts_resolved FROM stockalert.check_stock('north');
SELECT alerts_opened, alerts_resolved FROM stockalert.check_stock();
SELECT alerts_opened, alerts_worsened, alerts_resolved, events_queued FROM stockalert.check_stock();
SELECT i.sku, a.kind, a.severity, a.quantity, a.acknowledged_at IS NOT NULL AS acknowledged, a.snoozed_until IS NOT NULL AS snoozed FROM stockalert.alerts AS a
	JOIN stockalert.items AS i USING (item_id) WHERE a.resolved_at IS NULL AND i.sku LIKE 'U-%' ORDER BY i.sku, a.kind;
-- What is open of another kind is no alert of stock.
UPDATE stockalert.alerts SET kind = 'negative_stock' WHERE item_id = stockalert.find_item('U-9');
SELECT alerts_opened FROM stockalert.check_stock();
-- An alert whose level is gone altogether, and one of an item that is not watched any more.
SET LOCAL session_replication_role = replica;
DELETE FROM stockalert.stock_levels WHERE item_id = stockalert.find_item('U-1');
UPDATE stockalert.stock_levels SET active = false, class = 'inactive', quiet_below = NULL, quiet_above = NULL WHERE item_id = stockalert.find_item('U-2');
SET LOCAL session_replication_role = origin;
SELECT alerts_opened, alerts_resolved FROM stockalert.check_stock();
SELECT alerts_opened, alerts_worsened, alerts_resolved, events_queued FROM stockalert.check_stock();
ROLLBACK;
