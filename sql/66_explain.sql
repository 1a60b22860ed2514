-- Why there is an alert or none, who is told of it and, of everybody else, the
-- one reason why not.  Nothing is decided here: the judge and why_not_told() are
-- asked, as the trigger and the sender ask them.

CREATE FUNCTION stockalert.judge_rules(location_id bigint, item_id bigint)
	RETURNS TABLE (place integer, rule_id bigint, low numeric, critical numeric, maximum numeric, sets_low boolean, sets_critical boolean,
		sets_maximum boolean, silent text)
	LANGUAGE c STABLE STRICT ROWS 5 AS 'MODULE_PATHNAME', 'stockalert_judge_rules';
COMMENT ON FUNCTION stockalert.judge_rules(bigint, bigint) IS
	'The enabled rules that cover a pair, narrowest first: what each says alone, in units of stock; which of the thresholds in force it sets; silent: why it says nothing. None for a pair that is not there. For the owner.';

CREATE FUNCTION stockalert.rule_scope(rule stockalert.rules) RETURNS text
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT concat_ws(' ', CASE WHEN rule.item_id IS NOT NULL THEN 'item' WHEN rule.category IS NOT NULL THEN 'category ' || rule.category
			WHEN rule.location_id IS NULL THEN 'everything' ELSE 'location' END,
		CASE WHEN rule.location_id IS NOT NULL THEN concat_ws(' ', CASE WHEN rule.item_id IS NOT NULL OR rule.category IS NOT NULL THEN 'at' END,
			(SELECT l.code FROM stockalert.locations AS l WHERE l.location_id = rule.location_id)) END);
$$;
COMMENT ON FUNCTION stockalert.rule_scope(stockalert.rules) IS 'What a rule covers, in words. For the owner.';

CREATE FUNCTION stockalert.explain_rules(the_location bigint, the_item bigint) RETURNS jsonb
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('rule_id', r.rule_id, 'scope', stockalert.rule_scope(r), 'origin', r.origin,
			'unit', r.unit, 'low', trim_scale(r.low), 'critical', trim_scale(r.critical), 'maximum', trim_scale(r.maximum), 'fires', r.fires, 'note', r.note,
			'gives', jsonb_strip_nulls(jsonb_build_object('low', trim_scale(j.low), 'critical', trim_scale(j.critical), 'maximum', trim_scale(j.maximum))),
			'sets', (SELECT jsonb_agg(s.field ORDER BY s.field) FROM (VALUES ('low', j.sets_low), ('critical', j.sets_critical), ('maximum', j.sets_maximum)) AS s (field, does)
				WHERE s.does),
			'why', CASE WHEN NOT r.enabled THEN 'switched off' WHEN j.silent IS NOT NULL THEN 'says nothing here: ' || j.silent
				WHEN j.sets_low OR j.sets_critical OR j.sets_maximum
					THEN 'sets ' || concat_ws(', ', CASE WHEN j.sets_low THEN 'low' END, CASE WHEN j.sets_critical THEN 'critical' END, CASE WHEN j.sets_maximum THEN 'maximum' END)
				ELSE 'a narrower rule sets it' END))
		-- One that is off stands last: it has no place among those that are asked.
		ORDER BY j.place, r.rule_id), '[]')
	FROM stockalert.rules AS r LEFT JOIN stockalert.judge_rules(the_location, the_item) AS j ON j.rule_id = r.rule_id
	WHERE j.rule_id IS NOT NULL OR NOT r.enabled AND (r.location_id IS NULL OR r.location_id = the_location) AND (r.item_id IS NULL OR r.item_id = the_item)
		AND (r.category IS NULL OR r.category = (SELECT i.category FROM stockalert.items AS i WHERE i.item_id = the_item));
$$;
COMMENT ON FUNCTION stockalert.explain_rules(bigint, bigint) IS
	'Part of explain_stock(): every rule considered, narrowest first, what it gives in units of stock, which thresholds it sets, and why. For the owner.';

