-- The page for a person who would rather look than read: dashboard_html().
-- One function a section; each takes the locations that the reader may see.

CREATE FUNCTION stockalert.dashboard_totals(location_ids bigint[]) RETURNS text
	LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
	WITH counted AS MATERIALIZED (
		SELECT coalesce(sum(g.items), 0) AS items, coalesce(sum(g.items) FILTER (WHERE g.class = 'ok'), 0) AS ok, coalesce(sum(g.items) FILTER (WHERE g.class = 'low'), 0) AS low,
			coalesce(sum(g.items) FILTER (WHERE g.class = 'critical'), 0) AS critical, coalesce(sum(g.items) FILTER (WHERE g.class = 'out'), 0) AS "out",
			coalesce(sum(g.items) FILTER (WHERE g.class = 'over'), 0) AS "over", coalesce(sum(g.units), 0) AS units
		FROM (SELECT s.class, count(*) AS items, sum(s.on_hand) FILTER (WHERE s.on_hand > 0) AS units
			FROM stockalert.stock_levels AS s WHERE s.location_id = ANY (dashboard_totals.location_ids) GROUP BY 1) AS g
		WHERE g.class <> 'inactive'),
	-- Apart from the counts: where no item has a cost nothing is read for it.
	valued AS (
		SELECT string_agg(stockalert.html_text(to_char(v.value, 'FM999,999,999,999,990') || coalesce(' ' || v.currency, '')), '<br/>' ORDER BY v.currency) AS text FROM (
			SELECT l.currency, sum(g.value) AS value
			FROM (SELECT s.location_id, sum(s.on_hand * i.cost) AS value FROM stockalert.stock_levels AS s JOIN stockalert.items AS i ON i.item_id = s.item_id AND i.cost > 0
				WHERE s.on_hand > 0 AND s.class <> 'inactive' AND s.location_id = ANY (dashboard_totals.location_ids) GROUP BY 1) AS g
			JOIN stockalert.locations AS l ON l.location_id = g.location_id GROUP BY 1) AS v)
	SELECT format(E'<div class="cards">%s</div>\n<div class="bar" role="img" aria-label="shares of healthy, low, critical and out">%s</div>\n',
		(SELECT string_agg(format('<div><b class="%s">%s</b><span>%s</span></div>', c.class, c.figure, c.label), '' ORDER BY c.n) FROM counted AS x CROSS JOIN LATERAL (VALUES
			(1, 'out', to_char(x.out, 'FM999,999,990'), 'out of stock'), (2, 'critical', to_char(x.critical, 'FM999,999,990'), 'critical'), (3, 'low', to_char(x.low, 'FM999,999,990'), 'low'),
			(4, 'ok', to_char(x.ok, 'FM999,999,990'), 'healthy'), (5, 'over', to_char(x.over, 'FM999,999,990'), 'overstock'), (6, 'all', to_char(x.items, 'FM999,999,990'), 'items by location'),
			(7, 'all', to_char(x.units, 'FM999,999,999,990'), 'units on hand'), (8, 'all', (SELECT v.text FROM valued AS v), 'value at cost')) AS c (n, class, figure, label)
			WHERE c.figure IS NOT NULL),
		(SELECT string_agg(format('<i class="%s" style="flex:%s"></i>', c.class, c.part), '' ORDER BY c.n) FROM counted AS x CROSS JOIN LATERAL (VALUES
			(1, 'out', x.out), (2, 'critical', x.critical), (3, 'low', x.low), (4, 'ok', x.ok), (5, 'over', x.over)) AS c (n, class, part) WHERE c.part > 0))
$$;
COMMENT ON FUNCTION stockalert.dashboard_totals(bigint[]) IS 'Part of dashboard_html(): how many items are out, critical, low, healthy and over, units and their value by currency. NULL for NULL. For the owner.';

CREATE FUNCTION stockalert.pairs_at_risk(location_ids bigint[]) RETURNS TABLE (location_id bigint, item_id bigint, class text, velocity double precision,
	available double precision, due boolean)
	LANGUAGE c STABLE STRICT AS 'MODULE_PATHNAME', 'stockalert_pairs_at_risk';
