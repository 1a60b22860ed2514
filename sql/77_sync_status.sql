-- How the connections are: per stream, per account, and in health().

-- A statement to paste, with what comes before it in a remark, or only a remark.
CREATE FUNCTION stockalert.sync_remedy(class text, code text, stream text, connection stockalert.connections) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN CASE
		WHEN class IN ('expired', 'revoked', 'scope') THEN format('SELECT stockalert.seal_command(%L, %L); -- to seal a token: ', (connection).credential, stockalert.connection_host(connection)) || CASE class
			WHEN 'expired' THEN 'the present one ran out and could not be renewed; one of OAuth is sealed with its refresh token'
			WHEN 'revoked' THEN 'the present one is no longer accepted; take that of the Developer Console (personal access token) or let the seller grant access again (OAuth)'
			ELSE format('the present one may not read this; grant %s at Square, or leave the stream out with set_connection(%L, streams => ...)', stockalert.stream_scope(stream), (connection).name) END
		WHEN class IN ('schema', 'limit', 'permanent') THEN format('SELECT * FROM stockalert.sync_now(%L, %L); -- ', (connection).name, stream) || CASE class
			WHEN 'schema' THEN 'once base_url and any proxy are right: the answer was none of Square''s'
			WHEN 'limit' THEN 'and report it: an answer was too large or had no end'
			ELSE format('once environment, api_version and locations fit the account: Square refused the request%s', coalesce(' (' || translate(code, E'\r\n', '  ') || ')', '')) END
		WHEN class = 'rate_limited' THEN '-- None needed: Square asked to wait, and it is read again by itself.'
		WHEN class = 'transient' THEN '-- None needed unless it lasts: it is tried again by itself.'
		WHEN class = 'cursor' THEN '-- None needed: it starts again from where everything was applied.'
		WHEN class IN ('misconfigured', 'stopped') THEN format('SELECT * FROM stockalert.set_connection(%L, enabled => true); -- once the cause is mended', (connection).name) END;
COMMENT ON FUNCTION stockalert.sync_remedy(text, text, text, stockalert.connections) IS 'What to do about an error of a stream, or about the state of its connection: a statement to paste, or a remark. NULL where there is nothing.';

CREATE VIEW stockalert.sync_status WITH (security_barrier) AS
SELECT c.name AS connection, s.stream,
	CASE WHEN p.blocked IS NOT NULL THEN 'held' WHEN r.started_at > coalesce(r.finished_at, '-infinity') THEN 'running'
		WHEN s.error_class IS NOT NULL THEN 'failed' WHEN s.last_success_at IS NULL THEN 'waiting' ELSE 'ok' END AS state,
	r.last_success_at, s.watermark, pg_catalog.date_trunc('second', pg_catalog.clock_timestamp() - r.last_success_at) AS lag, s.pages, s.rows, s.rows_changed, s.rows_total, s.problems,
	CASE WHEN s.last_success_at IS NULL AND s.started_at IS NOT NULL THEN pg_catalog.format('first import since %s: %s rows in %s pages', s.started_at, s.rows, s.pages)
		WHEN r.started_at > coalesce(r.finished_at, '-infinity') THEN pg_catalog.format('%s since %s: %s rows in %s pages', CASE WHEN s.full_run THEN 'all of it' ELSE 'what changed' END,
			s.started_at, s.rows, s.pages) END AS progress,
	CASE WHEN p.blocked IS NULL THEN p.due_at END AS next_at, s.failures,
	coalesce(CASE WHEN s.error_class IS NOT NULL THEN pg_catalog.concat_ws(' ', s.error_class || ':', s.error_status,
		CASE WHEN pg_catalog.starts_with(s.error_detail, s.error_code || ':') THEN NULL ELSE s.error_code END, s.error_detail) END, p.blocked) AS error, s.error_at,
	-- What holds the connection as a whole is mended there, not at the stream that met it.
	CASE WHEN s.error_class IS NOT NULL AND NOT (s.error_class = 'permanent' AND coalesce(p.blocked LIKE 'the connection is%', false)) THEN stockalert.sync_remedy(s.error_class, s.error_code, s.stream, c)
		WHEN p.blocked LIKE 'this is a copy%' THEN 'SELECT * FROM stockalert.confirm_takeover();'
		WHEN p.blocked LIKE 'the token lacks%' THEN stockalert.sync_remedy('scope', NULL, s.stream, c)
		WHEN NOT c.enabled THEN pg_catalog.format('SELECT * FROM stockalert.set_connection(%L, enabled => true);', c.name)
		WHEN p.blocked LIKE 'the connection is%' THEN stockalert.sync_remedy(c.state, NULL, s.stream, c) || coalesce(': ' || pg_catalog.translate(c.state_reason, E'\r\n', '  '), '')
	END AS remedy
