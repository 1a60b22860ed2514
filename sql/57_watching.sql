-- Watched tables are read again by every check: what a trigger did not see
-- (TRUNCATE of a partition, triggers off, session_replication_role) is put right.

CREATE FUNCTION stockalert.differing_stock(w stockalert.watched_tables, mapped text[]) RETURNS TABLE (row_data stockalert.watched_row, location_id bigint, item_id bigint)
	LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	SELECT r, coalesce(w.location_id, p.location_id), x.item_id
	FROM stockalert.read_watched_stock(w.relation) AS r
	LEFT JOIN stockalert.item_refs AS x ON x.source_id = w.source_id AND x.external_id = r.item
	LEFT JOIN stockalert.items AS i ON i.item_id = x.item_id
	LEFT JOIN stockalert.location_refs AS p ON w.location_id IS NULL AND p.source_id = w.source_id AND p.external_id = r.location
	LEFT JOIN stockalert.stock_levels AS s ON s.location_id = coalesce(w.location_id, p.location_id) AND s.item_id = x.item_id
	LEFT JOIN stockalert.rules AS u ON mapped && '{threshold,critical}' AND u.item_id = x.item_id AND u.location_id = coalesce(w.location_id, p.location_id)
		AND u.category IS NULL AND u.origin = 'table'
	WHERE r.item IS NOT NULL AND (w.location_id IS NOT NULL OR r.location IS NOT NULL)
		AND (x.item_id IS NULL OR r.quantity IS NOT NULL AND s.on_hand IS DISTINCT FROM r.quantity
			OR s.item_id IS NOT NULL AND ('reserved' = ANY (mapped) AND r.reserved IS NOT NULL AND s.reserved <> r.reserved
				OR 'on_order' = ANY (mapped) AND r.on_order IS NOT NULL AND s.on_order <> r.on_order
				OR 'par' = ANY (mapped) AND s.par_level IS DISTINCT FROM nullif(r.par, 0)
				OR 'active' = ANY (mapped) AND s.active IS DISTINCT FROM coalesce(r.active, true))
			OR s.item_id IS NOT NULL AND mapped && '{threshold,critical}' AND (r.threshold, r.critical) IS DISTINCT FROM (u.low, u.critical)
			OR r.name IS NOT NULL AND i.name <> r.name
			OR 'category' = ANY (mapped) AND i.category IS DISTINCT FROM r.category OR 'cost' = ANY (mapped) AND i.cost IS DISTINCT FROM r.cost
			OR 'price' = ANY (mapped) AND i.price IS DISTINCT FROM r.price OR 'description' = ANY (mapped) AND i.description IS DISTINCT FROM r.description
			OR 'model_number' = ANY (mapped) AND i.model_number IS DISTINCT FROM r.model_number
			OR 'owner' = ANY (mapped) AND i.owner_key IS DISTINCT FROM r.owner);
$$;
COMMENT ON FUNCTION stockalert.differing_stock(stockalert.watched_tables, text[]) IS 'Rows of a watched table of stock that are not mirrored as they stand. For the owner.';

CREATE FUNCTION stockalert.vanished_stock(w stockalert.watched_tables) RETURNS TABLE (location_id bigint, item_id bigint)
	LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	SELECT s.location_id, s.item_id FROM stockalert.item_refs AS x
	JOIN stockalert.stock_levels AS s ON s.item_id = x.item_id
	LEFT JOIN stockalert.location_refs AS p ON w.location_id IS NULL AND p.source_id = w.source_id AND p.location_id = s.location_id
	WHERE x.source_id = w.source_id AND s.location_id = coalesce(w.location_id, p.location_id)
	EXCEPT
	SELECT coalesce(w.location_id, p.location_id), x.item_id FROM stockalert.read_watched_stock(w.relation) AS r
	JOIN stockalert.item_refs AS x ON x.source_id = w.source_id AND x.external_id = r.item
	LEFT JOIN stockalert.location_refs AS p ON w.location_id IS NULL AND p.source_id = w.source_id AND p.external_id = r.location;
