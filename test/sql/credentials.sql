-- Credentials as SQL sees them: what is taken, what is refused, who may do what, and what is never shown.
-- The server of these tests has no key file, so that every credential stays pending.
\pset null '(null)'
SET client_min_messages = error;
CREATE ROLE regress_cred_admin IN ROLE stockalert_admin;
CREATE ROLE regress_cred_manager IN ROLE stockalert_manager;
CREATE ROLE regress_cred_viewer IN ROLE stockalert_viewer;
CREATE ROLE regress_cred_writer IN ROLE stockalert_writer;
CREATE ROLE regress_cred_nobody;
GRANT USAGE ON SCHEMA stockalert TO regress_cred_nobody;
RESET client_min_messages;
-- An envelope of version 1 (slack:ops); only its key, which is in no server, opens it.
\set golden 'sa1:U0FFASiYPV3DaKP4pJvhKXhxvVhr2dG4Y3PGdT9LEwYFe_WhEecxSBmtRArhc-z0Ns7NPqADezUvp0stuSk8IpSV67L3__KERXAh_gyKrJCCfbUPiLtHrD8Ju4W2p9KqMQ0xfWpMwG_o6HaG5ESRgEfRS_yUgylPWl63F9l1wB2cHG-Ow3y-AUrz8UJrItaRYAnttZbDVlw2YdEvMaNAd7mKSi2F1abdYQ33KJWXT3al8vsiVV6SFXVYxRs'

DELETE FROM stockalert.credentials;
DELETE FROM stockalert.channels;
DELETE FROM stockalert.installation;
DELETE FROM stockalert.audit_log;

-- The installation comes with the first call that needs it, not with the script, and stays.
SELECT stockalert.installation_state();
BEGIN READ ONLY;
SELECT * FROM stockalert.public_key();
COMMIT;
SELECT key_id, public_key, installation IS NOT NULL AS made FROM stockalert.public_key();
SELECT stockalert.installation_state();
SET client_min_messages = error;
SELECT count(DISTINCT k.installation), bool_and(k.installation = i.installation_id) AS same
	FROM generate_series(1, 2) CROSS JOIN LATERAL stockalert.public_key() AS k CROSS JOIN stockalert.installation AS i;
RESET client_min_messages;
\set VERBOSITY terse
INSERT INTO stockalert.installation (singleton, installation_id, system_identifier, database_oid)
	VALUES (false, gen_random_uuid(), 1, 1);
\set VERBOSITY default
SELECT stockalert.system_identifier() = c.system_identifier AS same FROM pg_control_system() AS c;

-- Names and destinations.
SELECT n, stockalert.is_credential_name(n) FROM unnest(ARRAY['square', 'square_webhook', 'slack', 'slack:ops', 'twilio', 'smtp', 'webhook:a-b_9',
	'slack:' || repeat('x', 32), 'slack:' || repeat('x', 33), 'Slack', 'slack:', 'slack:Ops', 'slack:a:b', ' slack', 'postgres', '', NULL]) AS n;
SELECT d, stockalert.is_destination(d) FROM unnest(ARRAY['hooks.slack.com:443', '127.0.0.1:2525', 'mail.example.com', 'Mail.example.com:25',
	'a:0', 'a:65536', 'a:25/x', 'u@a:25', '[::1]:25', '', NULL]) AS d;

-- The command that seals; its values are told on a server that has a key.
SET client_min_messages = error;
SELECT regexp_replace(stockalert.seal_command(), '[0-9a-f-]{36}', 'UUID'), stockalert.seal_command('slack:ops') LIKE '% --name slack:ops' AS named,
	stockalert.seal_command('smtp', 'mail.example.com:587') LIKE '% --name smtp --dest mail.example.com:587' AS with_host;
RESET client_min_messages;
SELECT stockalert.seal_command('everything');
SELECT stockalert.seal_command('smtp', 'x; rm -rf /');
SELECT count(*) FROM stockalert.loaded_keys();

