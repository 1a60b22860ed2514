-- Registering, reading again, and giving up watched tables.

CREATE FUNCTION stockalert.require_ownership(relation regclass) RETURNS void
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM pg_catalog.pg_class AS c WHERE c.oid = relation AND pg_has_role(stockalert.caller(), c.relowner, 'USAGE')) THEN
		RAISE EXCEPTION 'must be owner of table %', relation
			USING ERRCODE = 'insufficient_privilege', DETAIL = 'Who watches a table makes triggers on it and reads all of it.',
				  HINT = format('Call as %I, who needs stockalert_manager for it.', (SELECT c.relowner::regrole FROM pg_catalog.pg_class AS c WHERE c.oid = relation));
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.require_ownership(regclass) IS 'Raises 42501 where the caller does not own a table. For the owner.';

CREATE FUNCTION stockalert.require_plain_table(relation regclass) RETURNS void
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	c pg_catalog.pg_class;
	why text;
	hint text := 'Watch the table that the app writes.';
BEGIN
	SELECT x.* INTO c FROM pg_catalog.pg_class AS x WHERE x.oid = relation;
	IF c.relkind = 'f' THEN
		why := 'It is a foreign table: what others write there is not seen here.';
		hint := 'Let the app write a local table, or bring stock in with set_stock().';
	ELSIF c.relkind NOT IN ('r', 'p') THEN
		why := 'It is no table.';
	ELSIF c.relispartition THEN
		why := 'It is a partition.';
		hint := format('Watch %s.', (SELECT i.inhparent::regclass FROM pg_catalog.pg_inherits AS i WHERE i.inhrelid = relation));
	ELSIF c.relpersistence = 't' THEN
		why := 'It is temporary.';
	ELSIF c.relnamespace IN ('stockalert'::regnamespace, 'pg_catalog'::regnamespace, 'information_schema'::regnamespace) THEN
		why := 'It is no table of an app.';
	ELSIF EXISTS (WITH RECURSIVE tree AS (SELECT relation::oid AS oid UNION ALL SELECT i.inhrelid FROM tree AS t JOIN pg_catalog.pg_inherits AS i ON i.inhparent = t.oid)
		SELECT FROM tree AS t JOIN pg_catalog.pg_class AS x ON x.oid = t.oid WHERE x.relkind = 'f') THEN
		why := 'One of its partitions is a foreign table: what others write there is not seen here.';
		hint := 'Detach that partition, or let the app write local ones.';
	END IF;
	IF why IS NOT NULL THEN
		RAISE EXCEPTION '% cannot be watched', relation USING ERRCODE = 'wrong_object_type', DETAIL = why, HINT = hint;
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.require_plain_table(regclass) IS 'Raises 42809 where a relation cannot be watched: views, foreign, temporary and system tables, single partitions. For the owner.';

CREATE FUNCTION stockalert.find_watched_column(kind text, relation regclass, field text, wanted text) RETURNS smallint
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	a pg_catalog.pg_attribute;
	fits boolean;
BEGIN
	SELECT x.* INTO a FROM pg_catalog.pg_attribute AS x WHERE x.attrelid = relation AND x.attname = wanted AND x.attnum > 0 AND NOT x.attisdropped;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'table % has no column "%"', relation, left(wanted, 200)
			USING ERRCODE = 'undefined_column', DETAIL = (SELECT format('Its columns are %s.', string_agg(quote_ident(x.attname), ', ' ORDER BY x.attnum))
					FROM pg_catalog.pg_attribute AS x WHERE x.attrelid = relation AND x.attnum > 0 AND NOT x.attisdropped),
				  HINT = CASE WHEN wanted LIKE '%,%' THEN 'A key is one column: add one that is generated from the others, or map location too.'
					ELSE 'Names of columns are case-sensitive here, and stand without double quotes.' END;
	END IF;
	fits := stockalert.type_fits(kind, field, a.atttypid);
	IF NOT fits OR a.attgenerated = 'v' THEN
		RAISE EXCEPTION 'column % of % cannot be used as %', quote_ident(wanted), relation, field
			USING ERRCODE = 'datatype_mismatch', DETAIL = CASE WHEN fits THEN 'It is computed when it is read.' ELSE format('Its type is %s.', format_type(a.atttypid, a.atttypmod)) END,
				  HINT = 'Keys: integer, uuid, text; quantities and prices: integer, numeric, float; times: timestamp, date; flags: boolean; names, SKUs, categories and model numbers: text, integer, uuid; the rest: text. Other types: add a generated column of such a type.';
	END IF;
	RETURN a.attnum;