$$;
COMMENT ON FUNCTION stockalert.vanished_stock(stockalert.watched_tables) IS 'Pairs of a watched table of stock whose rows are gone. For the owner.';

-- Judged from one snapshot, in which an app's row and its mirror agree; then
-- locked, and looked at again: whoever writes in between is not undone.  What
-- somebody holds is left to them and to the next check.
CREATE FUNCTION stockalert.reread_stock(w stockalert.watched_tables) RETURNS bigint
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	mapped text[] := stockalert.mapped_fields(w.watch_id);
	rows stockalert.watched_row[];
	location_ids bigint[];
	item_ids bigint[];
	busy_locations bigint[];
	busy_items bigint[];
	healed bigint := 0;
BEGIN
	LOOP
		SELECT array_agg(d.location_id ORDER BY d.location_id, d.item_id), array_agg(d.item_id ORDER BY d.location_id, d.item_id) INTO location_ids, item_ids
			FROM (SELECT * FROM stockalert.differing_stock(w, mapped) AS x WHERE busy_items IS NULL
				OR NOT EXISTS (SELECT FROM ROWS FROM (unnest(busy_locations), unnest(busy_items)) AS b (l, i) WHERE b.l = x.location_id AND b.i = x.item_id) LIMIT 20000) AS d;
		EXIT WHEN location_ids IS NULL;
		PERFORM FROM stockalert.stock_levels AS s JOIN ROWS FROM (unnest(location_ids), unnest(item_ids)) AS k (l, i) ON s.location_id = k.l AND s.item_id = k.i
			ORDER BY s.location_id, s.item_id FOR NO KEY UPDATE OF s SKIP LOCKED;
		-- Those that are locked by others now are as they were for us.
		SELECT array_agg(b.l), array_agg(b.i) INTO busy_locations, busy_items FROM (
			SELECT k.l, k.i FROM ROWS FROM (unnest(location_ids), unnest(item_ids)) AS k (l, i)
			JOIN stockalert.stock_levels AS s ON s.location_id = k.l AND s.item_id = k.i
			EXCEPT SELECT * FROM (SELECT s.location_id, s.item_id FROM stockalert.stock_levels AS s JOIN ROWS FROM (unnest(location_ids), unnest(item_ids)) AS k (l, i)
				ON s.location_id = k.l AND s.item_id = k.i FOR NO KEY UPDATE OF s SKIP LOCKED) AS mine
			UNION SELECT * FROM ROWS FROM (unnest(busy_locations), unnest(busy_items)) AS o (l, i)) AS b;
		rows := ARRAY(SELECT d.row_data FROM stockalert.differing_stock(w, mapped) AS d WHERE busy_items IS NULL
			OR NOT EXISTS (SELECT FROM ROWS FROM (unnest(busy_locations), unnest(busy_items)) AS b (l, i) WHERE b.l = d.location_id AND b.i = d.item_id) LIMIT 20000);
		EXIT WHEN cardinality(rows) = 0;
		PERFORM stockalert.mirror_stock(w.watch_id, rows, false);
		healed := healed + cardinality(rows);
		-- Rows that cannot be mirrored whole differ for ever.
		EXIT WHEN cardinality(rows) < 20000 OR healed >= 20000000;
	END LOOP;
	WITH gone AS (
		DELETE FROM stockalert.stock_levels AS s USING (SELECT k.location_id, k.item_id FROM stockalert.stock_levels AS k
				JOIN stockalert.vanished_stock(w) AS v ON v.location_id = k.location_id AND v.item_id = k.item_id
				ORDER BY k.location_id, k.item_id FOR UPDATE OF k SKIP LOCKED) AS v
			WHERE s.location_id = v.location_id AND s.item_id = v.item_id RETURNING s.location_id, s.item_id), rules AS (
		DELETE FROM stockalert.rules AS u USING gone AS g WHERE u.origin = 'table' AND u.item_id = g.item_id AND u.location_id = g.location_id)
	SELECT healed + count(*) INTO healed FROM gone;
	-- What is wrong now, and no more.
	WITH wrong AS MATERIALIZED (SELECT stockalert.watched_key(r.item, r.location) AS row_key, split_part(t, ': ', 1) AS kind, substr(t, strpos(t, ': ') + 2) AS detail
		FROM (SELECT * FROM stockalert.read_watched_stock(w.relation) AS x WHERE x.troubles IS NOT NULL LIMIT 1000) AS r CROSS JOIN LATERAL unnest(r.troubles) AS t), past AS (
		DELETE FROM stockalert.watch_problems AS p WHERE p.watch_id = w.watch_id AND p.kind <> 'error'
			AND NOT EXISTS (SELECT FROM wrong AS x WHERE x.row_key = p.row_key AND x.kind = p.kind))
	INSERT INTO stockalert.watch_problems (watch_id, row_key, kind, detail) SELECT DISTINCT ON (x.row_key, x.kind) w.watch_id, x.row_key, x.kind, x.detail
		FROM wrong AS x ORDER BY x.row_key, x.kind ON CONFLICT ON CONSTRAINT watch_problems_pkey DO NOTHING;
	RETURN healed;