COMMENT ON FUNCTION stockalert.pairs_at_risk(bigint[]) IS
	'Pairs of these locations that are out, critical or low, or whose position is at or under the reorder point (due); velocity NULL where nothing is learned. Each location once. No rows for NULL. For the owner.';

-- What is chosen to be shown of all pairs, read once.
CREATE FUNCTION stockalert.dashboard_choice(location_ids bigint[], most integer, OUT urgent_locations bigint[], OUT urgent_items bigint[],
	OUT due_locations bigint[], OUT due_items bigint[], OUT all_due bigint)
	LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	missing integer;
	more_locations bigint[];
	more_items bigint[];
BEGIN
	WITH pairs AS MATERIALIZED (SELECT p.* FROM stockalert.pairs_at_risk(dashboard_choice.location_ids) AS p),
	urgent AS (
		SELECT p.location_id, p.item_id FROM pairs AS p WHERE p.class IN ('out', 'critical', 'low')
		ORDER BY CASE p.class WHEN 'out' THEN 0 WHEN 'critical' THEN 1 ELSE 2 END, CASE WHEN p.class = 'out' THEN -coalesce(p.velocity, 0) ELSE p.available / nullif(p.velocity, 0) END,
			p.location_id, p.item_id LIMIT most),
	due AS (
		SELECT p.location_id, p.item_id FROM pairs AS p WHERE p.due ORDER BY p.available / nullif(p.velocity, 0), p.location_id, p.item_id LIMIT most)
	SELECT (SELECT coalesce(array_agg(u.location_id), '{}') FROM urgent AS u), (SELECT coalesce(array_agg(u.item_id), '{}') FROM urgent AS u),
			(SELECT coalesce(array_agg(d.location_id), '{}') FROM due AS d), (SELECT coalesce(array_agg(d.item_id), '{}') FROM due AS d),
			(SELECT count(*) FROM pairs AS p WHERE p.due)
		INTO urgent_locations, urgent_items, due_locations, due_items, all_due;
	missing := most - cardinality(urgent_items);
	IF missing > 0 THEN
		-- Days by the mean velocity choose; the weekdays are looked at for those alone that are shown.
		SELECT array_agg(x.location_id), array_agg(x.item_id) INTO more_locations, more_items FROM (
			SELECT s.location_id, s.item_id FROM stockalert.stock_levels AS s
			JOIN stockalert.demand_state AS d ON d.location_id = s.location_id AND d.item_id = s.item_id AND d.velocity > 0
			WHERE s.class IN ('ok', 'over') AND s.active AND s.location_id = ANY (dashboard_choice.location_ids)
				AND (s.on_hand - s.reserved)::double precision < 14 * d.velocity
			ORDER BY (s.on_hand - s.reserved)::double precision / d.velocity, s.location_id, s.item_id LIMIT missing) AS x;
		urgent_locations := urgent_locations || more_locations;
		urgent_items := urgent_items || more_items;
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.dashboard_choice(bigint[], integer) IS
	'Part of dashboard_html(): urgent: the pairs that are out (those that sell most first), critical, low or run out within 14 days, the soonest first; due: those to be ordered, as reorder_suggestions, by the days that stock lasts, and how many there are. NULL for NULL. For the owner.';

-- One plan for all of them: making it takes longer than twenty orders.
CREATE FUNCTION stockalert.plans_of(location_ids bigint[], item_ids bigint[]) RETURNS SETOF stockalert.order_plan
	LANGUAGE plpgsql STABLE STRICT ROWS 25 SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan SET jit = off AS $$
BEGIN
	FOR n IN 1 .. cardinality(location_ids) LOOP
		BEGIN
			RETURN QUERY SELECT o.* FROM stockalert.order_plan AS o WHERE o.location_id = location_ids[n] AND o.item_id = item_ids[n];
		EXCEPTION WHEN data_exception THEN
			-- One that cannot be worked out is shown without it.
			CONTINUE;
		END;
	END LOOP;
END
$$;
COMMENT ON FUNCTION stockalert.plans_of(bigint[], bigint[]) IS
	'order_plan of these pairs, in their order; nothing of one that is not carried or cannot be worked out. NULL for NULL. For the owner.';

