-- The life of an alert in people's hands.  Acknowledge and snooze touch the
-- alert only; resolve locks the level first (the order of locks everywhere).

CREATE FUNCTION stockalert.find_open_alert(alert bigint) RETURNS stockalert.alerts
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found_alert stockalert.alerts;
BEGIN
	SELECT a.* INTO found_alert FROM stockalert.alerts AS a WHERE a.alert_id = alert;
	IF found_alert.alert_id IS NULL THEN
		RAISE EXCEPTION 'alert % is not known', coalesce(alert::text, 'NULL')
			USING ERRCODE = 'undefined_object', DETAIL = 'No alert has this number.',
				  HINT = 'SELECT alert_id, item, location FROM stockalert.active_alerts;';
	ELSIF found_alert.resolved_at IS NOT NULL THEN
		RAISE EXCEPTION 'alert % is resolved', alert
			USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = format('It was resolved at %s by %s.', found_alert.resolved_at, found_alert.resolved_by),
				  HINT = 'SELECT * FROM stockalert.active_alerts;';
	END IF;
	RETURN found_alert;
END
$$;
COMMENT ON FUNCTION stockalert.find_open_alert(bigint) IS 'The open alert of this number. Errors: 42704 unknown, 55000 resolved.';

CREATE FUNCTION stockalert.note_event(a stockalert.alerts, event text, note text) RETURNS void
	LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	INSERT INTO stockalert.alert_events (alert_id, location_id, item_id, event, severity, quantity, note, occurred_at)
		SELECT a.alert_id, a.location_id, a.item_id, event, a.severity,
			coalesce((SELECT s.on_hand - s.reserved FROM stockalert.stock_levels AS s
				WHERE s.location_id = a.location_id AND s.item_id = a.item_id), a.quantity), note, stockalert.as_of();
$$;
COMMENT ON FUNCTION stockalert.note_event(stockalert.alerts, text, text) IS 'Appends to the history of an alert. For the owner.';

