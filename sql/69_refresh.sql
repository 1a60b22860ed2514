-- refresh_demand(): sales and stock changes since the last run into what is
-- known of each pair.  Run nightly by schedule_jobs(), and by hand.

CREATE FUNCTION stockalert.add_folded(a stockalert.folded, b stockalert.folded) RETURNS stockalert.folded
	LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT ROW (coalesce((a).days, 0) + (b).days, coalesce((a).pairs_changed, 0) + (b).pairs_changed, (a).location_ids || (b).location_ids, (a).item_ids || (b).item_ids)::stockalert.folded;
$$;
COMMENT ON FUNCTION stockalert.add_folded(stockalert.folded, stockalert.folded) IS 'Both steps together; a may be NULL.';

-- Earlier days whose lines are not folded: of late lines, and of places whose clock is another.
CREATE FUNCTION stockalert.days_to_fold(as_of timestamptz, told_location_ids bigint[], told_days date[], moved_ids bigint[],
	OUT location_ids bigint[], OUT days date[], OUT lines bigint[])
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	WITH told AS (
		SELECT * FROM ROWS FROM (unnest(told_location_ids), unnest(told_days)) AS t (location_id, day)
		WHERE t.location_id <> ALL (moved_ids)),
	-- Late lines are few and lie far apart: each day of theirs is read by its own range, all places at once.
	late AS (
		SELECT s.location_id, s.day, count(*) AS lines
		FROM (SELECT DISTINCT t.day FROM told AS t) AS d
		CROSS JOIN LATERAL (SELECT s.location_id, (s.sold_at AT TIME ZONE l.time_zone)::date AS day
			FROM stockalert.sales AS s JOIN stockalert.locations AS l ON l.location_id = s.location_id
			WHERE s.sold_at >= (d.day::timestamp AT TIME ZONE 'UTC') - interval '15 hours'
				AND s.sold_at < (d.day::timestamp AT TIME ZONE 'UTC') + interval '39 hours') AS s
		WHERE s.day = d.day AND EXISTS (SELECT FROM told AS t WHERE t.location_id = s.location_id AND t.day = s.day)
		GROUP BY 1, 2),
	counted AS (
		SELECT * FROM late
		UNION ALL SELECT c.location_id, c.day, c.lines FROM stockalert.count_lines('-infinity', CASE WHEN cardinality(moved_ids) > 0 THEN as_of END) AS c
		WHERE c.location_id = ANY (moved_ids))
	SELECT array_agg(c.location_id ORDER BY c.day, c.location_id), array_agg(c.day ORDER BY c.day, c.location_id),
		array_agg(c.lines ORDER BY c.day, c.location_id)
	FROM counted AS c JOIN stockalert.locations AS l ON l.location_id = c.location_id
	LEFT JOIN stockalert.demand_totals AS f ON f.location_id = c.location_id AND f.day = c.day
	WHERE c.day < (as_of AT TIME ZONE l.time_zone)::date AND c.lines IS DISTINCT FROM f.lines;
$$;
COMMENT ON FUNCTION stockalert.days_to_fold(timestamptz, bigint[], date[], bigint[]) IS
	'Local days, over by as_of, whose number of sales lines is not the folded one: among those told, and all of the locations moved_ids. For the owner.';

CREATE FUNCTION stockalert.note_totals(location_ids bigint[], days date[], lines bigint[]) RETURNS bigint
	LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	INSERT INTO stockalert.demand_totals AS t (location_id, day, lines)
		SELECT * FROM ROWS FROM (unnest(location_ids), unnest(days), unnest(lines)) AS u
		ON CONFLICT ON CONSTRAINT demand_totals_pkey DO UPDATE SET lines = excluded.lines;
	SELECT cardinality(days)::bigint;
$$;
COMMENT ON FUNCTION stockalert.note_totals(bigint[], date[], bigint[]) IS 'Notes how many lines of these days are folded; returns how many days they are. For the owner.';

