-- Many rows at once, by every way there is to write them; what the triggers
-- did not see is healed by the check.  Each answer compares with the truth:
-- stock under 10 is low, under 3 critical, at 0 out.
SET stockalert.as_of = '2026-03-02 09:00+00';
SELECT done FROM stockalert.add_location('main', time_zone => 'UTC');
SELECT done FROM stockalert.set_threshold(low => 10, critical => 3);
-- Ids of our own, so that the remainders below are the same in every run.
INSERT INTO stockalert.items (item_id, sku, name) OVERRIDING SYSTEM VALUE SELECT 1000000 + g, 'bulk-' || g, 'bulk' FROM generate_series(1, 1000) AS g;
CREATE TEMP TABLE feed AS SELECT location_id, item_id, n::numeric AS on_hand
	FROM stockalert.locations, LATERAL (SELECT item_id, row_number() OVER (ORDER BY item_id) % 40 AS n FROM stockalert.items) AS i;
-- Wrong rows of each kind; all must be 0.
CREATE VIEW pg_temp.wrong AS
SELECT count(*) FILTER (WHERE s.class IS DISTINCT FROM t.class) AS class,
	count(*) FILTER (WHERE NOT stockalert.is_quiet(s.on_hand, s.reserved, s.quiet_below, s.quiet_above)) AS edges,
	count(*) FILTER (WHERE (t.class <> 'ok') AND a.severity IS DISTINCT FROM t.class) AS missing,
	count(*) FILTER (WHERE s.on_hand >= 11 AND a.alert_id IS NOT NULL) AS stale,
	(SELECT count(*) FROM (SELECT FROM stockalert.alerts WHERE resolved_at IS NULL GROUP BY location_id, item_id HAVING count(*) > 1) AS d) AS doubles,
	(SELECT count(*) FROM stockalert.alerts AS x WHERE x.resolved_at IS NULL AND NOT EXISTS (SELECT FROM stockalert.stock_levels AS y
		WHERE y.location_id = x.location_id AND y.item_id = x.item_id)) AS orphans,
	(SELECT count(*) FROM stockalert.queue) - (SELECT count(*) FROM stockalert.alert_events WHERE event NOT IN ('eased') AND note IS NULL) AS queue
FROM stockalert.stock_levels AS s
CROSS JOIN LATERAL (SELECT CASE WHEN s.on_hand <= 0 THEN 'out' WHEN s.on_hand < 3 THEN 'critical' WHEN s.on_hand < 10 THEN 'low' ELSE 'ok' END) AS t (class)
LEFT JOIN stockalert.alerts AS a ON a.location_id = s.location_id AND a.item_id = s.item_id AND a.resolved_at IS NULL;
CREATE VIEW pg_temp.counts AS SELECT count(*) AS levels, (SELECT count(*) FROM stockalert.alerts WHERE resolved_at IS NULL) AS open,
	(SELECT count(*) FROM stockalert.alerts) AS alerts, (SELECT count(*) FROM stockalert.alert_events) AS events FROM stockalert.stock_levels;

-- A constraint of the shop's own holds for what is written by the page, too.
\set VERBOSITY terse
ALTER TABLE stockalert.alerts ADD CONSTRAINT own CHECK (item_id <> 1000520);
INSERT INTO stockalert.stock_levels (location_id, item_id, on_hand) SELECT * FROM feed;
ALTER TABLE stockalert.alerts DROP CONSTRAINT own;
\set VERBOSITY default
INSERT INTO stockalert.stock_levels (location_id, item_id, on_hand) SELECT * FROM feed;
SELECT * FROM pg_temp.counts, pg_temp.wrong;
-- Nothing moves: nothing is written.
UPDATE stockalert.stock_levels SET on_hand = on_hand;
SELECT * FROM pg_temp.counts;
UPDATE stockalert.stock_levels SET on_hand = on_hand - 1;
SELECT * FROM pg_temp.counts, pg_temp.wrong;
UPDATE stockalert.stock_levels AS s SET on_hand = f.on_hand FROM feed AS f WHERE f.item_id = s.item_id;
SELECT * FROM pg_temp.counts, pg_temp.wrong;
-- DELETE ends what is open.
DELETE FROM stockalert.stock_levels;
SELECT * FROM pg_temp.counts, pg_temp.wrong;
SELECT resolved_note, count(*) FROM stockalert.alerts GROUP BY 1;
-- COPY.
SELECT current_setting('data_directory') || '/pg_stat_tmp/stockalert_feed' AS file \gset
COPY feed TO :'file';
COPY stockalert.stock_levels (location_id, item_id, on_hand) FROM :'file';
SELECT * FROM pg_temp.counts, pg_temp.wrong;
-- ON CONFLICT: half new, half there.
DELETE FROM stockalert.stock_levels WHERE item_id % 2 = 0;
INSERT INTO stockalert.stock_levels (location_id, item_id, on_hand) SELECT location_id, item_id, (on_hand + 20) % 40 FROM feed
	ON CONFLICT ON CONSTRAINT stock_levels_pkey DO UPDATE SET on_hand = excluded.on_hand;
