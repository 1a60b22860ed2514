-- Setting up: each function says what it did and what to do next.

CREATE FUNCTION stockalert.next_step() RETURNS text
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	unset text;
BEGIN
	IF NOT EXISTS (SELECT 1 FROM stockalert.locations) THEN
		RETURN 'SELECT * FROM stockalert.add_location(''main'', ''Main shop'');';
	ELSIF NOT EXISTS (SELECT 1 FROM stockalert.items) THEN
		RETURN 'SELECT * FROM stockalert.add_item(''LED-8'', ''LED strip, 8 m'');';
	ELSIF NOT EXISTS (SELECT 1 FROM stockalert.stock_levels) THEN
		RETURN 'SELECT * FROM stockalert.set_stock(''LED-8'', 100);';
	ELSIF NOT EXISTS (SELECT 1 FROM stockalert.subscribers) THEN
		RETURN 'SELECT * FROM stockalert.add_subscriber(''manager'', email => ''alerts@example.com''); -- nobody is told yet';
	ELSIF NOT EXISTS (SELECT 1 FROM stockalert.subscriber_contacts) THEN
		-- What an app says of its people is the app's to change.
		RETURN coalesce((SELECT format('SELECT * FROM stockalert.set_preferences(%L, notification_email => ''alerts@example.com'');', b.name)
			FROM stockalert.subscribers AS b WHERE b.app_key IS NULL ORDER BY b.subscriber_id LIMIT 1), stockalert.somebody_call(false)) || ' -- nobody can be reached yet';
	END IF;
	SELECT DISTINCT c.channel INTO unset FROM stockalert.subscriber_contacts AS c
		WHERE c.channel <> 'log' AND NOT EXISTS (SELECT 1 FROM stockalert.channels AS h WHERE h.channel = c.channel)
		ORDER BY 1 LIMIT 1;
	IF unset IS NOT NULL THEN
		RETURN stockalert.channel_call(unset);
	END IF;
	-- Where pg_cron is; anything else about it schedule_jobs() itself explains.
	IF to_regnamespace('cron') IS NOT NULL AND NOT EXISTS (SELECT 1 FROM stockalert.job_runs) THEN
		RETURN 'SELECT * FROM stockalert.schedule_jobs();';
	END IF;
	RETURN 'SELECT * FROM stockalert.health();';
END
$$;
COMMENT ON FUNCTION stockalert.next_step() IS 'The next statement that gets this installation nearer to a message received.';

