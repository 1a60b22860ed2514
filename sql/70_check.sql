-- The check: everything whose stock is outside its quiet range, whoever moved
-- it and whatever trigger did not see it.

CREATE TABLE stockalert.settings_in_force (
	singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
	fingerprint text NOT NULL,
	applied_at timestamptz NOT NULL
);
COMMENT ON TABLE stockalert.settings_in_force IS
	'Threshold settings that the stored quiet ranges were made with; the check judges everything anew when they changed.';

CREATE FUNCTION stockalert.settings_fingerprint() RETURNS text
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT concat_ws('|', current_setting('stockalert.low_stock_percent'), current_setting('stockalert.critical_stock_percent'),
		current_setting('stockalert.threshold_fires'), current_setting('stockalert.recovery_percent'), current_setting('stockalert.kinds', true));
$$;
COMMENT ON FUNCTION stockalert.settings_fingerprint() IS 'The settings that thresholds depend on, as one text.';

CREATE FUNCTION stockalert.check_stock(location text DEFAULT NULL, remind boolean DEFAULT false, recompute boolean DEFAULT false,
	OUT items_checked bigint, OUT alerts_opened bigint, OUT alerts_worsened bigint, OUT alerts_resolved bigint, OUT events_queued bigint)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	the_location bigint;
	location_ids bigint[];
	item_ids bigint[];
	places tid[];
	all_anew boolean := recompute;
	new_settings boolean := false;
	settling record;
	by_demand boolean;
	-- All older transactions are over, and what they wrote is seen below.
	horizon xid8 := pg_snapshot_xmin(pg_current_snapshot());
	scanned record;
	found record;
	orphan stockalert.alerts;
	reopened bigint;
	before record;
	healed record;
