-- Secrets, sealed for the worker; who this installation is; who changed what.
-- No function opens an envelope: backends have the public key alone.

CREATE FUNCTION stockalert.is_credential_name(name text) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_is_credential_name';
COMMENT ON FUNCTION stockalert.is_credential_name(text) IS
	'Tells whether a text can name a credential: square, square_webhook, slack, twilio, smtp or webhook, and where there are several a label, as in slack:ops (1 to 32 of a-z 0-9 _ -). NULL for NULL.';

CREATE FUNCTION stockalert.check_credential_name(name text) RETURNS void
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_check_credential_name';
COMMENT ON FUNCTION stockalert.check_credential_name(text) IS
	'Raises 22023 unless is_credential_name(); neither quotes the text nor lets the statement into the log, as it may be a secret given by mistake. NULL for NULL.';

CREATE FUNCTION stockalert.is_destination(destination text) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_is_destination';
COMMENT ON FUNCTION stockalert.is_destination(text) IS
	'Tells whether a text is host:port with the host in lower case and the port from 1 to 65535, such as mail.example.com:587. NULL for NULL.';

CREATE FUNCTION stockalert.read_envelope(envelope text) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_read_envelope';
COMMENT ON FUNCTION stockalert.read_envelope(text) IS
	'Turns an envelope as stockalert-seal prints it (sa1:...) into bytes and checks its form, not its content, which only the worker can. NULL for NULL. Errors: 22023 no envelope; the statement is kept out of the log.';

CREATE FUNCTION stockalert.envelope_key(sealed bytea) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_envelope_key';
COMMENT ON FUNCTION stockalert.envelope_key(bytea) IS
	'Returns the id (16 hexadecimal digits) of the key an envelope is sealed for; NULL for NULL and for what is no envelope.';

CREATE FUNCTION stockalert.published_key(OUT key_id text, OUT public_key text) RETURNS record
	LANGUAGE c VOLATILE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'stockalert_published_key'; -- lint: not strict (no arguments)
COMMENT ON FUNCTION stockalert.published_key() IS
	'Shows the active key that the worker of this database has loaded, in hexadecimal; NULLs while it has none.';

CREATE FUNCTION stockalert.loaded_keys(OUT key_id text, OUT active boolean) RETURNS SETOF record
	LANGUAGE c VOLATILE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'stockalert_loaded_keys';
COMMENT ON FUNCTION stockalert.loaded_keys() IS
	'Lists the keys that the worker of this database has loaded; the active one, first in the key file, comes first. No rows while it has none.';

CREATE FUNCTION stockalert.key_problem() RETURNS text
	LANGUAGE c VOLATILE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'stockalert_key_problem';
COMMENT ON FUNCTION stockalert.key_problem() IS
	'Says what is wrong with the key file, without its path; NULL where nothing is, and while no worker has looked.';

CREATE FUNCTION stockalert.system_identifier() RETURNS bigint
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_system_identifier'; -- lint: not strict (no arguments)
COMMENT ON FUNCTION stockalert.system_identifier() IS
	'Returns the identifier of this database cluster, as pg_control_system() shows it. Never NULL.';

CREATE FUNCTION stockalert.this_database() RETURNS text
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$ -- lint: not strict (no arguments)
	SELECT format('%s/%s', stockalert.system_identifier(), d.oid) FROM pg_catalog.pg_database AS d WHERE d.datname = current_database()
$$;
COMMENT ON FUNCTION stockalert.this_database() IS
	'Names this database of this cluster by numbers that no copy of its rows shares: a dump that is restored elsewhere says where its rows were written. Never NULL.';

CREATE FUNCTION stockalert.wake_sender() RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'stockalert_wake_sender'; -- lint: not strict (no arguments)
COMMENT ON FUNCTION stockalert.wake_sender() IS
	'Lets the sender of this database look for work once the transaction commits.';

