-- The life of an alert in people's hands.  Acknowledge, snooze and escalate touch
-- the alert only; resolve and reopen lock the level first (the order of locks
-- everywhere).  alert_events is append-only: nobody but its owner may change it.

CREATE FUNCTION stockalert.find_alert(alert bigint) RETURNS stockalert.alerts
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found_alert stockalert.alerts;
BEGIN
	SELECT a.* INTO found_alert FROM stockalert.alerts AS a WHERE a.alert_id = alert;
	-- What a role may not see is not known to it.
	IF found_alert.alert_id IS NULL OR NOT stockalert.sees_location(found_alert.location_id) THEN
		RAISE EXCEPTION 'alert % is not known', coalesce(alert::text, 'NULL')
			USING ERRCODE = 'undefined_object', DETAIL = 'No alert has this number.',
				  HINT = 'SELECT alert_id, item, location FROM stockalert.active_alerts;';
	END IF;
	RETURN found_alert;
END
$$;
COMMENT ON FUNCTION stockalert.find_alert(bigint) IS 'The alert of this number, open or resolved. Error 42704 unknown, also where the caller does not see its location.';

CREATE FUNCTION stockalert.find_open_alert(alert bigint) RETURNS stockalert.alerts
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found_alert stockalert.alerts := stockalert.find_alert(alert);
BEGIN
	IF found_alert.resolved_at IS NOT NULL THEN
		RAISE EXCEPTION 'alert % is resolved', alert
			USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = format('It was resolved at %s by %s.', found_alert.resolved_at, found_alert.resolved_by),
				  HINT = 'SELECT * FROM stockalert.active_alerts; reopen_alert() opens it again.';
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

CREATE FUNCTION stockalert.queue_event(a stockalert.alerts, event text, lane integer) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	INSERT INTO stockalert.queue (lane, event, alert_id, location_id, item_id, severity, quantity, occurred_at)
		SELECT queue_event.lane, queue_event.event, a.alert_id, a.location_id, a.item_id, a.severity,
			coalesce((SELECT s.on_hand - s.reserved FROM stockalert.stock_levels AS s
				WHERE s.location_id = a.location_id AND s.item_id = a.item_id), a.quantity), stockalert.as_of();
	PERFORM stockalert.wake_sender();
END
$$;
COMMENT ON FUNCTION stockalert.queue_event(stockalert.alerts, text, integer) IS 'Has an event of an alert told, with the stock of now. For the owner.';

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
	next := 'SELECT * FROM stockalert.active_alerts; -- restock, and it resolves by itself';
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
			held_until = CASE WHEN a.kind <> 'stock'
				OR array_position('{low,critical,out}'::text[], class_now) <= array_position('{low,critical,out}'::text[], a.severity)
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
		WHERE s.location_id = a.location_id AND s.item_id = a.item_id AND s.class IN ('ok', 'over') AND a.kind = 'stock';
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
		AND (the_location IS NULL OR x.location_id = the_location) AND stockalert.sees_location(x.location_id) ORDER BY x.location_id, x.item_id, x.alert_id LOOP
		PERFORM stockalert.end_alert(a, SESSION_USER::text, note, interval '24 hours');
		ended := ended + 1;
	END LOOP;
	done := format('%s of %s resolved', stockalert.counted(ended, 'alert'), item);
	next := 'SELECT * FROM stockalert.active_alerts;';
END
$$;
COMMENT ON FUNCTION stockalert.resolve_alerts(text, text, text) IS 'Resolves all open alerts of an item (at a location, or wherever the caller sees it). Error 42704 unknown item or location.';