END
$$;
COMMENT ON FUNCTION stockalert.reread_stock(stockalert.watched_tables) IS 'Brings stock up to date with a watched table as it stands and returns how many rows differed. For the owner.';

-- After a restore columns have other numbers; after a rename other names.
CREATE FUNCTION stockalert.refresh_watch(watch bigint) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	w stockalert.watched_tables;
	name_now text;
	changed bigint;
BEGIN
	SELECT t.* INTO w FROM stockalert.watched_tables AS t WHERE t.watch_id = watch;
	SELECT format('%I.%I', n.nspname, c.relname) INTO name_now FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = w.relation;
	IF w.relation_oid <> w.relation::oid THEN
		UPDATE stockalert.watched_columns AS c SET column_number = a.attnum FROM pg_catalog.pg_attribute AS a
			WHERE c.watch_id = watch AND a.attrelid = w.relation AND a.attname = c.column_name AND a.attnum > 0 AND NOT a.attisdropped;
		PERFORM stockalert.forget_watched(w.relation);
	ELSE
		UPDATE stockalert.watched_columns AS c SET column_name = a.attname FROM pg_catalog.pg_attribute AS a
			WHERE c.watch_id = watch AND a.attrelid = w.relation AND a.attnum = c.column_number AND NOT a.attisdropped AND a.attname <> c.column_name;
	END IF;
	UPDATE stockalert.watched_tables AS t SET relation_oid = t.relation, table_name = coalesce(name_now, t.table_name), checked_at = now() WHERE t.watch_id = watch;
END
$$;
COMMENT ON FUNCTION stockalert.refresh_watch(bigint) IS 'Follows renames of a watched table and its columns, and a restore. For the owner.';

CREATE FUNCTION stockalert.reread_watched(watch bigint) RETURNS bigint
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	w stockalert.watched_tables;
BEGIN
	SELECT t.* INTO w FROM stockalert.watched_tables AS t WHERE t.watch_id = watch;
	RETURN CASE w.kind WHEN 'stock' THEN stockalert.reread_stock(w) WHEN 'people' THEN stockalert.reread_people(w) ELSE 0 END;
END
$$;
COMMENT ON FUNCTION stockalert.reread_watched(bigint) IS
	'Brings the mirror of a watched table up to date with it and returns how many rows differed; 0 for sales, whose history is not read again. For the owner.';

CREATE VIEW stockalert.watch_states AS
SELECT w.watch_id, w.kind, w.relation, w.table_name, w.watched_by, w.watched_at, w.checked_at, f.field, f.column_name,
	CASE WHEN c.oid IS NULL THEN 'table dropped'
		WHEN f.field IS NOT NULL AND f.needed THEN f.state
		WHEN NOT t.there THEN 'trigger missing'
		WHEN t.there THEN 'trigger disabled'
		WHEN f.field IS NOT NULL THEN f.state
		ELSE 'ok' END AS state,
	t.relation AS unseen, t.disabled