CREATE FUNCTION stockalert.acknowledge_alert(alert bigint, note text DEFAULT NULL, OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	a stockalert.alerts := stockalert.find_open_alert(alert);
BEGIN
	UPDATE stockalert.alerts AS x SET acknowledged_at = stockalert.as_of(), acknowledged_by = SESSION_USER, acknowledged_note = note
		WHERE x.location_id = a.location_id AND x.alert_id = a.alert_id AND x.resolved_at IS NULL RETURNING x.* INTO a;
	-- Resolved by somebody else meanwhile: the error says so.
	IF NOT FOUND THEN
		PERFORM stockalert.find_open_alert(alert);
	END IF;
	PERFORM stockalert.note_event(a, 'acknowledged', note);
	done := format('alert %s acknowledged; no reminders, a worse level still tells', alert);
	next := 'Restock; it resolves by itself. SELECT * FROM stockalert.active_alerts;';
END
$$;
COMMENT ON FUNCTION stockalert.acknowledge_alert(bigint, text) IS 'Notes that somebody takes care: no more reminders. Errors: 42704 unknown alert, 55000 already resolved.';

CREATE FUNCTION stockalert.snooze_alert(alert bigint, until timestamptz, OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	a stockalert.alerts := stockalert.find_open_alert(alert);
BEGIN
	IF until IS NULL OR until <= stockalert.as_of() OR until = 'infinity' THEN
		RAISE EXCEPTION 'alert cannot be snoozed until %', coalesce(until::text, 'NULL')
			USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It is %s now.', stockalert.as_of()), HINT = 'Pass a finite time to come.';
	END IF;
	UPDATE stockalert.alerts AS x SET snoozed_until = until, snoozed_by = SESSION_USER
		WHERE x.location_id = a.location_id AND x.alert_id = a.alert_id AND x.resolved_at IS NULL RETURNING x.* INTO a;
	IF NOT FOUND THEN
		PERFORM stockalert.find_open_alert(alert);
	END IF;
	PERFORM stockalert.note_event(a, 'snoozed', until::text);
	done := format('alert %s snoozed until %s', alert, until);
	next := 'SELECT * FROM stockalert.active_alerts;';
END
$$;
COMMENT ON FUNCTION stockalert.snooze_alert(bigint, timestamptz) IS 'Silences reminders until a time. Errors: 42704, 55000, 22023 a time not to come.';

CREATE FUNCTION stockalert.end_alert(a stockalert.alerts, ended_by text, note text, hold interval) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	class_now text;
BEGIN
	-- The level before the alert: the order of locks everywhere.
	SELECT s.class INTO class_now FROM stockalert.stock_levels AS s
		WHERE s.location_id = a.location_id AND s.item_id = a.item_id FOR NO KEY UPDATE;
	UPDATE stockalert.alerts AS x SET resolved_at = stockalert.as_of(), resolved_by = ended_by, resolved_note = note,
			-- Worse than whoever resolves it could see: not held, so that it opens again and is told.
			held_until = CASE WHEN array_position('{low,critical,out}'::text[], class_now) <= array_position('{low,critical,out}'::text[], a.severity)
				THEN stockalert.as_of() + hold END
		WHERE x.location_id = a.location_id AND x.alert_id = a.alert_id AND x.resolved_at IS NULL
		RETURNING x.* INTO a;
	IF NOT FOUND THEN
		RETURN; -- by somebody else meanwhile
	END IF;
	PERFORM stockalert.note_event(a, 'resolved', note);
	INSERT INTO stockalert.queue (lane, event, alert_id, location_id, item_id, severity, quantity, occurred_at)
		SELECT 1, 'resolved', a.alert_id, a.location_id, a.item_id, a.severity, s.on_hand - s.reserved, stockalert.as_of()
		FROM stockalert.stock_levels AS s
		WHERE s.location_id = a.location_id AND s.item_id = a.item_id AND s.class IN ('ok', 'over');
	PERFORM stockalert.apply_decisions(ARRAY[a.location_id], ARRAY[a.item_id]);
	PERFORM stockalert.wake_sender();
END
$$;
COMMENT ON FUNCTION stockalert.end_alert(stockalert.alerts, text, text, interval) IS
	'Ends one alert and, where stock is still low, holds the pair for a time. For the owner.';

CREATE FUNCTION stockalert.resolve_alert(alert bigint, note text DEFAULT NULL, OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM stockalert.end_alert(stockalert.find_open_alert(alert), SESSION_USER::text, note, interval '24 hours');
	done := format('alert %s resolved; while stock stays low it is silent until it recovers, gets worse or 24 hours pass', alert);
	next := 'SELECT * FROM stockalert.active_alerts;';
END
$$;
COMMENT ON FUNCTION stockalert.resolve_alert(bigint, text) IS 'Resolves an alert by hand. Still low: nothing is raised again until it recovers, worsens or 24 hours pass. Errors: 42704, 55000.';

CREATE FUNCTION stockalert.resolve_alerts(item text, location text DEFAULT NULL, note text DEFAULT NULL, OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	the_item bigint := stockalert.find_item(item);
	the_location bigint := CASE WHEN location IS NOT NULL THEN stockalert.find_location(location) END;
	a stockalert.alerts;
	ended integer := 0;
BEGIN
	FOR a IN SELECT x.* FROM stockalert.alerts AS x WHERE x.item_id = the_item AND x.resolved_at IS NULL
		AND (the_location IS NULL OR x.location_id = the_location) ORDER BY x.location_id, x.item_id, x.alert_id LOOP
		PERFORM stockalert.end_alert(a, SESSION_USER::text, note, interval '24 hours');
		ended := ended + 1;
	END LOOP;
	done := format('%s alerts of %s resolved', ended, item);
	next := 'SELECT * FROM stockalert.active_alerts;';
END
$$;
COMMENT ON FUNCTION stockalert.resolve_alerts(text, text, text) IS 'Resolves all open alerts of an item (at a location). Error 42704 unknown item or location.';

GRANT EXECUTE ON FUNCTION stockalert.acknowledge_alert(bigint, text), stockalert.snooze_alert(bigint, timestamptz),
	stockalert.resolve_alert(bigint, text), stockalert.resolve_alerts(text, text, text) TO stockalert_manager;
