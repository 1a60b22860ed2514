-- "Is it working?" of stock, people and delivery; health() itself is in 86_health.sql.

CREATE FUNCTION stockalert.somebody_call(fallback boolean) RETURNS text
	LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
	SELECT format('SELECT * FROM stockalert.add_subscriber(%L, email => ''alerts@example.com''%s);', x.name, CASE WHEN fallback THEN ', fallback => true' ELSE '' END)
	FROM (SELECT concat_ws(' ', 'manager', nullif(n, 1)) AS name, n FROM generate_series(1, 1000) AS n) AS x
	WHERE NOT EXISTS (SELECT FROM stockalert.subscribers AS b WHERE b.name = x.name) ORDER BY x.n LIMIT 1
$$;
COMMENT ON FUNCTION stockalert.somebody_call(boolean) IS 'Part of health(): the statement that adds somebody, of a name that is free; fallback: who hears of what concerns nobody else.';

CREATE FUNCTION stockalert.health_of_coverage() RETURNS TABLE ("check" text, state text, finding text, remedy text)
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	forgotten text[];
BEGIN
	-- Whoever hears of anything in a place and category hears that it is out; one who hears of all of them is enough.
	IF EXISTS (SELECT FROM stockalert.subscribers AS b JOIN stockalert.subscriber_contacts AS c ON c.subscriber_id = b.subscriber_id AND c.enabled
			WHERE b.enabled AND NOT b.escalation AND b.location_ids IS NULL AND b.categories IS NULL) THEN
		RETURN QUERY VALUES ('coverage', 'ok', 'somebody hears of every location and category', NULL::text);
		RETURN;
	END IF;
	SELECT array_agg(format('%s%s', l.code, coalesce(' (' || k.category || ')', '')) ORDER BY l.code, k.category) INTO forgotten
		FROM stockalert.locations AS l CROSS JOIN (SELECT DISTINCT i.category FROM stockalert.items AS i WHERE i.active) AS k
		WHERE l.active AND NOT EXISTS (SELECT FROM stockalert.subscribers AS b
				JOIN stockalert.subscriber_contacts AS c ON c.subscriber_id = b.subscriber_id AND c.enabled
				WHERE b.enabled AND NOT b.escalation AND (b.location_ids IS NULL OR l.location_id = ANY (b.location_ids))
					AND (b.categories IS NULL OR k.category = ANY (b.categories)))
			AND stockalert.sees_location(l.location_id);
	RETURN QUERY SELECT 'coverage', CASE WHEN forgotten IS NOT NULL THEN 'error' ELSE 'ok' END,
		CASE WHEN forgotten IS NOT NULL THEN format('nobody would hear of %s%s', array_to_string(forgotten[1:5], ', '),
			CASE WHEN cardinality(forgotten) > 5 THEN format(' and %s more', cardinality(forgotten) - 5) ELSE '' END)
			ELSE 'somebody hears of every location and category' END,
		CASE WHEN forgotten IS NOT NULL THEN stockalert.somebody_call(true) END;
END
$$;
COMMENT ON FUNCTION stockalert.health_of_coverage() IS 'Part of health(): locations and categories of which nobody would hear even that an item is out.';