CREATE TABLE stockalert.installation (
	singleton boolean PRIMARY KEY DEFAULT true,
	installation_id uuid NOT NULL,
	system_identifier bigint NOT NULL,
	database_oid oid NOT NULL,
	created_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	CONSTRAINT "there is one installation" CHECK (singleton)
);
COMMENT ON TABLE stockalert.installation IS 'Who this installation is. Made by the first channel or credential, never by the script, where it would collide with a restore.';
COMMENT ON COLUMN stockalert.installation.installation_id IS 'Sealed into every credential; travels with a dump.';
COMMENT ON COLUMN stockalert.installation.system_identifier IS 'Cluster that sends. Elsewhere the rows are a copy, which sends nothing until confirm_takeover().';
COMMENT ON COLUMN stockalert.installation.database_oid IS 'Database of that cluster that sends.';

CREATE TABLE stockalert.credentials (
	name text PRIMARY KEY,
	destination text,
	key_id text NOT NULL,
	sealed bytea NOT NULL,
	set_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	set_by text NOT NULL DEFAULT session_user,
	state text NOT NULL DEFAULT 'pending',
	last_checked_at timestamptz,
	last_error text,
	reseal boolean NOT NULL DEFAULT false,
	CONSTRAINT "name is that of a credential, such as slack or slack:ops" CHECK (stockalert.is_credential_name(name)),
	CONSTRAINT "destination is host:port in lower case" CHECK (stockalert.is_destination(destination)),
	CONSTRAINT "sealed is an envelope of the key key_id" CHECK (stockalert.envelope_key(sealed) IS NOT NULL AND stockalert.envelope_key(sealed) = key_id),
	CONSTRAINT "state is one the worker knows" CHECK (state IN ('pending', 'ok', 'wrong_key', 'unknown_key', 'bad_binding', 'bad_format', 'bad_charset'))
);
COMMENT ON TABLE stockalert.credentials IS 'Sealed secrets. Only the worker, which has the key file, can open them; set_credential() writes them.';
COMMENT ON COLUMN stockalert.credentials.destination IS 'The only host:port the secret may be sent to. It is sealed in; this copy is written by the worker when it has opened the envelope, NULL before.';
COMMENT ON COLUMN stockalert.credentials.key_id IS 'Key it is sealed for, 16 hexadecimal digits.';
COMMENT ON COLUMN stockalert.credentials.sealed IS 'Envelope of version 1: SAE 0x01, key id, libsodium sealed box.';
COMMENT ON COLUMN stockalert.credentials.state IS 'What the worker found: pending (not yet tried), ok, unknown_key (not in its key file), wrong_key (damaged or forged), bad_binding (sealed for another installation, name or host), bad_format, bad_charset.';
COMMENT ON COLUMN stockalert.credentials.reseal IS 'rotate_credentials() wants it sealed anew for the active key; the worker does so and clears this.';
COMMENT ON COLUMN stockalert.credentials.last_error IS 'What is wrong and what to do, in a sentence; never a part of the secret.';

CREATE TABLE stockalert.audit_log (
	audit_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	happened_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	actor text NOT NULL DEFAULT session_user,
	action text NOT NULL,
	object text
);
COMMENT ON TABLE stockalert.audit_log IS 'Who changed which credential, channel or setting, and when. Never a value. Nobody but the owner''s functions writes, and those only add.';
COMMENT ON COLUMN stockalert.audit_log.actor IS 'The role that logged in, whatever it became by SET ROLE.';
COMMENT ON COLUMN stockalert.audit_log.action IS 'The function that was called, such as set_credential.';
COMMENT ON COLUMN stockalert.audit_log.object IS 'Name of what it was called for, such as slack:ops.';

CREATE FUNCTION stockalert.audit(action text, object text) RETURNS void
	LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
	INSERT INTO stockalert.audit_log (action, object) VALUES (audit.action, audit.object)
$$;
COMMENT ON FUNCTION stockalert.audit(text, text) IS
	'Adds a line to audit_log. For the extension''s own functions, which run as the owner; granted to nobody. object NULL: the action has none.';

CREATE FUNCTION stockalert.ensure_installation() RETURNS uuid
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	INSERT INTO stockalert.installation (installation_id, system_identifier, database_oid)
		SELECT gen_random_uuid(), stockalert.system_identifier(), d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = current_database()
		ON CONFLICT DO NOTHING;
	IF FOUND THEN
		PERFORM stockalert.audit('ensure_installation', NULL);
	END IF;
	RETURN (SELECT i.installation_id FROM stockalert.installation AS i);
END
$$;
COMMENT ON FUNCTION stockalert.ensure_installation() IS
	'Returns the id of this installation, making it at first use. For the extension''s own functions, which run as the owner; granted to nobody. Never NULL.';