-- A day out of stock has no demand to learn.  Pairs that went out or came back
-- since, and those that are out.
CREATE FUNCTION stockalert.fold_absences(as_of timestamptz, last stockalert.demand_folded, moved_ids bigint[]) RETURNS stockalert.folded
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN stockalert.fold_pairs(format($source$
		WITH pair AS (
			SELECT k.location_id, k.item_id, l.time_zone, min(k.since) AS since
			FROM (SELECT c.location_id, c.item_id, c.changed_at AS since FROM stockalert.stock_changes AS c
				WHERE c.recorded_at > %1$L::timestamptz - interval '1 hour' OR c.location_id = ANY (%4$L::bigint[])
				UNION ALL
				SELECT s.location_id, s.item_id, %2$L::timestamptz - interval '5 days' FROM stockalert.stock_levels AS s WHERE s.class = 'out') AS k
			JOIN stockalert.locations AS l ON l.location_id = k.location_id
			JOIN stockalert.demand_days AS d ON d.location_id = k.location_id AND d.item_id = k.item_id
			WHERE k.since < %3$L::timestamptz
			GROUP BY 1, 2, 3),
		absence AS (
			SELECT p.location_id, p.item_id, c.changed_at AS from_time,
				coalesce(lead(c.changed_at) OVER (PARTITION BY p.location_id, p.item_id ORDER BY c.changed_at, c.recorded_at), 'infinity') AS to_time,
				c.available <= 0 AS gone
			FROM pair AS p JOIN stockalert.stock_changes AS c ON c.location_id = p.location_id AND c.item_id = p.item_id
				AND c.changed_at < %3$L::timestamptz
				AND c.changed_at >= coalesce((SELECT max(b.changed_at) FROM stockalert.stock_changes AS b
					WHERE b.location_id = p.location_id AND b.item_id = p.item_id AND b.changed_at < p.since), '-infinity')),
		day AS (
			SELECT p.location_id, p.item_id, g::date AS day, g AT TIME ZONE p.time_zone AS starts, (g + interval '1 day') AT TIME ZONE p.time_zone AS ends
			FROM pair AS p, generate_series(greatest((p.since AT TIME ZONE p.time_zone)::date, (%3$L::timestamptz AT TIME ZONE p.time_zone)::date - 400)::timestamp,
				((%3$L::timestamptz AT TIME ZONE p.time_zone)::date - 1)::timestamp, interval '1 day') AS g)
		SELECT x.location_id, x.item_id, array_agg(x.day) AS days, NULL::double precision[] AS units, array_agg(x.share) AS out_shares, false AS sold
		FROM (SELECT d.location_id, d.item_id, d.day,
				coalesce(sum(extract(epoch FROM least(a.to_time, d.ends) - greatest(a.from_time, d.starts))) FILTER (WHERE a.gone), 0)::double precision
					/ extract(epoch FROM d.ends - d.starts)::double precision AS share
			FROM day AS d LEFT JOIN absence AS a ON a.location_id = d.location_id AND a.item_id = d.item_id
				AND a.gone AND a.from_time < d.ends AND a.to_time > d.starts
			GROUP BY d.location_id, d.item_id, d.day, d.starts, d.ends) AS x
		GROUP BY 1, 2$source$, coalesce((last).changes_until, '-infinity'), coalesce((last).folded_for, as_of), as_of, moved_ids), as_of, false);
END
$$;
COMMENT ON FUNCTION stockalert.fold_absences(timestamptz, stockalert.demand_folded, bigint[]) IS
	'Learns on which share of each day pairs were out of stock, from the first change that is new, or of the locations moved_ids from the first. For the owner.';

-- A few sales say little about a week: the profile of a small pool is drawn to
-- the flat one, with the weight of 200 units; and only of what sells as much a
-- weekday without any is a closed one.
CREATE FUNCTION stockalert.pool_profile(sums double precision[]) RETURNS double precision[]
	LANGUAGE sql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
	SELECT array_agg(CASE WHEN u.units = 0 AND t.eight_weeks >= 200 THEN 0
		ELSE (56 * u.units + 200) / (t.eight_weeks + 200) END ORDER BY u.weekday)
	FROM unnest(sums) WITH ORDINALITY AS u (units, weekday), (SELECT 8 * sum(d) AS eight_weeks FROM unnest(sums) AS d) AS t;
$$;
COMMENT ON FUNCTION stockalert.pool_profile(double precision[]) IS
	'Weekday profile (mean about 1, Monday first) of mean units on each weekday, shrunk to 1 by units / (units + 200) of eight weeks; 0 for a closed day. NULL for NULL.';