-- What there is to say of one contact that was not told; the first that holds.
CREATE FUNCTION stockalert.why_silent(v stockalert.alert_contacts) RETURNS text
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	reason text;
BEGIN
	IF v.waiting_rank IS NOT NULL THEN
		SELECT coalesce('waits: ' || w.last_error, 'about to be told') INTO reason
			FROM stockalert.queue AS q JOIN stockalert.messages AS m ON m.message_id = q.message_id
			JOIN stockalert.waiting_messages AS w ON w.queue_id = q.queue_id
			WHERE q.subscriber_id = v.subscriber_id AND q.channel = (v.contact).channel AND v.alert_id = ANY (m.alert_ids) ORDER BY q.queue_id DESC LIMIT 1;
		RETURN coalesce(reason, 'about to be told');
	END IF;
	reason := stockalert.why_not_told('standing', (v.alert).severity, (v.alert).quantity, NULL, v.category, v.alert, v.subscriber, v.contact, NULL, NULL, NULL, NULL, NULL,
		CASE WHEN (v.subscriber).fallback THEN stockalert.concerns_somebody(v.alert, (v.alert).severity, (v.alert).quantity, v.category) END);
	IF reason IS NOT NULL THEN
		RETURN reason;
	END IF;
	SELECT coalesce('waits until ' || to_char(r.held_until AT TIME ZONE r.time_zone, 'YYYY-MM-DD HH24:MI') || ': ' || r.held_for,
			'about to be told: the sender has not come to it') INTO reason
		FROM stockalert.event_routes AS r WHERE r.alert_id = v.alert_id AND r.contact_id = v.contact_id AND r.verdict IS NULL
		ORDER BY r.held_until LIMIT 1;
	IF reason IS NOT NULL THEN
		RETURN reason;
	END IF;
	SELECT format('message %s%s', CASE f.fate WHEN 'undelivered' THEN f.fate ELSE d.outcome END, coalesce(': ' || coalesce(f.error, d.error), '')) INTO reason
		FROM stockalert.messages AS m JOIN stockalert.deliveries AS d ON d.message_id = m.message_id
		LEFT JOIN stockalert.delivery_fates AS f ON f.provider_id = d.provider_id
		WHERE v.alert_id = ANY (m.alert_ids) AND m.subscriber_id = v.subscriber_id AND m.channel = (v.contact).channel
			AND (d.outcome IN ('dead', 'expired', 'superseded') OR f.fate = 'undelivered')
		ORDER BY d.finished_at DESC LIMIT 1;
	RETURN coalesce(reason, 'nothing new since it concerns them; hears when it gets worse');
END
$$;
COMMENT ON FUNCTION stockalert.why_silent(stockalert.alert_contacts) IS
	'The one reason why a contact was not told of an alert so far. For the owner.';

CREATE FUNCTION stockalert.explain_people(an_alert stockalert.alerts, only_subscriber bigint) RETURNS jsonb
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('subscriber', k.subscriber, 'channel', k.channel, 'told', k.reason IS NULL,
		'told_at', k.told_at, 'reason', k.reason)) ORDER BY k.reason IS NOT NULL, k.subscriber, k.channel, k.contact_id), '[]')
	FROM (
		-- Of an alert that there is: what happened.
		SELECT (v.subscriber).name AS subscriber, v.contact_id, (v.contact).channel, (v.notice).accepted_at AS told_at,
			CASE WHEN v.notice IS NULL THEN stockalert.why_silent(v) END AS reason
		FROM stockalert.alert_contacts AS v
		WHERE v.alert_id = an_alert.alert_id AND v.location_id = an_alert.location_id
			AND (only_subscriber IS NULL OR v.subscriber_id = only_subscriber) AND stockalert.sees_locations((v.subscriber).location_ids)
		UNION ALL
		-- Of one that there is not: what would.
		SELECT s.name, c.contact_id, c.channel, NULL,
			stockalert.why_not_told('standing', an_alert.severity, an_alert.quantity, NULL, i.category, an_alert, s, c, NULL, NULL, NULL, NULL, NULL,
				CASE WHEN s.fallback THEN stockalert.concerns_somebody(an_alert, an_alert.severity, an_alert.quantity, i.category) END)
		FROM stockalert.subscribers AS s JOIN stockalert.subscriber_contacts AS c ON c.subscriber_id = s.subscriber_id
		JOIN stockalert.items AS i ON i.item_id = an_alert.item_id AND (i.owner_key IS NULL OR s.app_key IS NULL OR s.app_key = i.owner_key)
		WHERE an_alert.alert_id IS NULL AND (only_subscriber IS NULL OR s.subscriber_id = only_subscriber) AND stockalert.sees_locations(s.location_ids)
		UNION ALL
		SELECT s.name, 0, NULL, NULL, 'no way to reach them'
		FROM stockalert.subscribers AS s
		WHERE (only_subscriber IS NULL OR s.subscriber_id = only_subscriber) AND stockalert.sees_locations(s.location_ids)
			AND NOT EXISTS (SELECT FROM stockalert.subscriber_contacts AS c WHERE c.subscriber_id = s.subscriber_id)
			AND (s.app_key IS NULL OR (SELECT i.owner_key IS NULL OR i.owner_key = s.app_key FROM stockalert.items AS i WHERE i.item_id = an_alert.item_id))
		UNION ALL
		-- Only whoever is asked for: an app may have many.
		SELECT s.name, 0, NULL, NULL, 'somebody else''s item'
		FROM stockalert.subscribers AS s JOIN stockalert.items AS i ON i.item_id = an_alert.item_id AND i.owner_key <> s.app_key
		WHERE s.subscriber_id = only_subscriber AND stockalert.sees_locations(s.location_ids)) AS k;
