-- "Is it working?" of rules, partitions, the clock and the tables themselves.

CREATE TABLE stockalert.noted (
	name text PRIMARY KEY,
	amount bigint NOT NULL,
	note text,
	noted_at timestamptz NOT NULL
);
COMMENT ON TABLE stockalert.noted IS 'What takes long to count, as daily_upkeep() counted it: rule_problems.';

CREATE FUNCTION stockalert.note_rule_problems() RETURNS void
	LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	INSERT INTO stockalert.noted AS n (name, amount, note, noted_at)
		SELECT 'rule_problems', count(*), min(format('rule %s (%s): %s', p.rule_id, p.scope, p.problem)), stockalert.as_of() FROM stockalert.rule_problems AS p
		ON CONFLICT ON CONSTRAINT noted_pkey DO UPDATE SET amount = excluded.amount, note = excluded.note, noted_at = excluded.noted_at;
$$;
COMMENT ON FUNCTION stockalert.note_rule_problems() IS 'Counts rule_problems for health(). For the owner: daily_upkeep() calls it.';

CREATE FUNCTION stockalert.health_of_rules() RETURNS TABLE ("check" text, state text, finding text, remedy text)
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	problems bigint;
	first text;
	at timestamptz;
BEGIN
	-- Each rule is held against every pair: now where they are few, else as of the last night.
	IF NOT EXISTS (SELECT FROM stockalert.rules AS r WHERE r.enabled) THEN
		problems := 0;
	ELSIF pg_relation_size('stockalert.stock_levels') <= 128 * 1024 OR NOT stockalert.sees_all_locations() THEN
		SELECT count(*), min(format('rule %s (%s): %s', p.rule_id, p.scope, p.problem)) INTO problems, first FROM stockalert.rule_problems AS p;
	ELSE
		SELECT n.amount, n.note, n.noted_at INTO problems, first, at FROM stockalert.noted AS n WHERE n.name = 'rule_problems';
	END IF;
	RETURN QUERY SELECT 'rules', CASE WHEN problems = 0 THEN 'ok' ELSE 'warn' END,
		CASE WHEN problems IS NULL THEN 'not looked at yet' WHEN problems = 0 THEN 'all do what they say'
			ELSE format('%s, such as %s', stockalert.counted(problems, 'problem'), first) END || CASE WHEN at IS NOT NULL THEN format(' (as of %s)', at) ELSE '' END,
		CASE WHEN problems IS NULL THEN 'SELECT * FROM stockalert.daily_upkeep(); -- nightly: SELECT * FROM stockalert.schedule_jobs();'
			WHEN problems > 0 THEN 'SELECT * FROM stockalert.rule_problems;' END;
END
$$;
COMMENT ON FUNCTION stockalert.health_of_rules() IS 'Part of health(): rules that do nothing or contradict another.';

CREATE FUNCTION stockalert.health_of_partitions() RETURNS TABLE ("check" text, state text, finding text, remedy text)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	-- Without one for its month a row goes to the default partition, and then the month stays there: it is
	-- found as well, only slower. Until the first upkeep there is none at all.
	SELECT 'partitions', CASE WHEN x.made > 0 AND x.missing IS NOT NULL THEN 'warn' ELSE 'ok' END,
		CASE WHEN x.made > 0 AND x.missing IS NOT NULL THEN 'missing: ' || x.missing WHEN x.made > 0 THEN 'made until the end of next month' ELSE 'made with the first daily_upkeep()' END,
		CASE WHEN x.made > 0 AND x.missing IS NOT NULL THEN 'SELECT stockalert.make_partitions(); -- nightly: SELECT * FROM stockalert.schedule_jobs();' END
	FROM (SELECT string_agg(t.child, ', ' ORDER BY t.child) FILTER (WHERE to_regclass('stockalert.' || t.child) IS NULL
				AND pg_relation_size(format('stockalert.%I_default', parent)::regclass) = 0) AS missing,
			(SELECT count(*) FROM pg_catalog.pg_inherits AS i WHERE i.inhparent = 'stockalert.sales'::regclass) - 1 AS made
		FROM unnest('{sales,stock_changes,deliveries}'::text[]) AS parent, generate_series(0, 1) AS ahead,
			LATERAL (SELECT format('%s_%s', parent, to_char((stockalert.as_of() AT TIME ZONE 'UTC') + ahead * interval '1 month', 'YYYY_MM')) AS child) AS t) AS x;