CREATE FUNCTION stockalert.reopen_alert(alert bigint, note text DEFAULT NULL, OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	a stockalert.alerts := stockalert.find_alert(alert);
	class_now text;
BEGIN
	IF a.resolved_at IS NULL THEN
		RAISE EXCEPTION 'alert % is open', alert
			USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = 'It was not resolved, or opened again since.',
				  HINT = 'SELECT * FROM stockalert.active_alerts;';
	END IF;
	-- The level before the alert: the order of locks everywhere.
	SELECT s.class INTO class_now FROM stockalert.stock_levels AS s
		WHERE s.location_id = a.location_id AND s.item_id = a.item_id FOR NO KEY UPDATE;
	IF EXISTS (SELECT FROM stockalert.alerts AS x WHERE x.location_id = a.location_id AND x.item_id = a.item_id AND x.kind = a.kind
		AND x.alert_id > a.alert_id) THEN
		RAISE EXCEPTION 'alert % is not the last one', alert
			USING ERRCODE = 'object_not_in_prerequisite_state',
				  DETAIL = format('Alert %s is of the same item, location and kind.', (SELECT max(x.alert_id) FROM stockalert.alerts AS x
					WHERE x.location_id = a.location_id AND x.item_id = a.item_id AND x.kind = a.kind)),
				  HINT = 'Reopen that one, if it is resolved too.';
	ELSIF class_now IS NULL OR a.kind = 'stock' AND class_now NOT IN ('low', 'critical', 'out') THEN
		RAISE EXCEPTION 'alert % has nothing to tell any more', alert
			USING ERRCODE = 'object_not_in_prerequisite_state',
				  DETAIL = format('Stock is %s.', coalesce(class_now, 'not carried there any more')),
				  HINT = 'It opens again by itself when stock falls below its threshold.';
	END IF;
	UPDATE stockalert.alerts AS x SET reopened_at = stockalert.as_of(), resolved_at = NULL, resolved_by = NULL, resolved_note = NULL,
			held_until = NULL, acknowledged_at = NULL, acknowledged_by = NULL, acknowledged_note = NULL, snoozed_until = NULL, snoozed_by = NULL
		WHERE x.location_id = a.location_id AND x.alert_id = a.alert_id AND x.resolved_at IS NOT NULL RETURNING x.* INTO a;
	IF NOT FOUND THEN
		-- By somebody else, or by stock, meanwhile.
		done := format('alert %s is open already', alert);
		next := 'SELECT * FROM stockalert.active_alerts;';
		RETURN;
	END IF;
	PERFORM stockalert.note_event(a, 'reopened', note);
	PERFORM stockalert.queue_event(a, 'reopened', CASE WHEN a.severity IN ('out', 'critical') THEN 0 ELSE 1 END);
	-- It may be milder now, or worse.
	PERFORM stockalert.apply_decisions(ARRAY[a.location_id], ARRAY[a.item_id]);
	done := format('alert %s is open again', alert);
	next := format('SELECT * FROM stockalert.explain_alert(%s);', alert);
END
$$;
COMMENT ON FUNCTION stockalert.reopen_alert(bigint, text) IS
	'Opens a resolved alert again, as if it had not been resolved; who was told within 24 hours is not told again. Errors: 42704 unknown alert; 55000 it is open, another one came after it, or stock has recovered.';

CREATE FUNCTION stockalert.escalate_alert(alert bigint, note text DEFAULT NULL, OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	a stockalert.alerts := stockalert.find_open_alert(alert);
	people bigint;
BEGIN
	UPDATE stockalert.alerts AS x SET escalated_at = stockalert.as_of(), escalated_by = SESSION_USER
		WHERE x.location_id = a.location_id AND x.alert_id = a.alert_id AND x.resolved_at IS NULL RETURNING x.* INTO a;
	IF NOT FOUND THEN
		PERFORM stockalert.find_open_alert(alert);
	END IF;
	PERFORM stockalert.note_event(a, 'escalated', note);
	PERFORM stockalert.queue_event(a, 'escalated', 0);
	SELECT count(DISTINCT v.subscriber_id) INTO people FROM stockalert.alert_contacts AS v
		WHERE v.alert_id = a.alert_id AND v.location_id = a.location_id AND (v.subscriber).escalation
			AND stockalert.why_not_told('escalated', a.severity, a.quantity, a.escalated_at, v.category, v.alert, v.subscriber, v.contact,
				NULL, NULL, NULL, NULL, NULL, NULL) IS NULL;
	done := format('alert %s escalated to %s subscriber%s', alert, people, CASE WHEN people = 1 THEN '' ELSE 's' END);
	next := CASE WHEN people = 0 THEN 'SELECT * FROM stockalert.add_subscriber(''boss'', email => ''boss@example.com'', escalation => true); -- nobody hears of it'
		ELSE format('SELECT * FROM stockalert.alert_history(%s);', alert) END;
END
$$;
COMMENT ON FUNCTION stockalert.escalate_alert(bigint, text) IS
	'Brings an open alert to the subscribers with escalation, now; from then on they hear of it as others do. Errors: 42704 unknown alert, 55000 already resolved.';

-- From the check, every 15 minutes; nothing to do where nobody hears of escalations.
CREATE FUNCTION stockalert.escalate_overdue(location_id bigint DEFAULT NULL) RETURNS bigint
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	now_is timestamptz := stockalert.as_of();
	patience interval := current_setting('stockalert.escalate_after')::interval;
	a stockalert.alerts;
	escalated bigint := 0;
BEGIN
	IF patience = interval '0' OR NOT EXISTS (SELECT FROM stockalert.subscribers AS b WHERE b.enabled AND b.escalation) THEN
		RETURN 0;
	END IF;
	-- What somebody is writing is left to the next check, as the check leaves it.
	FOR a IN WITH due AS MATERIALIZED (
		SELECT x.location_id, x.alert_id FROM stockalert.alerts AS x
		JOIN stockalert.stock_levels AS s ON s.location_id = x.location_id AND s.item_id = x.item_id
		WHERE (escalate_overdue.location_id IS NULL OR x.location_id = escalate_overdue.location_id)
			AND x.resolved_at IS NULL AND x.acknowledged_at IS NULL AND x.severity IN ('critical', 'out')
			AND coalesce(x.reopened_at, x.opened_at) <= now_is - patience
			-- Once for each time that it opened.
			AND (x.escalated_at IS NULL OR x.escalated_at < coalesce(x.reopened_at, x.opened_at))
			AND (x.snoozed_until IS NULL OR x.snoozed_until <= now_is OR x.severity = 'out')
			AND (x.kind <> 'stock' OR s.class IN ('critical', 'out'))
			AND (SELECT min(e.occurred_at) FROM stockalert.alert_events AS e WHERE e.alert_id = x.alert_id
				AND e.event IN ('opened', 'worsened', 'reopened') AND e.severity IN ('critical', 'out')
				AND e.occurred_at >= coalesce(x.reopened_at, x.opened_at)) <= now_is - patience
		FOR NO KEY UPDATE OF x SKIP LOCKED)
		UPDATE stockalert.alerts AS x SET escalated_at = now_is, escalated_by = 'stockalert'
		FROM due AS d WHERE x.location_id = d.location_id AND x.alert_id = d.alert_id
		RETURNING x.*
	LOOP
		INSERT INTO stockalert.alert_events (alert_id, location_id, item_id, event, severity, quantity, actor, note, occurred_at)
			VALUES (a.alert_id, a.location_id, a.item_id, 'escalated', a.severity, a.quantity, 'stockalert',
				format('nobody acknowledged it in %s', current_setting('stockalert.escalate_after')), now_is);
		PERFORM stockalert.queue_event(a, 'escalated', 0);
		escalated := escalated + 1;
	END LOOP;
	RETURN escalated;
END
$$;
COMMENT ON FUNCTION stockalert.escalate_overdue(bigint) IS
	'Escalates each alert that has been critical or out and not acknowledged for stockalert.escalate_after, once each time it opened, at a location or everywhere (NULL); snoozed ones only when out. Returns how many. For the owner: the check calls it.';

CREATE FUNCTION stockalert.alert_history(alert bigint)
	RETURNS TABLE (occurred_at timestamptz, event text, severity text, quantity numeric, actor text, note text)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT e.occurred_at, e.event, e.severity, e.quantity, e.actor, e.note
	FROM stockalert.find_alert(alert) AS a JOIN stockalert.alert_events AS e ON e.alert_id = a.alert_id AND e.location_id = a.location_id
	ORDER BY e.event_id;
$$;
COMMENT ON FUNCTION stockalert.alert_history(bigint) IS
	'What happened to an alert, oldest first: event, severity and stock then, who did it (the role that logged in; for what stock did, the role that wrote it) and the note. Error 42704 unknown alert.';

GRANT EXECUTE ON FUNCTION stockalert.alert_history(bigint) TO stockalert_viewer;
GRANT EXECUTE ON FUNCTION stockalert.acknowledge_alert(bigint, text), stockalert.snooze_alert(bigint, timestamptz),
	stockalert.resolve_alert(bigint, text), stockalert.resolve_alerts(text, text, text),
	stockalert.reopen_alert(bigint, text), stockalert.escalate_alert(bigint, text) TO stockalert_manager;