BEGIN
	SELECT * INTO before FROM stockalert.applied_so_far();
	PERFORM stockalert.settings_fingerprint() FROM stockalert.as_of(); -- the library is loaded, its settings are known
	IF location IS NOT NULL OR NOT stockalert.sees_all_locations() THEN
		the_location := stockalert.find_location(location);
	ELSE
		-- Apps' tables, whose triggers may have rested.
		IF EXISTS (SELECT FROM stockalert.watched_tables) THEN
			PERFORM stockalert.check_watched();
		END IF;
		new_settings := NOT EXISTS (SELECT 1 FROM stockalert.settings_in_force AS f WHERE f.fingerprint = stockalert.settings_fingerprint());
		all_anew := all_anew OR new_settings;
		SELECT t.* INTO settling FROM stockalert.settle() AS t;
	END IF;
	IF the_location IS NULL THEN
		SELECT x.* INTO scanned FROM stockalert.stirred_pairs(settling.since, settling.writers) AS x;
		items_checked := scanned.checked;
		location_ids := scanned.location_ids;
		item_ids := scanned.item_ids;
		places := scanned.places;
	ELSE
		SELECT count(*), array_agg(x.location_id) FILTER (WHERE x.stirred), array_agg(x.item_id) FILTER (WHERE x.stirred), array_agg(x.ctid) FILTER (WHERE x.stirred)
			INTO items_checked, location_ids, item_ids, places
			FROM (SELECT s.location_id, s.item_id, s.ctid,
					s.class IS NULL OR NOT stockalert.is_quiet(s.on_hand, s.reserved, s.quiet_below, s.quiet_above) AS stirred
				FROM stockalert.stock_levels AS s WHERE s.location_id = the_location) AS x;
		SELECT array_agg(s.location_id) FILTER (WHERE s.on_hand < s.reserved) AS negative_location_ids, array_agg(s.item_id) FILTER (WHERE s.on_hand < s.reserved) AS negative_item_ids,
				array_agg(s.location_id) FILTER (WHERE x.unmatched) AS unmatched_location_ids, array_agg(s.item_id) FILTER (WHERE x.unmatched) AS unmatched_item_ids INTO scanned
			FROM stockalert.stock_levels AS s CROSS JOIN LATERAL (SELECT s.class IN ('low', 'critical', 'out') <> EXISTS (SELECT FROM stockalert.alerts AS a
					WHERE a.location_id = s.location_id AND a.item_id = s.item_id AND a.kind = 'stock' AND a.resolved_at IS NULL) AS unmatched) AS x
			WHERE s.location_id = the_location AND (s.on_hand < s.reserved OR s.class IN ('low', 'critical', 'out')
				OR s.item_id IN (SELECT a.item_id FROM stockalert.alerts AS a WHERE a.location_id = the_location AND a.kind = 'stock' AND a.resolved_at IS NULL));
	END IF;
	-- Where an alert belongs and none is open or the other way round, as where a level came by
	-- replication: judged without a lock, since most was resolved by hand or rests in the recovery band.
	IF cardinality(scanned.unmatched_item_ids) > 0 THEN
		SELECT location_ids || array_agg(j.location_id), item_ids || array_agg(j.item_id) INTO location_ids, item_ids
			FROM stockalert.judge_pairs(scanned.unmatched_location_ids, scanned.unmatched_item_ids, true) AS j;
	END IF;
	IF all_anew THEN
		-- Judged without a lock; only what would change is locked and judged again.
		SELECT array_agg(j.location_id), array_agg(j.item_id), array_agg(j.place) INTO location_ids, item_ids, places
			FROM stockalert.judge_pairs(CASE WHEN the_location IS NOT NULL THEN ARRAY[the_location] END, NULL, true) AS j;
	END IF;
	SELECT array_agg(p.location_id) AS location_ids, array_agg(p.item_id) AS item_ids INTO found FROM (
		SELECT a.location_id, a.item_id FROM stockalert.alerts AS a WHERE a.held_until <= stockalert.as_of()
		UNION ALL
		SELECT p.location_id, p.item_id FROM stockalert.unsettled AS u, ROWS FROM (unnest(u.location_ids), unnest(u.item_ids)) AS p (location_id, item_id)) AS p
		WHERE the_location IS NULL OR p.location_id = the_location;
	-- A row that somebody is writing is left to them and to the next check, so
	-- that the check never waits for a writer and never is in a deadlock with one.
	SELECT p.* INTO found FROM stockalert.lock_pairs(coalesce(location_ids || found.location_ids, '{}'), coalesce(item_ids || found.item_ids, '{}'),
		coalesce(places, '{}')) AS p;
	location_ids := found.locked_location_ids;
	item_ids := found.locked_item_ids;
	places := found.locked_places;
	-- New settings are in force, and old changes settled, when no row was left out.
	IF cardinality(found.left_location_ids) = 0 AND the_location IS NULL THEN
		DELETE FROM stockalert.unsettled AS u
			WHERE u.unsettled_id IN (SELECT x.unsettled_id FROM stockalert.unsettled AS x WHERE x.settled_from <= horizon FOR UPDATE SKIP LOCKED);
		IF new_settings THEN
			INSERT INTO stockalert.settings_in_force AS f (fingerprint, applied_at)
				VALUES (stockalert.settings_fingerprint(), stockalert.as_of())
				ON CONFLICT ON CONSTRAINT settings_in_force_pkey DO UPDATE SET fingerprint = excluded.fingerprint, applied_at = excluded.applied_at;
		END IF;
	END IF;
	SELECT a.opened - before.opened AS opened, a.reopened - before.reopened AS reopened, a.worsened - before.worsened AS worsened,
		a.resolved - before.resolved AS resolved, a.queued - before.queued AS queued INTO healed FROM stockalert.applied_so_far() AS a;
	SELECT r.opened, r.reopened, r.worsened, r.resolved, r.queued
		INTO alerts_opened, reopened, alerts_worsened, alerts_resolved, events_queued
		FROM stockalert.apply_decisions(location_ids, item_ids, places) AS r;
	-- And by the triggers, where watched tables were healed.
	alerts_opened := alerts_opened + reopened + healed.opened + healed.reopened;
	alerts_worsened := alerts_worsened + healed.worsened;
	alerts_resolved := alerts_resolved + healed.resolved;
	events_queued := events_queued + healed.queued;
	-- A hold that has run out is over, whether or not an alert opened again.
	IF EXISTS (SELECT FROM stockalert.alerts AS a WHERE a.held_until <= stockalert.as_of()) THEN
		UPDATE stockalert.alerts AS a SET held_until = NULL
			FROM unnest(location_ids, item_ids) AS k (location_id, item_id)
			WHERE a.held_until <= stockalert.as_of() AND a.location_id = k.location_id AND a.item_id = k.item_id;
	END IF;
	by_demand := recompute OR stockalert.kinds_are_due(the_location, items_checked);
	-- Pairs that went where no trigger saw it (TRUNCATE, triggers switched off); one look-up
	-- each, whatever the statistics say, and so not at each check of many.
	IF by_demand THEN
		FOR orphan IN SELECT a.* FROM stockalert.alerts AS a
			WHERE (a.resolved_at IS NULL OR a.held_until <= stockalert.as_of()) AND (the_location IS NULL OR a.location_id = the_location)
				AND (SELECT true FROM stockalert.stock_levels AS s WHERE s.location_id = a.location_id AND s.item_id = a.item_id) IS NULL
			ORDER BY a.location_id, a.item_id, a.alert_id LOOP
			IF orphan.resolved_at IS NULL THEN
				PERFORM stockalert.end_alert(orphan, 'stock', 'not carried any more', NULL);
				alerts_resolved := alerts_resolved + 1;
			ELSE
				UPDATE stockalert.alerts AS a SET held_until = NULL WHERE a.location_id = orphan.location_id AND a.alert_id = orphan.alert_id;
			END IF;
		END LOOP;
	END IF;
	IF by_demand OR cardinality(scanned.negative_location_ids) > 0 OR EXISTS (SELECT FROM stockalert.negative_since) THEN
		SELECT alerts_opened + j.opened, alerts_worsened + j.worsened, alerts_resolved + j.resolved, events_queued + j.queued
			INTO alerts_opened, alerts_worsened, alerts_resolved, events_queued
			FROM stockalert.judge_kinds(the_location, scanned.negative_location_ids, scanned.negative_item_ids, by_demand) AS j;
	END IF;
	events_queued := events_queued + stockalert.escalate_overdue(the_location);
	IF stockalert.finish_scheduled_checks(the_location) OR remind THEN
		events_queued := events_queued + stockalert.send_reminders(location);
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.check_stock(text, boolean, boolean) IS
	'Judges every item whose stock is outside its quiet range, at a location or everywhere (NULL), and returns how many were looked at and what followed. remind => true also sends due reminders. recompute => true judges all pairs anew. Runs every 15 minutes by schedule_jobs(). Error 42704 unknown location.';

