-- Points of sale that the syncer reads: one connection an account of a seller,
-- one row of progress a stream, what could not be used, and what was pushed.

CREATE FUNCTION stockalert.is_connection_credential(name text) RETURNS boolean
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN name ~ '^square(:[a-z0-9_-]{1,32})?$';
COMMENT ON FUNCTION stockalert.is_connection_credential(text) IS 'Tells whether a text names a credential of Square: square, or with a label, as square:north. NULL for NULL.';

CREATE TABLE stockalert.connections (
	connection_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	source_id bigint NOT NULL UNIQUE REFERENCES stockalert.sources,
	name text NOT NULL UNIQUE,
	provider text NOT NULL DEFAULT 'square',
	environment text NOT NULL DEFAULT 'sandbox',
	base_url text,
	api_version text NOT NULL DEFAULT '2025-10-16',
	credential text NOT NULL DEFAULT 'square',
	chosen_locations text[],
	sync_every interval NOT NULL DEFAULT '15 minutes',
	merchant_id text,
	scopes text[],
	token_expires_at timestamptz,
	token_refreshed_at timestamptz,
	enabled boolean NOT NULL DEFAULT true,
	state text NOT NULL DEFAULT 'pending',
	state_reason text,
	state_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	check_requested_at timestamptz,
	checked_at timestamptz,
	transfers_known_at timestamptz,
	created_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	CONSTRAINT "name is 1 to 63 characters without control characters" CHECK (stockalert.is_label(name, 63)),
	CONSTRAINT "provider is square" CHECK (provider = 'square'),
	CONSTRAINT "environment is sandbox or production" CHECK (environment IN ('sandbox', 'production')),
	CONSTRAINT "base_url is https, or http to this machine" CHECK (pg_catalog.char_length(base_url) <= 200
		AND base_url ~ '^(https://[A-Za-z0-9.-]+(:[0-9]{1,5})?|http://(127[.]0[.]0[.]1|localhost|\[::1\])(:[0-9]{1,5})?)$'),
	CONSTRAINT "api_version is a date such as 2025-10-16" CHECK (api_version ~ '^20[0-9]{2}-[01][0-9]-[0-3][0-9]$'),
	CONSTRAINT "credential is one of Square, such as square or square:north" CHECK (stockalert.is_connection_credential(credential)),
	CONSTRAINT "chosen_locations are up to 1000 ids of the seller's locations" CHECK (pg_catalog.cardinality(chosen_locations) BETWEEN 1 AND 1000
		AND pg_catalog.array_position(chosen_locations, NULL) IS NULL),
	CONSTRAINT "sync_every is from a minute to a week" CHECK (sync_every BETWEEN '1 minute' AND '7 days'),
	CONSTRAINT "state is one the syncer knows" CHECK (state IN ('pending', 'ok', 'expired', 'revoked', 'misconfigured', 'stopped'))
);
COMMENT ON TABLE stockalert.connections IS 'Accounts at points of sale, one a seller, whose locations, items, stock and sales are read. add_square_connection() makes them.';
COMMENT ON COLUMN stockalert.connections.source_id IS 'The source under which what it brings is kept.';
COMMENT ON COLUMN stockalert.connections.base_url IS 'Where requests go instead of the provider: for tests. NULL: the provider''s address of the environment.';
COMMENT ON COLUMN stockalert.connections.api_version IS 'Square-Version of every request, so that the shape of answers depends on nobody''s dashboard.';
COMMENT ON COLUMN stockalert.connections.credential IS 'Name of the sealed credential that the syncer opens.';
COMMENT ON COLUMN stockalert.connections.chosen_locations IS 'The seller''s ids of the locations to read; NULL: all.';
COMMENT ON COLUMN stockalert.connections.sync_every IS 'How often streams are read when nobody asks.';
COMMENT ON COLUMN stockalert.connections.merchant_id IS 'Written by the syncer: the seller''s id.';
COMMENT ON COLUMN stockalert.connections.scopes IS 'Written by the syncer: what the token may read, as last told.';
COMMENT ON COLUMN stockalert.connections.token_expires_at IS 'Written by the syncer: when the access token ends; NULL: not known, or never (a personal token).';
COMMENT ON COLUMN stockalert.connections.state IS
	'Written by the syncer: pending (nothing read yet), ok, expired (the token is, and was not renewed), revoked (the seller or Square took it away), misconfigured (credential, version or address is wrong), stopped (of itself, after repeated failures).';