CREATE FUNCTION stockalert.installation_state() RETURNS text
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce((SELECT CASE WHEN i.system_identifier = stockalert.system_identifier() AND d.oid = i.database_oid THEN 'here' ELSE 'copy' END
		FROM stockalert.installation AS i CROSS JOIN pg_catalog.pg_database AS d WHERE d.datname = current_database()), 'none')
$$;
COMMENT ON FUNCTION stockalert.installation_state() IS
	'Tells whether this database may send: here (it is the one the installation was made in or taken over by), copy (it was restored or copied from there and sends nothing before confirm_takeover()), none (no channel or credential was ever set). Never NULL.';

CREATE FUNCTION stockalert.public_key(OUT key_id text, OUT public_key text, OUT installation uuid)
	LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	SELECT k.key_id, k.public_key INTO key_id, public_key FROM stockalert.published_key() AS k;
	IF key_id IS NULL THEN
		RAISE WARNING 'no key is loaded'
			USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = 'Secrets are sealed for a key that only the worker has; so far it has none.',
				  HINT = 'Make one: stockalert-keygen FILE, then follow what it prints. SELECT * FROM stockalert.worker_status() says what the worker is doing.';
	END IF;
	-- A standby or a read-only session shows what there is.
	IF current_setting('transaction_read_only') = 'on' THEN
		installation := (SELECT i.installation_id FROM stockalert.installation AS i);
	ELSE
		installation := stockalert.ensure_installation();
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.public_key() IS
	'Shows what stockalert-seal needs: id and public half (hexadecimal) of the key the worker has loaded, and the installation. All three are public; compare the key id with the one stockalert-keygen printed. NULL and a warning while no key is loaded.';

CREATE FUNCTION stockalert.seal_command(name text DEFAULT NULL, destination text DEFAULT NULL) RETURNS text
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	k record;
BEGIN
	PERFORM stockalert.check_credential_name(name);
	IF NOT stockalert.is_destination(destination) THEN
		RAISE EXCEPTION 'this is no destination'
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'A destination is host:port with the host in lower case.', HINT = 'Write it as in mail.example.com:587.';
	END IF;
	k := stockalert.public_key();
	RETURN 'stockalert-seal --sql' || coalesce(' --key-id ' || k.key_id || ' --public-key ' || k.public_key, '') || coalesce(' --installation ' || k.installation, '')
		|| coalesce(' --name ' || name, '') || coalesce(' --dest ' || destination, '');
END
$$;
COMMENT ON FUNCTION stockalert.seal_command(text, text) IS
	'Prints the shell command that asks for a secret, seals it for this installation and prints the statement that stores it. It asks for what is left out here: name (slack, smtp, ...) and, where there is no usual one, destination (host:port). Compare its key id with the one stockalert-keygen printed. Errors: 22023 no name of a credential, no destination; a warning while no key is loaded.';

CREATE FUNCTION stockalert.credential_channels(name text) RETURNS text[]
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE split_part(name, ':', 1) WHEN 'smtp' THEN '{email}'::text[] WHEN 'slack' THEN '{slack}' WHEN 'webhook' THEN '{webhook}'
		WHEN 'twilio' THEN '{sms,whatsapp}' ELSE '{}' END
$$;
COMMENT ON FUNCTION stockalert.credential_channels(text) IS
	'Returns the channels that use a credential of this name; none for those of Square. NULL for NULL.';

CREATE FUNCTION stockalert.after_credential(name text) RETURNS text
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	kind text := split_part(name, ':', 1);
	unset text := (SELECT u.channel FROM unnest(stockalert.credential_channels(name)) AS u (channel)
		WHERE NOT EXISTS (SELECT FROM stockalert.channels AS h WHERE h.channel = u.channel) LIMIT 1);
	-- A message to anybody who hears by it shows whether it works.
	somebody text := (SELECT b.name FROM stockalert.subscriber_contacts AS c JOIN stockalert.subscribers AS b ON b.subscriber_id = c.subscriber_id
		WHERE c.channel = ANY (stockalert.credential_channels(after_credential.name)) AND (kind NOT IN ('slack', 'webhook') OR c.address = after_credential.name)
		ORDER BY b.name LIMIT 1);
