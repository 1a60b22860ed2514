-- What the syncer asks and writes down: which stream to read next, from where,
-- and how it went.  Called by the worker alone.

CREATE FUNCTION stockalert.stream_scope(stream text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN CASE stream WHEN 'locations' THEN 'MERCHANT_PROFILE_READ' WHEN 'catalog' THEN 'ITEMS_READ' WHEN 'orders' THEN 'ORDERS_READ'
		WHEN 'vendors' THEN 'VENDOR_READ' ELSE 'INVENTORY_READ' END;
COMMENT ON FUNCTION stockalert.stream_scope(text) IS 'The permission of Square that a stream needs. NULL for NULL.';

CREATE FUNCTION stockalert.stream_rank(stream text) RETURNS integer
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN array_position('{locations,catalog,counts,movements,orders,vendors,transfers}'::text[], stream);
COMMENT ON FUNCTION stockalert.stream_rank(text) IS 'Place of a stream in the order in which they are read, from 1. NULL for NULL.';

CREATE FUNCTION stockalert.sync_plan() RETURNS TABLE (connection_id bigint, stream text, due_at timestamptz, full_run boolean, blocked text)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT s.connection_id, s.stream,
		CASE WHEN s.error_class IN ('scope', 'permanent', 'schema') AND s.requested_at > s.error_at THEN s.requested_at
			ELSE greatest(s.next_attempt_at,
				CASE WHEN s.requested_at > coalesce(r.started_at, '-infinity') THEN s.requested_at
					WHEN r.last_success_at IS NULL OR r.started_at > coalesce(r.finished_at, '-infinity') THEN coalesce(r.started_at, c.created_at)
					ELSE r.finished_at + c.sync_every END) END,
		s.full_requested OR s.watermark IS NULL AND s.watermark_text IS NULL OR s.stream IN ('locations', 'vendors', 'transfers')
			OR s.stream = 'counts' AND coalesce(s.last_full_at, '-infinity') < now() - interval '1 day'
			OR s.stream = 'catalog' AND coalesce(s.last_full_at, '-infinity') < now() - interval '7 days',
		CASE WHEN stockalert.installation_state() = 'copy' THEN 'this is a copy, which reads nothing before confirm_takeover()'
			WHEN NOT c.enabled THEN 'the connection is switched off'
			WHEN NOT s.enabled THEN 'the stream is switched off'
			WHEN c.state IN ('revoked', 'misconfigured', 'stopped') AND coalesce(s.requested_at, '-infinity') <= c.state_at THEN format('the connection is %s', c.state)
			WHEN NOT stockalert.stream_scope(s.stream) = ANY (c.scopes) AND coalesce(s.requested_at, '-infinity') <= coalesce(c.checked_at, 'infinity')
				THEN format('the token lacks %s', stockalert.stream_scope(s.stream))
			WHEN s.stream <> 'locations' AND NOT EXISTS (SELECT FROM stockalert.sync_streams AS f WHERE f.connection_id = s.connection_id
				AND f.stream = 'locations' AND f.last_success_at IS NOT NULL) THEN 'locations were not read yet'
			WHEN s.stream NOT IN ('locations', 'catalog') AND NOT EXISTS (SELECT FROM stockalert.sync_streams AS f WHERE f.connection_id = s.connection_id
				AND f.stream = 'catalog' AND f.last_success_at IS NOT NULL) THEN 'the catalog was not read yet'
			WHEN s.stream = 'orders' AND NOT EXISTS (SELECT FROM stockalert.square_variations AS v WHERE v.connection_id = s.connection_id AND v.tracked IS NOT TRUE)
				THEN 'stock of all items is tracked, so movements say what is sold' END
	FROM stockalert.sync_streams AS s JOIN stockalert.connections AS c ON c.connection_id = s.connection_id
	JOIN stockalert.sync_rounds AS r ON r.connection_id = s.connection_id AND r.stream = s.stream;
$$;
COMMENT ON FUNCTION stockalert.sync_plan() IS 'When each stream is due, whether its round reads everything, and what holds it back (NULL: nothing).';

CREATE FUNCTION stockalert.sync_due() RETURNS TABLE (connection_id bigint, stream text, full_run boolean, watermark timestamptz, watermark_text text,
		last_full_at timestamptz, failures integer, provider text, environment text, base_url text, api_version text, credential text,
		chosen_locations text[], token_expires_at timestamptz)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT p.connection_id, p.stream, p.full_run, s.watermark, s.watermark_text, s.last_full_at, s.failures,
		c.provider, c.environment, c.base_url, c.api_version, c.credential, c.chosen_locations, c.token_expires_at
	FROM stockalert.sync_plan() AS p JOIN stockalert.sync_streams AS s ON s.connection_id = p.connection_id AND s.stream = p.stream
	JOIN stockalert.connections AS c ON c.connection_id = p.connection_id
	WHERE p.blocked IS NULL AND p.due_at <= clock_timestamp() AND current_setting('stockalert.delivery') = 'live'
	ORDER BY p.connection_id, stockalert.stream_rank(p.stream);
$$;
COMMENT ON FUNCTION stockalert.sync_due() IS
	'Streams to read now, in order; ask again after each one, as the next may hang on it. Nothing in a restored copy before confirm_takeover(), nor unless stockalert.delivery is live. For the worker.';

CREATE FUNCTION stockalert.sync_may_rest(connection_id bigint, stream text, full_run boolean) RETURNS boolean
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT EXISTS (SELECT FROM stockalert.sync_streams AS s JOIN stockalert.connections AS c ON c.connection_id = s.connection_id
			JOIN stockalert.sync_rounds AS r ON r.connection_id = s.connection_id AND r.stream = s.stream
		WHERE s.connection_id = sync_may_rest.connection_id AND s.stream = sync_may_rest.stream AND c.state = 'ok' AND s.error_class IS NULL
			AND s.last_success_at > clock_timestamp() - interval '1 hour' AND s.finished_at >= s.started_at
			-- Whoever asks gets an answer.
			AND NOT s.full_requested AND coalesce(s.requested_at, '-infinity') <= r.started_at
			AND NOT (sync_may_rest.full_run AND (s.stream IN ('catalog', 'counts')
				OR EXISTS (SELECT FROM stockalert.sync_problems AS p WHERE p.connection_id = s.connection_id AND p.stream = s.stream AND NOT stockalert.is_gone_item(p)))));
$$;
COMMENT ON FUNCTION stockalert.sync_may_rest(bigint, text, boolean) IS
	'Tells whether a round of a stream that meets nothing new need not be written: nobody asked for it, all was well, and the last that is written is not an hour old. For the worker.';

CREATE FUNCTION stockalert.sync_rest(connection_id bigint, stream text, started_at timestamptz) RETURNS boolean
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF stream = 'counts' THEN
		PERFORM stockalert.square_end_sold_out(connection_id);
	END IF;
	RETURN stockalert.note_quiet_round(connection_id, stream, started_at);
END
$$;
COMMENT ON FUNCTION stockalert.sync_rest(bigint, text, timestamptz) IS
	'Ends a round of a stream that met nothing new, in the memory of the server only. False where it is to be written. For the worker.';

CREATE FUNCTION stockalert.sync_begin(connection_id bigint, stream text, full_run boolean, started_at timestamptz DEFAULT clock_timestamp(), pages integer DEFAULT 0, rows integer DEFAULT 0)
	RETURNS void
	LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	UPDATE stockalert.sync_streams AS s SET started_at = sync_begin.started_at, full_run = sync_begin.full_run, pages = sync_begin.pages, rows = sync_begin.rows,
			rows_total = s.rows_total + sync_begin.rows, rows_changed = 0, problems = 0
		WHERE s.connection_id = sync_begin.connection_id AND s.stream = sync_begin.stream;
$$;
COMMENT ON FUNCTION stockalert.sync_begin(bigint, text, boolean, timestamptz, integer, integer) IS
	'Writes down that a round of a stream began, and how many pages and rows it has read. For the worker.';

CREATE FUNCTION stockalert.sync_progress(connection_id bigint, stream text, rows integer, changed integer, problems integer) RETURNS void
	LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	UPDATE stockalert.sync_streams AS s SET pages = s.pages + 1, rows = s.rows + sync_progress.rows, rows_total = s.rows_total + sync_progress.rows,
			rows_changed = s.rows_changed + changed, problems = s.problems + sync_progress.problems
		WHERE s.connection_id = sync_progress.connection_id AND s.stream = sync_progress.stream;
$$;
COMMENT ON FUNCTION stockalert.sync_progress(bigint, text, integer, integer, integer) IS 'Adds a page, in the transaction that applied it, to the round of a stream. For the worker.';

CREATE FUNCTION stockalert.sync_end(connection_id bigint, stream text, ok boolean, watermark timestamptz DEFAULT NULL, watermark_text text DEFAULT NULL,
		error_class text DEFAULT NULL, error_status integer DEFAULT NULL, error_code text DEFAULT NULL, error_detail text DEFAULT NULL,
		next_attempt_at timestamptz DEFAULT NULL) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	s stockalert.sync_streams;
	at timestamptz := clock_timestamp();
BEGIN
	SELECT x.* INTO s FROM stockalert.sync_streams AS x WHERE x.connection_id = sync_end.connection_id AND x.stream = sync_end.stream FOR UPDATE;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	IF ok THEN
		UPDATE stockalert.sync_streams AS x SET finished_at = at, last_success_at = at, last_full_at = CASE WHEN s.full_run THEN s.started_at ELSE s.last_full_at END,
				full_requested = s.full_requested AND (NOT s.full_run OR s.requested_at > s.started_at), failures = 0,
				watermark = greatest(s.watermark, sync_end.watermark),
				watermark_text = CASE WHEN sync_end.watermark < s.watermark THEN s.watermark_text ELSE coalesce(left(sync_end.watermark_text, 64), s.watermark_text) END,
				next_attempt_at = sync_end.next_attempt_at, error_class = NULL, error_status = NULL, error_code = NULL, error_detail = NULL, error_at = NULL
			WHERE x.connection_id = s.connection_id AND x.stream = s.stream;
		-- What a round over everything did not meet again is mended.
		IF s.full_run THEN
			DELETE FROM stockalert.sync_problems AS p WHERE p.connection_id = s.connection_id AND p.stream = s.stream
				AND p.seen_at < CASE WHEN stockalert.is_gone_item(p) THEN s.started_at - interval '1 hour' ELSE s.started_at END;
		END IF;
		IF s.stream = 'counts' THEN
			PERFORM stockalert.square_end_sold_out(s.connection_id);
			-- The alerts of a first import were held back; they go out as one digest.
			IF s.last_success_at IS NULL AND EXISTS (SELECT FROM stockalert.alerts AS a JOIN stockalert.location_refs AS x ON x.location_id = a.location_id
				JOIN stockalert.connections AS c ON c.source_id = x.source_id WHERE c.connection_id = s.connection_id AND a.resolved_at IS NULL) THEN
				INSERT INTO stockalert.queue (lane, event, occurred_at) VALUES (2, 'takeover', stockalert.as_of());
				PERFORM stockalert.wake_sender();
			END IF;
		END IF;
		UPDATE stockalert.connections AS c SET state = 'ok', state_reason = NULL, state_at = at WHERE c.connection_id = s.connection_id AND c.state <> 'ok';
	ELSE
		UPDATE stockalert.sync_streams AS x SET finished_at = at, failures = s.failures + 1, error_at = at, error_class = coalesce(sync_end.error_class, 'transient'),
				error_status = sync_end.error_status, error_code = left(sync_end.error_code, 100), error_detail = left(sync_end.error_detail, 1000),
				next_attempt_at = coalesce(sync_end.next_attempt_at, at + CASE WHEN sync_end.error_class = 'scope' THEN interval '1 day'
					-- A tenth of chance, so that many shops do not come back at one moment.
					ELSE least(interval '1 hour', interval '15 seconds' * 2 ^ least(s.failures, 10)) * (0.95 + 0.1 * random()) END)
			WHERE x.connection_id = s.connection_id AND x.stream = s.stream;
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.sync_end(bigint, text, boolean, timestamptz, text, text, integer, text, text, timestamptz) IS
	'Writes down how a round of a stream ended. ok: the watermark (never moved back; NULL leaves it) and that the connection works; else the error, which is tried again at next_attempt_at (NULL: after 15 seconds, doubled with every failure up to an hour; a missing scope after a day). For the worker.';

CREATE FUNCTION stockalert.set_connection_state(connection_id bigint, state text, reason text DEFAULT NULL) RETURNS void
	LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	UPDATE stockalert.connections AS c SET state = set_connection_state.state, state_reason = left(reason, 1000), state_at = clock_timestamp()
		WHERE c.connection_id = set_connection_state.connection_id;
$$;
COMMENT ON FUNCTION stockalert.set_connection_state(bigint, text, text) IS
	'Writes down how a connection is; revoked, misconfigured and stopped are left alone from then on until somebody asks. For the worker.';

-- Where the catalog was read after an item came up that it does not know, the
-- provider deleted it: its counts and sales are told for ever.
CREATE FUNCTION stockalert.is_gone_item(problem stockalert.sync_problems) RETURNS boolean
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
	RETURN problem.reason = 'the item is not known' AND EXISTS (SELECT FROM stockalert.sync_rounds AS r WHERE r.connection_id = problem.connection_id
		AND r.stream = 'catalog' AND r.started_at > problem.first_at AND r.last_success_at >= r.started_at);
COMMENT ON FUNCTION stockalert.is_gone_item(stockalert.sync_problems) IS
	'Tells whether a row could not be used because its item was deleted at the provider: the catalog was read since and does not know it. False for NULL. For the owner.';

CREATE FUNCTION stockalert.note_sync_problems(connection_id bigint, stream text, external_ids text[], reasons text[], samples text[]) RETURNS integer
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	room bigint;
	counted bigint;
BEGIN
	IF coalesce(cardinality(reasons), 0) = 0 THEN
		RETURN 0;
	END IF;
	-- What is gone at the provider was said once: it counts no more, and is written once an hour.
	SELECT count(*) FILTER (WHERE NOT u.gone), array_agg(u.external_id) FILTER (WHERE NOT u.lately), array_agg(u.reason) FILTER (WHERE NOT u.lately),
			array_agg(u.sample) FILTER (WHERE NOT u.lately) INTO counted, external_ids, reasons, samples
		FROM (SELECT n.*, p.external_id IS NOT NULL AS gone, coalesce(p.seen_at > clock_timestamp() - interval '1 hour', false) AS lately
			FROM ROWS FROM (unnest(external_ids), unnest(reasons), unnest(samples)) AS n (external_id, reason, sample)
			LEFT JOIN stockalert.sync_problems AS p ON p.connection_id = note_sync_problems.connection_id AND p.stream = note_sync_problems.stream
				AND p.external_id = n.external_id AND p.reason = n.reason AND stockalert.is_gone_item(p)) AS u;
	-- A million bad rows are one problem, not a million.
	room := 1000 - (SELECT count(*) FROM (SELECT FROM stockalert.sync_problems AS p
		WHERE p.connection_id = note_sync_problems.connection_id AND p.stream = note_sync_problems.stream LIMIT 1000) AS few);
	INSERT INTO stockalert.sync_problems AS p (connection_id, stream, external_id, reason, sample, times, first_at, seen_at)
		SELECT note_sync_problems.connection_id, note_sync_problems.stream, n.external_id, n.reason, min(n.sample), sum(n.times), clock_timestamp(), clock_timestamp()
		FROM (SELECT CASE WHEN k.known OR row_number() OVER (PARTITION BY k.known ORDER BY k.external_id, k.reason) <= room THEN k.external_id ELSE '' END AS external_id,
				k.reason, k.sample, k.times
			FROM (SELECT g.*, EXISTS (SELECT FROM stockalert.sync_problems AS o WHERE o.connection_id = note_sync_problems.connection_id
						AND o.stream = note_sync_problems.stream AND o.external_id = g.external_id AND o.reason = g.reason) AS known
				FROM (SELECT left(regexp_replace(coalesce(u.external_id, ''), '[^ -~]', '?', 'g'), 100) AS external_id, left(u.reason, 200) AS reason,
						min(left(u.sample, 500)) AS sample, count(*) AS times
					FROM ROWS FROM (unnest(external_ids), unnest(reasons), unnest(samples)) AS u (external_id, reason, sample) GROUP BY 1, 2) AS g) AS k) AS n
		GROUP BY n.external_id, n.reason ORDER BY n.external_id, n.reason
		ON CONFLICT ON CONSTRAINT sync_problems_pkey DO UPDATE SET times = p.times + excluded.times, seen_at = excluded.seen_at, sample = excluded.sample;
	RETURN counted;
END
$$;
COMMENT ON FUNCTION stockalert.note_sync_problems(bigint, text, text[], text[], text[]) IS
	'Notes rows that could not be used, once a key and reason, counted, and returns how many, without those of items that are gone at the provider (is_gone_item). For the owner.';

GRANT EXECUTE ON FUNCTION stockalert.sync_due(), stockalert.sync_begin(bigint, text, boolean, timestamptz, integer, integer),
	stockalert.sync_may_rest(bigint, text, boolean), stockalert.sync_rest(bigint, text, timestamptz),
	stockalert.sync_progress(bigint, text, integer, integer, integer),
	stockalert.sync_end(bigint, text, boolean, timestamptz, text, text, integer, text, text, timestamptz),
	stockalert.set_connection_state(bigint, text, text) TO stockalert_worker;
-- A function in a view is called by whoever reads the view.
GRANT EXECUTE ON FUNCTION stockalert.sync_plan(), stockalert.stream_rank(text), stockalert.stream_scope(text) TO stockalert_viewer;