COMMENT ON COLUMN stockalert.connections.state_reason IS 'Why, in a sentence; never a part of a secret or an answer.';
COMMENT ON COLUMN stockalert.connections.check_requested_at IS 'When check_connection() last asked; done when checked_at is not earlier.';
COMMENT ON COLUMN stockalert.connections.checked_at IS 'Written by the syncer: when it last asked for the state of the token.';
COMMENT ON COLUMN stockalert.connections.transfers_known_at IS 'When transfers were first read whole; from then on they alone say what is in transit, before it counts of state IN_TRANSIT do.';

CREATE TABLE stockalert.sync_streams (
	connection_id bigint NOT NULL REFERENCES stockalert.connections ON DELETE CASCADE,
	stream text NOT NULL,
	enabled boolean NOT NULL DEFAULT true,
	watermark timestamptz,
	watermark_text text,
	requested_at timestamptz,
	full_requested boolean NOT NULL DEFAULT false,
	full_run boolean NOT NULL DEFAULT false,
	started_at timestamptz,
	finished_at timestamptz,
	last_success_at timestamptz,
	last_full_at timestamptz,
	next_attempt_at timestamptz,
	failures integer NOT NULL DEFAULT 0,
	pages bigint NOT NULL DEFAULT 0,
	rows bigint NOT NULL DEFAULT 0,
	rows_total bigint NOT NULL DEFAULT 0,
	rows_changed bigint NOT NULL DEFAULT 0,
	problems bigint NOT NULL DEFAULT 0,
	error_class text,
	error_status integer,
	error_code text,
	error_detail text,
	error_at timestamptz,
	PRIMARY KEY (connection_id, stream),
	CONSTRAINT "stream is one of seven" CHECK (stream IN ('locations', 'catalog', 'counts', 'movements', 'orders', 'vendors', 'transfers')),
	CONSTRAINT "watermark_text is at most 64 characters" CHECK (pg_catalog.char_length(watermark_text) <= 64),
	CONSTRAINT "error_detail is at most 1000 characters" CHECK (pg_catalog.char_length(error_detail) <= 1000)
) WITH (fillfactor = 50);
COMMENT ON TABLE stockalert.sync_streams IS 'How far each stream of a connection was read. Written by the syncer; sync_status shows it.';
COMMENT ON COLUMN stockalert.sync_streams.watermark IS 'Arrival time up to which everything is applied; NULL: never read whole.';
COMMENT ON COLUMN stockalert.sync_streams.watermark_text IS 'The same as the provider wrote it, where nine digits of a second count.';
COMMENT ON COLUMN stockalert.sync_streams.requested_at IS 'When sync_now() last asked; done when started_at is not earlier.';
COMMENT ON COLUMN stockalert.sync_streams.full_requested IS 'The next round reads everything.';
COMMENT ON COLUMN stockalert.sync_streams.full_run IS 'The round that runs, or the last one, read everything.';
COMMENT ON COLUMN stockalert.sync_streams.finished_at IS 'When the last round ended, well or not; earlier than started_at while one runs.';
COMMENT ON COLUMN stockalert.sync_streams.next_attempt_at IS 'Not before then, as the provider or repeated failures ask; NULL: as usual.';
COMMENT ON COLUMN stockalert.sync_streams.failures IS 'Rounds in a row that failed.';
COMMENT ON COLUMN stockalert.sync_streams.pages IS 'Pages of the running or last round.';
COMMENT ON COLUMN stockalert.sync_streams.rows IS 'Rows of the running or last round.';
COMMENT ON COLUMN stockalert.sync_streams.rows_total IS 'Rows read since the connection was made.';
COMMENT ON COLUMN stockalert.sync_streams.rows_changed IS 'Rows of the running or last round that changed something here.';
COMMENT ON COLUMN stockalert.sync_streams.problems IS 'Rows of the running or last round that could not be used; sync_problems names them.';
COMMENT ON COLUMN stockalert.sync_streams.error_class IS 'expired, revoked, scope, rate_limited, transient, permanent, schema, cursor or limit; NULL: the last round went well.';
COMMENT ON COLUMN stockalert.sync_streams.error_code IS 'What the provider calls it, such as RATE_LIMITED.';