BEGIN
	RETURN CASE WHEN unset = 'email' THEN 'SELECT * FROM stockalert.set_channel(''email'', host => ''smtp.example.com'', username => ''shop@example.com'', sender => ''shop@example.com'');'
		WHEN unset IS NOT NULL THEN format('SELECT * FROM stockalert.set_channel(%L, sender => ''+15550100'');', unset)
		WHEN kind IN ('slack', 'webhook') AND somebody IS NULL THEN format('SELECT * FROM stockalert.add_subscriber(%L, %s => %L);', replace(name, ':', ' '), kind, name)
		WHEN kind IN ('slack', 'webhook', 'smtp', 'twilio') AND somebody IS NOT NULL
			THEN format('SELECT * FROM stockalert.test_channel(%L, %L);', (stockalert.credential_channels(name))[1], somebody)
		ELSE format('SELECT state, last_error FROM stockalert.credential_status WHERE name = %L;', name) END;
END
$$;
COMMENT ON FUNCTION stockalert.after_credential(text) IS
	'The next statement once a credential is set: its channel, somebody who hears by it, or a test. For the extension''s own functions, which run as the owner; granted to nobody. NULL for NULL.';

CREATE FUNCTION stockalert.set_credential(name text, envelope text, OUT done text, OUT next text)
	LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	envelope_bytes bytea;
	envelope_key text;
	active_key text := (SELECT k.key_id FROM stockalert.published_key() AS k);
	made text;
BEGIN
	IF name IS NULL OR envelope IS NULL THEN
		RAISE EXCEPTION 'name and envelope are needed'
			USING ERRCODE = 'null_value_not_allowed', DETAIL = 'One of them is NULL.',
				  HINT = 'stockalert-seal --sql prints the whole statement; delete_credential() takes a credential away.';
	END IF;
	PERFORM stockalert.check_credential_name(name);
	envelope_bytes := stockalert.read_envelope(btrim(envelope, E' \t\r\n'));
	envelope_key := stockalert.envelope_key(envelope_bytes);
	IF envelope_key <> active_key THEN
		RAISE EXCEPTION 'the envelope is sealed for key %, and the active key is %', envelope_key, active_key
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'New credentials are sealed for the active key, the first in the key file.',
				  HINT = format('Seal it again: SELECT stockalert.seal_command(%L);', name);
	END IF;
	PERFORM stockalert.ensure_installation();
	INSERT INTO stockalert.credentials AS c (name, key_id, sealed) VALUES (set_credential.name, envelope_key, envelope_bytes)
		ON CONFLICT ON CONSTRAINT credentials_pkey DO UPDATE SET key_id = excluded.key_id, sealed = excluded.sealed, set_at = now(),
			set_by = session_user, state = 'pending', destination = NULL, last_checked_at = NULL, last_error = NULL, reseal = false;
	UPDATE stockalert.channels AS h SET state = 'active', state_reason = NULL, state_at = now()
		WHERE h.state = 'broken' AND h.channel = ANY (stockalert.credential_channels(name));
	PERFORM stockalert.audit('set_credential', name);
	PERFORM stockalert.wake_sender();
	-- These channels have nothing to set but their secret.
	INSERT INTO stockalert.channels AS h (channel) SELECT u.channel FROM unnest(stockalert.credential_channels(name)) AS u (channel)
		WHERE u.channel IN ('slack', 'webhook') ON CONFLICT DO NOTHING RETURNING h.channel INTO made;
	IF FOUND THEN
		PERFORM stockalert.audit('set_channel', made);
	END IF;
	done := format('credential %s stored%s; %s', name, coalesce(' and channel ' || made || ' set up', ''), CASE WHEN active_key IS NULL
		THEN 'it waits, as no key is loaded' ELSE 'the worker tries to open it within seconds' END);
	next := CASE WHEN active_key IS NULL THEN 'Make a key with stockalert-keygen or see why none is loaded: SELECT * FROM stockalert.worker_status();'
		ELSE stockalert.after_credential(name) END;
END
$$;
COMMENT ON FUNCTION stockalert.set_credential(text, text) IS
	'Stores a credential sealed by stockalert-seal, in place of one of the same name, and lets a channel that was broken try again; the channels slack and webhook, which have nothing else to set, are set up with it. The form and the key id are checked at once; whether it opens, the worker says in credential_status. Errors: 22004 an argument is NULL; 22023 no name of a credential, no envelope, or sealed for another key than the active one.';