$$;
COMMENT ON FUNCTION stockalert.explain_people(stockalert.alerts, bigint) IS
	'Part of explain_alert() and explain_stock(): each contact, told or the one reason why not; of an alert without a number, who would be. Only people whose locations the caller sees. For the owner.';

CREATE FUNCTION stockalert.explain_one_alert(a stockalert.alerts) RETURNS jsonb
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT jsonb_strip_nulls(jsonb_build_object('alert_id', a.alert_id, 'kind', a.kind, 'severity', a.severity, 'worst', a.worst, 'quantity', trim_scale(a.quantity),
		'threshold', trim_scale(a.threshold), 'velocity', a.velocity, 'fires', a.fires, 'rule_id', a.rule_id, 'threshold_from', a.threshold_from, 'opened_at', a.opened_at,
		'reopened_at', a.reopened_at, 'acknowledged_at', a.acknowledged_at, 'acknowledged_by', a.acknowledged_by, 'acknowledged_note', a.acknowledged_note,
		'snoozed_until', a.snoozed_until, 'escalated_at', a.escalated_at, 'escalated_by', a.escalated_by, 'resolved_at', a.resolved_at,
		'resolved_by', a.resolved_by, 'resolved_note', a.resolved_note, 'held_until', a.held_until,
		'history', (SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('at', e.occurred_at, 'event', e.event, 'severity', e.severity,
				'quantity', trim_scale(e.quantity), 'actor', e.actor, 'note', e.note)) ORDER BY e.event_id)
			FROM stockalert.alert_events AS e WHERE e.alert_id = a.alert_id AND e.location_id = a.location_id)));
$$;
COMMENT ON FUNCTION stockalert.explain_one_alert(stockalert.alerts) IS 'Part of explain_alert() and explain_stock(): an alert with its history. For the owner.';

CREATE FUNCTION stockalert.explain_pair(the_location bigint, the_item bigint, the_alert bigint, only_subscriber bigint) RETURNS jsonb
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	s stockalert.stock_levels;
	j record;
	a stockalert.alerts;
	last_alert stockalert.alerts;
	supposed stockalert.alerts;
	why text;