-- A whole life.
SELECT * FROM stockalert.set_credential('slack:ops', :'golden');
SELECT name, kind, destination, key_id, set_by = session_user AS by_me, state, last_checked_at, last_error FROM stockalert.credential_status;
SELECT * FROM stockalert.key_status;
SELECT stockalert.envelope_key(sealed), octet_length(sealed), substring(sealed FOR 4) FROM stockalert.credentials;
-- Set again: one row, as new; blanks around the envelope do no harm.
UPDATE stockalert.credentials SET state = 'unknown_key', destination = 'hooks.slack.com:443', last_error = 'x', last_checked_at = now();
SELECT * FROM stockalert.key_status;
SELECT done FROM stockalert.set_credential('slack:ops', E'  ' || :'golden' || E'\r\n');
SELECT name, destination, state, last_checked_at, last_error FROM stockalert.credential_status;
-- A channel that was broken tries again, and no other.
DELETE FROM stockalert.channels;
INSERT INTO stockalert.channels (channel, state, state_reason) VALUES ('slack', 'broken', 'revoked'), ('webhook', 'broken', 'revoked');
SELECT next FROM stockalert.set_credential('slack:ops', :'golden');
SELECT channel, state, state_reason FROM stockalert.channels ORDER BY 1;
SELECT * FROM stockalert.delete_credential('slack:ops');
SELECT * FROM stockalert.delete_credential('slack:ops');
SELECT count(*) FROM stockalert.credential_status;