CREATE FUNCTION stockalert.add_location(code text, name text DEFAULT NULL, time_zone text DEFAULT NULL, currency text DEFAULT NULL,
	OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM stockalert.require_all_locations('add_location()');
	PERFORM stockalert.check_label('code', code, 63);
	PERFORM stockalert.check_label('name', coalesce(name, code), 512);
	IF time_zone IS NOT NULL AND NOT stockalert.is_time_zone(time_zone) THEN
		RAISE EXCEPTION 'time zone "%" is not known', time_zone
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'Clock times of a location are in its time zone.',
				  HINT = 'Use a full name such as Europe/Rome; SELECT name FROM pg_timezone_names lists them.';
	END IF;
	IF currency !~ '^[A-Z]{3}$' THEN
		RAISE EXCEPTION 'currency cannot be used'
			USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It is "%s".', left(currency, 20)), HINT = 'Pass three capital letters, such as EUR.';
	END IF;
	INSERT INTO stockalert.locations AS l (code, name, time_zone, currency)
		VALUES (add_location.code, coalesce(add_location.name, add_location.code),
			coalesce(add_location.time_zone, current_setting('TimeZone')), add_location.currency)
		ON CONFLICT ON CONSTRAINT locations_code_key DO NOTHING;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'location "%" exists', code
			USING ERRCODE = 'unique_violation', DETAIL = 'Codes are unique.',
				  HINT = format('SELECT * FROM stockalert.location_list WHERE code = %L; -- who has stockalert_writer changes it: UPDATE stockalert.locations', code);
	END IF;
	done := format('location %s added (time zone %s)', code, coalesce(time_zone, current_setting('TimeZone')));
	next := stockalert.next_step();
END
$$;
COMMENT ON FUNCTION stockalert.add_location(text, text, text, text) IS
	'Adds a shop or warehouse. name defaults to the code, time_zone to the session''s. Errors: 42501 the caller sees some locations only; 22023 bad code, name or time zone; 23505 the code exists.';

CREATE FUNCTION stockalert.add_item(sku text, name text DEFAULT NULL, category text DEFAULT NULL, cost numeric DEFAULT NULL,
	price numeric DEFAULT NULL, quantity_step numeric DEFAULT 1, description text DEFAULT NULL, model_number text DEFAULT NULL,
	OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM stockalert.check_label('sku', sku, 192);
	PERFORM stockalert.check_label('name', coalesce(name, sku), 512);
	PERFORM stockalert.check_quantity('cost', cost, true);
	PERFORM stockalert.check_quantity('price', price, true);
	PERFORM stockalert.check_quantity('quantity_step', quantity_step, true);
	IF quantity_step = 0 THEN
		RAISE EXCEPTION 'quantity_step is zero'
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'It is the smallest unit of stock.', HINT = 'Pass 1 for pieces, 0.001 for goods by weight.';
	END IF;
	IF category IS NOT NULL THEN
		PERFORM stockalert.check_label('category', category, 192);
	END IF;
	IF model_number IS NOT NULL THEN
		PERFORM stockalert.check_label('model_number', model_number, 192);
	END IF;
	IF char_length(description) > 4096 THEN
		RAISE EXCEPTION 'description cannot be used'
			USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It has %s characters.', char_length(description)), HINT = 'Pass at most 4096 characters.';
	END IF;
	INSERT INTO stockalert.items (sku, name, category, cost, price, quantity_step, description, model_number)
		VALUES (add_item.sku, coalesce(add_item.name, add_item.sku), add_item.category, add_item.cost, add_item.price,
			coalesce(add_item.quantity_step, 1), add_item.description, add_item.model_number)
		ON CONFLICT ON CONSTRAINT items_sku_key DO NOTHING;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'item "%" exists', sku
			USING ERRCODE = 'unique_violation', DETAIL = 'SKUs are unique.',
				  HINT = format('UPDATE stockalert.items SET name = ... WHERE sku = %L;', sku);
	END IF;
	done := format('item %s added', sku);
	next := CASE WHEN EXISTS (SELECT 1 FROM stockalert.locations)
		THEN format('SELECT * FROM stockalert.set_stock(%L, 100);', sku) ELSE stockalert.next_step() END;
END
$$;
COMMENT ON FUNCTION stockalert.add_item(text, text, text, numeric, numeric, numeric, text, text) IS
	'Adds an item; name defaults to the SKU. cost and price per unit. Errors: 22023 a value that cannot be; 23505 the SKU exists.';

CREATE FUNCTION stockalert.set_stock(item text, on_hand numeric DEFAULT NULL, location text DEFAULT NULL, reserved numeric DEFAULT NULL,
	par_level numeric DEFAULT NULL, on_order numeric DEFAULT NULL, in_transit numeric DEFAULT NULL, OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	the_item bigint := stockalert.find_item(item);
	the_location bigint := stockalert.find_location(location);
	level stockalert.stock_levels;
	verdict stockalert.decision;
BEGIN
	PERFORM stockalert.check_quantity('on_hand', on_hand, false);
	PERFORM stockalert.check_quantity('reserved', reserved, true);
	PERFORM stockalert.check_quantity('par_level', par_level, true);
	PERFORM stockalert.check_quantity('on_order', on_order, true);
	PERFORM stockalert.check_quantity('in_transit', in_transit, true);
	IF par_level = 0 THEN
		RAISE EXCEPTION 'par_level is zero'
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'It is the stock that the shelf should hold.',
				  HINT = 'Leave it out where there is none; to take one away: UPDATE stockalert.stock_levels SET par_level = NULL ...';
	END IF;
	INSERT INTO stockalert.stock_levels AS s (location_id, item_id, on_hand, reserved, par_level, on_order, in_transit)
		VALUES (the_location, the_item, coalesce(set_stock.on_hand, 0), coalesce(set_stock.reserved, 0), set_stock.par_level,
			coalesce(set_stock.on_order, 0), coalesce(set_stock.in_transit, 0))
		ON CONFLICT ON CONSTRAINT stock_levels_pkey DO UPDATE SET
			on_hand = coalesce(set_stock.on_hand, s.on_hand), reserved = coalesce(set_stock.reserved, s.reserved),
			par_level = coalesce(set_stock.par_level, s.par_level), on_order = coalesce(set_stock.on_order, s.on_order),
			in_transit = coalesce(set_stock.in_transit, s.in_transit);
	SELECT s.* INTO level FROM stockalert.stock_levels AS s WHERE s.location_id = the_location AND s.item_id = the_item;
	SELECT (d.decision).* INTO verdict FROM stockalert.stock_decisions AS d
		WHERE d.location_id = the_location AND d.item_id = the_item;
	done := format('%s at %s: %s on hand%s, %s%s', item, (SELECT l.code FROM stockalert.locations AS l WHERE l.location_id = the_location),
		stockalert.show_quantity(level.on_hand),
		CASE WHEN level.reserved <> 0 THEN format(' (%s reserved)', stockalert.show_quantity(level.reserved)) ELSE '' END,
		level.class,
		CASE WHEN verdict.low IS NOT NULL THEN format(' (low is %s %s)', replace(verdict.fires, '_', ' '), stockalert.show_quantity(verdict.low)) ELSE '' END);
	next := stockalert.next_step();
END
$$;
COMMENT ON FUNCTION stockalert.set_stock(text, numeric, text, numeric, numeric, numeric, numeric) IS
	'Sets stock of an item at a location (NULL: main, or the only one); what is NULL stays as it is, 0 for a new row. Alerts follow at once. Errors: 42704 unknown item or location, 22023 no quantity.';

CREATE FUNCTION stockalert.record_sale(item text, quantity numeric, location text DEFAULT NULL, sold_at timestamptz DEFAULT NULL,
	unit_price numeric DEFAULT NULL, kind text DEFAULT 'sale', source_line text DEFAULT NULL, OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	the_item bigint := stockalert.find_item(item);
	the_location bigint := stockalert.find_location(location);
	the_source bigint;
BEGIN
	IF quantity IS NULL THEN
		RAISE EXCEPTION 'quantity is NULL'
			USING ERRCODE = 'null_value_not_allowed', DETAIL = 'A sale has a quantity.', HINT = 'Pass the units sold.';
	END IF;
	PERFORM stockalert.check_quantity('quantity', quantity, false);
	PERFORM stockalert.check_quantity('unit_price', unit_price, false);
	IF kind IS NULL OR kind NOT IN ('sale', 'return', 'waste', 'transfer', 'correction') THEN
		RAISE EXCEPTION 'kind "%" is not known', left(kind, 60)
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'Kinds are sale, return, waste, transfer and correction.', HINT = 'Pass one of them.';
	END IF;
	IF sold_at < '1970-01-01 00:00+00' OR sold_at >= '2200-01-01 00:00+00' THEN
		RAISE EXCEPTION 'sold_at cannot be used'
			USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It is %s.', sold_at), HINT = 'Pass a time between 1970 and 2200.';
	END IF;
	IF source_line IS NOT NULL THEN
		PERFORM stockalert.check_label('source_line', source_line, 192);
		INSERT INTO stockalert.sources (name, kind) VALUES ('sql', 'sql') ON CONFLICT ON CONSTRAINT sources_name_key DO NOTHING;
		SELECT s.source_id INTO the_source FROM stockalert.sources AS s WHERE s.name = 'sql';
	END IF;
	INSERT INTO stockalert.sales (location_id, item_id, sold_at, quantity, kind, unit_price, source_id, source_line)
		VALUES (the_location, the_item, coalesce(record_sale.sold_at, stockalert.as_of()), record_sale.quantity,
			record_sale.kind, record_sale.unit_price, the_source, record_sale.source_line)
		ON CONFLICT DO NOTHING;
	done := CASE WHEN FOUND THEN format('%s of %s %s recorded', kind, stockalert.show_quantity(quantity), item)
		ELSE format('line %s was recorded before', source_line) END;
	next := format('SELECT * FROM stockalert.set_stock(%L, 100); -- what is left: sales teach demand and change no stock', item);
END
$$;
COMMENT ON FUNCTION stockalert.record_sale(text, numeric, text, timestamptz, numeric, text, text) IS
	'Records a sale (or return, waste, transfer, correction); changes no stock. sold_at NULL: now. The same source_line at the same time and place is stored once. Errors: 42704 unknown item or location, 22023, 22004.';

CREATE FUNCTION stockalert.set_threshold(item text DEFAULT NULL, low numeric DEFAULT NULL, critical numeric DEFAULT NULL, maximum numeric DEFAULT NULL,
	location text DEFAULT NULL, category text DEFAULT NULL, unit text DEFAULT 'units', fires text DEFAULT NULL, note text DEFAULT NULL,
	OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	broken text;
	measure text := CASE unit WHEN 'percent' THEN ' %' WHEN 'days' THEN ' days of cover' ELSE '' END;
	the_item bigint := CASE WHEN item IS NOT NULL THEN stockalert.find_item(item) END;
	the_location bigint := CASE WHEN location IS NOT NULL THEN stockalert.find_location(location) END;
	place text := concat_ws(' ', item, CASE WHEN category IS NOT NULL THEN 'category ' || category END, CASE WHEN location IS NOT NULL THEN 'at ' || location END);
BEGIN
	IF location IS NULL THEN
		PERFORM stockalert.require_all_locations('a threshold without a location');
	END IF;
	PERFORM stockalert.check_quantity('low', low, true);
	PERFORM stockalert.check_quantity('critical', critical, true);
	PERFORM stockalert.check_quantity('maximum', maximum, true);
	IF unit IS NULL OR unit NOT IN ('units', 'percent', 'days', 'computed', 'greatest') THEN
		RAISE EXCEPTION 'unit "%" is not known', unit
			USING ERRCODE = 'invalid_parameter_value',
				  DETAIL = 'A threshold is in units, in percent of the par level, in days of cover, the computed reorder point, or the greatest of that and a low of your own.',
				  HINT = 'Pass unit => ''units'', ''percent'', ''days'', ''computed'' or ''greatest''.';
	ELSIF low IS NULL AND critical IS NULL AND maximum IS NULL AND unit <> 'computed' THEN
		DELETE FROM stockalert.rules AS r WHERE r.origin <> 'square' AND r.item_id IS NOT DISTINCT FROM the_item
			AND r.location_id IS NOT DISTINCT FROM the_location AND r.category IS NOT DISTINCT FROM set_threshold.category;
		done := CASE WHEN FOUND THEN format('rule for %s removed', coalesce(nullif(place, ''), 'everything')) ELSE 'there was no such rule' END;
	ELSE
		INSERT INTO stockalert.rules AS r (item_id, location_id, category, origin, unit, low, critical, maximum, fires, note)
			VALUES (the_item, the_location, set_threshold.category, CASE set_threshold.unit WHEN 'computed' THEN 'computed' ELSE 'manual' END, set_threshold.unit, set_threshold.low, set_threshold.critical,
				set_threshold.maximum, set_threshold.fires, set_threshold.note)
			ON CONFLICT (item_id, location_id, category, origin) DO UPDATE SET unit = excluded.unit, low = excluded.low,
				critical = excluded.critical, maximum = excluded.maximum, fires = excluded.fires, note = excluded.note,
				enabled = true, set_by = SESSION_USER, set_at = now();
		done := format('%s: %s', coalesce(nullif(place, ''), 'everything'), concat_ws(', ',
			CASE unit WHEN 'computed' THEN 'low at the computed reorder point'
				WHEN 'greatest' THEN format('low at the computed reorder point, or %s where that is greater', stockalert.show_quantity(low))
				ELSE 'low ' || stockalert.show_quantity(low) || measure END,
			'critical ' || stockalert.show_quantity(critical) || measure,
			'maximum ' || stockalert.show_quantity(maximum) || measure));
		-- A rule by hand for the same scope stands before it.
		IF unit = 'computed' AND EXISTS (SELECT FROM stockalert.rules AS r WHERE r.origin = 'manual' AND r.enabled AND r.low IS NOT NULL
			AND r.item_id IS NOT DISTINCT FROM the_item AND r.location_id IS NOT DISTINCT FROM the_location AND r.category IS NOT DISTINCT FROM set_threshold.category) THEN
			done := done || '; the low set by hand for it wins, unit greatest takes both';
		END IF;
	END IF;
	next := CASE WHEN unit IN ('units', 'greatest') THEN 'SELECT * FROM stockalert.low_stock;' ELSE 'SELECT * FROM stockalert.rule_problems;' END;
EXCEPTION WHEN check_violation THEN
	GET STACKED DIAGNOSTICS broken = CONSTRAINT_NAME;
	RAISE EXCEPTION 'threshold cannot be set'
		USING ERRCODE = 'check_violation', DETAIL = format('It must be so: %s.', broken),
			  HINT = 'SELECT * FROM stockalert.rules; set_threshold() replaces the whole rule of one scope.';
END
$$;
COMMENT ON FUNCTION stockalert.set_threshold(text, numeric, numeric, numeric, text, text, text, text, text) IS
	'Sets the rule of one scope: an item, an item at a location, a category (at a location), a location, or everything where none is named. unit: units; percent of the par level; days of cover; computed: low is the computed reorder point; greatest: of that and low. NULL in low, critical or maximum: inherit; all three NULL removes the rules of the scope, but with unit computed. Judges the pairs concerned at once. Errors: 42501 no location, and the caller sees some only; 42704, 22023, 23514 (critical above low and the like).';

CREATE FUNCTION stockalert.add_contact(the_subscriber bigint, channel text, address text) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF address IS NULL THEN
		RETURN;
	END IF;
	INSERT INTO stockalert.subscriber_contacts (subscriber_id, channel, address) VALUES (the_subscriber, add_contact.channel, add_contact.address)
		ON CONFLICT ON CONSTRAINT subscriber_contacts_subscriber_id_channel_address_key DO NOTHING;
EXCEPTION WHEN check_violation THEN
	-- Not repeated here: it may be a URL that is a secret.
	RAISE EXCEPTION '% address cannot be used', channel
		USING ERRCODE = 'invalid_parameter_value',
			  DETAIL = CASE WHEN channel = 'email' THEN 'It does not look like name@example.com.' ELSE 'It is not the name of a credential.' END,
			  HINT = CASE WHEN channel = 'email' THEN 'Pass one plain address, without a display name.'
				ELSE format('Pass %s or %s:label, and seal the URL under that name.', channel, channel) END;
END
$$;
COMMENT ON FUNCTION stockalert.add_contact(bigint, text, text) IS 'Adds one contact of a subscriber; NULL address: none. Error 22023. For the owner.';

CREATE FUNCTION stockalert.add_subscriber(name text, email text DEFAULT NULL, slack text DEFAULT NULL, sms text DEFAULT NULL,
	whatsapp text DEFAULT NULL, webhook text DEFAULT NULL, log boolean DEFAULT false, own_threshold numeric DEFAULT NULL,
	minimum_severity text DEFAULT 'low', locations text[] DEFAULT NULL, categories text[] DEFAULT NULL, time_zone text DEFAULT NULL,
	summary_at time DEFAULT NULL, escalation boolean DEFAULT false, fallback boolean DEFAULT false, OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	id bigint;
	reached text;
BEGIN
	PERFORM stockalert.check_label('name', name, 192);
	PERFORM stockalert.check_quantity('own_threshold', own_threshold, true);
	IF time_zone IS NOT NULL AND NOT stockalert.is_time_zone(time_zone) THEN
		RAISE EXCEPTION 'time zone "%" is not known', time_zone
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'Clock times of a subscriber are in their time zone.',
				  HINT = 'Use a full name such as Europe/Rome; SELECT name FROM pg_timezone_names lists them.';
	END IF;
	IF minimum_severity IS NULL OR minimum_severity NOT IN ('low', 'critical', 'out') THEN
		RAISE EXCEPTION 'severity "%" is not known', left(minimum_severity, 60)
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'Severities are low, critical and out.', HINT = 'Pass one of them.';
	END IF;
	INSERT INTO stockalert.subscribers (name, own_threshold, minimum_severity, location_ids, categories, time_zone, summary_at, escalation, fallback)
		VALUES (add_subscriber.name, add_subscriber.own_threshold, add_subscriber.minimum_severity,
			-- Whoever sees some locations only cannot have others hear of all.
			coalesce((SELECT array_agg(stockalert.find_location(l)) FROM unnest(add_subscriber.locations) AS l), stockalert.visible_locations()),
			add_subscriber.categories, coalesce(add_subscriber.time_zone, current_setting('TimeZone')), add_subscriber.summary_at,
			coalesce(add_subscriber.escalation, false), coalesce(add_subscriber.fallback, false))
		ON CONFLICT ON CONSTRAINT subscribers_name_key DO NOTHING RETURNING subscriber_id INTO id;
	IF id IS NULL THEN
		RAISE EXCEPTION 'subscriber "%" exists', name
			USING ERRCODE = 'unique_violation', DETAIL = 'Names are unique.',
				  HINT = format('SELECT * FROM stockalert.set_preferences(%L, notification_email => ''alerts@example.com'');', name);
	END IF;
	PERFORM stockalert.add_contact(id, 'email', email);
	PERFORM stockalert.add_contact(id, 'slack', slack);
	PERFORM stockalert.add_contact(id, 'sms', sms);
	PERFORM stockalert.add_contact(id, 'whatsapp', whatsapp);
	PERFORM stockalert.add_contact(id, 'webhook', webhook);
	IF log THEN
		PERFORM stockalert.add_contact(id, 'log', 'server log');
	END IF;
	SELECT string_agg(c.channel, ', ' ORDER BY c.channel) INTO reached FROM stockalert.subscriber_contacts AS c WHERE c.subscriber_id = id;
	done := format('subscriber %s added (%s)', name, coalesce('by ' || reached, 'no way to reach them yet'));
	next := CASE WHEN reached IS NULL
		THEN format('SELECT * FROM stockalert.set_preferences(%L, notification_email => ''alerts@example.com'');', name)
		ELSE stockalert.next_step() END;
END
$$;
COMMENT ON FUNCTION stockalert.add_subscriber(text, text, text, text, text, text, boolean, numeric, text, text[], text[], text, time, boolean, boolean) IS
	'Adds a person or team: e-mail address, credential names (slack, slack:ops), phone numbers in E.164, log => true for the server log. locations and categories NULL: all. own_threshold NULL: 5 where no rule sets one. summary_at: local time of a daily summary. escalation: hears only of what is escalated; fallback: only of what concerns nobody else. Errors: 22023 a bad value, 42704 an unknown location, 23505 the name exists.';

CREATE FUNCTION stockalert.set_channel(channel text, host text DEFAULT NULL, port integer DEFAULT NULL, security text DEFAULT NULL,
	username text DEFAULT NULL, sender text DEFAULT NULL, enabled boolean DEFAULT NULL, per_second double precision DEFAULT NULL,
	burst integer DEFAULT NULL, content_sid text DEFAULT NULL, OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	broken text;
	c stockalert.channels;
BEGIN
	IF channel IS NULL OR channel NOT IN ('email', 'slack', 'sms', 'whatsapp', 'webhook', 'log') THEN
		RAISE EXCEPTION 'channel "%" is not known', channel
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'Channels are email, slack, sms, whatsapp, webhook and log.', HINT = 'Pass one of them.';
	END IF;
	PERFORM stockalert.ensure_installation();
	INSERT INTO stockalert.channels AS h (channel, host, port, security, username, sender, enabled, per_second, burst, content_sid)
		VALUES (set_channel.channel, lower(set_channel.host), set_channel.port,
			coalesce(set_channel.security, CASE WHEN set_channel.port = 465 THEN 'tls' ELSE 'starttls' END), set_channel.username,
			coalesce(set_channel.sender, CASE WHEN set_channel.username LIKE '%@%' THEN set_channel.username END), coalesce(set_channel.enabled, true),
			coalesce(set_channel.per_second, CASE set_channel.channel WHEN 'email' THEN 5 WHEN 'log' THEN 10000 ELSE 1 END), coalesce(set_channel.burst, 1), set_channel.content_sid)
		ON CONFLICT ON CONSTRAINT channels_pkey DO UPDATE SET host = coalesce(excluded.host, h.host), port = coalesce(set_channel.port, h.port),
			security = CASE WHEN set_channel.security IS NULL AND set_channel.port IS NULL THEN h.security ELSE excluded.security END,
			username = coalesce(set_channel.username, h.username), sender = coalesce(excluded.sender, h.sender),
			enabled = coalesce(set_channel.enabled, h.enabled), per_second = coalesce(set_channel.per_second, h.per_second),
			burst = coalesce(set_channel.burst, h.burst), content_sid = coalesce(set_channel.content_sid, h.content_sid), state = 'active', state_reason = NULL, state_at = now()
		RETURNING * INTO c;
	PERFORM stockalert.audit('set_channel', channel);
	PERFORM stockalert.wake_sender();
	done := format('channel %s set%s', channel, CASE WHEN c.host IS NOT NULL THEN format(' (%s:%s, %s)', c.host,
		coalesce(c.port, CASE c.security WHEN 'tls' THEN 465 WHEN 'none' THEN 25 ELSE 587 END), c.security) ELSE '' END);
	next := CASE
		WHEN channel = 'email' AND c.sender IS NULL THEN 'SELECT * FROM stockalert.set_channel(''email'', sender => ''shop@example.com'');'
		WHEN channel = 'email' AND c.username IS NOT NULL AND NOT EXISTS (SELECT 1 FROM stockalert.credentials AS k WHERE k.name = 'smtp')
			THEN format('-- Seal the password: stockalert-seal --sql --name smtp --dest %s:%s (see public_key()), and run what it prints.', c.host,
				coalesce(c.port, CASE c.security WHEN 'tls' THEN 465 WHEN 'none' THEN 25 ELSE 587 END))
		WHEN channel = 'slack' AND NOT EXISTS (SELECT 1 FROM stockalert.credentials AS k WHERE k.name LIKE 'slack%')
			THEN '-- Seal the webhook URL: stockalert-seal --sql --name slack --dest hooks.slack.com:443 (see public_key()), and run what it prints.'
		WHEN channel = 'webhook' AND NOT EXISTS (SELECT 1 FROM stockalert.credentials AS k WHERE k.name LIKE 'webhook%')
			THEN '-- Seal URL and signing secret as https://host/path#whsec_...: stockalert-seal --sql --name webhook --dest HOST:443 (see public_key()), and run what it prints.'
		WHEN channel IN ('sms', 'whatsapp') AND c.sender IS NULL
			THEN format('SELECT * FROM stockalert.set_channel(%L, sender => ''+15550100''); -- a number of yours at Twilio, or its messaging service (MG...).', channel)
		WHEN channel = 'whatsapp' AND c.content_sid IS NULL
			THEN 'SELECT stockalert.whatsapp_template(); -- submit it at Twilio, then set_channel(''whatsapp'', content_sid => ''HX...'')'
		WHEN channel IN ('sms', 'whatsapp') AND NOT EXISTS (SELECT 1 FROM stockalert.credentials AS k WHERE k.name = 'twilio')
			THEN '-- Seal the log-in, AC...:token: stockalert-seal --sql --name twilio --dest api.twilio.com:443 (see public_key()), and run what it prints.'
		ELSE stockalert.next_step() END;
EXCEPTION WHEN check_violation THEN
	GET STACKED DIAGNOSTICS broken = CONSTRAINT_NAME;
	RAISE EXCEPTION 'channel % cannot be set so', channel
		USING ERRCODE = 'check_violation', DETAIL = format('It must be so: %s.', broken), HINT = 'What is left out stays as it is: pass only what shall change.';
END
$$;
COMMENT ON FUNCTION stockalert.set_channel(text, text, integer, text, text, text, boolean, double precision, integer, text) IS
	'Configures a way out; what is NULL stays as it is. email needs host and sender, and username where the relay asks for a password (credential smtp); sms and whatsapp need sender (a number or messaging service at Twilio), whatsapp also content_sid (see whatsapp_template()). Sets a broken channel active again. Errors: 22023 unknown channel, 23514 a value that cannot be.';

GRANT EXECUTE ON FUNCTION
	stockalert.add_location(text, text, text, text),
	stockalert.add_item(text, text, text, numeric, numeric, numeric, text, text),
	stockalert.set_stock(text, numeric, text, numeric, numeric, numeric, numeric),
	stockalert.record_sale(text, numeric, text, timestamptz, numeric, text, text)
	TO stockalert_writer, stockalert_manager;
GRANT EXECUTE ON FUNCTION
	stockalert.set_threshold(text, numeric, numeric, numeric, text, text, text, text, text),
	stockalert.add_subscriber(text, text, text, text, text, text, boolean, numeric, text, text[], text[], text, time, boolean, boolean)
	TO stockalert_manager;
GRANT EXECUTE ON FUNCTION stockalert.set_channel(text, text, integer, text, text, text, boolean, double precision, integer, text) TO stockalert_admin;
GRANT SELECT, INSERT, UPDATE, DELETE ON stockalert.rules, stockalert.subscribers, stockalert.subscriber_contacts TO stockalert_manager;