FROM stockalert.sync_streams AS s
JOIN stockalert.sync_rounds AS r ON r.connection_id = s.connection_id AND r.stream = s.stream
JOIN stockalert.connections AS c ON c.connection_id = s.connection_id
JOIN stockalert.sync_plan() AS p ON p.connection_id = s.connection_id AND p.stream = s.stream
ORDER BY c.name, stockalert.stream_rank(s.stream);
COMMENT ON VIEW stockalert.sync_status IS
	'Each stream of each connection: when it was last read whole, up to which arrival time, how many rows, the last error and what to do. state: ok, running, waiting, failed, held (error says why). last_success_at: of a round that met nothing new, too, which is written only once an hour and until then remembered by the server. lag: since the last success. progress: of a round that runs, and of a first import.';

CREATE FUNCTION stockalert.check_connection(name text DEFAULT NULL) RETURNS TABLE (connection text, state text, merchant_id text, scopes text[], missing_scopes text[],
		token_expires_at timestamptz, token_refreshed_at timestamptz, checked_at timestamptz, finding text, remedy text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	id bigint := stockalert.find_connection(name);
BEGIN
	UPDATE stockalert.connections AS c SET check_requested_at = clock_timestamp() WHERE c.connection_id = id;
	PERFORM stockalert.wake_syncer();
	RETURN QUERY SELECT c.name, c.state, c.merchant_id, c.scopes, m.missing, c.token_expires_at, c.token_refreshed_at, c.checked_at,
			concat_ws('; ', CASE WHEN c.checked_at IS NULL THEN 'not checked yet' ELSE 'as last seen' END || ', asked for again', c.state_reason,
				CASE WHEN c.scopes IS NOT NULL AND c.token_expires_at IS NULL THEN 'a token without end' END,
				CASE WHEN m.missing <> '{}' THEN 'not granted: ' || array_to_string(m.missing, ', ') END),
			CASE WHEN m.missing <> '{}' THEN format('SELECT stockalert.seal_command(%L, %L); -- to seal a token that was granted %s at Square, or leave out what needs it with set_connection(%L, streams => ...)',
					c.credential, stockalert.connection_host(c), array_to_string(m.missing, ', '), c.name)
				WHEN stockalert.connection_next(id) LIKE '%sync_status%' THEN '-- Call it again in a few seconds for the answer.' ELSE stockalert.connection_next(id) END
		FROM stockalert.connections AS c
		CROSS JOIN LATERAL (SELECT coalesce(array_agg(DISTINCT stockalert.stream_scope(s.stream)) FILTER (WHERE NOT stockalert.stream_scope(s.stream) = ANY (c.scopes)), '{}') AS missing
			FROM stockalert.sync_streams AS s WHERE s.connection_id = c.connection_id AND s.enabled) AS m
		WHERE c.connection_id = id;
END
$$;
COMMENT ON FUNCTION stockalert.check_connection(text) IS
	'Shows the account, permissions and expiry of a connection''s token (NULL: of the only one) as last seen, which is a day ago at most while it is read, and asks the syncer to look again: an answer within seconds. token_expires_at NULL: not known, or a personal access token, which has no end. missing_scopes: of streams that are switched on. Errors: 42704, 22023.';

CREATE FUNCTION stockalert.health_of_sync() RETURNS TABLE ("check" text, state text, finding text, remedy text)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	WITH connection AS (
		SELECT c AS itself, c.*, f.stream, f.error, f.remedy, f.main, f.late,
			CASE WHEN NOT c.enabled THEN 'it is switched off'
				-- What somebody must mend comes first.
				WHEN c.state IN ('expired', 'revoked', 'misconfigured', 'stopped') THEN NULL
				WHEN stockalert.installation_state() = 'copy' THEN 'this is a copy'
				WHEN NOT EXISTS (SELECT FROM stockalert.credentials AS k WHERE k.name = c.credential) THEN 'its token is not there yet'
				WHEN current_setting('stockalert.delivery') <> 'live' THEN format('nothing outside is called while stockalert.delivery is %s', current_setting('stockalert.delivery')) END AS resting
		FROM stockalert.connections AS c
		LEFT JOIN LATERAL (
			-- Worst first: what stock hangs on, and what has not come for long.
			SELECT s.stream, coalesce(s.error, format('not read since %s', coalesce(s.last_success_at, c.created_at))) AS error, s.remedy,
				s.stream IN ('locations', 'catalog', 'counts', 'movements') AS main, coalesce(s.last_success_at, c.created_at) < clock_timestamp() - greatest(3 * c.sync_every, interval '1 hour') AS late
			FROM stockalert.sync_status AS s JOIN stockalert.sync_streams AS t ON t.connection_id = c.connection_id AND t.stream = s.stream AND t.enabled
			WHERE s.connection = c.name AND (s.state = 'failed' OR s.state = 'held' AND s.remedy IS NOT NULL
				OR s.state <> 'held' AND coalesce(s.last_success_at, c.created_at) < clock_timestamp() - greatest(3 * c.sync_every, interval '1 hour'))
			ORDER BY 4 DESC, 5 DESC, stockalert.stream_rank(s.stream) LIMIT 1) AS f ON true)
	SELECT 'connection ' || c.name,
		CASE WHEN c.resting IS NOT NULL THEN 'warn'
			WHEN c.state IN ('expired', 'revoked', 'misconfigured', 'stopped') OR c.token_expires_at < clock_timestamp() + interval '1 day' OR c.main AND c.late THEN 'error'
			WHEN c.stream IS NOT NULL OR c.token_refreshed_at < clock_timestamp() - interval '8 days' AND c.token_expires_at IS NOT NULL THEN 'warn' ELSE 'ok' END,
		coalesce(c.resting, CASE WHEN c.state IN ('expired', 'revoked', 'misconfigured', 'stopped') THEN concat_ws(': ', c.state, c.state_reason) END,
			CASE WHEN c.token_expires_at < clock_timestamp() + interval '1 day' THEN format('the token ends at %s', c.token_expires_at) END,
			CASE WHEN c.stream IS NOT NULL THEN format('%s: %s', c.stream, c.error) END,
			CASE WHEN c.token_refreshed_at < clock_timestamp() - interval '8 days' AND c.token_expires_at IS NOT NULL THEN format('the token was last renewed at %s', c.token_refreshed_at) END,
			format('stock as Square had it at %s', (SELECT s.watermark FROM stockalert.sync_streams AS s WHERE s.connection_id = c.connection_id AND s.stream = 'counts'))),
		CASE WHEN c.resting IS NOT NULL THEN stockalert.connection_next(c.connection_id)
			WHEN c.state IN ('expired', 'revoked', 'misconfigured', 'stopped') THEN stockalert.sync_remedy(c.state, NULL, 'counts', c.itself)
			WHEN c.token_expires_at < clock_timestamp() + interval '1 day' THEN stockalert.sync_remedy('expired', NULL, 'counts', c.itself)
			WHEN c.stream IS NOT NULL THEN coalesce(c.remedy, 'SELECT * FROM stockalert.sync_status;')
			WHEN c.token_refreshed_at < clock_timestamp() - interval '8 days' AND c.token_expires_at IS NOT NULL THEN format('SELECT * FROM stockalert.check_connection(%L);', c.name) END
	FROM connection AS c
	UNION ALL
	SELECT 'webhooks', 'warn', format('%s with a signature that no key of ours made in the last 24 hours', count(*)),
		'SELECT stockalert.seal_command(''square_webhook''); -- to seal the key and the URL of the subscription, where those are others; else somebody tries the address of the front'
	FROM stockalert.webhook_inbox AS w WHERE w.state = 'forged' AND w.received_at > clock_timestamp() - interval '1 day' HAVING count(*) > 0;
$$;
COMMENT ON FUNCTION stockalert.health_of_sync() IS 'Part of health(): connections to points of sale, their tokens and streams, and webhooks that were forged.';

CREATE VIEW stockalert.sync_problem_list WITH (security_barrier) AS
SELECT c.name AS connection, p.stream, p.external_id, p.reason, p.sample, p.times, p.first_at, p.seen_at
FROM stockalert.sync_problems AS p JOIN stockalert.connections AS c ON c.connection_id = p.connection_id
WHERE NOT stockalert.is_gone_item(p);
COMMENT ON VIEW stockalert.sync_problem_list IS 'Rows of a point of sale that could not be used, with the name of the connection; without those of items that were deleted there.';

GRANT SELECT ON stockalert.sync_status TO stockalert_viewer;
GRANT EXECUTE ON FUNCTION stockalert.sync_remedy(text, text, text, stockalert.connections), stockalert.connection_host(stockalert.connections) TO stockalert_viewer;
GRANT SELECT ON stockalert.sync_problem_list TO stockalert_manager;
GRANT EXECUTE ON FUNCTION stockalert.check_connection(text) TO stockalert_manager;