SELECT * FROM pg_temp.counts, pg_temp.wrong;
INSERT INTO stockalert.stock_levels (location_id, item_id, on_hand) SELECT location_id, item_id, 0 FROM feed ON CONFLICT DO NOTHING;
SELECT * FROM pg_temp.wrong;
-- MERGE: insert, update and delete in one.
DELETE FROM stockalert.stock_levels WHERE item_id % 3 = 0;
MERGE INTO stockalert.stock_levels AS s USING feed AS f ON s.item_id = f.item_id AND s.location_id = f.location_id
	WHEN MATCHED AND f.item_id % 5 = 0 THEN DELETE
	WHEN MATCHED THEN UPDATE SET on_hand = f.on_hand
	WHEN NOT MATCHED THEN INSERT (location_id, item_id, on_hand) VALUES (f.location_id, f.item_id, f.on_hand);
SELECT * FROM pg_temp.counts, pg_temp.wrong;
-- Three statements in one, by data-modifying WITH.
WITH a AS (UPDATE stockalert.stock_levels SET on_hand = 1 WHERE item_id % 3 = 0 RETURNING 1), b AS (UPDATE stockalert.stock_levels SET on_hand = 0 WHERE item_id % 3 = 1 RETURNING 1)
DELETE FROM stockalert.stock_levels WHERE item_id % 3 = 2;
SELECT * FROM pg_temp.wrong;
-- Rows that become other pairs: what was is gone, what is is judged.
SELECT done FROM stockalert.add_location('other', time_zone => 'UTC');
UPDATE stockalert.stock_levels SET location_id = stockalert.find_location('other') WHERE item_id % 3 = 0;
SELECT * FROM pg_temp.wrong;
SELECT l.code, count(*) FROM stockalert.alerts JOIN stockalert.locations AS l USING (location_id) WHERE resolved_at IS NULL GROUP BY 1 ORDER BY 1;
DELETE FROM stockalert.stock_levels WHERE item_id % 3 = 1;
-- Each row moves to where another one was: upwards, from the top.
DO $$ DECLARE top bigint; BEGIN
	FOR top IN SELECT item_id FROM stockalert.stock_levels ORDER BY item_id DESC LIMIT 20 LOOP
		UPDATE stockalert.stock_levels SET item_id = item_id + 1, on_hand = (item_id + 1) % 15 WHERE item_id = top AND top < (SELECT max(item_id) FROM stockalert.items);
	END LOOP;
END $$;
SELECT * FROM pg_temp.wrong;

-- What no trigger saw.
SET session_replication_role = replica;
UPDATE stockalert.stock_levels SET on_hand = 5 WHERE item_id % 2 = 0;
UPDATE stockalert.stock_levels SET on_hand = 500 WHERE item_id % 2 = 1;
INSERT INTO stockalert.stock_levels (location_id, item_id, on_hand) SELECT location_id, item_id, on_hand FROM feed ON CONFLICT DO NOTHING;
DELETE FROM stockalert.stock_levels WHERE item_id % 7 = 0;
SET session_replication_role = origin;
SELECT class > 0 AS class, edges > 0 AS edges, missing > 0 AS missing, stale > 0 AS stale, orphans > 0 AS orphans FROM pg_temp.wrong;
SELECT items_checked = (SELECT count(*) FROM stockalert.stock_levels) AS checked, alerts_opened > 0 AS opened, alerts_resolved > 0 AS resolved FROM stockalert.check_stock();
SELECT class, edges, missing, stale, doubles, orphans FROM pg_temp.wrong;
SELECT alerts_opened, alerts_worsened, alerts_resolved, events_queued FROM stockalert.check_stock();
-- A par level written unseen moves thresholds, not stock: the daily job finds it.
DELETE FROM stockalert.rules;
DELETE FROM stockalert.unsettled;
SET session_replication_role = replica;
UPDATE stockalert.stock_levels SET par_level = 20000 WHERE on_hand = 500;
SET session_replication_role = origin;
SELECT alerts_opened FROM stockalert.check_stock();
SELECT partitions_made >= 0 AS ran FROM stockalert.daily_upkeep();
SELECT count(*) FILTER (WHERE class = 'critical') = count(*) AS all_critical, count(*) > 100 AS many FROM stockalert.stock_levels WHERE on_hand = 500;
-- Where the row trigger is made to fire for replicated rows too, it waits for no statement trigger.
SELECT done FROM stockalert.set_threshold(low => 10, critical => 3);
ALTER TABLE stockalert.stock_levels ENABLE ALWAYS TRIGGER item_trigger;
SET session_replication_role = replica;
UPDATE stockalert.stock_levels SET on_hand = item_id % 20;
SET session_replication_role = origin;
ALTER TABLE stockalert.stock_levels ENABLE TRIGGER item_trigger;
SELECT class, edges, missing, stale, doubles, orphans FROM pg_temp.wrong;
DELETE FROM stockalert.rules;
-- TRUNCATE fires nothing.
TRUNCATE stockalert.stock_levels;
SELECT count(*) > 0 AS open FROM stockalert.alerts WHERE resolved_at IS NULL;
SELECT items_checked, alerts_resolved > 0 AS resolved FROM stockalert.check_stock();
SELECT count(*) AS open FROM stockalert.alerts WHERE resolved_at IS NULL;
SELECT DISTINCT resolved_note FROM stockalert.alerts WHERE resolved_at IS NOT NULL AND resolved_note IS NOT NULL;
SELECT count(*) > 0 AS told FROM stockalert.queue WHERE event = 'resolved' AND quantity IS NULL;