CREATE FUNCTION stockalert.dashboard_items(location_ids bigint[], item_ids bigint[]) RETURNS text
	LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
	SELECT stockalert.html_table(ARRAY['Item', '', '#Available', '#Days left', '30 days sold, 14 ahead', 'Runs out', '#A day', '#Order'], string_agg(stockalert.html_row(ARRAY[
			stockalert.html_item(p.item, p.sku, p.location), stockalert.html_class(p.class),
			format('<td class="n">%s</td>', stockalert.html_text(stockalert.show_quantity(p.available))),
			format('<td class="n">%s</td>', stockalert.html_text(stockalert.show_days(CASE WHEN p.available > 0 OR p.velocity > 0 THEN stockalert.days_of_supply(p.available::double precision, p.week) END))),
			coalesce(stockalert.svg_history(stockalert.history_units(h.history, p.today - 30, p.today - 1), a.units), '&#8211;'),
			format('<td class="d">%s</td>', stockalert.html_text(to_char(stockalert.stockout_date(p.today, p.available::double precision, p.week), 'DD Mon'))),
			format('<td class="n">%s</td>', stockalert.html_text(CASE WHEN p.velocity > 0 THEN round(p.velocity::numeric, 2)::text END)),
			format('<td class="n">%s</td>', stockalert.html_text(stockalert.show_quantity(nullif(o.suggested_quantity, 0))))]), '' ORDER BY k.place),
		'Nothing is out, low, or runs out within two weeks.')
	FROM ROWS FROM (unnest(location_ids), unnest(item_ids)) WITH ORDINALITY AS k (location_id, item_id, place)
	JOIN stockalert.planned_stock AS p ON p.location_id = k.location_id AND p.item_id = k.item_id
	LEFT JOIN stockalert.demand_days AS h ON h.location_id = k.location_id AND h.item_id = k.item_id
	LEFT JOIN stockalert.plans_of(location_ids, item_ids) AS o ON o.location_id = k.location_id AND o.item_id = k.item_id
	CROSS JOIN LATERAL (SELECT array_agg(p.week[1 + n % 7] ORDER BY n) AS units FROM generate_series(0, 13) AS n) AS a
$$;
COMMENT ON FUNCTION stockalert.dashboard_items(bigint[], bigint[]) IS 'Part of dashboard_html(): these pairs, what is out or running out, with their sales, forecast and order. NULL for NULL. For the owner.';

CREATE FUNCTION stockalert.dashboard_alerts(location_ids bigint[], most integer) RETURNS text
	LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
	WITH counted AS (
		SELECT count(*) AS alerts, count(*) FILTER (WHERE a.acknowledged_at IS NULL) AS waiting, stockalert.as_of() - min(coalesce(a.reopened_at, a.opened_at)) AS oldest
		FROM stockalert.alerts AS a WHERE a.resolved_at IS NULL AND a.location_id = ANY (dashboard_alerts.location_ids)),
	open AS MATERIALIZED (
		SELECT x.*, row_number() OVER () AS place FROM (
			SELECT a.* FROM stockalert.alerts AS a WHERE a.resolved_at IS NULL AND a.location_id = ANY (dashboard_alerts.location_ids)
			ORDER BY CASE a.severity WHEN 'out' THEN 0 WHEN 'critical' THEN 1 ELSE 2 END, coalesce(a.reopened_at, a.opened_at), a.alert_id LIMIT most) AS x)
	SELECT (SELECT CASE WHEN c.alerts > 0 THEN format(E'<p class="sub">%s open, %s not acknowledged; the oldest: %s.%s</p>\n', to_char(c.alerts, 'FM999,999,990'), to_char(c.waiting, 'FM999,999,990'),
			stockalert.show_age(c.oldest), CASE WHEN c.alerts > most THEN format(' The %s worst:', most) ELSE '' END) ELSE '' END FROM counted AS c)
		|| stockalert.html_table(ARRAY['Item', '', 'Kind', '#Age', '#Quantity then', '#Threshold', 'Acknowledged'], string_agg(stockalert.html_row(ARRAY[
			stockalert.html_item(i.name, i.sku, l.code), stockalert.html_class(o.severity),
			stockalert.html_text(replace(o.kind, '_', ' ')), format('<td class="n">%s</td>', stockalert.show_age(stockalert.as_of() - coalesce(o.reopened_at, o.opened_at))),
			format('<td class="n">%s</td>', stockalert.html_text(stockalert.show_quantity(o.quantity))), format('<td class="n">%s</td>', stockalert.html_text(stockalert.show_quantity(o.threshold))),
			CASE WHEN o.snoozed_until > stockalert.as_of() THEN stockalert.html_text('snoozed by ' || o.snoozed_by) ELSE stockalert.html_text(o.acknowledged_by) END]), '' ORDER BY o.place),
			'No alert is open.')
	FROM open AS o JOIN stockalert.items AS i ON i.item_id = o.item_id JOIN stockalert.locations AS l ON l.location_id = o.location_id