CREATE FUNCTION stockalert.health_of_scopes() RETURNS TABLE ("check" text, state text, finding text, remedy text)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	-- A role that is not there may be there under another name and see everything, where a dump brought the
	-- scope alone; one that also writes stock directly is not held back by views.
	SELECT 'store roles', CASE WHEN count(x.lost) > 0 THEN 'error' WHEN count(x.writes) > 0 THEN 'warn' ELSE 'ok' END,
		coalesce(nullif(concat_ws('; ', 'unknown: ' || string_agg(x.lost, ', ' ORDER BY x.lost), 'read and write all stock: ' || string_agg(x.writes, ', ' ORDER BY x.writes)), ''),
			format('%s restricted to locations', count(*))),
		CASE WHEN count(x.lost) > 0 THEN format('SELECT * FROM stockalert.unrestrict_role(%L); -- where it has another name here, after restrict_role() of that, which sees everything', min(x.lost))
			WHEN count(x.writes) > 0 THEN format('-- As superuser: REVOKE stockalert_writer FROM %s; set_stock() and record_sale() need stockalert_manager only.', min(quote_ident(x.writes))) END
	FROM (SELECT CASE WHEN r.oid IS NULL THEN c.role_name::text END AS lost,
			CASE WHEN pg_has_role(r.oid, 'stockalert_writer', 'MEMBER') AND NOT pg_has_role(r.oid, 'stockalert_admin', 'MEMBER') THEN c.role_name::text END AS writes
		FROM stockalert.role_scopes AS c LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = coalesce(to_regrole(quote_ident(c.role_name))::oid, c.role_oid)) AS x
	HAVING count(*) > 0 AND stockalert.sees_all_locations();
$$;
COMMENT ON FUNCTION stockalert.health_of_scopes() IS 'Part of health(): roles restricted to locations, for whoever sees all.';

CREATE FUNCTION stockalert.health_of_people() RETURNS TABLE ("check" text, state text, finding text, remedy text)
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	reached bigint;
	unset text;
	broken text;
	open_to_nobody bigint;
BEGIN
	SELECT count(*) INTO reached FROM stockalert.subscribers AS b JOIN stockalert.subscriber_contacts AS c
		ON c.subscriber_id = b.subscriber_id AND c.enabled WHERE b.enabled;
	RETURN QUERY SELECT 'recipients', CASE WHEN reached = 0 THEN 'error' ELSE 'ok' END,
		CASE WHEN reached = 0 THEN 'nobody would hear of an alert' ELSE stockalert.counted(reached, 'contact') END,
		CASE WHEN reached = 0 THEN stockalert.somebody_call(false) END;
	RETURN QUERY SELECT * FROM stockalert.health_of_coverage() WHERE reached > 0;
	-- Each takes a look at everybody: of many fifty are enough to say that something is wrong.
	SELECT count(*) INTO open_to_nobody FROM (SELECT o AS alert FROM stockalert.alerts AS o WHERE o.resolved_at IS NULL
			AND ((SELECT stockalert.sees_all_locations()) OR o.location_id = ANY ((SELECT stockalert.visible_locations())::bigint[])) LIMIT 50) AS a
		JOIN stockalert.items AS i ON i.item_id = (a.alert).item_id
		-- A default recipient hears where nobody else does, so that it need not be asked whether anybody does.
		WHERE reached > 0 AND NOT EXISTS (SELECT FROM stockalert.subscribers AS b
				JOIN stockalert.subscriber_contacts AS c ON c.subscriber_id = b.subscriber_id
				WHERE (b.app_key IS NULL OR i.owner_key IS NULL OR i.owner_key = b.app_key)
					AND stockalert.why_not_told('standing', (a.alert).severity, (a.alert).quantity, NULL, i.category, a.alert, b, c, NULL, NULL, NULL, NULL, NULL, false) IS NULL);
	RETURN QUERY SELECT 'unheard', CASE WHEN open_to_nobody > 0 THEN 'warn' ELSE 'ok' END,
		stockalert.counted(open_to_nobody, 'open alert concerns nobody', 'open alerts concern nobody'),
		CASE WHEN open_to_nobody > 0 THEN stockalert.somebody_call(true) || ' -- they are milder than everybody wants to hear, or nobody covers them' END;
	SELECT string_agg(DISTINCT c.channel, ', ' ORDER BY c.channel) INTO unset FROM stockalert.subscriber_contacts AS c
		WHERE c.enabled AND c.channel <> 'log' AND NOT EXISTS (SELECT 1 FROM stockalert.channels AS h WHERE h.channel = c.channel AND h.enabled);
	SELECT string_agg(format('%s: %s', h.channel, h.state_reason), '; ' ORDER BY h.channel) INTO broken
		FROM stockalert.channels AS h WHERE h.state = 'broken';
	RETURN QUERY SELECT 'channels', CASE WHEN unset IS NOT NULL OR broken IS NOT NULL THEN 'error' ELSE 'ok' END,
		coalesce(nullif(concat_ws('; ', 'not configured: ' || unset, 'broken: ' || broken), ''), 'all that are used are set up'),
		CASE WHEN unset IS NOT NULL THEN stockalert.channel_call(split_part(unset, ', ', 1))
			WHEN broken IS NOT NULL THEN (SELECT stockalert.channel_remedy(h.channel, h.state_reason) FROM stockalert.channels AS h WHERE h.state = 'broken' ORDER BY h.channel LIMIT 1) END;
