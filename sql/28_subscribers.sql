-- People: who wants to hear of what, and where they are reached.

CREATE TABLE stockalert.subscribers (
	subscriber_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	name text NOT NULL UNIQUE,
	role_name name,
	app_key text,
	enabled boolean NOT NULL DEFAULT true,
	own_threshold numeric,
	minimum_severity text NOT NULL DEFAULT 'low',
	location_ids bigint[],
	categories text[],
	time_zone text NOT NULL DEFAULT pg_catalog.current_setting('TimeZone'),
	quiet_from time,
	quiet_until time,
	summary_at time,
	summary_sent_for date,
	escalation boolean NOT NULL DEFAULT false,
	fallback boolean NOT NULL DEFAULT false,
	applied_at timestamptz,
	created_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	CONSTRAINT "name is 1 to 192 characters without control characters" CHECK (stockalert.is_label(name, 192)),
	CONSTRAINT "app_key is 1 to 192 characters without control characters" CHECK (stockalert.is_label(app_key, 192)),
	CONSTRAINT "own_threshold is not negative, at most 5 decimals" CHECK (stockalert.is_quantity(own_threshold) AND own_threshold >= 0),
	CONSTRAINT "minimum_severity is low, critical or out" CHECK (minimum_severity IN ('low', 'critical', 'out')),
	CONSTRAINT "time_zone is one the server knows, such as Europe/Rome" CHECK (stockalert.is_time_zone(time_zone)),
	CONSTRAINT "quiet hours have a beginning and an end" CHECK ((quiet_from IS NULL) = (quiet_until IS NULL))
);
COMMENT ON TABLE stockalert.subscribers IS 'People and teams that hear of alerts.';
COMMENT ON COLUMN stockalert.subscribers.own_threshold IS
	'Own low threshold in units. NULL: 5, and only where no rule sets a low threshold; a number set here also filters alerts opened by rules.';
COMMENT ON COLUMN stockalert.subscribers.location_ids IS 'Hears of these locations only; NULL: all.';
COMMENT ON COLUMN stockalert.subscribers.categories IS 'Hears of these categories only; NULL: all.';
COMMENT ON COLUMN stockalert.subscribers.summary_sent_for IS 'Local day of the last summary.';
COMMENT ON COLUMN stockalert.subscribers.applied_at IS 'Written by StockAlert only: when the own threshold was first applied to stock.';
COMMENT ON COLUMN stockalert.subscribers.escalation IS 'Hears of an alert only once it is escalated: by hand, or because nobody took care of it in time.';
COMMENT ON COLUMN stockalert.subscribers.fallback IS 'Default recipient: hears only of what concerns nobody else.';
COMMENT ON COLUMN stockalert.subscribers.app_key IS 'The key by which an app knows them; such a subscriber hears of own items (items.owner_key) and of nobody''s. NULL: added here.';
COMMENT ON COLUMN stockalert.subscribers.enabled IS 'False: told nothing; alerts are recorded all the same, also those by the own threshold.';
COMMENT ON COLUMN stockalert.subscribers.summary_at IS 'Local time of the daily summary; NULL: stockalert.summary_time, unless only escalations are heard of; 24:00: never.';

-- A phone number as people write it into the one form in which it is kept.
CREATE FUNCTION stockalert.normal_phone(phone text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	plain text := translate(phone, ' -', '');
BEGIN
	IF plain !~ '^\+[1-9][0-9]{6,14}$' THEN
		RAISE EXCEPTION 'phone number cannot be used'
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'It is not in the international form E.164.',
				  HINT = 'Write it with country code, such as +919876543210; spaces and hyphens do not matter.';
	END IF;
	RETURN plain;
END
$$;
COMMENT ON FUNCTION stockalert.normal_phone(text) IS
	'Returns a phone number in E.164 (+919876543210), without the spaces and hyphens it was written with. NULL for NULL. Error 22023: not with country code, not 7 to 15 digits, or anything else in it.';

CREATE TABLE stockalert.subscriber_contacts (
	contact_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	subscriber_id bigint NOT NULL REFERENCES stockalert.subscribers ON DELETE CASCADE,
	channel text NOT NULL,
	address text NOT NULL,
	minimum_severity text,
	enabled boolean NOT NULL DEFAULT true,
	suppressed_at timestamptz,
	suppressed_for text,
	UNIQUE (subscriber_id, channel, address),
	CONSTRAINT "channel is email, slack, sms, whatsapp, webhook or log" CHECK (channel IN ('email', 'slack', 'sms', 'whatsapp', 'webhook', 'log')),
	CONSTRAINT "an email address looks like name@example.com" CHECK (channel <> 'email'
		OR (address ~ '^[A-Za-z0-9.!#$%&''*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$'
			AND pg_catalog.char_length(address) <= 254)),
	CONSTRAINT "a phone number is E.164, such as +919876543210" CHECK (channel NOT IN ('sms', 'whatsapp') OR address ~ '^\+[1-9][0-9]{6,14}$'),
	CONSTRAINT "a slack or webhook address is a credential name, such as slack or slack:ops" CHECK (channel NOT IN ('slack', 'webhook')
		OR address ~ ('^' || channel || '(:[a-z0-9_-]{1,32})?$')),
	CONSTRAINT "minimum_severity is low, critical or out" CHECK (minimum_severity IN ('low', 'critical', 'out')),
	CONSTRAINT "a suppressed address has a time and a reason, opted_out or recipient" CHECK ((suppressed_at IS NULL) = (suppressed_for IS NULL)
		AND suppressed_for IN ('opted_out', 'recipient'))
);
COMMENT ON TABLE stockalert.subscriber_contacts IS 'Where a subscriber is reached: e-mail addresses, phone numbers, credential names. Never a secret.';
COMMENT ON COLUMN stockalert.subscriber_contacts.minimum_severity IS 'NULL: the subscriber''s, and critical for sms.';
COMMENT ON COLUMN stockalert.subscriber_contacts.suppressed_at IS
	'Since when nothing is sent there, because the provider said that it is of no use; ends with another address or allow_address(). NULL: it is used.';
COMMENT ON COLUMN stockalert.subscriber_contacts.suppressed_for IS 'opted_out: the recipient answered STOP; recipient: the number cannot be reached.';

CREATE FUNCTION stockalert.plain_contact() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	new.address := CASE WHEN new.channel IN ('sms', 'whatsapp') THEN stockalert.normal_phone(new.address) ELSE trim(new.address) END;
	-- What a provider said was of the old address.
	IF tg_op = 'UPDATE' AND (new.channel, new.address) IS DISTINCT FROM (old.channel, old.address) THEN
		new.suppressed_at := NULL;
		new.suppressed_for := NULL;
	END IF;
	RETURN new;
END
$$;
COMMENT ON FUNCTION stockalert.plain_contact() IS 'Row trigger of subscriber_contacts: phone numbers in E.164, no blanks around addresses, a new address is not suppressed. Error 22023.';
CREATE TRIGGER plain_contact BEFORE INSERT OR UPDATE OF channel, address ON stockalert.subscriber_contacts
	FOR EACH ROW EXECUTE FUNCTION stockalert.plain_contact();
COMMENT ON TRIGGER plain_contact ON stockalert.subscriber_contacts IS 'A phone number is kept in one form, whoever enters it.';
GRANT EXECUTE ON FUNCTION stockalert.normal_phone(text) TO stockalert_viewer, stockalert_writer;