FROM stockalert.watched_tables AS w
LEFT JOIN pg_catalog.pg_class AS c ON c.oid = w.relation::pg_catalog.oid
-- Row triggers of a partition are its parent's; a child that is no partition has all three of its own.
LEFT JOIN LATERAL (
	WITH RECURSIVE tree AS (
		SELECT c.oid, false AS partition WHERE c.oid IS NOT NULL
		UNION SELECT i.inhrelid, k.relispartition FROM tree AS u JOIN pg_catalog.pg_inherits AS i ON i.inhparent = u.oid JOIN pg_catalog.pg_class AS k ON k.oid = i.inhrelid)
	SELECT m.wanted <= 0 AS there, m.oid::pg_catalog.regclass AS relation, m.disabled
	FROM (SELECT u.oid, CASE WHEN u.partition THEN 1 ELSE 3 END - pg_catalog.count(g.oid) AS wanted,
			pg_catalog.string_agg(pg_catalog.format('ENABLE TRIGGER %I', g.tgname), ', ' ORDER BY g.tgname) FILTER (WHERE g.tgenabled NOT IN ('O', 'A')) AS disabled
		FROM tree AS u LEFT JOIN pg_catalog.pg_trigger AS g ON g.tgrelid = u.oid
			AND g.tgname IN ('stockalert_' || w.kind, 'stockalert_' || w.kind || '_statement', 'stockalert_' || w.kind || '_truncate')
			AND g.tgfoid = CASE w.kind WHEN 'stock' THEN 'stockalert.watch_stock_trigger()'::pg_catalog.regprocedure
				WHEN 'people' THEN 'stockalert.watch_people_trigger()'::pg_catalog.regprocedure ELSE 'stockalert.watch_sales_trigger()'::pg_catalog.regprocedure END
		GROUP BY u.oid, u.partition) AS m
	WHERE m.wanted > 0 OR m.disabled IS NOT NULL ORDER BY m.wanted DESC, m.oid LIMIT 1) AS t ON true
LEFT JOIN LATERAL (SELECT k.field, k.column_name, k.field IN ('item', 'quantity', 'location', 'key') AS needed,
		CASE WHEN a.attnum IS NULL THEN 'column dropped' ELSE 'column of another type' END AS state
	FROM stockalert.watched_columns AS k LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		AND CASE WHEN w.relation_oid = c.oid THEN a.attnum = k.column_number ELSE a.attname = k.column_name END
	WHERE k.watch_id = w.watch_id AND (a.attnum IS NULL OR NOT stockalert.type_fits(w.kind, k.field, a.atttypid))
	ORDER BY k.field IN ('item', 'quantity', 'location', 'key') DESC, k.field LIMIT 1) AS f ON true;
COMMENT ON VIEW stockalert.watch_states IS 'State of each watched table, from the catalogs. For the owner; people read watch_status.';

CREATE FUNCTION stockalert.watch_call(watch bigint) RETURNS text
	LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
	SELECT format('SELECT * FROM stockalert.%s(%L%s);', CASE w.kind WHEN 'stock' THEN 'watch_table' WHEN 'people' THEN 'watch_subscribers' ELSE 'watch_sales' END, w.table_name,
		(SELECT string_agg(format(', %s => %s', c.field, CASE WHEN c.usable THEN quote_literal(c.column_name) ELSE '''...''' END), '' ORDER BY c.field)
			FROM (SELECT k.field, k.column_name, EXISTS (SELECT FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = w.relation AND a.attnum > 0 AND NOT a.attisdropped
					AND CASE WHEN w.relation_oid = w.relation::oid THEN a.attnum = k.column_number ELSE a.attname = k.column_name END
					AND stockalert.type_fits(w.kind, k.field, a.atttypid)) AS usable
				FROM stockalert.watched_columns AS k WHERE k.watch_id = w.watch_id) AS c
			WHERE c.usable OR c.field IN ('item', 'quantity', 'location', 'key'))
			|| coalesce((SELECT format(', at => %L', l.code) FROM stockalert.locations AS l WHERE l.location_id = w.location_id AND l.code <> 'main'), '') || CASE WHEN w.infers_sales THEN ', infer_sales => true' ELSE '' END)
	FROM stockalert.watched_tables AS w WHERE w.watch_id = watch;