END
$$;
COMMENT ON FUNCTION stockalert.find_watched_column(text, regclass, text, text) IS
	'Returns the number of a column that can stand for a field. Errors: 42703 with the columns there are, 42804. For the owner.';

CREATE FUNCTION stockalert.watched_source(relation regclass, watch bigint) RETURNS bigint
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	wanted text := (SELECT CASE WHEN n.nspname = 'public' THEN c.relname ELSE n.nspname || '.' || c.relname END
		FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = relation);
	id bigint;
BEGIN
	IF NOT stockalert.is_label(wanted, 63) THEN
		wanted := 'table ' || left(md5(wanted), 12);
	END IF;
	-- The one of an earlier watch, so that keys mean what they meant; not one that another table uses.
	SELECT s.source_id INTO id FROM stockalert.sources AS s WHERE s.name = wanted AND s.kind = 'table'
		AND NOT EXISTS (SELECT FROM stockalert.watched_tables AS w WHERE w.source_id = s.source_id AND w.watch_id IS DISTINCT FROM watch);
	IF id IS NULL THEN
		INSERT INTO stockalert.sources AS s (name, kind) VALUES (CASE WHEN EXISTS (SELECT FROM stockalert.sources AS x WHERE x.name = wanted)
			THEN left(wanted, 50) || ' ' || left(md5(random()::text), 8) ELSE wanted END, 'table') RETURNING s.source_id INTO id;
	END IF;
	RETURN id;
END
$$;
COMMENT ON FUNCTION stockalert.watched_source(regclass, bigint) IS 'The source of a table that is watched for the first time, or was before. For the owner.';

CREATE FUNCTION stockalert.register_watch(kind text, relation regclass, mapping jsonb, at text DEFAULT NULL, items_of text DEFAULT NULL,
	infer boolean DEFAULT false) RETURNS bigint
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	w stockalert.watched_tables;
	place bigint;
	items bigint;
	name_now text := (SELECT format('%I.%I', n.nspname, c.relname) FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = relation);
BEGIN
	PERFORM stockalert.require_all_locations('watching a table');
	PERFORM stockalert.require_ownership(relation);
	PERFORM stockalert.require_plain_table(relation);
	PERFORM stockalert.find_watched_column(register_watch.kind, relation, m.key, m.value) FROM jsonb_each_text(mapping) AS m;
	IF at IS NOT NULL THEN
		place := stockalert.find_location(at);
	ELSIF kind <> 'people' AND NOT mapping ? 'location' THEN
		INSERT INTO stockalert.locations (code, name, time_zone) VALUES ('main', 'main', stockalert.database_time_zone())
			ON CONFLICT ON CONSTRAINT locations_code_key DO NOTHING;
		place := (SELECT l.location_id FROM stockalert.locations AS l WHERE l.code = 'main');
	END IF;
	IF items_of IS NOT NULL THEN
		SELECT x.source_id INTO items FROM stockalert.watched_tables AS x WHERE x.watch_id = stockalert.find_watch(items_of, 'stock');
	ELSIF kind = 'sales' AND (SELECT count(*) FROM stockalert.watched_tables AS x WHERE x.kind = 'stock') = 1 THEN
		SELECT x.source_id INTO items FROM stockalert.watched_tables AS x WHERE x.kind = 'stock';
	END IF;
	-- One that took the place of a table that is gone goes on where that one ended.
	SELECT x.* INTO w FROM stockalert.watched_tables AS x WHERE x.kind = register_watch.kind AND (x.relation = register_watch.relation
		OR x.table_name = name_now AND NOT EXISTS (SELECT FROM pg_catalog.pg_class AS c WHERE c.oid = x.relation)) ORDER BY x.relation <> register_watch.relation LIMIT 1;
	-- Where it is no more it rests; what is imported wakes.
	IF w.location_id IS DISTINCT FROM place AND w.watch_id IS NOT NULL THEN
		PERFORM stockalert.rest_watched(w.watch_id);
	END IF;
	IF w.watch_id IS NULL THEN
		INSERT INTO stockalert.watched_tables AS x (kind, relation, relation_oid, table_name, source_id)
			VALUES (register_watch.kind, register_watch.relation, register_watch.relation, name_now, stockalert.watched_source(register_watch.relation, NULL)) RETURNING x.* INTO w;
	END IF;
	UPDATE stockalert.watched_tables AS x SET relation = register_watch.relation, relation_oid = register_watch.relation, table_name = name_now,
			location_id = place, item_source_id = items, infers_sales = coalesce(infer, false), watched_by = SESSION_USER, watched_at = now(),
			adopts = mapping ? 'sku' OR (SELECT format_type(b.oid, NULL) IN ('text', 'character varying', 'character') FROM pg_catalog.pg_attribute AS a
				JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid JOIN pg_catalog.pg_type AS b ON b.oid = CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.oid END
				WHERE a.attrelid = register_watch.relation AND a.attname = coalesce(mapping->>'item', mapping->>'key') AND a.attnum > 0)
		WHERE x.watch_id = w.watch_id;
	DELETE FROM stockalert.watched_columns AS c WHERE c.watch_id = w.watch_id;
	DELETE FROM stockalert.watch_problems AS p WHERE p.watch_id = w.watch_id;
	INSERT INTO stockalert.watched_columns (watch_id, field, column_name, column_number)
		SELECT w.watch_id, m.key, m.value, stockalert.find_watched_column(register_watch.kind, register_watch.relation, m.key, m.value) FROM jsonb_each_text(mapping) AS m;
	PERFORM stockalert.forget_watched(register_watch.relation);
	PERFORM stockalert.audit('watch ' || kind, name_now);
	RETURN w.watch_id;