CREATE FUNCTION stockalert.refresh_pools(today date) RETURNS bigint
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	made bigint;
BEGIN
	DELETE FROM stockalert.pools;
	WITH pair AS (
		SELECT d.location_id, i.category, stockalert.history_weekdays(d.history, today) AS w, s.velocity, s.mse
		FROM stockalert.demand_days AS d
		JOIN stockalert.items AS i ON i.item_id = d.item_id
		LEFT JOIN stockalert.demand_state AS s ON s.location_id = d.location_id AND s.item_id = d.item_id AND s.method <> 'shrunk'),
	pooled AS (
		SELECT p.location_id, p.category, grouping(p.category) AS common, count(*) AS items,
			ARRAY[sum(p.w[1]), sum(p.w[2]), sum(p.w[3]), sum(p.w[4]), sum(p.w[5]), sum(p.w[6]), sum(p.w[7])] AS sums,
			sum(p.w[1] + p.w[2] + p.w[3] + p.w[4] + p.w[5] + p.w[6] + p.w[7]) AS total,
			coalesce(avg(p.velocity), 0) AS velocity_mean, coalesce(stddev_samp(p.velocity), 0) AS velocity_sd,
			-- Of a place that has sold nothing for years a velocity is left by which nothing can be divided.
			CASE WHEN avg(p.velocity) > 1e-9 THEN avg(p.mse) / avg(p.velocity) ELSE 0 END AS mse_ratio
		FROM pair AS p GROUP BY GROUPING SETS ((p.location_id, p.category), (p.location_id)))
	INSERT INTO stockalert.pools (location_id, category, items, profile, velocity_mean, velocity_sd, mse_ratio, refreshed_for)
		SELECT p.location_id, p.category, p.items, stockalert.pool_profile(p.sums),
			p.velocity_mean, p.velocity_sd, p.mse_ratio, today
		FROM pooled AS p
		-- A category of few items says less about its week than the whole shop does.
		WHERE p.total > 0 AND (p.common = 1 OR p.category IS NOT NULL AND p.items >= 5);
	GET DIAGNOSTICS made = ROW_COUNT;
	RETURN made;
END
$$;
COMMENT ON FUNCTION stockalert.refresh_pools(date) IS
	'Makes the pools anew from the last eight weeks before a day: of each location, and of each of its categories of at least five items; returns how many. For the owner.';

CREATE FUNCTION stockalert.terms_fingerprint() RETURNS text
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT concat_ws('|', current_setting('stockalert.service_level'), current_setting('stockalert.lead_time_days'),
		current_setting('stockalert.lead_time_sd_days'), current_setting('stockalert.review_days'),
		(SELECT sum(hashtextextended(s::text, 0)) FROM stockalert.suppliers AS s),
		(SELECT sum(hashtextextended(s::text, 0)) FROM stockalert.supplier_items AS s));
$$;
COMMENT ON FUNCTION stockalert.terms_fingerprint() IS 'The settings and supply terms that reorder points depend on, as one text.';

-- The days of the last run and since in one reading of sales; late lines by
-- month, one after another, as they are few and lie far apart.
CREATE FUNCTION stockalert.fold_new_sales(as_of timestamptz, last stockalert.demand_folded, moved_ids bigint[], OUT done stockalert.folded, OUT newest timestamptz)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	recent record;
	late record;
	month record;
	folded stockalert.folded;
BEGIN
	SELECT r.* INTO recent FROM stockalert.fold_recent(as_of, coalesce((last).folded_for, '-infinity'), coalesce((last).sales_until - interval '1 hour', 'infinity')) AS r;
	folded := stockalert.add_folded(recent.done, ROW (stockalert.note_totals(recent.location_ids, recent.days, recent.lines), 0, '{}', '{}'));
	newest := recent.newest;
	SELECT d.* INTO late FROM stockalert.days_to_fold(as_of, recent.told_location_ids, recent.told_days, moved_ids) AS d;
	FOR month IN
		SELECT array_agg(u.location_id) AS location_ids, array_agg(u.day) AS days, array_agg(u.lines) AS lines
		FROM ROWS FROM (unnest(late.location_ids), unnest(late.days), unnest(late.lines)) AS u (location_id, day, lines)
		GROUP BY date_trunc('month', u.day)
		ORDER BY min(u.day)
	LOOP
		folded := stockalert.add_folded(folded, stockalert.fold_lines(as_of, month.location_ids, month.days, month.lines));
		folded := stockalert.add_folded(folded, ROW (stockalert.note_totals(month.location_ids, month.days, month.lines), 0, '{}', '{}'));
	END LOOP;
	done := folded;