BEGIN
	SELECT x.* INTO s FROM stockalert.stock_levels AS x WHERE x.location_id = the_location AND x.item_id = the_item;
	SELECT x.* INTO j FROM stockalert.judge_pairs(ARRAY[the_location], ARRAY[the_item]) AS x;
	SELECT x.* INTO last_alert FROM stockalert.alerts AS x WHERE x.location_id = the_location AND x.item_id = the_item AND x.kind = 'stock'
		ORDER BY x.alert_id DESC LIMIT 1;
	SELECT x.* INTO a FROM stockalert.alerts AS x WHERE x.location_id = the_location AND x.item_id = the_item
		AND (x.alert_id = the_alert OR the_alert IS NULL AND x.kind = 'stock' AND x.resolved_at IS NULL) LIMIT 1;
	why := CASE
		WHEN s.item_id IS NULL THEN 'the item is not carried there'
		WHEN j.class = 'inactive' THEN 'the item is not active there'
		WHEN j.moves THEN 'stock was written where no trigger saw it; the next check judges it: SELECT * FROM stockalert.check_stock()'
		WHEN a.alert_id IS NOT NULL AND a.resolved_at IS NULL AND a.kind = 'stock' AND j.in_band
			THEN 'healthy, but not yet far enough above the threshold to resolve by itself'
		WHEN a.alert_id IS NOT NULL THEN NULL
		WHEN j.class IN ('low', 'critical', 'out') AND last_alert.held_until > stockalert.as_of()
			THEN format('resolved by hand by %s; silent until it recovers, gets worse, or %s', last_alert.resolved_by, last_alert.held_until)
		WHEN j.class IN ('low', 'critical', 'out') AND NOT stockalert.kind_is_on('stock')
			THEN 'stock is ' || j.class || ', and the setting stockalert.kinds leaves out alerts of kind stock'
		WHEN j.class IN ('low', 'critical', 'out') THEN 'stock is ' || j.class || ', and the next check opens one: SELECT * FROM stockalert.check_stock()'
		WHEN j.low IS NULL AND j.critical IS NULL THEN 'no rule covers it, it has no par level, and nobody has a threshold of their own'
		ELSE 'stock is above its thresholds' END;
	IF a.alert_id IS NULL THEN
		-- As if it fell below its threshold now.
		SELECT p.* INTO supposed FROM jsonb_populate_record(NULL::stockalert.alerts, jsonb_build_object('location_id', the_location, 'item_id', the_item,
			'kind', 'stock', 'severity', CASE WHEN j.class IN ('low', 'critical', 'out') THEN j.class WHEN j.low IS NOT NULL THEN 'low' ELSE 'out' END,
			'quantity', CASE WHEN j.class IN ('low', 'critical', 'out') THEN j.available ELSE coalesce(greatest(j.low - 0.00001, 0), 0) END,
			'threshold_from', j.threshold_from, 'opened_at', stockalert.as_of())) AS p;
	END IF;
	RETURN jsonb_build_object(
		'item', (SELECT jsonb_build_object('sku', i.sku, 'name', i.name, 'category', i.category) FROM stockalert.items AS i WHERE i.item_id = the_item),
		'location', (SELECT jsonb_build_object('code', l.code, 'name', l.name, 'time_zone', l.time_zone) FROM stockalert.locations AS l WHERE l.location_id = the_location),
		'stock', CASE WHEN s.item_id IS NOT NULL THEN jsonb_build_object('on_hand', trim_scale(s.on_hand), 'reserved', trim_scale(s.reserved),
			'available', trim_scale(s.on_hand - s.reserved), 'on_order', trim_scale(s.on_order), 'in_transit', trim_scale(s.in_transit), 'par_level', trim_scale(s.par_level)) END,
		'class', j.class, 'why', why,
		'thresholds', CASE WHEN s.item_id IS NOT NULL THEN jsonb_build_object('low', trim_scale(j.low), 'critical', trim_scale(j.critical), 'maximum', trim_scale(j.maximum), 'fires', j.fires,
			'from', j.threshold_from, 'rule_id', j.rule_id, 'velocity', j.velocity, 'reorder_point', trim_scale(j.reorder_point), 'order_up_to', trim_scale(j.order_up_to)) END,
		'rules', stockalert.explain_rules(the_location, the_item),
		'quiet', CASE WHEN s.item_id IS NOT NULL THEN jsonb_build_object('below', trim_scale(s.quiet_below), 'above', trim_scale(s.quiet_above)) END,
		'alert', CASE WHEN a.alert_id IS NOT NULL THEN stockalert.explain_one_alert(a) END,
		'other_alerts', (SELECT coalesce(jsonb_agg(jsonb_build_object('alert_id', x.alert_id, 'kind', x.kind, 'severity', x.severity, 'opened_at', x.opened_at) ORDER BY x.alert_id), '[]')
			FROM stockalert.alerts AS x WHERE x.location_id = the_location AND x.item_id = the_item AND x.resolved_at IS NULL
				AND x.alert_id IS DISTINCT FROM a.alert_id),
		'people', stockalert.explain_people(CASE WHEN a.alert_id IS NOT NULL THEN a ELSE supposed END, only_subscriber),
		'people_unseen', (SELECT count(*) FROM stockalert.subscribers AS b WHERE only_subscriber IS NULL AND NOT stockalert.sees_locations(b.location_ids)));