CREATE FUNCTION stockalert.send_reminders(location text DEFAULT NULL) RETURNS bigint
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	the_location bigint := CASE WHEN location IS NOT NULL OR NOT stockalert.sees_all_locations() THEN stockalert.find_location(location) END;
	queued bigint;
BEGIN
	-- Two at a time would not see what the other queues.
	IF NOT pg_try_advisory_xact_lock('stockalert.job_runs'::regclass::oid::integer, hashtext('send_reminders')) THEN
		RAISE NOTICE 'reminders are being sent by another session' USING HINT = 'This run leaves it alone.';
		RETURN 0;
	END IF;
	WITH due AS (
		SELECT a.alert_id, a.location_id, a.item_id, a.severity, s.on_hand - s.reserved AS quantity
		FROM stockalert.alerts AS a
		JOIN stockalert.stock_levels AS s ON s.location_id = a.location_id AND s.item_id = a.item_id
		WHERE a.resolved_at IS NULL AND a.acknowledged_at IS NULL AND (the_location IS NULL OR a.location_id = the_location)
			AND (a.kind <> 'stock' OR s.class IN ('low', 'critical', 'out'))
			AND (a.snoozed_until IS NULL OR a.snoozed_until <= stockalert.as_of() OR a.severity = 'out')
			-- Due 23 hours after anybody was last told, so that a daily job never slips; an
			-- escalation in the afternoon puts off nobody's morning.
			AND (SELECT max(n.accepted_at) FROM stockalert.notices AS n JOIN stockalert.subscribers AS b ON b.subscriber_id = n.subscriber_id AND NOT b.escalation
				WHERE n.alert_id = a.alert_id) <= stockalert.as_of() - interval '23 hours'
			AND NOT EXISTS (SELECT 1 FROM stockalert.queue AS q WHERE q.alert_id = a.alert_id AND q.stage = 'event' AND q.event = 'reminder')
		ORDER BY a.location_id, a.item_id), written AS (
		INSERT INTO stockalert.queue (lane, event, alert_id, location_id, item_id, severity, quantity, occurred_at)
		SELECT 1, 'reminder', d.alert_id, d.location_id, d.item_id, d.severity, d.quantity, stockalert.as_of() FROM due AS d
		RETURNING 1)
	SELECT count(*) INTO queued FROM written;
	PERFORM stockalert.wake_sender();
	RETURN queued;