END
$$;
COMMENT ON FUNCTION stockalert.register_watch(text, regclass, jsonb, text, text, boolean) IS
	'Writes down that a table of the caller''s is watched. The first half of watch_table() and its like; makes no trigger. Errors: 42501, 42809, 42703, 42804, 42704.';

CREATE FUNCTION stockalert.find_watch(table_name text, kind text) RETURNS bigint
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found bigint[];
BEGIN
	SELECT array_agg(w.watch_id) INTO found FROM stockalert.watched_tables AS w LEFT JOIN pg_catalog.pg_class AS c ON c.oid = w.relation
		WHERE w.kind = find_watch.kind AND find_watch.table_name IN (w.table_name, w.relation::text, replace(w.table_name, '"', ''), c.relname,
			CASE WHEN w.table_name LIKE 'public.%' THEN substr(w.table_name, 8) END);
	IF cardinality(found) = 1 THEN
		RETURN found[1];
	END IF;
	RAISE EXCEPTION 'table "%" is not watched%', left(table_name, 200), CASE WHEN found IS NULL THEN '' ELSE ' under that name alone' END
		USING ERRCODE = 'undefined_object', DETAIL = coalesce((SELECT 'Watched are ' || string_agg(w.table_name, ', ' ORDER BY w.table_name) || '.'
				FROM stockalert.watched_tables AS w WHERE w.kind = find_watch.kind), 'No table is watched for that.'),
			  HINT = 'SELECT * FROM stockalert.watch_status;';
END
$$;
COMMENT ON FUNCTION stockalert.find_watch(text, text) IS 'Finds a watched table by its name, with schema or, where that is enough, without. Error 42704 with those that are.';

-- As the caller, on purpose: it is their table, and they make triggers on it or do not.
CREATE FUNCTION stockalert.make_watch_triggers(kind text, relation regclass) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	one regclass;
BEGIN
	PERFORM stockalert.drop_watch_triggers(kind, relation);
	-- Children that are no partitions have triggers of their own.
	FOR one IN WITH RECURSIVE tree AS (SELECT relation::oid AS oid UNION SELECT i.inhrelid FROM tree AS t JOIN pg_catalog.pg_inherits AS i ON i.inhparent = t.oid)
		SELECT t.oid FROM tree AS t JOIN pg_catalog.pg_class AS c ON c.oid = t.oid WHERE NOT c.relispartition LOOP
		EXECUTE format('CREATE TRIGGER %I AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION stockalert.%I()',
			'stockalert_' || kind, one, format('watch_%s_trigger', kind));
		EXECUTE format('CREATE TRIGGER %I AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH STATEMENT EXECUTE FUNCTION stockalert.%I()',
			format('stockalert_%s_statement', kind), one, format('watch_%s_trigger', kind));
		EXECUTE format('CREATE TRIGGER %I AFTER TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION stockalert.%I()',
			format('stockalert_%s_truncate', kind), one, format('watch_%s_trigger', kind));
	END LOOP;
END
$$;
COMMENT ON FUNCTION stockalert.make_watch_triggers(text, regclass) IS 'Makes the triggers of a watched table, as the caller.';

CREATE FUNCTION stockalert.drop_watch_triggers(kind text, relation regclass) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	one record;
BEGIN
	FOR one IN SELECT t.tgname, t.tgrelid::regclass AS relation FROM pg_catalog.pg_trigger AS t
		WHERE t.tgfoid = format('stockalert.watch_%s_trigger()', kind)::regprocedure AND t.tgparentid = 0
			AND t.tgrelid IN (WITH RECURSIVE tree AS (SELECT drop_watch_triggers.relation::oid AS oid
				UNION SELECT i.inhrelid FROM tree AS x JOIN pg_catalog.pg_inherits AS i ON i.inhparent = x.oid) SELECT x.oid FROM tree AS x) LOOP
		EXECUTE format('DROP TRIGGER %I ON %s', one.tgname, one.relation);
	END LOOP;
