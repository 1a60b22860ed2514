-- Connections: made, changed, asked, removed; what is due, how it goes, what is
-- wrong and what to do; webhooks; who may do what.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL timezone = 'UTC';
-- Nothing is connected.
\set VERBOSITY terse
SAVEPOINT s;
SELECT * FROM stockalert.sync_now();
ROLLBACK TO s;
SELECT stockalert.receive_square_webhook('{}', 'x');
SELECT count(*) FROM stockalert.sync_due();
-- Terms that cannot be.
\set VERBOSITY default
SELECT * FROM stockalert.add_square_connection(environment => 'staging');
ROLLBACK TO s;
SELECT * FROM stockalert.add_square_connection(credential => 'EAAAEsecretsecret');
ROLLBACK TO s;
\set VERBOSITY terse
SELECT * FROM stockalert.add_square_connection(base_url => 'http://example.com');
ROLLBACK TO s;
SELECT * FROM stockalert.add_square_connection(api_version => 'latest');
ROLLBACK TO s;
SELECT * FROM stockalert.add_square_connection(locations => '{A,NULL}');
ROLLBACK TO s;
SELECT * FROM stockalert.add_square_connection(E'a\nb');
ROLLBACK TO s;
-- Two accounts.
SELECT * FROM stockalert.add_square_connection();
SELECT * FROM stockalert.add_square_connection('north', 'production', 'square:north', '{L1,L2}', '2026-07-15', 'http://127.0.0.1:8080');
SAVEPOINT s;
SELECT * FROM stockalert.add_square_connection('north');
ROLLBACK TO s;
SELECT * FROM stockalert.check_connection();
ROLLBACK TO s;
SELECT * FROM stockalert.sync_now('south');
ROLLBACK TO s;
SELECT name, environment, base_url, api_version, credential, chosen_locations, state FROM stockalert.connections ORDER BY name;
SELECT action, object FROM stockalert.audit_log WHERE action LIKE '%connection' ORDER BY audit_id;
-- Nothing is due unless delivery is live, and nobody is called; sync_now() says so.
SELECT count(*) AS due FROM stockalert.sync_due();
SELECT * FROM stockalert.sync_now('square');
SELECT "check", state, finding, remedy FROM stockalert.health() WHERE "check" LIKE 'connection%' ORDER BY 1;
-- What would be due if it were.
SELECT connection_id AS c FROM stockalert.connections WHERE name = 'square' \gset
SELECT connection_id AS n FROM stockalert.connections WHERE name = 'north' \gset
CREATE VIEW pg_temp.due AS SELECT c.name, p.stream, p.full_run, s.watermark, s.watermark_text FROM stockalert.sync_plan() AS p JOIN stockalert.sync_streams AS s USING (connection_id, stream)
	JOIN stockalert.connections AS c USING (connection_id) WHERE p.blocked IS NULL AND p.due_at <= clock_timestamp() ORDER BY c.name, stockalert.stream_rank(p.stream);