$$;
COMMENT ON FUNCTION stockalert.watch_call(bigint) IS
	'The statement that watches a table as it is watched, without columns that are gone; ''...'' stands for one that is needed. For the owner.';

CREATE FUNCTION stockalert.watch_list() RETURNS TABLE (table_name text, kind text, state text, finding text, remedy text, problems bigint, watched_by text,
	watched_at timestamptz, checked_at timestamptz)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT v.table_name, v.kind, v.state,
		CASE v.state WHEN 'ok' THEN CASE WHEN n.problems > 0 THEN stockalert.counted(n.problems, 'problem') || ' with rows' END
			WHEN 'table dropped' THEN 'what it held stays as it was'
			WHEN 'trigger missing' THEN format('what is written to %s is seen by the next check only', v.unseen)
			WHEN 'trigger disabled' THEN format('what is written to %s is seen by the next check only', v.unseen)
			ELSE format('column %s, watched as %s; writes of the app go on, %s', quote_ident(v.column_name), v.field,
				CASE WHEN v.field IN ('item', 'quantity', 'location', 'key') THEN 'nothing is mirrored' ELSE 'the rest is mirrored' END) END,
		CASE v.state WHEN 'ok' THEN CASE WHEN n.problems > 0 THEN 'SELECT * FROM stockalert.watch_troubles;' END
			WHEN 'table dropped' THEN format('SELECT * FROM stockalert.unwatch_%s(%L);', CASE v.kind WHEN 'stock' THEN 'table' WHEN 'people' THEN 'subscribers' ELSE 'sales' END, v.table_name)
			WHEN 'trigger disabled' THEN format('ALTER TABLE %s %s;', v.unseen, v.disabled)
			ELSE CASE WHEN v.state LIKE 'column %' AND v.field IN ('item', 'quantity', 'location', 'key') THEN '-- With the column that is meant: ' ELSE '' END || stockalert.watch_call(v.watch_id) END,
		n.problems, v.watched_by, v.watched_at, v.checked_at
	FROM stockalert.watch_states AS v CROSS JOIN LATERAL (SELECT count(*) AS problems FROM stockalert.watch_problems AS p WHERE p.watch_id = v.watch_id) AS n
	WHERE stockalert.sees_all_locations() ORDER BY v.table_name, v.kind;
$$;
COMMENT ON FUNCTION stockalert.watch_list() IS 'Rows of watch_status. For roles that see all locations.';
CREATE VIEW stockalert.watch_status AS SELECT * FROM stockalert.watch_list();
COMMENT ON VIEW stockalert.watch_status IS 'Watched tables: ok, or what is wrong and the statement that puts it right; and how many rows have problems.';

CREATE FUNCTION stockalert.health_of_watched() RETURNS TABLE ("check" text, state text, finding text, remedy text)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	WITH watched AS MATERIALIZED (SELECT * FROM stockalert.watch_list())
	SELECT 'watched tables', 'ok', format('%s watched, with every change of theirs', count(*)), NULL FROM watched AS w
		HAVING count(*) > 0 AND count(*) FILTER (WHERE w.state <> 'ok' OR w.problems > 0) = 0
	UNION ALL (SELECT 'watched tables', CASE WHEN w.finding LIKE '%nothing is mirrored' THEN 'error' ELSE 'warn' END,
			concat_ws(': ', w.table_name, nullif(w.state, 'ok'), w.finding), w.remedy
		FROM watched AS w WHERE w.state <> 'ok' OR w.problems > 0 ORDER BY w.table_name, w.kind LIMIT 20);
$$;
COMMENT ON FUNCTION stockalert.health_of_watched() IS
	'Part of health(): watched tables (20 at most) whose changes are not all seen, or some of whose rows cannot be used; for roles that see all locations.';

