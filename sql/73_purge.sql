-- What two of the jobs do: points of sale are asked, and what is old is deleted.

CREATE FUNCTION stockalert.request_syncs() RETURNS bigint
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	asked bigint;
BEGIN
	SELECT count(*) INTO asked FROM stockalert.connections AS c WHERE c.enabled;
	IF asked > 0 THEN
		PERFORM stockalert.wake_syncer();
	END IF;
	RETURN asked;
END
$$;
COMMENT ON FUNCTION stockalert.request_syncs() IS 'Has the syncer ask the points of sale that are due for what is new, and returns how many connections are enabled.';

CREATE FUNCTION stockalert.drop_old_partitions(parent text, before timestamptz) RETURNS integer
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	child text;
	dropped integer := 0;
BEGIN
	FOR child IN
		SELECT c.relname FROM pg_catalog.pg_inherits AS i JOIN pg_catalog.pg_class AS c ON c.oid = i.inhrelid
		WHERE i.inhparent = format('stockalert.%I', parent)::regclass AND c.relname ~ ('^' || parent || '_\d{4}_\d\d$')
			AND (to_date(right(c.relname, 7), 'YYYY_MM') + interval '1 month') AT TIME ZONE 'UTC' <= before
		ORDER BY c.relname
	LOOP
		EXECUTE format('DROP TABLE stockalert.%I', child);
		dropped := dropped + 1;
	END LOOP;
	RETURN dropped;
END
$$;
COMMENT ON FUNCTION stockalert.drop_old_partitions(text, timestamptz) IS 'Drops the month partitions of a table that ended before a time, and returns how many. For the owner.';

CREATE FUNCTION stockalert.purge() RETURNS TABLE (what text, deleted bigint)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	moment timestamptz := stockalert.as_of();
	old_deliveries timestamptz := moment - make_interval(days => current_setting('stockalert.keep_deliveries')::integer);
	old_events timestamptz := moment - make_interval(days => current_setting('stockalert.keep_events')::integer);
	old_runs timestamptz := moment - make_interval(days => current_setting('stockalert.keep_runs')::integer);
	partitions bigint;
	deliveries bigint;
	messages bigint;
	events bigint;
	runs bigint;
	webhooks bigint;
	problems bigint;
BEGIN
	PERFORM stockalert.require_all_locations('purge()');
	partitions := stockalert.drop_old_partitions('deliveries', old_deliveries);
	DELETE FROM stockalert.deliveries AS d WHERE d.finished_at < old_deliveries;
	GET DIAGNOSTICS deliveries = ROW_COUNT;
	DELETE FROM stockalert.delivery_fates AS f WHERE f.accepted_at < old_deliveries;
	DELETE FROM stockalert.messages AS m WHERE m.created_at < old_deliveries
		AND NOT EXISTS (SELECT FROM stockalert.queue AS q WHERE q.message_id = m.message_id);
	GET DIAGNOSTICS messages = ROW_COUNT;
	-- Of alerts that are long over; an alert that is open keeps its story, and every alert its own row.
	WITH past AS (SELECT a.alert_id FROM stockalert.alerts AS a WHERE a.resolved_at < old_events),
	told AS (DELETE FROM stockalert.notices AS n USING past AS o WHERE n.alert_id = o.alert_id)
	DELETE FROM stockalert.alert_events AS e USING past AS o WHERE e.alert_id = o.alert_id;
	GET DIAGNOSTICS events = ROW_COUNT;
	DELETE FROM stockalert.scheduled_checks AS c WHERE c.done_at < old_runs;
	DELETE FROM stockalert.job_runs AS r WHERE r.due_at < old_runs
		-- From where each job goes on, and how it is scheduled.
		AND r.run_id < (SELECT max(x.run_id) FROM stockalert.job_runs AS x WHERE x.job = r.job AND x.result IN ('ok', 'scheduled'))
		AND r.run_id IS DISTINCT FROM (SELECT max(x.run_id) FROM stockalert.job_runs AS x WHERE x.job = r.job AND x.result IN ('scheduled', 'unscheduled'));
	GET DIAGNOSTICS runs = ROW_COUNT;
	-- Handled or not: after three days what they told of was read in any case.
	DELETE FROM stockalert.webhook_inbox AS w WHERE w.received_at < moment - interval '3 days';
	GET DIAGNOSTICS webhooks = ROW_COUNT;
	-- What is still wrong is met again every night.
	DELETE FROM stockalert.sync_problems AS p WHERE p.seen_at < moment - interval '30 days';
	GET DIAGNOSTICS problems = ROW_COUNT;
	RETURN QUERY VALUES ('partitions of deliveries', partitions), ('deliveries', deliveries), ('messages', messages), ('events', events), ('runs', runs),
		('webhooks', webhooks), ('problems of points of sale', problems);
END
$$;
COMMENT ON FUNCTION stockalert.purge() IS
	'Deletes deliveries and messages older than stockalert.keep_deliveries days, events of alerts resolved before stockalert.keep_events days, runs of jobs before stockalert.keep_runs days, webhooks of three days ago, rows of points of sale that could not be used and were not met again for 30 days, and returns how many of each. Sales, stock changes and alerts stay. Runs nightly by schedule_jobs(). Error 42501: the caller sees some locations only.';

GRANT EXECUTE ON FUNCTION stockalert.purge() TO stockalert_admin;