$$;
COMMENT ON FUNCTION stockalert.health_of_partitions() IS 'Part of health(): the partitions of this month and the next.';

CREATE FUNCTION stockalert.health_of_clock() RETURNS TABLE ("check" text, state text, finding text, remedy text)
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	latest timestamptz;
BEGIN
	-- What was written last bears the time it was written at.
	SELECT max(x.at) INTO latest FROM (
		(SELECT r.started_at AS at FROM stockalert.job_runs AS r ORDER BY r.run_id DESC LIMIT 1) UNION ALL
		(SELECT m.created_at FROM stockalert.messages AS m ORDER BY m.message_id DESC LIMIT 1)) AS x;
	RETURN QUERY SELECT 'clock', CASE WHEN stockalert.as_of() <> now() OR latest > clock_timestamp() + interval '1 minute' THEN 'warn' ELSE 'ok' END,
		CASE WHEN stockalert.as_of() <> now() THEN format('stock is judged as of %s', stockalert.as_of())
			WHEN latest > clock_timestamp() + interval '1 minute' THEN format('it was set back: something was written at %s', latest)
			ELSE format('goes on (%s)', current_setting('TimeZone')) END,
		CASE WHEN stockalert.as_of() <> now() THEN 'RESET stockalert.as_of; -- unless you are replaying'
			WHEN latest > clock_timestamp() + interval '1 minute' THEN '-- See that the server''s clock is right and kept so (NTP); jobs and messages go on by themselves.' END;
END
$$;
COMMENT ON FUNCTION stockalert.health_of_clock() IS 'Part of health(): a clock that was set back, or stockalert.as_of set.';

CREATE FUNCTION stockalert.health_of_tables() RETURNS TABLE ("check" text, state text, finding text, remedy text)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	-- Of tables that are written all the time: many dead rows, or a file that is far too large for what is in it.
	SELECT 'bloat', CASE WHEN count(*) FILTER (WHERE t.bloated) > 0 THEN 'warn' ELSE 'ok' END,
		coalesce(string_agg(format('%s: %s dead rows beside %s, %s', t.name, t.dead, t.alive, pg_size_pretty(t.bytes)), '; ' ORDER BY t.bytes DESC) FILTER (WHERE t.bloated),
			format('%s in the tables that change most', pg_size_pretty(sum(t.bytes)))),
		CASE WHEN count(*) FILTER (WHERE t.bloated) > 0 THEN format('VACUUM stockalert.%s; -- as superuser, once you saw what keeps autovacuum: a transaction left open, a prepared one, an unused replication slot',
			(array_agg(t.name ORDER BY t.bytes DESC) FILTER (WHERE t.bloated))[1]) END
	FROM (SELECT c.relname AS name, s.dead, s.alive, s.bytes,
			s.dead > 20000 AND s.dead > s.alive OR s.bytes > 64 * 1024 * 1024 AND s.bytes > 4000 * s.alive AS bloated
		FROM pg_catalog.pg_class AS c CROSS JOIN LATERAL (SELECT pg_stat_get_dead_tuples(c.oid) AS dead, pg_stat_get_live_tuples(c.oid) AS alive, pg_relation_size(c.oid) AS bytes) AS s
		WHERE c.relnamespace = 'stockalert'::regnamespace AND c.relname IN ('stock_levels', 'queue', 'demand_state', 'demand_days', 'notices', 'alerts')) AS t;
$$;
COMMENT ON FUNCTION stockalert.health_of_tables() IS 'Part of health(): dead rows and empty space of the tables that change most, by the server''s statistics.';