$$;
COMMENT ON FUNCTION stockalert.dashboard_alerts(bigint[], integer) IS 'Part of dashboard_html(): open alerts, the worst and oldest first, their age and who took them up. NULL for NULL. For the owner.';

CREATE FUNCTION stockalert.dashboard_orders(location_ids bigint[], item_ids bigint[], all_due bigint) RETURNS text
	LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN all_due > cardinality(item_ids) THEN format(E'<p class="sub">%s to order, the %s most urgent:</p>\n', to_char(all_due, 'FM999,999,990'), cardinality(item_ids)) ELSE '' END
		|| stockalert.html_table(ARRAY['Item', '#Order', 'Order by', 'Supplier', 'Why this quantity', '#Value'], string_agg(stockalert.html_row(ARRAY[
			stockalert.html_item(o.item, o.sku, o.location),
			format('<td class="n"><b>%s</b></td>', stockalert.html_text(stockalert.show_quantity(o.suggested_quantity))),
			format('<td class="d">%s%s</td>', stockalert.html_text(to_char(o.order_by, 'DD Mon')), CASE WHEN o.comes_late THEN ' <span class="tag low">comes late</span>' ELSE '' END),
			stockalert.html_text(o.supplier), stockalert.html_text(replace(o.binding_reason, '_', ' ')),
			format('<td class="n">%s</td>', stockalert.html_text(to_char(o.order_value, 'FM999,999,999,990.00') || coalesce(' ' || o.currency, '')))]), '' ORDER BY o.place),
			'Nothing is to be ordered now.')
	FROM (SELECT p.*, row_number() OVER () AS place FROM stockalert.plans_of(location_ids, item_ids) AS p) AS o
$$;
COMMENT ON FUNCTION stockalert.dashboard_orders(bigint[], bigint[], bigint) IS 'Part of dashboard_html(): these pairs of so many to be ordered, as reorder_suggestions has them. NULL for NULL. For the owner.';

CREATE FUNCTION stockalert.dashboard_delivery() RETURNS text
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$ -- lint: not strict (no arguments)
	WITH checked AS MATERIALIZED (SELECT h.* FROM stockalert.health() WITH ORDINALITY AS h ("check", state, finding, remedy, n))
	SELECT (SELECT format(E'<p class="sub">%s sent in 24 hours, %s waiting, %s given up. %s</p>\n',
			(SELECT to_char(count(*), 'FM999,999,990') FROM stockalert.deliveries AS d WHERE d.outcome = 'sent' AND d.finished_at > now() - interval '24 hours'),
			(SELECT to_char(count(*), 'FM999,999,990') FROM stockalert.queue AS q),
			(SELECT to_char(count(*), 'FM999,999,990') FROM stockalert.deliveries AS d WHERE d.outcome = 'dead' AND d.finished_at > now() - interval '7 days'),
			CASE WHEN count(*) FILTER (WHERE c.state <> 'ok') = 0 THEN format('All %s checks are ok.', count(*))
				ELSE format('%s of %s checks need attention:', count(*) FILTER (WHERE c.state <> 'ok'), count(*)) END) FROM checked AS c)
		|| (SELECT coalesce('<div class="keep">' || stockalert.html_table(ARRAY['Check', '', 'Found', 'What to do'], string_agg(stockalert.html_row(ARRAY[stockalert.html_text(c."check"), stockalert.html_class(c.state),
				stockalert.html_text(c.finding), format('<td><code>%s</code></td>', stockalert.html_text(c.remedy))]), '' ORDER BY array_position(ARRAY['error', 'warn'], c.state), c.n), '') || '</div>', '')
			FROM checked AS c WHERE c.state <> 'ok' HAVING count(*) > 0)