CREATE FUNCTION stockalert.trouble_list() RETURNS TABLE (table_name text, row_key text, kind text, detail text, times bigint, first_at timestamptz, last_at timestamptz)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT w.table_name, p.row_key, p.kind, p.detail, p.times, p.first_at, p.last_at
	FROM stockalert.watch_problems AS p JOIN stockalert.watched_tables AS w USING (watch_id) WHERE stockalert.sees_all_locations() ORDER BY 1, 2, 3;
$$;
COMMENT ON FUNCTION stockalert.trouble_list() IS 'Rows of watch_troubles. For roles that see all locations.';
CREATE VIEW stockalert.watch_troubles AS SELECT * FROM stockalert.trouble_list();
COMMENT ON VIEW stockalert.watch_troubles IS 'Rows of watched tables that cannot be mirrored as they are, and why.';

CREATE FUNCTION stockalert.check_watched(table_name text DEFAULT NULL, OUT tables bigint, OUT rows_healed bigint, OUT problems bigint)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	v record;
	wrong text;
	code text;
BEGIN
	PERFORM stockalert.require_all_locations('check_watched()');
	tables := 0;
	rows_healed := 0;
	FOR v IN SELECT w.watch_id, (SELECT s.state FROM stockalert.watch_states AS s WHERE s.watch_id = w.watch_id) AS state FROM stockalert.watched_tables AS w
		WHERE check_watched.table_name IS NULL OR w.watch_id IN (SELECT x.watch_id FROM stockalert.watched_tables AS x
			WHERE check_watched.table_name IN (x.table_name, x.relation::text, CASE WHEN x.table_name LIKE 'public.%' THEN substr(x.table_name, 8) END))
		ORDER BY w.watch_id LOOP
		tables := tables + 1;
		BEGIN
			IF v.state = 'table dropped' THEN
				PERFORM stockalert.rest_watched(v.watch_id);
				CONTINUE;
			END IF;
			PERFORM stockalert.refresh_watch(v.watch_id);
			IF v.state IN ('ok', 'trigger missing', 'trigger disabled') OR EXISTS (SELECT FROM stockalert.watch_states AS s
				WHERE s.watch_id = v.watch_id AND s.field NOT IN ('item', 'quantity', 'location', 'key')) THEN
				DELETE FROM stockalert.watch_problems AS p WHERE p.watch_id = v.watch_id AND p.kind = 'error';
				rows_healed := rows_healed + stockalert.reread_watched(v.watch_id);
			END IF;
		EXCEPTION WHEN OTHERS THEN
			GET STACKED DIAGNOSTICS wrong = MESSAGE_TEXT, code = RETURNED_SQLSTATE;
			IF code LIKE '40%' OR code LIKE '57%' OR code LIKE '53%' THEN
				RAISE;
			END IF;
			PERFORM stockalert.note_watch_problem(v.watch_id, '', 'error', wrong);
		END;
	END LOOP;
	problems := (SELECT count(*) FROM stockalert.watch_problems);
END
$$;
COMMENT ON FUNCTION stockalert.check_watched(text) IS
	'Reads watched tables again (one, or all) and puts right what their triggers did not see; returns tables looked at, rows that differed, and problems with rows there are. Called by check_stock().';

CREATE FUNCTION stockalert.rest_watched(watch bigint) RETURNS bigint
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	rested bigint;
BEGIN
	UPDATE stockalert.stock_levels AS s SET active = false
		FROM stockalert.watched_tables AS w JOIN stockalert.item_refs AS x ON x.source_id = w.source_id
		WHERE w.watch_id = watch AND w.kind = 'stock' AND s.item_id = x.item_id AND s.active AND (s.location_id = w.location_id OR w.location_id IS NULL
			AND EXISTS (SELECT FROM stockalert.location_refs AS p WHERE p.source_id = w.source_id AND p.location_id = s.location_id));
	GET DIAGNOSTICS rested = ROW_COUNT;
	RETURN rested;
END
$$;
COMMENT ON FUNCTION stockalert.rest_watched(bigint) IS
	'Makes the stock of a watched table inactive, which ends its alerts, and returns how many pairs that were. For the owner.';

