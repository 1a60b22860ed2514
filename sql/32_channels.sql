-- Ways out: one row per configured channel.  Secrets are in credentials, sealed.

CREATE TABLE stockalert.channels (
	channel text PRIMARY KEY,
	enabled boolean NOT NULL DEFAULT true,
	host text,
	port integer,
	security text NOT NULL DEFAULT 'starttls',
	username text,
	sender text,
	content_sid text,
	state text NOT NULL DEFAULT 'active',
	state_reason text,
	state_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	per_second double precision NOT NULL DEFAULT 1,
	burst integer NOT NULL DEFAULT 1,
	hourly_limit integer,
	daily_limit integer,
	daily_each integer,
	CONSTRAINT "channel is email, slack, sms, whatsapp, webhook or log" CHECK (channel IN ('email', 'slack', 'sms', 'whatsapp', 'webhook', 'log')),
	CONSTRAINT "host is a lower-case host name or address" CHECK (host ~ '^[a-z0-9]([a-z0-9.:-]{0,251}[a-z0-9])?$'),
	CONSTRAINT "port is 1 to 65535" CHECK (port BETWEEN 1 AND 65535),
	CONSTRAINT "security is starttls, tls or none" CHECK (security IN ('starttls', 'tls', 'none')),
	CONSTRAINT "username is 1 to 254 characters without control characters" CHECK (stockalert.is_label(username, 254)),
	CONSTRAINT "sender is 1 to 254 characters without control characters" CHECK (stockalert.is_label(sender, 254)),
	CONSTRAINT "content_sid is HX and 32 hexadecimal digits" CHECK (content_sid ~ '^HX[0-9a-fA-F]{32}$'),
	CONSTRAINT "state is active, broken or paused" CHECK (state IN ('active', 'broken', 'paused')),
	CONSTRAINT "per_second is above 0 and at most 10000" CHECK (per_second > 0 AND per_second <= 10000),
	CONSTRAINT "burst is 1 to 10000" CHECK (burst BETWEEN 1 AND 10000),
	CONSTRAINT "limits are 1 to 1000000" CHECK (hourly_limit BETWEEN 1 AND 1000000 AND daily_limit BETWEEN 1 AND 1000000 AND daily_each BETWEEN 1 AND 1000000)
);
COMMENT ON TABLE stockalert.channels IS 'Configured channels. A message for a channel without a row waits and health() says so.';
COMMENT ON COLUMN stockalert.channels.host IS 'Mail relay of channel email. Other channels take their host from the sealed credential.';
COMMENT ON COLUMN stockalert.channels.security IS 'starttls: encryption demanded after connecting; tls: from the first byte; none: only where stockalert.allow_http is on.';
COMMENT ON COLUMN stockalert.channels.username IS 'Account at the relay; its password is the credential smtp. NULL: the relay asks for none.';
COMMENT ON COLUMN stockalert.channels.sender IS 'From address of e-mails; number (E.164) or messaging service (MG...) of sms and whatsapp at Twilio.';
COMMENT ON COLUMN stockalert.channels.content_sid IS 'Of whatsapp: the approved template at Twilio (HX...) with the text of whatsapp_template().';
COMMENT ON COLUMN stockalert.channels.state IS 'broken: the provider refused the channel itself (wrong password, revoked URL); messages wait and no attempt is burnt.';
COMMENT ON COLUMN stockalert.channels.hourly_limit IS 'Most messages in any 60 minutes; what is above waits and goes as one digest for each person. NULL: no limit.';
COMMENT ON COLUMN stockalert.channels.daily_limit IS 'Most messages in any 24 hours, as hourly_limit: what a month of SMS may cost.';
COMMENT ON COLUMN stockalert.channels.daily_each IS 'Most messages in any 24 hours to one recipient, as hourly_limit.';
COMMENT ON COLUMN stockalert.channels.per_second IS 'Rate limit, messages a second to one endpoint.';

CREATE FUNCTION stockalert.whatsapp_template() RETURNS text
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT format(E'%s Inventory Alert \U0001F6A8\nItem: {{1}}\nCurrent Stock: {{2}}\nAlert Level: {{3}}\n{{4}}\nReply HELP for more info.',
		coalesce(nullif(current_setting('stockalert.shop_name', true), ''), 'StockAlert'))
$$;
COMMENT ON FUNCTION stockalert.whatsapp_template() IS
	'Prints the text to submit to Meta as a template of category utility (at Twilio: Content Template Builder); {{1}} item, {{2}} quantity, {{3}} threshold, {{4}} a sentence such as "Stock is low! Please restock soon." Holds stockalert.shop_name, so submit it again when that changes. Never NULL.';
GRANT EXECUTE ON FUNCTION stockalert.whatsapp_template() TO stockalert_manager;

CREATE FUNCTION stockalert.channel_call(channel text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN CASE channel
		WHEN 'email' THEN 'SELECT * FROM stockalert.set_channel(''email'', host => ''smtp.example.com'', username => ''shop@example.com'', sender => ''shop@example.com'');'
		WHEN 'sms' THEN 'SELECT * FROM stockalert.set_channel(''sms'', sender => ''+15550100''); -- a number of yours at Twilio, or its messaging service (MG...)'
		WHEN 'whatsapp' THEN 'SELECT * FROM stockalert.set_channel(''whatsapp'', sender => ''+15550101''); -- then it tells of the template'
		ELSE format('SELECT * FROM stockalert.set_channel(%L);', channel) END;
END
$$;
COMMENT ON FUNCTION stockalert.channel_call(text) IS 'The statement that sets a channel up, with what it needs, to be pasted. For the owner.';

CREATE FUNCTION stockalert.channel_remedy(channel text, reason text) RETURNS text
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	-- A setting of the server that leaves the host or its address out.
	setting text := substring(reason FROM 'stockalert\.(slack_hosts|smtp_hosts|allowed_networks|ca_file)');
	again text := format('SELECT * FROM stockalert.set_channel(%L); -- sets it active again', channel);
BEGIN
	RETURN CASE WHEN setting IS NOT NULL THEN format('%s; first in postgresql.conf: stockalert.%s (now ''%s''), reload', again, setting, current_setting('stockalert.' || setting, true))
		WHEN reason LIKE '%credential%' THEN again || '; first seal the credential that health() names'
		ELSE again || ', once the cause is mended' END;
END
$$;
COMMENT ON FUNCTION stockalert.channel_remedy(text, text) IS 'What to do about a broken channel: the statement that sets it active, and what is to be done before. For the owner.';

GRANT SELECT ON stockalert.channels TO stockalert_worker, stockalert_admin;
GRANT UPDATE (state, state_reason, state_at) ON stockalert.channels TO stockalert_worker;