-- Locations first, then the catalog, then the rest.
SELECT * FROM due;
SELECT stockalert.sync_begin(:c, 'locations', true), stockalert.sync_end(:c, 'locations', true);
SELECT * FROM due WHERE name = 'square';
SELECT stockalert.sync_begin(:c, 'catalog', true), stockalert.sync_progress(:c, 'catalog', 100, 90, 1), stockalert.sync_progress(:c, 'catalog', 50, 50, 0);
SELECT stream, state, rows, pages, rows_changed, problems, progress ~ '^first import since .*: 150 rows in 2 pages$' AS progress FROM stockalert.sync_status WHERE connection = 'square' AND stream = 'catalog';
SELECT stockalert.sync_end(:c, 'catalog', true, '2025-03-01 10:00+00', '2025-03-01T10:00:00.123456789Z');
SELECT * FROM due WHERE name = 'square';
SELECT blocked FROM stockalert.sync_plan() WHERE connection_id = :c AND stream = 'orders';
-- A watermark never goes back, nor without one.
SELECT stockalert.sync_begin(:c, 'counts', true), stockalert.sync_end(:c, 'counts', true, '2025-03-02 10:00+00');
SELECT stockalert.sync_begin(:c, 'counts', false), stockalert.sync_end(:c, 'counts', true, '2025-03-01 10:00+00'), stockalert.sync_begin(:c, 'counts', false), stockalert.sync_end(:c, 'counts', true);
SELECT watermark, full_run, last_full_at IS NOT NULL AS read_whole FROM stockalert.sync_streams WHERE connection_id = :c AND stream = 'counts';
SELECT count(*) FROM due WHERE name = 'square' AND stream = 'counts';
SELECT done FROM stockalert.sync_now('square', 'counts');
SELECT stream, full_run FROM due WHERE name = 'square' AND stream = 'counts';
SELECT done FROM stockalert.sync_now('square', 'counts', everything => true);
SELECT stream, full_run FROM due WHERE name = 'square' AND stream = 'counts';
SELECT stockalert.sync_begin(:c, 'counts', true);
-- Asked once more while it runs: it is read once more; a round that never ended is begun again.
SELECT done FROM stockalert.sync_now('square', 'counts', everything => true);
SELECT stockalert.sync_end(:c, 'counts', true);
SELECT stream, full_run FROM due WHERE name = 'square' AND stream = 'counts';
SELECT stockalert.sync_begin(:c, 'counts', true), stockalert.sync_end(:c, 'counts', true);
SELECT count(*) FROM due WHERE name = 'square' AND stream = 'counts';
SELECT stockalert.sync_begin(:c, 'counts', false);
SELECT count(*) FROM due WHERE name = 'square' AND stream = 'counts';
SELECT stockalert.sync_end(:c, 'counts', true);
UPDATE stockalert.sync_streams SET finished_at = clock_timestamp() - interval '16 minutes', last_full_at = clock_timestamp() - interval '25 hours' WHERE connection_id = :c AND stream = 'counts';
SELECT stream, full_run FROM due WHERE name = 'square' AND stream = 'counts';
-- Errors, each with its remedy; what is tried again when.
SELECT stockalert.sync_begin(:c, x.stream, false), stockalert.sync_end(:c, x.stream, false, error_class => x.class, error_status => x.status, error_code => x.code, error_detail => x.detail, next_attempt_at => x.at)
	FROM (VALUES ('counts', 'rate_limited', 429, 'RATE_LIMITED', 'Square asked to wait.', clock_timestamp() + interval '90 seconds'), ('movements', 'transient', 503, NULL, NULL, NULL),
		('vendors', 'scope', 403, 'INSUFFICIENT_SCOPES', NULL, NULL), ('transfers', 'schema', 200, NULL, 'The answer is HTML.', NULL), ('catalog', 'permanent', 400, 'INVALID_VALUE', repeat('x', 2000), NULL)) AS x (stream, class, status, code, detail, at);
SELECT stream, state, failures, left(error, 60) AS error, remedy FROM stockalert.sync_status WHERE connection = 'square' AND state = 'failed';
SELECT stream, round(extract(epoch FROM next_attempt_at - error_at) / 5) * 5 AS seconds FROM stockalert.sync_streams WHERE connection_id = :c AND error_class IS NOT NULL ORDER BY 1;
SELECT stockalert.sync_end(:c, 'movements', false, error_class => 'transient') FROM generate_series(1, 12);
SELECT round(extract(epoch FROM next_attempt_at - error_at) / 1200) * 20 AS minutes, failures FROM stockalert.sync_streams WHERE connection_id = :c AND stream = 'movements';
SELECT done FROM stockalert.sync_now('square') \gset
SELECT regexp_replace(:'done', 'until [^;]*', 'until (time)');
SELECT stream FROM due WHERE name = 'square';
SELECT "check", state, left(finding, 70) AS finding, left(remedy, 60) AS remedy FROM stockalert.health_of_sync() ORDER BY 1;
-- A token that ran out, one that was taken away, scopes that lack.
UPDATE stockalert.connections SET scopes = '{MERCHANT_PROFILE_READ,ITEMS_READ,INVENTORY_READ}', merchant_id = 'M1', checked_at = clock_timestamp(), token_expires_at = clock_timestamp() + interval '2 hours' WHERE connection_id = :c;
SELECT connection, state, merchant_id, scopes, missing_scopes, finding, remedy FROM stockalert.check_connection('square');
SELECT stream, error, remedy FROM stockalert.sync_status WHERE connection = 'square' AND state = 'held';
SELECT state, left(finding, 18) AS finding FROM stockalert.health_of_sync() WHERE "check" = 'connection square';
SELECT stockalert.set_connection_state(:c, 'revoked', 'Square says ACCESS_TOKEN_REVOKED.');
SELECT count(*) FROM due WHERE name = 'square';
SELECT state, finding, remedy FROM stockalert.health_of_sync() WHERE "check" = 'connection square';
SELECT DISTINCT state, error FROM stockalert.sync_status WHERE connection = 'square' AND stream = 'counts';
SELECT done, next FROM stockalert.set_connection('square', streams => '{locations,catalog,counts}', sync_every => '5 minutes');
SELECT state FROM stockalert.connections WHERE connection_id = :c;
SELECT stream, enabled FROM stockalert.sync_streams WHERE connection_id = :c ORDER BY 2, 1;
SELECT done FROM stockalert.set_connection('square', enabled => false);
SELECT count(*) FROM due WHERE name = 'square';
SELECT min(due_at) IS NOT NULL AS north_is_next FROM stockalert.sync_plan() WHERE blocked IS NULL;
-- A copy reads nothing before it is taken over.
UPDATE stockalert.installation SET database_oid = 1;
SELECT count(*) FROM due;
SELECT "check", state, finding, remedy FROM stockalert.health_of_sync() WHERE "check" = 'connection north';
SELECT done FROM stockalert.confirm_takeover();
SELECT count(*) FROM due;

