-- Something to look at on the first day: five products with thirty days of
-- sales, one of each class, and somebody who hears of them in the server log.

CREATE FUNCTION stockalert.demo_source() RETURNS bigint
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	id bigint;
	taken text;
BEGIN
	INSERT INTO stockalert.sources (name, kind) VALUES ('demo', 'demo')
		ON CONFLICT ON CONSTRAINT sources_name_key DO NOTHING RETURNING source_id INTO id;
	IF id IS NULL AND EXISTS (SELECT 1 FROM stockalert.sources AS s WHERE s.name = 'demo' AND s.kind = 'demo') THEN
		RAISE EXCEPTION 'the demo is loaded'
			USING ERRCODE = 'duplicate_object', DETAIL = 'Its five products are there once.',
				  HINT = 'Look: SELECT * FROM stockalert.stock_status WHERE location = ''demo''; for a fresh one: SELECT * FROM stockalert.clear_demo();';
	END IF;
	taken := concat_ws(', ', CASE WHEN id IS NULL THEN 'source demo' END,
		(SELECT 'location demo' FROM stockalert.locations AS l WHERE l.code = 'demo'),
		(SELECT 'subscriber demo' FROM stockalert.subscribers AS b WHERE b.name = 'demo'),
		(SELECT string_agg('item ' || i.sku, ', ' ORDER BY i.sku) FROM stockalert.items AS i WHERE i.sku ~ '^DEMO-[1-5]$'));
	IF taken <> '' THEN
		RAISE EXCEPTION 'names of the demo are taken'
			USING ERRCODE = 'unique_violation', DETAIL = format('There is already %s, and not from load_demo().', taken),
				  HINT = 'Rename what is yours, or go without the demo.';
	END IF;
	RETURN id;
END
$$;
COMMENT ON FUNCTION stockalert.demo_source() IS
	'Makes the source of the demo. Errors: 42710 it is loaded, 23505 a name it needs belongs to something else. For the owner.';