CREATE FUNCTION stockalert.forget_watch(table_name text, kind text) RETURNS bigint
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	w stockalert.watched_tables;
	rested bigint;
BEGIN
	SELECT t.* INTO w FROM stockalert.watched_tables AS t WHERE t.watch_id = stockalert.find_watch(forget_watch.table_name, forget_watch.kind);
	IF EXISTS (SELECT FROM pg_catalog.pg_class AS c WHERE c.oid = w.relation) THEN
		PERFORM stockalert.require_ownership(w.relation);
		PERFORM stockalert.forget_watched(w.relation);
	END IF;
	rested := CASE w.kind WHEN 'stock' THEN stockalert.rest_watched(w.watch_id) WHEN 'people' THEN stockalert.rest_people(w.source_id) ELSE 0 END;
	IF w.kind = 'stock' THEN
		PERFORM stockalert.drop_table_rules(w);
	END IF;
	DELETE FROM stockalert.watched_tables AS t WHERE t.watch_id = w.watch_id;
	PERFORM stockalert.audit('unwatch ' || kind, w.table_name);
	RETURN rested;
END
$$;
COMMENT ON FUNCTION stockalert.forget_watch(text, text) IS 'Ends what was mirrored of a table of the caller''s, or of one that is gone. The second half of unwatch_table() and its like. Errors: 42704, 42501.';

CREATE FUNCTION stockalert.watched_relation(table_name text, kind text) RETURNS regclass
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	RETURN (SELECT c.oid::regclass FROM stockalert.watched_tables AS w JOIN pg_catalog.pg_class AS c ON c.oid = w.relation
		WHERE w.watch_id = stockalert.find_watch(watched_relation.table_name, watched_relation.kind));
COMMENT ON FUNCTION stockalert.watched_relation(text, text) IS 'The watched table of a name; NULL where it was dropped. Error 42704.';

CREATE FUNCTION stockalert.watch_table(table_name regclass, item text, quantity text, name text DEFAULT NULL, location text DEFAULT NULL,
	category text DEFAULT NULL, threshold text DEFAULT NULL, critical text DEFAULT NULL, sku text DEFAULT NULL, cost text DEFAULT NULL,
	price text DEFAULT NULL, description text DEFAULT NULL, model_number text DEFAULT NULL, par text DEFAULT NULL, reserved text DEFAULT NULL,
	on_order text DEFAULT NULL, active text DEFAULT NULL, owner text DEFAULT NULL, at text DEFAULT NULL,
	infer_sales boolean DEFAULT false, OUT done text, OUT next text)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	watch bigint;
	rows bigint;
BEGIN
	IF table_name IS NULL OR item IS NULL OR quantity IS NULL OR location IS NOT NULL AND at IS NOT NULL THEN
		RAISE EXCEPTION 'what to watch is not said'
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'A table, the column of its key and that of its quantity are needed, and not both of location and at.',
				  HINT = 'SELECT * FROM stockalert.watch_table(''public.items'', item => ''id'', quantity => ''quantity'', name => ''name'');';
	END IF;
	watch := stockalert.register_watch('stock', table_name, jsonb_strip_nulls(jsonb_build_object('item', item, 'quantity', quantity, 'name', name,
		'location', location, 'category', category, 'threshold', threshold, 'critical', critical, 'sku', sku, 'cost', cost, 'price', price,
		'description', description, 'model_number', model_number, 'par', par, 'reserved', reserved, 'on_order', on_order, 'active', active,
		'owner', owner)), at, NULL, infer_sales);
	PERFORM stockalert.make_watch_triggers('stock', table_name);
	rows := stockalert.import_watch(watch);
	SELECT s.done, s.next INTO done, next FROM stockalert.watch_summary(watch, rows) AS s;