-- Webhooks: bytes in, bounded, and only a hint.
SELECT stockalert.receive_square_webhook(NULL, 'x'), stockalert.receive_square_webhook('{}', NULL), stockalert.receive_square_webhook('', 'x'), stockalert.receive_square_webhook(repeat('x', 262145), 'x'),
	stockalert.receive_square_webhook('{}', repeat('x', 257)), stockalert.receive_square_webhook('{}', 'x', 'nobody');
SELECT stockalert.receive_square_webhook(repeat('ü', 131072), 'x'), stockalert.receive_square_webhook('{"type": "inventory.count.updated"}', 'GF4Y', 'north');
SELECT w.connection_id = :n AS of_north, octet_length(body), left(signature, 4), state FROM stockalert.webhook_inbox AS w ORDER BY inbox_id;
SELECT stockalert.sync_begin(:n, s.stream, true), stockalert.sync_end(:n, s.stream, true, now()) FROM stockalert.sync_streams AS s WHERE s.connection_id = :n ORDER BY stockalert.stream_rank(s.stream);
SELECT * FROM due;
SELECT max(inbox_id) AS i, min(inbox_id) AS first FROM stockalert.webhook_inbox \gset
SELECT stockalert.webhook_handled(:i, 'verified', :n, 'E1', 'inventory.count.updated');
SELECT name, stream, full_run FROM due;
SELECT stockalert.webhook_handled(:first, 'verified', :n, 'E1', 'inventory.count.updated');
SELECT stockalert.receive_square_webhook('{}', 'x') FROM generate_series(1, 5);
SELECT stockalert.webhook_handled(w.inbox_id, x.state, :n, x.event, x.type) FROM (SELECT inbox_id, row_number() OVER (ORDER BY inbox_id) AS n FROM stockalert.webhook_inbox WHERE state = 'pending') AS w
	JOIN (VALUES (1, 'forged', NULL, NULL), (2, 'failed', NULL, NULL), (3, 'verified', 'E2', 'payment.created'), (4, 'verified', 'E3', 'order.updated'), (5, 'verified', 'E4', 'oauth.authorization.revoked')) AS x (n, state, event, type) ON x.n = w.n ORDER BY w.n;
SELECT name, stream FROM due;
SELECT state FROM stockalert.connections WHERE connection_id = :n;
SELECT "check", state, finding FROM stockalert.health_of_sync() WHERE "check" = 'webhooks';
SELECT state, count(*), sum(octet_length(body)) AS bytes FROM stockalert.webhook_inbox GROUP BY 1 ORDER BY 1;
SELECT r, count(*) FROM generate_series(1, 1003) AS g, stockalert.receive_square_webhook('{}', g::text) AS r GROUP BY 1 ORDER BY 1;

-- A million bad rows are a thousand.
SELECT stockalert.note_sync_problems(:n, 'counts', array_agg('id' || g), array_agg('odd'::text), array_agg('{}'::text)) FROM generate_series(1, 1500) AS g;
SELECT stockalert.note_sync_problems(:n, 'counts', ARRAY[E'a\nb', 'id1'], ARRAY['even', 'odd'], NULL);
SELECT external_id = '' AS rest, reason, count(*), sum(times) FROM stockalert.sync_problem_list WHERE connection = 'north' GROUP BY 1, 2 ORDER BY 1, 2;

-- Who may what.
SELECT r.role, has_function_privilege(r.role, 'stockalert.add_square_connection(text, text, text, text[], text, text)', 'EXECUTE') AS connects, has_function_privilege(r.role, 'stockalert.sync_now(text, text, boolean)', 'EXECUTE') AS asks,
	has_table_privilege(r.role, 'stockalert.sync_status', 'SELECT') AS sees, has_function_privilege(r.role, 'stockalert.receive_square_webhook(text, text, text)', 'EXECUTE') AS hands_in,
	has_function_privilege(r.role, 'stockalert.square_apply_counts(bigint, text)', 'EXECUTE') AS applies, has_table_privilege(r.role, 'stockalert.webhook_inbox', 'SELECT') AS inbox
	FROM unnest('{stockalert_admin,stockalert_manager,stockalert_viewer,stockalert_writer,stockalert_webhook,stockalert_worker}'::text[]) AS r (role);
SET LOCAL ROLE stockalert_webhook;
SELECT stockalert.receive_square_webhook('{}', 'x', 'north');
SET LOCAL ROLE stockalert_viewer;
SELECT count(*) FROM stockalert.sync_status;
RESET ROLE;
SELECT done, next FROM stockalert.remove_connection('north');
SELECT done FROM stockalert.remove_connection('square');
SELECT count(*) FROM stockalert.sync_status;
ROLLBACK;