END
$$;
COMMENT ON FUNCTION stockalert.fold_new_sales(timestamptz, stockalert.demand_folded, bigint[]) IS
	'Learns the sales of all days that are not folded; newest: until when (recorded_at) lines were read, NULL for no new ones. For the owner.';

CREATE FUNCTION stockalert.fold_known_pairs(which text, as_of timestamptz, from_nothing boolean) RETURNS stockalert.folded
	LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	SELECT stockalert.fold_pairs('SELECT d.location_id, d.item_id, NULL::date[] AS days, NULL::double precision[] AS units,
		NULL::double precision[] AS out_shares, true AS sold FROM '
		|| CASE WHEN from_nothing THEN 'stockalert.demand_days' ELSE 'stockalert.demand_state' END || ' AS d WHERE ' || which, as_of, from_nothing);
$$;
COMMENT ON FUNCTION stockalert.fold_known_pairs(text, timestamptz, boolean) IS
	'Computes velocity and thresholds of pairs without new days; which: a condition on demand_state d. from_nothing: their states too; on demand_days d. For the owner.';

-- Sums and joins of a whole chain stay in memory, and are hashed whatever the
-- statistics of lines that just came say; the server's own settings come back
-- before anything else runs.
CREATE FUNCTION stockalert.plan_for_many(many boolean) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF many THEN
		PERFORM set_config('jit', 'off', true), set_config('enable_sort', 'off', true), set_config('work_mem', current_setting('maintenance_work_mem'), true);
	ELSE
		PERFORM set_config(s.name, s.reset_val || coalesce(s.unit, ''), true) FROM pg_settings AS s WHERE s.name IN ('jit', 'enable_sort', 'work_mem');
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.plan_for_many(boolean) IS 'Gives the statements that follow in this transaction the memory of maintenance work, hashes and no JIT, or ends that. For the owner.';

CREATE FUNCTION stockalert.forget_demand() RETURNS void
	LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	DELETE FROM stockalert.demand_folded;
	DELETE FROM stockalert.demand_totals;
	DELETE FROM stockalert.demand_zones;
	DELETE FROM stockalert.demand_state;
	DELETE FROM stockalert.demand_days;
	DELETE FROM stockalert.pools;
$$;
COMMENT ON FUNCTION stockalert.forget_demand() IS 'Empties what refresh_demand() fills, so that its next run starts from nothing. For the owner.';

-- Weekly. What the first run learned without a pool starts again with one.
CREATE FUNCTION stockalert.refresh_pools_weekly(as_of timestamptz, first_run boolean) RETURNS stockalert.folded
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	today date := (as_of AT TIME ZONE 'UTC')::date;
	done stockalert.folded := ROW (0, 0, '{}', '{}');
BEGIN
	IF EXISTS (SELECT FROM stockalert.pools AS p WHERE p.refreshed_for > today - 7) THEN
		RETURN done;
	END IF;
	-- Of items and places that are no more.
	DELETE FROM stockalert.demand_state AS d WHERE NOT EXISTS (SELECT FROM stockalert.items AS i WHERE i.item_id = d.item_id)
		OR NOT EXISTS (SELECT FROM stockalert.locations AS l WHERE l.location_id = d.location_id);
	DELETE FROM stockalert.demand_days AS d WHERE NOT EXISTS (SELECT FROM stockalert.items AS i WHERE i.item_id = d.item_id)
		OR NOT EXISTS (SELECT FROM stockalert.locations AS l WHERE l.location_id = d.location_id);
	IF stockalert.refresh_pools(today) > 0 AND first_run THEN
		done := stockalert.fold_known_pairs('true', as_of, true);
		PERFORM stockalert.refresh_pools(today);
	END IF;
	RETURN done;