-- not strict: says itself what is missing
CREATE FUNCTION stockalert.seal_file(installation uuid, name text, destination text, path text) RETURNS text
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'stockalert_seal_file';
COMMENT ON FUNCTION stockalert.seal_file(uuid, text, text, text) IS
	'Part of set_credential_from_file(): seals the content of a file of the server, less one line end, for the active key; nobody sees it. destination NULL: the usual one of its kind. Errors: 42501 the caller is no member of pg_read_server_files, 58P01 no such file, 22023 another thing is wrong, 22004 a NULL, 55000 no key is loaded.';

CREATE FUNCTION stockalert.set_credential_from_file(name text, path text, destination text DEFAULT NULL, OUT done text, OUT next text)
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	SELECT s.done, 'Remove the file. ' || s.next INTO done, next
		FROM stockalert.set_credential(name, stockalert.seal_file((SELECT k.installation FROM stockalert.public_key() AS k), name, destination, path)) AS s;
END
$$;
COMMENT ON FUNCTION stockalert.set_credential_from_file(text, text, text) IS
	'Seals the content of a file of the server (whole path, at most 4096 bytes, one line end at its end is left out) and stores it as set_credential() does. destination (host:port) is the only place it may be sent to; NULL: the usual one of slack, square and twilio. The caller is a member of stockalert_admin and of pg_read_server_files. Errors: those of seal_file() and set_credential(); none quotes the content.';

CREATE FUNCTION stockalert.hide_statement() RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'stockalert_hide_statement';
COMMENT ON FUNCTION stockalert.hide_statement() IS
	'Part of set_credential_plaintext(): takes the statement that runs out of pg_stat_activity and of errors in the log, warns, and raises 42501 unless stockalert.allow_plaintext_credentials is on.';

-- not strict: says itself what is missing
CREATE FUNCTION stockalert.seal_plaintext(installation uuid, name text, destination text, secret text) RETURNS text
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'stockalert_seal_plaintext';
COMMENT ON FUNCTION stockalert.seal_plaintext(uuid, text, text, text) IS
	'Part of set_credential_plaintext(): seals a secret for the active key. destination NULL: the usual one of its kind. Errors: 42501 stockalert.allow_plaintext_credentials is off, 22023 the secret or what it belongs to cannot be used, 22004 a NULL, 55000 no key is loaded; none quotes it.';

CREATE FUNCTION stockalert.set_credential_plaintext(name text, secret text, destination text DEFAULT NULL, OUT done text, OUT next text)
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM stockalert.hide_statement();
	SELECT s.done, 'Seal and set it with stockalert-seal before long. ' || s.next INTO done, next
		FROM stockalert.set_credential(name, stockalert.seal_plaintext((SELECT k.installation FROM stockalert.public_key() AS k), name, destination, secret)) AS s;
END
$$;
COMMENT ON FUNCTION stockalert.set_credential_plaintext(text, text, text) IS
	'Seals a secret given in the statement and stores it as set_credential() does; for trying things out. Refused (42501) unless the server''s configuration has stockalert.allow_plaintext_credentials on. What it stores is sealed and its own errors hide the statement, but logs, statistics and histories may keep it, and a warning says which are known to. Errors: those of seal_plaintext() and set_credential().';

CREATE FUNCTION stockalert.delete_credential(name text, OUT done text, OUT next text)
	LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF name IS NULL THEN
		RAISE EXCEPTION 'a name is needed'
			USING ERRCODE = 'null_value_not_allowed', DETAIL = 'It is NULL.', HINT = 'SELECT name FROM stockalert.credential_status lists them.';
	END IF;
	PERFORM stockalert.check_credential_name(name);
	DELETE FROM stockalert.credentials AS c WHERE c.name = delete_credential.name;
	IF NOT FOUND THEN
		done := format('there was no credential %s', name);
		next := 'SELECT name, state FROM stockalert.credential_status;';
		RETURN;
	END IF;
	PERFORM stockalert.audit('delete_credential', name);
	PERFORM stockalert.wake_sender();
	done := format('credential %s deleted; what needs it waits', name);
	next := 'Revoke the secret at its provider too: backups still hold the envelope.';
