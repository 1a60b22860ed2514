-- What waits in a long digest is asked of each event of a batch: the alerts of
-- the digest are read once for all of them, not once each.
BEGIN;
SET LOCAL client_min_messages = warning;
-- As ANY has it: short and long, in any order, doubled, with nulls, none.
CREATE TEMP TABLE told AS SELECT k AS message_id, (SELECT array_agg(CASE WHEN g % 37 = 36 THEN NULL ELSE (g * 7919::bigint) % (3 * size) END ORDER BY md5(g::text)) FROM generate_series(1, size) AS g) AS alert_ids
	FROM unnest('{0,1,5,60,61,1000,20000}'::integer[]) WITH ORDINALITY AS u (size, k);
UPDATE told SET alert_ids = '{}' WHERE alert_ids IS NULL;
SELECT count(*) AS asked, count(*) FILTER (WHERE stockalert.names_alert(t.message_id, t.alert_ids, g)) > 100 AS some,
		count(*) FILTER (WHERE stockalert.names_alert(t.message_id, t.alert_ids, g) <> coalesce(g = ANY (t.alert_ids), false)) AS differences
	FROM told AS t, generate_series(-1, 400) AS g;
SELECT stockalert.names_alert(1, NULL, 1) IS NULL AS nothing_known;
-- More than is kept: those that are forgotten are read again.
SELECT count(*) AS asked, count(*) FILTER (WHERE stockalert.names_alert(m, ARRAY(SELECT generate_series(m, m + 20000)), m + 20000)) AS found,
		count(*) FILTER (WHERE stockalert.names_alert(m, ARRAY(SELECT generate_series(m, m + 20000)), m + 20001)) AS beyond
	FROM (SELECT r * 1000000 + x AS m FROM generate_series(1, 2) AS x, generate_series(1, 40) AS r) AS n;
-- A thousand alerts in a digest that waits, and news of each of them.
SELECT FROM stockalert.add_location('long', time_zone => 'UTC');
SELECT FROM stockalert.add_subscriber('reader', log => true);
INSERT INTO stockalert.items (sku, name) SELECT 'LONG-' || g, 'x' FROM generate_series(1, 1000) AS g;
SELECT FROM stockalert.set_threshold(location => 'long', low => 10);
INSERT INTO stockalert.stock_levels (location_id, item_id, on_hand) SELECT l.location_id, i.item_id, 5 FROM stockalert.items AS i, stockalert.locations AS l WHERE i.sku LIKE 'LONG-%' AND l.code = 'long';
CREATE TEMP TABLE low AS SELECT a.alert_id FROM stockalert.alerts AS a JOIN stockalert.locations AS l USING (location_id) WHERE l.code = 'long';
WITH m AS (INSERT INTO stockalert.messages (kind, ref, subscriber_id, contact_id, channel, recipient, severity, subject, body, alert_ids, severities, occurred_at)
	SELECT 'digest', 'ABCDEF', c.subscriber_id, c.contact_id, c.channel, c.address, 'low', 's', 'b', x.ids, array_fill('low'::text, ARRAY[cardinality(x.ids)]), now()
	FROM stockalert.subscribers AS s JOIN stockalert.subscriber_contacts AS c USING (subscriber_id),
		-- In no order, so that they do not compress.
		(SELECT array_agg(l.alert_id ORDER BY md5(l.alert_id::text)) || array_agg(('x' || md5(l.alert_id::text))::bit(48)::bigint) AS ids FROM low AS l) AS x
	WHERE s.name = 'reader' RETURNING *)
INSERT INTO stockalert.queue (stage, lane, event, severity, subscriber_id, contact_id, occurred_at, message_id, channel, endpoint)
	SELECT 'message', 2, 'digest', 'low', subscriber_id, contact_id, occurred_at, message_id, channel, 'log' FROM m;
CREATE FUNCTION pg_temp.read_apart() RETURNS bigint LANGUAGE sql VOLATILE AS $$
	SELECT pg_stat_get_xact_numscans(i.indexrelid) FROM pg_class AS c JOIN pg_index AS i ON i.indrelid = c.reltoastrelid WHERE c.oid = 'stockalert.messages'::regclass $$;
SELECT pg_temp.read_apart() AS before \gset
SELECT count(*) AS news, count(*) FILTER (WHERE r.verdict = 'about to be told') AS about_to_be_told FROM stockalert.event_routes AS r JOIN low USING (alert_id) WHERE r.subscriber = 'reader';
SELECT pg_temp.read_apart() - :before AS times_it_was_read;
ROLLBACK;