END
$$;
COMMENT ON FUNCTION stockalert.drop_watch_triggers(text, regclass) IS 'Drops the triggers of a watched table, as the caller.';

CREATE FUNCTION stockalert.refuse_duplicates(watch bigint) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	w stockalert.watched_tables;
	keys smallint[];
	twice text;
BEGIN
	SELECT t.* INTO w FROM stockalert.watched_tables AS t WHERE t.watch_id = watch;
	keys := ARRAY(SELECT c.column_number FROM stockalert.watched_columns AS c WHERE c.watch_id = watch AND c.field IN ('item', 'location'));
	IF EXISTS (SELECT FROM pg_catalog.pg_index AS i WHERE i.indrelid = w.relation AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
			AND i.indexprs IS NULL AND string_to_array(i.indkey::text, ' ')::smallint[] <@ keys)
		AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits AS i JOIN pg_catalog.pg_class AS c ON c.oid = i.inhrelid WHERE i.inhparent = w.relation AND NOT c.relispartition) THEN
		RETURN;
	END IF;
	SELECT string_agg(d.key, ', ') INTO twice FROM (SELECT stockalert.watched_key(r.item, r.location) AS key
		FROM stockalert.read_watched_stock(w.relation) AS r WHERE r.item IS NOT NULL GROUP BY r.item, r.location HAVING count(*) > 1 ORDER BY 1 LIMIT 5) AS d;
	IF twice IS NOT NULL THEN
		RAISE EXCEPTION '% has several rows for one item at one location', w.table_name
			USING ERRCODE = 'unique_violation', DETAIL = format('Such as %s.', twice),
				  HINT = 'Map the column that tells them apart as location, or as item the key of the row; several rows are not added up.';
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.refuse_duplicates(bigint) IS 'Raises 23505, naming some, where a watched table has two rows for one pair. For the owner.';

CREATE FUNCTION stockalert.drop_table_rules(w stockalert.watched_tables) RETURNS void
	LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	DELETE FROM stockalert.rules AS u USING stockalert.item_refs AS x WHERE u.origin = 'table' AND x.source_id = w.source_id AND u.item_id = x.item_id
		AND (u.location_id = w.location_id OR EXISTS (SELECT FROM stockalert.location_refs AS p WHERE p.source_id = w.source_id AND p.location_id = u.location_id));
$$;
COMMENT ON FUNCTION stockalert.drop_table_rules(stockalert.watched_tables) IS 'Drops the thresholds that columns of a watched table set. For the owner.';

CREATE FUNCTION stockalert.import_watch(watch bigint) RETURNS bigint
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	w stockalert.watched_tables;
	again boolean;
	rows bigint;
BEGIN
	SELECT t.* INTO w FROM stockalert.watched_tables AS t WHERE t.watch_id = watch;
	PERFORM stockalert.require_ownership(w.relation);
	IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
		RAISE EXCEPTION 'a table cannot be watched from a transaction that repeats its reads'
			USING ERRCODE = 'active_sql_transaction', DETAIL = 'What others wrote since it began would be missed.', HINT = 'Call it by itself, or in a READ COMMITTED transaction.';
	END IF;
	IF w.kind = 'stock' THEN
		PERFORM stockalert.refuse_duplicates(watch);
		-- Of columns that it was watched with before.
		IF NOT stockalert.mapped_fields(watch) && '{threshold,critical}' THEN
			PERFORM stockalert.drop_table_rules(w);
		END IF;
	END IF;
	again := EXISTS (SELECT FROM stockalert.item_refs AS x WHERE x.source_id = w.source_id) OR EXISTS (SELECT FROM stockalert.subscriber_refs AS x WHERE x.source_id = w.source_id);
	rows := stockalert.import_watched(w.relation, w.kind);
	-- What went since it was watched before.
	IF again AND w.kind <> 'sales' THEN
		PERFORM stockalert.reread_watched(watch);
	END IF;
	RETURN rows;
END
$$;
COMMENT ON FUNCTION stockalert.import_watch(bigint) IS
	'Mirrors all of a table of the caller''s that register_watch() wrote down and returns its rows. The second half of watch_table() and its like. Errors: 42501, 23505 two rows for one pair, 25001.';