END
$$;
COMMENT ON FUNCTION stockalert.health_of_people() IS 'Part of health(): recipients and channels.';

CREATE FUNCTION stockalert.health_of_delivery() RETURNS TABLE ("check" text, state text, finding text, remedy text)
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	seen bigint[] := stockalert.visible_locations();
	worker record;
	waiting record;
	dead bigint;
	letters bigint[];
	untold bigint := 0;
BEGIN
	SELECT w.* INTO worker FROM stockalert.worker_status() AS w
		ORDER BY (w.role = 'sender' AND w.database = current_database()) DESC, w.role LIMIT 1;
	RETURN QUERY SELECT 'worker', CASE worker.state WHEN 'running' THEN 'ok' WHEN 'off' THEN 'warn' ELSE 'error' END,
		concat_ws(': ', worker.state, worker.detail),
		CASE WHEN worker.state = 'running' THEN NULL
			WHEN worker.state = 'paused_clone' THEN 'SELECT * FROM stockalert.confirm_takeover(); -- if this copy shall send'
			ELSE 'SELECT * FROM stockalert.worker_status();' END;
	SELECT count(*) AS messages, min(q.created_at) AS oldest, max(q.last_error) AS error INTO waiting FROM stockalert.queue AS q;
	RETURN QUERY SELECT 'queue', CASE WHEN waiting.oldest < now() - interval '15 minutes' THEN 'warn' ELSE 'ok' END,
		CASE WHEN waiting.messages = 0 THEN 'empty' ELSE format('%s waiting, oldest since %s%s', waiting.messages, waiting.oldest,
			coalesce('; ' || waiting.error, '')) END,
		CASE WHEN waiting.oldest < now() - interval '15 minutes' THEN 'SELECT * FROM stockalert.waiting_messages;' END;
	-- As dead_letters counts them, in a fraction of its time: of mostly none, the few of a day are looked at closely.
	SELECT array_agg(d.message_id), count(*) FILTER (WHERE d.finished_at > now() - interval '1 day'
				AND NOT EXISTS (SELECT FROM stockalert.deliveries AS later WHERE later.message_id = d.message_id AND later.finished_at > d.finished_at)
				AND NOT EXISTS (SELECT FROM stockalert.queue AS q WHERE q.message_id = d.message_id)) INTO letters, dead
		FROM (SELECT g.message_id, g.finished_at FROM stockalert.deliveries AS g WHERE g.outcome IN ('dead', 'expired')
			UNION ALL SELECT f.message_id, f.decided_at FROM stockalert.delivery_fates AS f WHERE f.fate = 'undelivered' AND f.ask_at IS NULL) AS d;
	IF dead > 0 AND seen IS NOT NULL THEN
		SELECT count(*) INTO dead FROM stockalert.dead_letters AS d WHERE d.finished_at > now() - interval '1 day';
	END IF;
	RETURN QUERY SELECT 'dead letters', CASE WHEN dead > 0 THEN 'error' ELSE 'ok' END, format('%s in the last 24 hours', dead),
		CASE WHEN dead > 0 THEN 'SELECT * FROM stockalert.dead_letters; -- mend the cause, then SELECT * FROM stockalert.retry_delivery() of its message_id or channel' END;
	IF letters IS NOT NULL THEN
		-- A message that was tried again and went has left a notice.
		SELECT count(DISTINCT a.alert_id) INTO untold FROM stockalert.messages AS m
			JOIN stockalert.alerts AS a ON a.alert_id = ANY (m.alert_ids) AND a.resolved_at IS NULL
			WHERE m.message_id = ANY (letters) AND (seen IS NULL OR a.location_id = ANY (seen))
				AND NOT EXISTS (SELECT FROM stockalert.notices AS n WHERE n.alert_id = a.alert_id)
				AND NOT EXISTS (SELECT FROM stockalert.queue AS q LEFT JOIN stockalert.messages AS w ON w.message_id = q.message_id
					WHERE q.alert_id = a.alert_id OR stockalert.names_alert(w.message_id, w.alert_ids, a.alert_id));
	END IF;
	RETURN QUERY SELECT 'untold', CASE WHEN untold > 0 THEN 'error' ELSE 'ok' END,
		CASE WHEN untold > 0 THEN stockalert.counted(untold, 'open alert') || ' reached nobody: every message about them was given up' ELSE 'every open alert of which anybody was to hear was told or is being told' END,
		CASE WHEN untold > 0 THEN 'SELECT * FROM stockalert.dead_letters; -- mend the cause, then SELECT * FROM stockalert.retry_delivery() of its message_id or channel' END;