END
$$;
COMMENT ON FUNCTION stockalert.watch_table(regclass, text, text, text, text, text, text, text, text, text, text, text, text, text, text, text, text, text, text, boolean) IS
	'Watches an app''s table of stock: names of its columns for the key of the item, the quantity, and whatever else it has. location: the column that says where; without it all stock is at one location (at, else main). threshold: low is below this; 0 only when out, NULL none. owner: the key of a person of watch_subscribers(), who alone of them hears of the item. infer_sales: a quantity that goes down counts as sold, recorded with kind inferred; off unless asked, as a correction, a transfer or a theft goes down too, and idle while a watch_sales() brings the sales themselves. Imports what is there and makes triggers; the app''s own writes never fail because of it. Called again it maps anew. As the table''s owner, with stockalert_manager. Errors: 42501, 42809 no plain table, 42703, 42804, 23505 two rows for one item and location.';

CREATE FUNCTION stockalert.watch_summary(watch bigint, rows bigint, OUT done text, OUT next text)
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	w stockalert.watched_tables;
	low bigint;
	problems bigint := (SELECT count(*) FROM stockalert.watch_problems AS p WHERE p.watch_id = watch);
BEGIN
	SELECT t.* INTO w FROM stockalert.watched_tables AS t WHERE t.watch_id = watch;
	SELECT count(*) INTO low FROM stockalert.alerts AS a JOIN stockalert.item_refs AS x ON x.source_id = w.source_id AND x.item_id = a.item_id
		WHERE a.kind = 'stock' AND a.resolved_at IS NULL;
	done := format('%s of %s watched', CASE w.kind WHEN 'stock' THEN stockalert.counted(rows, 'item') WHEN 'people' THEN stockalert.counted(rows, 'person', 'people') ELSE stockalert.counted(rows, 'sale') END, w.table_name)
		|| CASE WHEN w.kind = 'stock' THEN format(', %s low now', low) ELSE '' END
		|| CASE WHEN problems > 0 THEN ', ' || stockalert.counted(problems, 'problem') ELSE '' END;
	next := CASE WHEN problems > 0 THEN 'SELECT * FROM stockalert.watch_troubles;' ELSE stockalert.next_step() END;
END
$$;
COMMENT ON FUNCTION stockalert.watch_summary(bigint, bigint) IS 'What watch_table() and its like say.';

CREATE FUNCTION stockalert.unwatch_table(table_name text, OUT done text, OUT next text)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	relation regclass := stockalert.watched_relation(table_name, 'stock');
	rested bigint;
BEGIN
	IF relation IS NOT NULL THEN
		PERFORM stockalert.drop_watch_triggers('stock', relation);
	END IF;
	rested := stockalert.forget_watch(table_name, 'stock');
	done := format('%s is not watched any more, %s inactive', table_name, stockalert.counted(rested, 'item is', 'items are'));
	next := '-- Items and history stay; watch_table() goes on where it ended.';
END
$$;
COMMENT ON FUNCTION stockalert.unwatch_table(text) IS
	'Ends watch_table(): the triggers are dropped, stock of the table becomes inactive (its alerts end), thresholds of its columns go; items, their keys and history stay. Also of a table that was dropped. As its owner. Errors: 42704, 42501.';

GRANT EXECUTE ON FUNCTION stockalert.watch_stock_trigger(), stockalert.watch_people_trigger(), stockalert.watch_sales_trigger(),
	stockalert.register_watch(text, regclass, jsonb, text, text, boolean), stockalert.make_watch_triggers(text, regclass), stockalert.drop_watch_triggers(text, regclass),
	stockalert.import_watch(bigint), stockalert.watch_summary(bigint, bigint), stockalert.watched_relation(text, text), stockalert.forget_watch(text, text),
	stockalert.find_watch(text, text), stockalert.check_watched(text),
	stockalert.watch_table(regclass, text, text, text, text, text, text, text, text, text, text, text, text, text, text, text, text, text, text, boolean),
	stockalert.unwatch_table(text) TO stockalert_manager;
GRANT EXECUTE ON FUNCTION stockalert.watch_list(), stockalert.trouble_list() TO stockalert_viewer;
GRANT SELECT ON stockalert.watch_status, stockalert.watch_troubles TO stockalert_viewer;