END
$$;
COMMENT ON FUNCTION stockalert.explain_pair(bigint, bigint, bigint, bigint) IS
	'Everything known about an item at a location, with this alert or its open one; people: all, or one subscriber. For the owner.';

CREATE FUNCTION stockalert.explain_alert_json(alert bigint) RETURNS jsonb
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	a stockalert.alerts := stockalert.find_alert(alert);
BEGIN
	RETURN stockalert.explain_pair(a.location_id, a.item_id, a.alert_id, NULL);
END
$$;
COMMENT ON FUNCTION stockalert.explain_alert_json(bigint) IS
	'What explain_alert() says, as an object: item, location, stock, class, why, thresholds, rules, quiet, alert with history, other_alerts, people, people_unseen (not for the caller''s eyes). Error 42704 unknown alert.';

CREATE FUNCTION stockalert.explain_stock_json(item text, location text DEFAULT NULL, subscriber text DEFAULT NULL) RETURNS jsonb
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	only_subscriber bigint;
BEGIN
	IF subscriber IS NOT NULL THEN
		SELECT b.subscriber_id INTO only_subscriber FROM stockalert.find_subscriber(subscriber) AS b;
	END IF;
	RETURN stockalert.explain_pair(stockalert.find_location(location), stockalert.find_item(item), NULL, only_subscriber);
END
$$;
COMMENT ON FUNCTION stockalert.explain_stock_json(text, text, text) IS
	'What explain_stock() says, as an object of the keys of explain_alert_json(). Errors: 42704 unknown item, location or subscriber.';