END
$$;
COMMENT ON FUNCTION stockalert.health_of_delivery() IS 'Part of health(): worker, queue, dead letters, alerts that reached nobody.';

CREATE FUNCTION stockalert.health_of_stock() RETURNS TABLE ("check" text, state text, finding text, remedy text)
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	seen bigint[] := stockalert.visible_locations();
	bytes bigint := pg_relation_size('stockalert.stock_levels');
	pairs bigint;
	troubled bigint;
	unjudged bigint;
	about text := '';
BEGIN
	IF bytes <= 8 * 1024 * 1024 OR seen IS NOT NULL THEN
		SELECT count(*), count(*) FILTER (WHERE s.class IN ('low', 'critical', 'out')), count(*) FILTER (WHERE s.class IS NULL)
			INTO pairs, troubled, unjudged FROM stockalert.stock_levels AS s WHERE seen IS NULL OR s.location_id = ANY (seen);
	ELSE
		-- To count a million rows takes longer than all else here: pairs are estimated, trouble is counted by its
		-- alerts, and what no trigger saw is looked for in a few pages.
		about := 'about ';
		SELECT CASE WHEN c.reltuples > 0 THEN c.reltuples ELSE bytes / 100 END INTO pairs FROM pg_catalog.pg_class AS c WHERE c.oid = 'stockalert.stock_levels'::regclass;
		SELECT count(*) INTO troubled FROM (SELECT FROM stockalert.alerts AS a WHERE a.resolved_at IS NULL AND a.kind = 'stock' LIMIT 5000) AS x;
		EXECUTE format('SELECT count(*) FROM stockalert.stock_levels AS s TABLESAMPLE SYSTEM (%s) WHERE s.class IS NULL', 100.0 * 256 * 1024 / bytes) INTO unjudged;
		unjudged := unjudged * (bytes / (256 * 1024));
	END IF;
	RETURN QUERY SELECT 'stock', CASE WHEN pairs = 0 OR unjudged > 0 THEN 'warn' ELSE 'ok' END,
		format('%s%s by location, %s low, critical or out, %s%s not judged yet', about, stockalert.counted(pairs, 'item'),
			CASE WHEN about <> '' AND troubled = 5000 THEN 'at least 5000' ELSE troubled::text END, about, unjudged),
		CASE WHEN pairs = 0 THEN stockalert.next_step() WHEN unjudged > 0 THEN 'SELECT * FROM stockalert.check_stock();' END;
END
$$;
COMMENT ON FUNCTION stockalert.health_of_stock() IS 'Part of health(): stock levels.';