END
$$;
COMMENT ON FUNCTION stockalert.delete_credential(text) IS
	'Deletes a credential; messages that need it wait as unconfigured. Says so if there was none. Errors: 22004 the name is NULL; 22023 no name of a credential.';

CREATE FUNCTION stockalert.rotate_credentials(OUT done text, OUT next text)
	LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	active_key text := (SELECT k.key_id FROM stockalert.published_key() AS k);
	marked bigint;
	closed text;
BEGIN
	IF active_key IS NULL THEN
		RAISE EXCEPTION 'no key is loaded'
			USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = 'Credentials are sealed anew for the active key, the first in the key file; the worker has none.',
				  HINT = 'SELECT * FROM stockalert.worker_status() says why. A new key is put before the old ones by: stockalert-keygen --add FILE';
	END IF;
	UPDATE stockalert.credentials AS c SET reseal = true WHERE c.key_id <> active_key;
	GET DIAGNOSTICS marked = ROW_COUNT;
	SELECT string_agg(c.name, ', ' ORDER BY c.name) INTO closed FROM stockalert.credentials AS c WHERE c.key_id <> active_key AND c.state NOT IN ('ok', 'pending');
	PERFORM stockalert.audit('rotate_credentials', active_key);
	PERFORM stockalert.wake_sender();
	IF marked = 0 THEN
		done := format('nothing to do: no credential is sealed for another key than the active one, %s', active_key);
		next := 'A new key is put before the old ones by: stockalert-keygen --add FILE; then SELECT pg_reload_conf(); and this again.';
	ELSIF closed IS NULL THEN
		done := format('the worker seals %s for the active key %s within seconds', CASE marked WHEN 1 THEN 'one credential' ELSE format('%s credentials', marked) END, active_key);
		next := 'SELECT * FROM stockalert.key_status; -- the line of an old key may leave the key file once its rows are 0 here and in all databases, and no backup is kept that needs it';
	ELSE
		done := format('the worker tries to seal %s for the active key %s within seconds, and could not open before: %s',
			CASE marked WHEN 1 THEN 'one credential' ELSE format('%s credentials', marked) END, active_key, closed);
		next := 'SELECT name, state, last_error FROM stockalert.credential_status;';
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.rotate_credentials() IS
	'Lets the worker seal anew, for the active key, every credential that is sealed for another; each is opened again and compared before it takes the place of the old envelope, which is good until then. One set meanwhile stays as it was set. Error: 55000 no key is loaded.';

CREATE FUNCTION stockalert.replace_sealed(name text, old_sealed bytea, new_sealed bytea, reason text) RETURNS boolean
	LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	UPDATE stockalert.credentials AS c SET sealed = new_sealed, key_id = stockalert.envelope_key(new_sealed), reseal = false, state = 'ok',
		last_error = NULL, last_checked_at = now()
		WHERE c.name = replace_sealed.name AND c.sealed = old_sealed;
	IF FOUND THEN
		PERFORM stockalert.audit(reason, name);
	END IF;
	RETURN FOUND;
END
$$;
COMMENT ON FUNCTION stockalert.replace_sealed(text, bytea, bytea, text) IS
	'For the worker alone: puts an envelope it sealed itself in the place of the one it opened, and notes the reason (reseal_credential, renew_credential) in audit_log. False: somebody set or deleted the credential meanwhile, and that stays.';