-- From the object to sentences: "low below 10 (20 % of par)" and the like.
CREATE FUNCTION stockalert.tell_thresholds(x jsonb) RETURNS text
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN t.low IS NULL AND t.critical IS NULL AND t.maximum IS NULL THEN 'Thresholds: none.'
		ELSE format('Thresholds: %s; %s.', concat_ws(', ', 'low ' || t.fires || ' ' || t.low, 'critical ' || t.fires || ' ' || t.critical, 'over above ' || t.maximum),
			CASE t.origin WHEN 'rule' THEN 'from rule ' || t.rule_id
				WHEN 'setting' THEN 'from stockalert.low_stock_percent and critical_stock_percent of ' || coalesce('the order-up-to level ' || t.order_up_to, 'the par level')
				WHEN 'subscriber' THEN 'low is the greatest threshold of a subscriber, as no rule sets it' ELSE 'from no rule' END) END
	FROM (SELECT x #>> '{thresholds,low}' AS low, x #>> '{thresholds,critical}' AS critical, x #>> '{thresholds,maximum}' AS maximum,
		CASE x #>> '{thresholds,fires}' WHEN 'at_or_below' THEN 'at or below' ELSE 'below' END AS fires,
		x #>> '{thresholds,from}' AS origin, x #>> '{thresholds,rule_id}' AS rule_id, x #>> '{thresholds,order_up_to}' AS order_up_to) AS t;
$$;
COMMENT ON FUNCTION stockalert.tell_thresholds(jsonb) IS 'The thresholds of explain_stock_json() in words. For the owner.';

CREATE FUNCTION stockalert.tell_time(at text, x jsonb) RETURNS text
	LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
	SELECT to_char(at::timestamptz AT TIME ZONE (x #>> '{location,time_zone}'), 'YYYY-MM-DD HH24:MI')
$$;
COMMENT ON FUNCTION stockalert.tell_time(text, jsonb) IS 'A time on the clock of the location. For the owner.';

CREATE FUNCTION stockalert.tell_alert(x jsonb) RETURNS text
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN x -> 'alert' = 'null' THEN 'No alert: ' || (x ->> 'why') || '.'
		ELSE format(E'Alert %s (%s): %s%s.\n%s', x #>> '{alert,alert_id}', x #>> '{alert,kind}',
			CASE WHEN x #>> '{alert,resolved_at}' IS NOT NULL
				THEN format('resolved %s by %s%s', stockalert.tell_time(x #>> '{alert,resolved_at}', x), x #>> '{alert,resolved_by}', coalesce(' (' || (x #>> '{alert,resolved_note}') || ')', ''))
				ELSE format('%s since %s%s%s%s%s', x #>> '{alert,severity}', stockalert.tell_time(coalesce(x #>> '{alert,reopened_at}', x #>> '{alert,opened_at}'), x),
					CASE WHEN x #>> '{alert,kind}' <> 'stock' THEN concat(', at ' || (x #>> '{alert,quantity}'), ', limit ' || (x #>> '{alert,threshold}'),
						', selling ' || round((x #>> '{alert,velocity}')::numeric, 2) || ' a day') END,
					', snoozed until ' || stockalert.tell_time(x #>> '{alert,snoozed_until}', x), ', escalated ' || stockalert.tell_time(x #>> '{alert,escalated_at}', x),
					coalesce(', acknowledged by ' || (x #>> '{alert,acknowledged_by}'), ', not acknowledged')) END,
			coalesce('; ' || (x ->> 'why'), ''),
			(SELECT string_agg(format('  %s %s %s at %s by %s%s', stockalert.tell_time(e ->> 'at', x), e ->> 'event', e ->> 'severity', e ->> 'quantity', e ->> 'actor',
				coalesce(' (' || (e ->> 'note') || ')', '')), E'\n' ORDER BY n) FROM jsonb_array_elements(x #> '{alert,history}') WITH ORDINALITY AS h (e, n))) END
		|| coalesce((SELECT string_agg(format(E'\nAlso open: alert %s (%s), %s since %s.', o ->> 'alert_id', o ->> 'kind', o ->> 'severity', stockalert.tell_time(o ->> 'opened_at', x)), '' ORDER BY n)
			FROM jsonb_array_elements(x -> 'other_alerts') WITH ORDINALITY AS h (o, n)), '');
$$;
COMMENT ON FUNCTION stockalert.tell_alert(jsonb) IS 'The alert of explain_alert_json() in words. For the owner.';

CREATE FUNCTION stockalert.tell_people(x jsonb) RETURNS text
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT concat_ws(E'\n',
		CASE WHEN x -> 'alert' = 'null' THEN 'Would be told:' ELSE 'Told:' END || coalesce(E'\n' || string_agg(k.line, E'\n' ORDER BY k.n) FILTER (WHERE k.told AND k.place <= 20), ' nobody.')
			|| CASE WHEN count(*) FILTER (WHERE k.told) > 20 THEN format(E'\n  and %s more', count(*) FILTER (WHERE k.told) - 20) ELSE '' END,
		CASE WHEN bool_or(NOT k.told) THEN 'Not told:' || E'\n' || string_agg(k.line, E'\n' ORDER BY k.n) FILTER (WHERE NOT k.told AND k.place <= 20)
			|| CASE WHEN count(*) FILTER (WHERE NOT k.told) > 20 THEN format(E'\n  and %s more', count(*) FILTER (WHERE NOT k.told) - 20) ELSE '' END END,
		CASE WHEN (x ->> 'people_unseen')::bigint > 0 THEN format('%s more whom your role does not see.', x ->> 'people_unseen') END)
	FROM (SELECT h.n, (h.p ->> 'told')::boolean AS told, row_number() OVER (PARTITION BY h.p ->> 'told' ORDER BY h.n) AS place,
			format('  %s%s%s%s', h.p ->> 'subscriber', ' by ' || (h.p ->> 'channel'), ', ' || stockalert.tell_time(h.p ->> 'told_at', x), ': ' || (h.p ->> 'reason')) AS line
		FROM jsonb_array_elements(x -> 'people') WITH ORDINALITY AS h (p, n)) AS k;
$$;
COMMENT ON FUNCTION stockalert.tell_people(jsonb) IS 'The people of explain_alert_json() in words, twenty of each. For the owner.';

CREATE FUNCTION stockalert.tell_explanation(x jsonb) RETURNS text
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT concat_ws(E'\n',
		format('%s%s at %s%s: %s', x #>> '{item,sku}', ' (' || nullif(x #>> '{item,name}', x #>> '{item,sku}') || ')', x #>> '{location,code}',
			' (' || nullif(x #>> '{location,name}', x #>> '{location,code}') || ')',
			CASE WHEN x -> 'stock' = 'null' THEN 'not carried there.' ELSE format('%s available (%s on hand, %s reserved), %s.', x #>> '{stock,available}',
				x #>> '{stock,on_hand}', x #>> '{stock,reserved}', x ->> 'class') END),
		CASE WHEN x -> 'stock' <> 'null' THEN stockalert.tell_thresholds(x) END,
		'Rules, narrowest first:' || E'\n' || (SELECT string_agg(format('  rule %s (%s%s): %s; %s', r ->> 'rule_id', r ->> 'scope', ', from ' || nullif(r ->> 'origin', 'manual'),
			coalesce(nullif(concat_ws(', ', 'low ' || (r ->> 'low'), 'critical ' || (r ->> 'critical'), 'maximum ' || (r ->> 'maximum')), '') ||
				CASE r ->> 'unit' WHEN 'percent' THEN ' % of par' WHEN 'days' THEN ' days of cover' WHEN 'greatest' THEN ' or the reorder point if greater' ELSE '' END, 'the computed reorder point')
				|| CASE WHEN r ->> 'unit' <> 'units' AND r -> 'gives' <> '{}' THEN format(' = %s', concat_ws(', ', 'low ' || (r #>> '{gives,low}'), 'critical ' || (r #>> '{gives,critical}'), 'maximum ' || (r #>> '{gives,maximum}'))) ELSE '' END,
			r ->> 'why'), E'\n' ORDER BY n) FROM jsonb_array_elements(x -> 'rules') WITH ORDINALITY AS h (r, n)),
		CASE WHEN x #>> '{quiet,below}' IS NOT NULL OR x #>> '{quiet,above}' IS NOT NULL THEN format('Nothing changes %s.', concat_ws(' and ', 'above ' || (x #>> '{quiet,below}'), 'below ' || (x #>> '{quiet,above}'))) END,
		stockalert.tell_alert(x), stockalert.tell_people(x));
$$;
COMMENT ON FUNCTION stockalert.tell_explanation(jsonb) IS 'An object of explain_alert_json() as lines of text. For the owner.';

CREATE FUNCTION stockalert.explain_alert(alert bigint) RETURNS text
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT stockalert.tell_explanation(stockalert.explain_alert_json(alert))
$$;
COMMENT ON FUNCTION stockalert.explain_alert(bigint) IS
	'Why this alert, in lines of text: stock and thresholds of now, every rule considered and what it gave, the quiet range, the alert and its history, who was told, and for everybody else the one reason why not. Times are those of the location. Error 42704 unknown alert.';

CREATE FUNCTION stockalert.explain_stock(item text, location text DEFAULT NULL, subscriber text DEFAULT NULL) RETURNS text
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT stockalert.tell_explanation(stockalert.explain_stock_json(item, location, subscriber))
$$;
COMMENT ON FUNCTION stockalert.explain_stock(text, text, text) IS
	'Why an item has an alert at a location (NULL: main, or the only one), or why none, and who is told or would be, as explain_alert(); of one subscriber where it is named. Errors: 42704 unknown item, location or subscriber.';

GRANT EXECUTE ON FUNCTION stockalert.explain_alert(bigint), stockalert.explain_alert_json(bigint), stockalert.explain_stock(text, text, text),
	stockalert.explain_stock_json(text, text, text) TO stockalert_viewer;