$$;
COMMENT ON FUNCTION stockalert.dashboard_delivery() IS 'Part of dashboard_html(): what was sent, waits and was given up, and the checks of health() that are not ok. For the owner.';

-- not strict: NULL means every location
CREATE FUNCTION stockalert.dashboard_html(location text DEFAULT NULL) RETURNS text
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	most CONSTANT integer := 25;
	the_location bigint := CASE WHEN location IS NOT NULL THEN stockalert.find_location(location) END;
	location_ids bigint[] := coalesce((SELECT array_agg(l.location_id) FROM stockalert.locations AS l
		WHERE (the_location IS NULL OR l.location_id = the_location) AND (stockalert.sees_all_locations() OR l.location_id = ANY (stockalert.visible_locations()))), '{}');
	shop text := coalesce(nullif(current_setting('stockalert.shop_name', true), ''), 'StockAlert');
	place text := CASE WHEN the_location IS NOT NULL THEN (SELECT l.name FROM stockalert.locations AS l WHERE l.location_id = the_location) ELSE format('%s location%s', cardinality(location_ids), CASE WHEN cardinality(location_ids) <> 1 THEN 's' ELSE '' END) END;
	choice record;
BEGIN
	choice := stockalert.dashboard_choice(location_ids, most);
	RETURN concat(
		E'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8"/>\n<meta name="viewport" content="width=device-width,initial-scale=1"/>\n',
		-- Nothing is fetched and nothing runs, whatever a name holds.
		E'<meta http-equiv="Content-Security-Policy" content="default-src ''none''; style-src ''unsafe-inline''"/>\n',
		format(E'<title>Stock: %s</title>\n<style>\n%s\n</style>\n</head>\n<body>\n<main>\n', stockalert.html_text(shop), stockalert.dashboard_style()),
		format(E'<h1>%s</h1>\n<p class="sub">%s, %s</p>\n', stockalert.html_text(shop), stockalert.html_text(place),
			stockalert.html_text(to_char(stockalert.as_of(), 'DD Mon YYYY HH24:MI TZ'))),
		E'<section>\n', stockalert.dashboard_totals(location_ids), E'</section>\n',
		E'<section>\n<h2>Out or running out</h2>\n', stockalert.dashboard_items(choice.urgent_locations, choice.urgent_items), E'</section>\n',
		E'<section>\n<h2>Open alerts</h2>\n', stockalert.dashboard_alerts(location_ids, most), E'</section>\n',
		E'<section>\n<h2>To order</h2>\n', stockalert.dashboard_orders(choice.due_locations, choice.due_items, choice.all_due), E'</section>\n',
		-- Delivery is everybody's; a store sees its own.
		CASE WHEN stockalert.sees_all_locations() THEN concat(E'<section>\n<h2>Delivery and health</h2>\n', stockalert.dashboard_delivery(), E'</section>\n') END,
		E'<footer>StockAlert. Days left and what to order follow from refresh_demand(); everything else is as of now.</footer>\n</main>\n</body>\n</html>\n');
END
$$;
COMMENT ON FUNCTION stockalert.dashboard_html(text) IS
	'One HTML page, well-formed as XML too, that holds all it needs (no script, nothing fetched): totals, what is out or running out with 30 days of sales and the forecast, open alerts, what to order, delivery and health; of one location or of all that the caller may see. psql -At -c "SELECT stockalert.dashboard_html()" > page.html. Error 42704 unknown location.';
GRANT EXECUTE ON FUNCTION stockalert.dashboard_html(text) TO stockalert_viewer;