-- A round in which nothing was new is written an hour after the last that is
-- written; until then the server remembers it.
CREATE VIEW stockalert.sync_rounds AS
SELECT s.connection_id, s.stream, greatest(s.started_at, q.started_at) AS started_at, greatest(s.finished_at, q.finished_at) AS finished_at,
	greatest(s.last_success_at, q.finished_at) AS last_success_at, q.started_at IS NOT NULL AS quiet
FROM stockalert.sync_streams AS s
LEFT JOIN stockalert.quiet_rounds() AS q ON q.connection_id = s.connection_id AND q.stream = s.stream
	-- Not of a connection that had this number before.
	AND s.last_success_at IS NOT NULL AND q.started_at > s.finished_at;
COMMENT ON VIEW stockalert.sync_rounds IS 'When the last round of each stream began, ended and went well, those that met nothing new (quiet) included. For the owner.';

CREATE TABLE stockalert.sync_problems (
	connection_id bigint NOT NULL REFERENCES stockalert.connections ON DELETE CASCADE,
	stream text NOT NULL,
	external_id text COLLATE "C" NOT NULL,
	reason text NOT NULL,
	sample text,
	times bigint NOT NULL DEFAULT 1,
	first_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	seen_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	PRIMARY KEY (connection_id, stream, external_id, reason)
);
COMMENT ON TABLE stockalert.sync_problems IS 'Rows of a point of sale that could not be used as they are; the rest of their page was.';
COMMENT ON COLUMN stockalert.sync_problems.external_id IS 'The provider''s key of the row; empty: it has none that can be shown, or all beyond 1,000 a stream.';
COMMENT ON COLUMN stockalert.sync_problems.sample IS 'The row, or what matters of it: cut, as JSON.';

CREATE TABLE stockalert.webhook_inbox (
	inbox_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	connection_id bigint REFERENCES stockalert.connections ON DELETE CASCADE,
	body bytea NOT NULL,
	signature text NOT NULL,
	state text NOT NULL DEFAULT 'pending',
	event_id text,
	event_type text,
	received_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	handled_at timestamptz,
	CONSTRAINT "body is at most 256 kB" CHECK (pg_catalog.octet_length(body) <= 262144),
	CONSTRAINT "signature is at most 256 bytes" CHECK (pg_catalog.octet_length(signature) <= 256),
	CONSTRAINT "state is one the syncer knows" CHECK (state IN ('pending', 'verified', 'forged', 'duplicate', 'ignored', 'failed'))
);
CREATE INDEX webhook_inbox_pending_idx ON stockalert.webhook_inbox (inbox_id) WHERE state = 'pending';
CREATE INDEX webhook_inbox_event_idx ON stockalert.webhook_inbox (event_id) WHERE event_id IS NOT NULL;
COMMENT ON TABLE stockalert.webhook_inbox IS
	'What was handed to receive_square_webhook(): bytes as they came, which the syncer verifies. They only say that something changed; what changed is then read. Kept for three days, never in a dump.';
COMMENT ON COLUMN stockalert.webhook_inbox.connection_id IS 'Whose it is; NULL until the syncer knows, as the signature tells.';
COMMENT ON COLUMN stockalert.webhook_inbox.body IS 'The body, byte for byte; emptied once it is handled.';
COMMENT ON COLUMN stockalert.webhook_inbox.state IS
	'pending; verified (what it tells of was asked for); duplicate (its event_id was handled); ignored (of no stream of ours); forged (no key of ours made its signature); failed (no JSON).';

GRANT EXECUTE ON FUNCTION stockalert.is_connection_credential(text) TO stockalert_worker;
GRANT SELECT ON stockalert.connections, stockalert.sync_streams, stockalert.sync_problems TO stockalert_manager;
GRANT SELECT ON stockalert.connections, stockalert.sync_streams, stockalert.webhook_inbox TO stockalert_worker;
GRANT UPDATE (merchant_id, scopes, token_expires_at, token_refreshed_at, state, state_reason, state_at, checked_at) ON stockalert.connections TO stockalert_worker;
GRANT UPDATE (connection_id, state, event_id, event_type, handled_at, body), DELETE ON stockalert.webhook_inbox TO stockalert_worker;