END
$$;
COMMENT ON FUNCTION stockalert.refresh_pools_weekly(timestamptz, boolean) IS 'Refreshes pools that are a week old, and clears what was learned of items and places that are no more. For the owner.';

-- Days of a place are those of its clock: where that is another, all of them are.
CREATE FUNCTION stockalert.forget_moved_clocks() RETURNS bigint[]
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	moved_ids bigint[];
BEGIN
	SELECT coalesce(array_agg(z.location_id), '{}') INTO moved_ids
		FROM stockalert.demand_zones AS z JOIN stockalert.locations AS l ON l.location_id = z.location_id WHERE l.time_zone <> z.time_zone;
	IF cardinality(moved_ids) > 0 THEN
		DELETE FROM stockalert.demand_totals AS d WHERE d.location_id = ANY (moved_ids);
		DELETE FROM stockalert.demand_state AS d WHERE d.location_id = ANY (moved_ids);
		DELETE FROM stockalert.demand_days AS d WHERE d.location_id = ANY (moved_ids);
	END IF;
	DELETE FROM stockalert.demand_zones AS z WHERE z.location_id = ANY (moved_ids)
		OR NOT EXISTS (SELECT FROM stockalert.locations AS l WHERE l.location_id = z.location_id);
	INSERT INTO stockalert.demand_zones (location_id, time_zone)
		SELECT l.location_id, l.time_zone FROM stockalert.locations AS l ON CONFLICT DO NOTHING;
	RETURN moved_ids;
END
$$;
COMMENT ON FUNCTION stockalert.forget_moved_clocks() IS
	'Empties what was learned of locations whose time zone is another than at the last run, and returns them. For the owner.';

-- Whoever writes now may commit after this run, with lines that say when its
-- transaction began.  Of a prepared transaction that is not known, nor of one that
-- ended since the snapshot of a transaction with one for all: the mark stays.
CREATE FUNCTION stockalert.recorded_mark(before timestamptz, newest timestamptz, oldest_open timestamptz) RETURNS timestamptz
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN current_setting('transaction_isolation') <> 'read committed'
			OR EXISTS (SELECT FROM pg_prepared_xacts AS x WHERE x.database = current_database()) THEN coalesce(before, '-infinity')
		-- Not after now, whatever a writer put down; and now where nothing is recorded yet: what comes is new (both skip NULL).
		ELSE least(greatest(before, newest), now(), oldest_open) END;
$$;
COMMENT ON FUNCTION stockalert.recorded_mark(timestamptz, timestamptz, timestamptz) IS
	'Until when (recorded_at) rows are read for certain: before is what held so far, newest that of the rows read, oldest_open when the oldest transaction began. For the owner.';

CREATE FUNCTION stockalert.refresh_demand(as_of timestamptz DEFAULT NULL, rebuild boolean DEFAULT false,
	OUT days_folded bigint, OUT pairs_changed bigint, OUT thresholds_moved bigint)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	moment timestamptz := coalesce(refresh_demand.as_of, stockalert.as_of());
	last stockalert.demand_folded;
	terms text := stockalert.terms_fingerprint();
	done stockalert.folded;
	sold record;
	which text;
	moved_ids bigint[];
	blocks bigint;
	seventh bigint;
	oldest_open timestamptz := stockalert.oldest_transaction();