END
$$;
COMMENT ON FUNCTION stockalert.send_reminders(text) IS
	'Queues a reminder for each open, unacknowledged alert that nobody was told of for 23 hours, and returns how many. Snoozed ones are left out unless out of stock.';

CREATE FUNCTION stockalert.summary_is_due(subscriber stockalert.subscribers, hour time) RETURNS boolean
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	-- By the local clock, whatever it jumps over: once a day, at the hour or after it. Who was
	-- added after the hour waits for the next. A clock, or a time zone, that was set back by
	-- hours brings no second one; one that was days ahead is not waited for.
	SELECT t.local::time >= hour AND (subscriber.summary_sent_for IS NULL OR t.local::date > subscriber.summary_sent_for
			OR t.local::date < subscriber.summary_sent_for - 1)
		AND NOT (t.added::date = t.local::date AND t.added::time > hour)
	FROM (SELECT stockalert.as_of() AT TIME ZONE subscriber.time_zone AS local, subscriber.created_at AT TIME ZONE subscriber.time_zone AS added) AS t;
$$;
COMMENT ON FUNCTION stockalert.summary_is_due(stockalert.subscribers, time) IS 'Tells whether somebody''s summary of the local day is to be sent at last, at a local hour or after; false or NULL where the hour is NULL. For the owner.';

CREATE FUNCTION stockalert.send_summaries(everybody boolean DEFAULT false) RETURNS bigint
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	the_hour time;
	queued bigint;
BEGIN
	PERFORM stockalert.as_of(); -- the library is loaded, its settings are known
	the_hour := nullif(current_setting('stockalert.summary_time'), '');
	WITH due AS (
		SELECT b.subscriber_id, (stockalert.as_of() AT TIME ZONE b.time_zone)::date AS today
		FROM stockalert.subscribers AS b
		WHERE b.enabled AND stockalert.sees_locations(b.location_ids)
			AND (everybody OR stockalert.summary_is_due(b, coalesce(b.summary_at, CASE WHEN NOT b.escalation THEN the_hour END)))
		ORDER BY b.subscriber_id FOR NO KEY UPDATE OF b), marked AS (
		UPDATE stockalert.subscribers AS b SET summary_sent_for = d.today FROM due AS d WHERE b.subscriber_id = d.subscriber_id), written AS (
		INSERT INTO stockalert.queue (lane, event, subscriber_id, occurred_at)
		SELECT 2, 'summary', d.subscriber_id, stockalert.as_of() FROM due AS d
		RETURNING 1)
	SELECT count(*) INTO queued FROM written;
	PERFORM stockalert.wake_sender();
	RETURN queued;
END
$$;
COMMENT ON FUNCTION stockalert.send_summaries(boolean) IS
	'Queues the daily summary of each subscriber whose local hour (summary_at, else stockalert.summary_time) has come today and returns how many; everybody => true sends one to all now.';

CREATE FUNCTION stockalert.daily_upkeep(OUT partitions_made integer, OUT alerts_resolved bigint)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	a stockalert.alerts;
BEGIN
	PERFORM stockalert.require_all_locations('daily_upkeep()');
	partitions_made := stockalert.make_partitions();
	-- Whatever moved a threshold unseen: a row inserted while a rule was made, a
	-- par level written with triggers off.
	PERFORM stockalert.check_stock(recompute => true);
	alerts_resolved := 0;
	-- Healthy but inside the recovery band since: not worth another day.
	FOR a IN SELECT x.* FROM stockalert.alerts AS x
		JOIN stockalert.stock_levels AS s ON s.location_id = x.location_id AND s.item_id = x.item_id
		WHERE x.kind = 'stock' AND x.resolved_at IS NULL AND s.class IN ('ok', 'over')
		ORDER BY x.location_id, x.item_id LOOP
		PERFORM stockalert.end_alert(a, 'stock', 'healthy, inside the recovery band', NULL);
		alerts_resolved := alerts_resolved + 1;
	END LOOP;
	PERFORM stockalert.note_rule_problems();
	PERFORM stockalert.follow_renamed_roles();
END
$$;
COMMENT ON FUNCTION stockalert.daily_upkeep() IS
	'Makes partitions ahead, judges all pairs anew and resolves alerts whose stock is healthy though not far above the threshold. Run daily by schedule_jobs().';

GRANT EXECUTE ON FUNCTION stockalert.check_stock(text, boolean, boolean), stockalert.send_reminders(text), stockalert.send_summaries(boolean),
	stockalert.daily_upkeep() TO stockalert_manager;