-- What is refused; a secret given by mistake is not quoted.
SELECT stockalert.set_credential('slack', 'https://hooks.slack.com/services/T/B/canary');
SELECT stockalert.set_credential('canary-canary', 'slack');
SELECT stockalert.set_credential(NULL, 'x');
SELECT stockalert.set_credential('slack', NULL);
SELECT stockalert.delete_credential(NULL);
SELECT stockalert.delete_credential('everything');
CREATE FUNCTION pg_temp.try(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN 'ok';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END
$$;
SELECT t.what, pg_temp.try(format('SELECT stockalert.set_credential(%L, %L)', 'slack', t.envelope)) FROM (VALUES
	('empty', ''),
	('prefix only', 'sa1:'),
	('other version', replace(:'golden', 'sa1:', 'sa2:')),
	('capitals', replace(:'golden', 'sa1:', 'SA1:')),
	('no prefix', substr(:'golden', 5)),
	('padding', :'golden' || '='),
	('cut', left(:'golden', -4)),
	('cut to a header', left(:'golden', 20)),
	('one character more', :'golden' || 'A'),
	('blank inside', overlay(:'golden' PLACING ' ' FROM 50)),
	('line break inside', overlay(:'golden' PLACING E'\n' FROM 50)),
	('plus for minus', replace(:'golden', '-', '+')),
	('letter outside ASCII', overlay(:'golden' PLACING chr(228) FROM 50)),
	('other magic', overlay(:'golden' PLACING 'AAAA' FROM 5)),
	('a megabyte', 'sa1:' || repeat('A', 1048576))) AS t (what, envelope);
-- The table does not take what the function would not write.
SELECT t.what, pg_temp.try('INSERT INTO stockalert.credentials (name, key_id, sealed, state, destination) VALUES ' || t.value) FROM (VALUES
	('name', $$('x', '28983d5dc368a3f8', stockalert.read_envelope('$$ || :'golden' || $$'), 'pending', NULL)$$),
	('key', $$('slack', '28983d5dc368a3f9', stockalert.read_envelope('$$ || :'golden' || $$'), 'pending', NULL)$$),
	('bytes', $$('slack', '28983d5dc368a3f8', 'x', 'pending', NULL)$$),
	('state', $$('slack', '28983d5dc368a3f8', stockalert.read_envelope('$$ || :'golden' || $$'), 'fine', NULL)$$),
	('destination', $$('slack', '28983d5dc368a3f8', stockalert.read_envelope('$$ || :'golden' || $$'), 'pending', 'A')$$)) AS t (what, value);

-- Sealed anew for the active key: not without one.
SELECT stockalert.rotate_credentials();
-- The worker replaces what it opened, and nothing that was set meanwhile.
SELECT done FROM stockalert.set_credential('slack:ops', :'golden');
UPDATE stockalert.credentials SET reseal = true;
SELECT key_id, rows, to_reseal FROM stockalert.key_status;
SET ROLE stockalert_worker;
SELECT stockalert.replace_sealed('slack:ops', sealed || '\x00', sealed, 'reseal_credential') FROM stockalert.credentials;
SELECT reseal, state FROM stockalert.credentials;
SELECT stockalert.replace_sealed('slack:ops', sealed, sealed, 'reseal_credential') FROM stockalert.credentials;
SELECT reseal, state FROM stockalert.credentials;
\set VERBOSITY terse
SELECT stockalert.replace_sealed('slack:ops', sealed, 'no envelope', 'reseal_credential') FROM stockalert.credentials;
\set VERBOSITY default
RESET ROLE;
SELECT done FROM stockalert.delete_credential('slack:ops');

-- A copy sends nothing until somebody says so.
SELECT * FROM stockalert.confirm_takeover();
UPDATE stockalert.installation SET system_identifier = system_identifier + 1;
SELECT stockalert.installation_state();
SELECT * FROM stockalert.confirm_takeover();
SELECT stockalert.installation_state();
UPDATE stockalert.installation SET database_oid = 1;
SELECT stockalert.installation_state();
SELECT done FROM stockalert.confirm_takeover();
SELECT stockalert.installation_state();

-- Who may what: ok, or the SQLSTATE of the refusal.
SET client_min_messages = error;
CREATE TEMP TABLE attempts (ordinal int, what text, statement text);
INSERT INTO attempts VALUES
	(1, 'public_key', 'SELECT stockalert.public_key()'),
	(2, 'installation_state', 'SELECT stockalert.installation_state()'),
	(3, 'credential_status', 'SELECT * FROM stockalert.credential_status'),
	(4, 'key_status', 'SELECT * FROM stockalert.key_status'),
	(5, 'set_credential', format('SELECT stockalert.set_credential(%L, %L)', 'slack:ops', :'golden')),
	(6, 'delete_credential', 'SELECT stockalert.delete_credential(''webhook'')'),
	(7, 'confirm_takeover', 'SELECT stockalert.confirm_takeover()'),
	(7, 'rotate_credentials', 'SELECT stockalert.rotate_credentials()'),
	(7, 'replace_sealed', 'SELECT stockalert.replace_sealed(''slack'', ''x'', ''x'', ''x'')'),
	(8, 'ensure_installation', 'SELECT stockalert.ensure_installation()'),
	(9, 'audit', 'SELECT stockalert.audit(''a'', ''b'')'),
	(10, 'wake_sender', 'SELECT stockalert.wake_sender()'),
	(11, 'read sealed', 'SELECT sealed FROM stockalert.credentials'),
	(12, 'write sealed', 'UPDATE stockalert.credentials SET sealed = sealed'),
	(13, 'write state', 'UPDATE stockalert.credentials SET state = ''pending'''),
	(14, 'insert credential', 'INSERT INTO stockalert.credentials SELECT * FROM stockalert.credentials'),
	(15, 'read installation', 'SELECT 1 FROM stockalert.installation'),
	(16, 'write installation', 'UPDATE stockalert.installation SET database_oid = 1'),
	(16, 'loaded_keys', 'SELECT * FROM stockalert.loaded_keys()'),
	(16, 'seal_command', 'SELECT stockalert.seal_command()'),
	(16, 'seal_file', 'SELECT stockalert.seal_file(NULL, NULL, NULL, NULL)'),
	(16, 'seal_plaintext', 'SELECT stockalert.seal_plaintext(NULL, NULL, NULL, NULL)'),
	(16, 'from_file', 'SELECT stockalert.set_credential_from_file(''slack'', ''/nowhere'')'),
	(16, 'plaintext', 'SELECT stockalert.set_credential_plaintext(''slack'', ''x'')'),
	(17, 'read audit_log', 'SELECT 1 FROM stockalert.audit_log'),
	(18, 'insert audit_log', 'INSERT INTO stockalert.audit_log (action) VALUES (''x'')'),
	(19, 'update audit_log', 'UPDATE stockalert.audit_log SET action = ''x'''),
	(20, 'delete audit_log', 'DELETE FROM stockalert.audit_log'),
	(21, 'truncate audit_log', 'TRUNCATE stockalert.audit_log');
CREATE FUNCTION pg_temp.try_as(role text, statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('SET LOCAL ROLE %I', role);
	EXECUTE statement;
	RAISE EXCEPTION 'undo' USING ERRCODE = 'SA000';
EXCEPTION
	WHEN SQLSTATE 'SA000' THEN RETURN 'ok';
	WHEN OTHERS THEN RETURN SQLSTATE;
END
$$;
SELECT a.what, pg_temp.try_as('regress_cred_admin', a.statement) AS admin, pg_temp.try_as('regress_cred_manager', a.statement) AS manager,
	pg_temp.try_as('regress_cred_viewer', a.statement) AS viewer, pg_temp.try_as('regress_cred_writer', a.statement) AS writer,
	pg_temp.try_as('stockalert_worker', a.statement) AS worker, pg_temp.try_as('regress_cred_nobody', a.statement) AS nobody
	FROM attempts AS a ORDER BY a.ordinal, a.what;
RESET client_min_messages;
-- The worker's CHECKs run with the worker's rights.
SELECT done FROM stockalert.set_credential('slack:ops', :'golden');
SET ROLE stockalert_worker;
UPDATE stockalert.credentials SET state = 'ok', destination = 'hooks.slack.com:443', last_checked_at = now() WHERE name = 'slack:ops';
RESET ROLE;
SELECT * FROM stockalert.key_status;

-- Every change left a line with the role that logged in, and no value.
SET SESSION AUTHORIZATION regress_cred_admin;
SELECT done FROM stockalert.set_credential('slack:ops', :'golden');
SELECT done FROM stockalert.delete_credential('slack:ops');
RESET SESSION AUTHORIZATION;
SELECT replace(actor, session_user, 'superuser') AS actor, action, object FROM stockalert.audit_log ORDER BY audit_id;
SELECT count(*) FROM stockalert.audit_log AS l WHERE l::text LIKE '%sa1:%' OR l::text LIKE '%canary%';

-- Neither view shows an envelope, nor how long it is.
SELECT done FROM stockalert.set_credential('slack:ops', :'golden');
SELECT v.relname, a.attname, format_type(a.atttypid, a.atttypmod) AS type FROM pg_class AS v JOIN pg_attribute AS a ON a.attrelid = v.oid
	WHERE v.oid IN ('stockalert.credential_status'::regclass, 'stockalert.key_status'::regclass) AND a.attnum > 0 ORDER BY v.relname, a.attnum;
SELECT count(*) FROM stockalert.credential_status AS s WHERE s::text LIKE '%' || substr(:'golden', 6, 20) || '%' OR s::text LIKE '%534145%';

DELETE FROM stockalert.credentials;
DELETE FROM stockalert.channels;
DELETE FROM stockalert.installation;
DELETE FROM stockalert.audit_log;
REVOKE USAGE ON SCHEMA stockalert FROM regress_cred_nobody;
DROP ROLE regress_cred_admin, regress_cred_manager, regress_cred_viewer, regress_cred_writer, regress_cred_nobody;
-- The event of the takeover is nobody's any more.
DELETE FROM stockalert.queue;