BEGIN
	IF moment < timestamptz '1970-01-02 00:00+00' OR moment >= timestamptz '2200-01-01 00:00+00' THEN
		RAISE EXCEPTION 'as_of is out of range'
			USING ERRCODE = 'datetime_field_overflow', DETAIL = format('It is %s; histories lie between 1970 and 2199.', moment),
				  HINT = 'Leave as_of away for now, or name a time from 1970-01-02 to 2199-12-31 (UTC).';
	END IF;
	IF NOT pg_try_advisory_xact_lock('stockalert.demand_folded'::regclass::oid::bigint) THEN
		RAISE NOTICE 'demand is being refreshed by another session' USING HINT = 'This run leaves it alone.';
		days_folded := 0;
		pairs_changed := 0;
		thresholds_moved := 0;
		RETURN;
	END IF;
	IF rebuild THEN
		PERFORM stockalert.forget_demand();
	END IF;
	SELECT d.* INTO last FROM stockalert.demand_folded AS d;
	IF moment < last.folded_for THEN
		RAISE EXCEPTION 'demand is folded as of a later time'
			USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = format('As of %s; this run is as of %s.', last.folded_for, moment),
				  HINT = format('SELECT * FROM stockalert.refresh_demand(%L, rebuild => true);', moment);
	END IF;
	PERFORM stockalert.plan_for_many(true);
	moved_ids := stockalert.forget_moved_clocks();
	SELECT s.done, s.newest INTO sold FROM stockalert.fold_new_sales(moment, last, moved_ids) AS s;
	done := sold.done;
	done := stockalert.add_folded(done, stockalert.fold_absences(moment, last, moved_ids));
	done := stockalert.add_folded(done, stockalert.refresh_pools_weekly(moment, last.folded_for IS NULL));
	-- Of pairs that sell nothing the velocity sinks: those in a seventh of the pages a
	-- night, and all where other lead times or service levels are in force.
	blocks := pg_relation_size('stockalert.demand_state') / current_setting('block_size')::bigint;
	seventh := (moment::date - date '1969-12-01') % 7;
	which := CASE WHEN terms IS DISTINCT FROM last.terms AND last.terms IS NOT NULL THEN 'true'
		ELSE format('d.ctid >= %L AND d.ctid < %L AND d.computed_for < %L', format('(%s,0)', blocks * seventh / 7),
			format('(%s,0)', blocks * (seventh + 1) / 7), moment::date - 6) END;
	done := stockalert.add_folded(done, stockalert.fold_known_pairs(which, moment, false));
	PERFORM stockalert.plan_for_many(false);
	INSERT INTO stockalert.demand_folded AS d (folded_for, terms, sales_until, changes_until)
		SELECT moment, terms,
			stockalert.recorded_mark(last.sales_until, sold.newest, oldest_open),
			stockalert.recorded_mark(last.changes_until, (SELECT max(c.recorded_at) FROM stockalert.stock_changes AS c
				WHERE c.recorded_at > coalesce(last.changes_until, '-infinity')), oldest_open)
		ON CONFLICT ON CONSTRAINT demand_folded_pkey DO UPDATE SET folded_for = excluded.folded_for, terms = excluded.terms,
			sales_until = excluded.sales_until, changes_until = excluded.changes_until;
	days_folded := (done).days;
	pairs_changed := (done).pairs_changed;
	thresholds_moved := coalesce(cardinality((done).location_ids), 0);
	PERFORM stockalert.rejudge_computed((done).location_ids, (done).item_ids);
END
$$;
COMMENT ON FUNCTION stockalert.refresh_demand(timestamptz, boolean) IS
	'Learns from sales and absences of stock since the last run, of local days that are over by as_of (NULL: now), and judges the pairs whose computed thresholds moved. Returns local days read, pairs changed, pairs whose velocity or thresholds moved; run again at once it writes nothing. rebuild => true starts from nothing, for lines that were deleted or a time before the last run. Runs nightly by schedule_jobs(). Errors: 55000 as_of is before the last run; 22008 as_of is before 1970-01-02 or after 2199.';

CREATE FUNCTION stockalert.health_of_demand() RETURNS TABLE ("check" text, state text, finding text, remedy text)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	-- Nightly: two days without a run, and velocities and reorder points are those of another time.
	SELECT 'demand', CASE WHEN f.folded_for > now() - interval '2 days' THEN 'ok' ELSE 'warn' END,
		CASE WHEN f.folded_for IS NULL THEN 'sales are there, nothing was learned from them' ELSE format('learned from sales until %s', f.folded_for) END,
		CASE WHEN f.folded_for > now() - interval '2 days' THEN NULL ELSE 'SELECT * FROM stockalert.refresh_demand(); -- nightly: SELECT * FROM stockalert.schedule_jobs();' END
	FROM (VALUES (true)) AS one LEFT JOIN stockalert.demand_folded AS f ON true
	WHERE EXISTS (SELECT FROM stockalert.sales);
$$;
COMMENT ON FUNCTION stockalert.health_of_demand() IS 'Part of health(): when demand was last learned; no row where nothing was ever sold.';

GRANT EXECUTE ON FUNCTION stockalert.refresh_demand(timestamptz, boolean) TO stockalert_manager;