CREATE FUNCTION stockalert.load_demo(OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	the_source bigint := stockalert.demo_source();
	the_location bigint;
	the_subscriber bigint;
	zone text := CASE WHEN stockalert.is_time_zone(current_setting('TimeZone')) THEN current_setting('TimeZone') ELSE 'UTC' END;
	today date := (stockalert.as_of() AT TIME ZONE zone)::date;
	sold bigint;
	lines bigint;
	classes text;
BEGIN
	PERFORM stockalert.require_all_locations('load_demo()');
	PERFORM stockalert.make_partitions(today - 31);
	INSERT INTO stockalert.locations (code, name, time_zone, currency) VALUES ('demo', 'Demo shop', zone, 'EUR')
		RETURNING location_id INTO the_location;
	INSERT INTO stockalert.location_refs (source_id, external_id, location_id) VALUES (the_source, 'demo', the_location);
	INSERT INTO stockalert.items (sku, name, category, cost, price) VALUES
		('DEMO-1', 'LED strip, 5 m', 'Demo lighting', 6.20, 14.90),
		('DEMO-2', 'USB-C cable, 1 m', 'Demo cables', 1.80, 7.90),
		('DEMO-3', 'Desk lamp, black', 'Demo lighting', 11.50, 29.00),
		('DEMO-4', 'Wall socket, double', 'Demo electrics', 2.40, 6.50),
		('DEMO-5', 'Extension lead, 3 m', 'Demo cables', 3.10, 9.90);
	INSERT INTO stockalert.item_refs (source_id, external_id, item_id)
		SELECT the_source, i.sku, i.item_id FROM stockalert.items AS i WHERE i.sku ~ '^DEMO-[1-5]$';
	INSERT INTO stockalert.subscribers (name, app_key, location_ids, time_zone)
		VALUES ('demo', 'load_demo()', ARRAY[the_location], zone) RETURNING subscriber_id INTO the_subscriber;
	PERFORM stockalert.add_contact(the_subscriber, 'log', 'server log');
	INSERT INTO stockalert.rules (location_id, item_id, low, critical, maximum, note)
		SELECT the_location, i.item_id, v.low, v.critical, v.maximum, 'load_demo()'
		FROM (VALUES ('DEMO-1', 30, 10, 300), ('DEMO-2', 25, 8, 250), ('DEMO-3', 15, 5, 100), ('DEMO-4', 40, 12, 400),
			('DEMO-5', 20, 6, 200)) AS v (sku, low, critical, maximum)
		JOIN stockalert.items AS i ON i.sku = v.sku;
	-- About so many a day, more towards the end of the week; DEMO-4 ran out three days ago.
	INSERT INTO stockalert.sales (location_id, item_id, sold_at, quantity, unit_price, source_id, source_line)
		SELECT the_location, i.item_id, (d.day + time '09:00' + n.n * interval '90 minutes') AT TIME ZONE zone,
			v.a_day + (d.back * v.spread + n.n) % 3 + CASE WHEN extract(isodow FROM d.day) IN (5, 6) THEN 1 ELSE 0 END,
			i.price, the_source, format('%s/%s/%s', v.sku, d.day, n.n)
		FROM (VALUES ('DEMO-1', 1, 5), ('DEMO-2', 3, 7), ('DEMO-3', 0, 4), ('DEMO-4', 2, 8), ('DEMO-5', 0, 2)) AS v (sku, a_day, spread)
		JOIN stockalert.items AS i ON i.sku = v.sku
		CROSS JOIN generate_series(1, 2) AS n (n)
		CROSS JOIN (SELECT g AS back, today - g AS day FROM generate_series(1, 30) AS g) AS d
		WHERE NOT (v.sku = 'DEMO-4' AND d.back <= 3)
			AND v.a_day + (d.back * v.spread + n.n) % 3 + CASE WHEN extract(isodow FROM d.day) IN (5, 6) THEN 1 ELSE 0 END > 0;
	GET DIAGNOSTICS lines = ROW_COUNT;
	SELECT sum(s.quantity) INTO sold FROM stockalert.sales AS s WHERE s.source_id = the_source AND s.location_id = the_location;
	INSERT INTO stockalert.stock_levels (location_id, item_id, on_hand, reserved, on_order, par_level)
		SELECT the_location, i.item_id, v.on_hand, v.reserved, v.on_order, v.par
		FROM (VALUES ('DEMO-1', 120, 4, 0, 150), ('DEMO-2', 18, 0, 0, 100), ('DEMO-3', 5, 2, 20, 40), ('DEMO-4', 0, 0, 0, 120),
			('DEMO-5', 480, 0, 0, 80)) AS v (sku, on_hand, reserved, on_order, par)
		JOIN stockalert.items AS i ON i.sku = v.sku ORDER BY i.item_id;
	-- Learned at once, unless a shop's own sales would have to be read for it.
	IF NOT EXISTS (SELECT FROM stockalert.sales AS s WHERE s.source_id IS DISTINCT FROM the_source) THEN
		PERFORM stockalert.refresh_demand();
	END IF;
	-- Nobody else shall hear of stock that is not there.
	UPDATE stockalert.queue AS q SET subscriber_id = the_subscriber
		WHERE q.stage = 'event' AND q.location_id = the_location AND q.subscriber_id IS NULL;
	SELECT string_agg(format('%s %s', s.available, s.class), ', ' ORDER BY s.sku) INTO classes
		FROM stockalert.stock_status AS s WHERE s.location = 'demo';
	done := format('5 products at location demo with %s units sold in %s sales; available now: %s; the subscriber demo is told in the server log',
		stockalert.show_quantity(sold), lines, classes);
	next := 'SELECT * FROM stockalert.low_stock; -- and away with it: SELECT * FROM stockalert.clear_demo();';
END
$$;
COMMENT ON FUNCTION stockalert.load_demo() IS
	'Makes a location demo with five products (healthy, low, critical, out of stock, overstocked), thirty days of sales before as_of(), thresholds, and a subscriber demo who is told in the server log; learns their demand where no other sales are. Nothing in it is random. Its first alerts go to that subscriber alone; what is changed there later concerns everybody who hears of all locations. Makes the month partitions of its sales. Errors: 42710 it is loaded, 23505 a name it needs is taken.';

CREATE FUNCTION stockalert.clear_demo(OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	the_source stockalert.sources;
	location_ids bigint[];
	item_ids bigint[];
	alert_ids bigint[];
	subscriber_ids bigint[];
	mixed text;
	lines bigint;
	ended bigint;
BEGIN
	PERFORM stockalert.require_all_locations('clear_demo()');
	SELECT s.* INTO the_source FROM stockalert.sources AS s WHERE s.name = 'demo' AND s.kind = 'demo' FOR UPDATE;
	IF the_source.source_id IS NULL THEN
		done := 'there is no demo';
		next := 'SELECT * FROM stockalert.load_demo();';
		RETURN;
	END IF;
	SELECT array_agg(r.location_id) INTO location_ids FROM stockalert.location_refs AS r WHERE r.source_id = the_source.source_id;
	SELECT array_agg(r.item_id) INTO item_ids FROM stockalert.item_refs AS r WHERE r.source_id = the_source.source_id;
	SELECT array_agg(b.subscriber_id) INTO subscriber_ids FROM stockalert.subscribers AS b WHERE b.app_key = 'load_demo()';
	-- Other stock at the demo's location, or the demo's products elsewhere, belong to somebody.
	SELECT string_agg(format('%s at %s', i.sku, l.code), ', ' ORDER BY i.sku, l.code) INTO mixed
		FROM stockalert.stock_levels AS s
		JOIN stockalert.items AS i ON i.item_id = s.item_id
		JOIN stockalert.locations AS l ON l.location_id = s.location_id
		WHERE coalesce(s.item_id = ANY (item_ids), false) <> coalesce(s.location_id = ANY (location_ids), false);
	IF mixed IS NOT NULL THEN
		RAISE EXCEPTION 'the demo is mixed with stock of yours'
			USING ERRCODE = 'dependent_objects_still_exist', DETAIL = format('There is %s.', left(mixed, 200)),
				  HINT = 'DELETE FROM stockalert.stock_levels what is not needed, or leave the demo where it is.';
	END IF;
	DELETE FROM stockalert.rules AS r WHERE r.location_id = ANY (location_ids) OR r.item_id = ANY (item_ids);
	DELETE FROM stockalert.stock_levels AS s WHERE s.location_id = ANY (location_ids);
	WITH gone AS (DELETE FROM stockalert.alerts AS a WHERE a.location_id = ANY (location_ids) RETURNING a.alert_id)
		SELECT array_agg(g.alert_id), count(*) INTO alert_ids, ended FROM gone AS g;
	DELETE FROM stockalert.alert_events AS e WHERE e.alert_id = ANY (alert_ids);
	DELETE FROM stockalert.notices AS n WHERE n.alert_id = ANY (alert_ids);
	-- With messages still on their way, and those of the subscriber demo; what others were sent is theirs.
	DELETE FROM stockalert.queue AS q WHERE q.alert_id = ANY (alert_ids) OR q.location_id = ANY (location_ids)
		OR q.subscriber_id = ANY (subscriber_ids);
	DELETE FROM stockalert.delivery_fates AS f USING stockalert.deliveries AS d WHERE d.provider_id = f.provider_id AND d.message_id = f.message_id
		AND d.subscriber_id = ANY (subscriber_ids) AND d.finished_at >= the_source.created_at;
	DELETE FROM stockalert.deliveries AS d WHERE d.subscriber_id = ANY (subscriber_ids) AND d.finished_at >= the_source.created_at;
	DELETE FROM stockalert.messages AS m WHERE m.subscriber_id = ANY (subscriber_ids);
	DELETE FROM stockalert.subscribers AS b WHERE b.subscriber_id = ANY (subscriber_ids);
	-- Recorded since: what came before cannot be the demo's, and partitions without any are skipped.
	DELETE FROM stockalert.sales AS s WHERE s.recorded_at >= the_source.created_at
		AND (s.location_id = ANY (location_ids) OR s.source_id = the_source.source_id);
	GET DIAGNOSTICS lines = ROW_COUNT;
	DELETE FROM stockalert.stock_changes AS c WHERE c.location_id = ANY (location_ids);
	DELETE FROM stockalert.demand_state AS d WHERE d.location_id = ANY (location_ids);
	DELETE FROM stockalert.demand_days AS d WHERE d.location_id = ANY (location_ids);
	DELETE FROM stockalert.demand_totals AS d WHERE d.location_id = ANY (location_ids);
	DELETE FROM stockalert.pools AS p WHERE p.location_id = ANY (location_ids);
	IF NOT EXISTS (SELECT FROM stockalert.sales) THEN
		PERFORM stockalert.forget_demand();
	END IF;
	DELETE FROM stockalert.locations AS l WHERE l.location_id = ANY (location_ids);
	DELETE FROM stockalert.items AS i WHERE i.item_id = ANY (item_ids);
	DELETE FROM stockalert.sources AS s WHERE s.source_id = the_source.source_id;
	done := format('demo removed: %s, %s, %s', stockalert.counted(coalesce(cardinality(item_ids), 0), 'product'), stockalert.counted(lines, 'sale'), stockalert.counted(ended, 'alert'));
	next := stockalert.next_step();
END
$$;
COMMENT ON FUNCTION stockalert.clear_demo() IS
	'Removes what load_demo() made and what became of it: products, location, subscriber, sales, thresholds, alerts with their events, notices and waiting messages, what the subscriber demo was sent. Month partitions stay. Says so where there is no demo. Error 2BP01 where other stock lies at the location demo, or a product of the demo at another.';

GRANT EXECUTE ON FUNCTION stockalert.load_demo(), stockalert.clear_demo() TO stockalert_manager;