CREATE FUNCTION stockalert.confirm_takeover(OUT done text, OUT next text)
	LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF stockalert.installation_state() = 'copy' THEN
		UPDATE stockalert.installation AS i SET system_identifier = stockalert.system_identifier(),
			database_oid = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = current_database());
		PERFORM stockalert.audit('confirm_takeover', NULL);
		-- What was on its way when the copy was made is the other database's; here everybody hears once of what is open.
		WITH gone AS (DELETE FROM stockalert.queue AS q RETURNING q.*)
			INSERT INTO stockalert.deliveries (message_id, queue_id, channel, subscriber_id, outcome, attempts, maybe_twice, error_class, occurred_at, created_at)
			SELECT g.message_id, g.queue_id, g.channel, g.subscriber_id, 'superseded', g.attempts, true, 'takeover', g.occurred_at, g.created_at
			FROM gone AS g WHERE g.stage = 'message';
		INSERT INTO stockalert.queue (lane, event, occurred_at) VALUES (2, 'takeover', stockalert.as_of());
		PERFORM stockalert.wake_sender();
		done := 'this database sends from now on';
		next := 'SELECT * FROM stockalert.schedule_jobs(); -- and see that the one it was copied from is silent: stockalert.delivery = off there, or drop it';
	ELSE
		PERFORM stockalert.ensure_installation();
		done := 'this database is the one that sends already';
		next := 'SELECT * FROM stockalert.worker_status();';
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.confirm_takeover() IS
	'Lets a restored or copied database send in place of the one it came from; until then it records alerts and tells nobody. Afterwards the alerts that are open go out as one digest.';

CREATE VIEW stockalert.credential_status WITH (security_barrier) AS
	SELECT c.name, pg_catalog.split_part(c.name, ':', 1) AS kind, c.destination, c.key_id, c.set_at, c.set_by, c.state, c.last_checked_at, c.last_error
	FROM stockalert.credentials AS c;
COMMENT ON VIEW stockalert.credential_status IS
	'Credentials without their contents: where each may be sent, which key it is sealed for, who set it when, and whether the worker can open it (state, last_error). Neither envelope nor length.';

CREATE VIEW stockalert.key_status WITH (security_barrier) AS
	SELECT coalesce(l.key_id, u.key_id) AS key_id, coalesce(l.active, false) AS active,
		CASE WHEN l.key_id IS NOT NULL THEN true WHEN EXISTS (SELECT FROM stockalert.loaded_keys()) OR u.refused THEN false WHEN u.opened THEN true END AS loaded,
		coalesce(u.rows, 0) AS rows, coalesce(u.to_reseal, 0) AS to_reseal
	FROM (SELECT c.key_id, pg_catalog.count(*) AS rows, pg_catalog.count(*) FILTER (WHERE c.reseal) AS to_reseal,
			pg_catalog.bool_or(c.state = 'ok') AS opened, pg_catalog.bool_or(c.state = 'unknown_key') AS refused
		  FROM stockalert.credentials AS c GROUP BY c.key_id) AS u
	FULL JOIN stockalert.loaded_keys() AS l ON l.key_id = u.key_id;
COMMENT ON VIEW stockalert.key_status IS
	'Keys that the worker has loaded or that credentials are sealed for: loaded tells whether it has the key (NULL: not known while no worker has any), rows how many credentials need it, to_reseal how many of these rotate_credentials() still has to seal for the active key. An old key may leave the key file when it shows 0 rows in every database of the server, and no backup is kept that needs it.';

GRANT EXECUTE ON FUNCTION stockalert.public_key(), stockalert.seal_command(text, text), stockalert.check_credential_name(text), stockalert.is_destination(text),
	stockalert.published_key(), stockalert.loaded_keys(), stockalert.key_problem(), stockalert.installation_state() TO stockalert_viewer;
-- Those that seal run with the caller's rights, and so do their parts.
GRANT EXECUTE ON FUNCTION stockalert.set_credential_from_file(text, text, text), stockalert.seal_file(uuid, text, text, text),
	stockalert.set_credential_plaintext(text, text, text), stockalert.hide_statement(), stockalert.seal_plaintext(uuid, text, text, text) TO stockalert_admin;
GRANT EXECUTE ON FUNCTION stockalert.set_credential(text, text), stockalert.delete_credential(text), stockalert.rotate_credentials(),
	stockalert.confirm_takeover() TO stockalert_admin;
GRANT SELECT ON stockalert.credential_status, stockalert.key_status TO stockalert_manager;
GRANT SELECT ON stockalert.audit_log TO stockalert_admin;
GRANT EXECUTE ON FUNCTION stockalert.installation_state(), stockalert.is_credential_name(text), stockalert.is_destination(text),
	stockalert.envelope_key(bytea), stockalert.replace_sealed(text, bytea, bytea, text) TO stockalert_worker;
GRANT SELECT ON stockalert.credentials, stockalert.installation TO stockalert_worker;
GRANT UPDATE (state, destination, last_checked_at, last_error, reseal) ON stockalert.credentials TO stockalert_worker;