-- Subtransactions: what is rolled back leaves nothing, what is not is complete.
INSERT INTO stockalert.stock_levels (location_id, item_id, on_hand) SELECT location_id, item_id, 100 FROM feed;
SELECT done FROM stockalert.set_threshold(low => 10, critical => 3);
BEGIN;
UPDATE stockalert.stock_levels SET on_hand = 9 WHERE item_id % 10 = 0;
SAVEPOINT a;
UPDATE stockalert.stock_levels SET on_hand = 0;
SELECT count(*) FROM stockalert.alerts WHERE resolved_at IS NULL;
ROLLBACK TO a;
UPDATE stockalert.stock_levels SET on_hand = 2 WHERE item_id % 10 = 1;
SAVEPOINT b;
UPDATE stockalert.stock_levels SET on_hand = 2 WHERE item_id % 10 = 2;
RELEASE b;
COMMIT;
SELECT class, count(*), (SELECT count(*) FROM stockalert.alerts AS a WHERE a.resolved_at IS NULL AND a.severity = s.class) AS alerts FROM stockalert.stock_levels AS s GROUP BY 1 ORDER BY 1;
SELECT class, edges, missing, stale, doubles, orphans FROM pg_temp.wrong;
-- A trigger of the shop's own writes stock inside the statement: rolled back, or kept.
CREATE FUNCTION pg_temp.ripple() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF pg_trigger_depth() > 1 THEN
		RETURN NULL;
	END IF;
	BEGIN
		UPDATE stockalert.stock_levels SET on_hand = 1 WHERE item_id % 50 = 49;
		IF new.item_id % 3 = 0 THEN
			UPDATE stockalert.stock_levels SET on_hand = 0 WHERE item_id % 50 IN (47, 48);
			RAISE EXCEPTION 'no';
		END IF;
	EXCEPTION WHEN raise_exception THEN
		NULL;
	END;
	RETURN NULL;
END
$$;
CREATE TRIGGER aaa AFTER UPDATE ON stockalert.stock_levels FOR EACH ROW EXECUTE FUNCTION pg_temp.ripple();
CREATE TRIGGER zzz AFTER UPDATE ON stockalert.stock_levels FOR EACH ROW EXECUTE FUNCTION pg_temp.ripple();
UPDATE stockalert.stock_levels SET on_hand = 4 WHERE item_id % 50 < 2;
SELECT class, edges, missing, stale, doubles, orphans FROM pg_temp.wrong;
SELECT class, count(*) FROM stockalert.stock_levels GROUP BY 1 ORDER BY 1;
DROP TRIGGER aaa ON stockalert.stock_levels;
DROP TRIGGER zzz ON stockalert.stock_levels;
-- A statement that fails at its last row, caught: nothing stays, and the next one is whole.
DO $$ BEGIN
	UPDATE stockalert.stock_levels SET on_hand = CASE WHEN item_id = (SELECT max(item_id) FROM stockalert.stock_levels) THEN 'NaN'::numeric ELSE 0 END;
EXCEPTION WHEN check_violation THEN
	UPDATE stockalert.stock_levels SET on_hand = 100 WHERE item_id % 50 < 40;
END $$;
SELECT class, edges, missing, stale, doubles, orphans FROM pg_temp.wrong;
SELECT class, count(*) FROM stockalert.stock_levels GROUP BY 1 ORDER BY 1;
-- One after the other by a cursor, and by a prepared statement.
DO $$ DECLARE c CURSOR FOR SELECT * FROM stockalert.stock_levels WHERE item_id % 20 = 3 FOR UPDATE; BEGIN
	FOR r IN c LOOP
		UPDATE stockalert.stock_levels SET on_hand = 2 WHERE CURRENT OF c;
	END LOOP;
END $$;
PREPARE sell (bigint, numeric) AS UPDATE stockalert.stock_levels SET on_hand = on_hand - $2 WHERE item_id = $1;
EXECUTE sell(1000001, 95);
EXECUTE sell(1000999, 1000);
SELECT class, edges, missing, stale, doubles, orphans FROM pg_temp.wrong;

-- Away with it.
TRUNCATE stockalert.stock_levels, stockalert.alerts, stockalert.alert_events, stockalert.queue, stockalert.rules;
DELETE FROM stockalert.items;
DELETE FROM stockalert.locations;
RESET stockalert.as_of;
