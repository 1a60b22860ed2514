-- Existing apps: tables of theirs that are watched, and what is known of them.

CREATE TABLE stockalert.watched_tables (
	watch_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	kind text NOT NULL,
	relation regclass NOT NULL,
	relation_oid oid NOT NULL,
	table_name text NOT NULL,
	source_id bigint NOT NULL REFERENCES stockalert.sources,
	location_id bigint REFERENCES stockalert.locations,
	item_source_id bigint REFERENCES stockalert.sources,
	adopts boolean NOT NULL DEFAULT false,
	infers_sales boolean NOT NULL DEFAULT false,
	watched_by text NOT NULL DEFAULT SESSION_USER,
	watched_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	checked_at timestamptz,
	UNIQUE (relation, kind),
	CONSTRAINT "kind is stock, people or sales" CHECK (kind IN ('stock', 'people', 'sales'))
);
COMMENT ON TABLE stockalert.watched_tables IS 'Tables of apps whose rows are mirrored: stock, people, sales. Made by watch_table() and its like; watch_status says how they are.';
COMMENT ON COLUMN stockalert.watched_tables.relation IS 'The table; follows a rename, and by its name a dump.';
COMMENT ON COLUMN stockalert.watched_tables.relation_oid IS 'Number of the table whose columns have the numbers of watched_columns; another one than relation after a restore.';
COMMENT ON COLUMN stockalert.watched_tables.table_name IS 'Its name when last looked at, for messages after it is gone.';
COMMENT ON COLUMN stockalert.watched_tables.location_id IS 'Where all of its stock or sales are; NULL: a column says it.';
COMMENT ON COLUMN stockalert.watched_tables.item_source_id IS 'Of sales: whose keys the item column holds; NULL: those of any source.';
COMMENT ON COLUMN stockalert.watched_tables.adopts IS 'A key (or SKU) that is the SKU of an item already there stands for that item.';
COMMENT ON COLUMN stockalert.watched_tables.infers_sales IS 'A quantity that goes down was sold, as nothing else says what was.';

CREATE TABLE stockalert.watched_columns (
	watch_id bigint NOT NULL REFERENCES stockalert.watched_tables ON DELETE CASCADE,
	field text NOT NULL,
	column_name name NOT NULL,
	column_number smallint NOT NULL,
	PRIMARY KEY (watch_id, field)
);
COMMENT ON TABLE stockalert.watched_columns IS 'Which column of a watched table stands for what. Columns are followed by number through renames, by name through a dump.';

CREATE TABLE stockalert.watch_problems (
	watch_id bigint NOT NULL REFERENCES stockalert.watched_tables ON DELETE CASCADE,
	row_key text NOT NULL,
	kind text NOT NULL,
	detail text NOT NULL,
	times bigint NOT NULL DEFAULT 1,
	first_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	last_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	PRIMARY KEY (watch_id, row_key, kind)
);
COMMENT ON TABLE stockalert.watch_problems IS 'Rows of watched tables that could not be mirrored as they are; the app''s own write went on.';
COMMENT ON COLUMN stockalert.watch_problems.row_key IS 'The app''s key of the row, with its location where rows have one; empty: a row without a usable key, or all above 1,000 rows.';
COMMENT ON COLUMN stockalert.watch_problems.kind IS 'The field that cannot be used; error: the row could not be written; alert: it was, and judging it failed (the next check does it).';

-- What the triggers and the reader hand over; fields have the names of watched_columns.field.
CREATE TYPE stockalert.watched_row AS (gone boolean, partial boolean, troubles text[], item text, location text, quantity numeric, threshold numeric,
	critical numeric, reserved numeric, on_order numeric, par numeric, active boolean, name text, sku text, category text, cost numeric,
	price numeric, description text, model_number text, owner text);
COMMENT ON TYPE stockalert.watched_row IS 'A row of a watched table of stock. partial: nothing is known but the key and the quantity. troubles: fields that cannot be used, and why.';
CREATE TYPE stockalert.watched_person AS (gone boolean, troubles text[], key text, name text, email text, notification_email text,
	phone_number text, notification_enabled boolean, alert_threshold numeric, channels text, minimum_severity text, time_zone text);
COMMENT ON TYPE stockalert.watched_person IS 'A row of a watched table of people. channels: with commas.';
CREATE TYPE stockalert.watched_sale AS (gone boolean, local boolean, troubles text[], key text, item text, location text, quantity numeric,
	sold_at timestamptz, price numeric, kind text);
COMMENT ON TYPE stockalert.watched_sale IS 'A row of a watched table of sales; gone: as it was before an edit or a deletion. local: sold_at has no time zone and is told as if in UTC.';

CREATE FUNCTION stockalert.watch_stock_trigger() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'stockalert_watch_stock_trigger';
COMMENT ON FUNCTION stockalert.watch_stock_trigger() IS 'Trigger of watched tables of stock: mirrors what changed. Does nothing on a table that is not watched.';
CREATE FUNCTION stockalert.watch_people_trigger() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'stockalert_watch_people_trigger';
COMMENT ON FUNCTION stockalert.watch_people_trigger() IS 'Trigger of watched tables of people: mirrors what changed. Does nothing on a table that is not watched.';
CREATE FUNCTION stockalert.watch_sales_trigger() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'stockalert_watch_sales_trigger';
COMMENT ON FUNCTION stockalert.watch_sales_trigger() IS 'Trigger of watched tables of sales: records what changed. Does nothing on a table that is not watched.';

CREATE FUNCTION stockalert.read_watched_stock(relation regclass) RETURNS SETOF stockalert.watched_row
	LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'stockalert_read_watched_stock';
COMMENT ON FUNCTION stockalert.read_watched_stock(regclass) IS 'All rows of a watched table of stock as they are now, read without running anything of its owner''s. Error 55000: not watched, or a column is gone. For the owner.';
CREATE FUNCTION stockalert.read_watched_people(relation regclass) RETURNS SETOF stockalert.watched_person
	LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'stockalert_read_watched_people';
COMMENT ON FUNCTION stockalert.read_watched_people(regclass) IS 'All rows of a watched table of people. Error 55000: not watched, or a column is gone. For the owner.';
CREATE FUNCTION stockalert.import_watched(relation regclass, kind text) RETURNS bigint
	LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'stockalert_import_watched';
COMMENT ON FUNCTION stockalert.import_watched(regclass, text) IS 'Mirrors all rows of a watched table, thirty thousand at a time, and returns how many there are. For the owner.';
CREATE FUNCTION stockalert.forget_watched(relation regclass) RETURNS void
	LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'stockalert_forget_watched';
COMMENT ON FUNCTION stockalert.forget_watched(regclass) IS 'Makes every session read again what a table is watched for, once this transaction commits. For the owner.';
CREATE FUNCTION stockalert.type_fits(kind text, field text, type oid) RETURNS boolean
	LANGUAGE c STABLE STRICT AS 'MODULE_PATHNAME', 'stockalert_type_fits';
COMMENT ON FUNCTION stockalert.type_fits(text, text, oid) IS
	'Tells whether a column of a type can stand for a field of a watched table: built-in types and domains over them. NULL: no such field.';

CREATE FUNCTION stockalert.note_watch_problem(watch bigint, row_key text, kind text, detail text) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	the_key text := left(coalesce(row_key, ''), 400);
BEGIN
	-- A million bad rows are one problem, not a million.
	IF (SELECT count(*) FROM (SELECT FROM stockalert.watch_problems AS p WHERE p.watch_id = watch LIMIT 1000) AS few) >= 1000
		AND NOT EXISTS (SELECT FROM stockalert.watch_problems AS p WHERE p.watch_id = watch AND p.row_key = the_key AND p.kind = note_watch_problem.kind) THEN
		the_key := '';
	END IF;
	INSERT INTO stockalert.watch_problems AS p (watch_id, row_key, kind, detail) VALUES (watch, the_key, note_watch_problem.kind, left(note_watch_problem.detail, 1000))
		ON CONFLICT ON CONSTRAINT watch_problems_pkey DO UPDATE SET times = p.times + 1, last_at = now(), detail = excluded.detail;
END
$$;
COMMENT ON FUNCTION stockalert.note_watch_problem(bigint, text, text, text) IS 'Notes that a row of a watched table could not be mirrored as it is, once a row and kind, counted. For the owner.';

CREATE FUNCTION stockalert.note_troubles(watch bigint, row_key text, troubles text[]) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	DELETE FROM stockalert.watch_problems AS p WHERE p.watch_id = watch AND p.row_key = note_troubles.row_key
		AND NOT p.kind = ANY (SELECT split_part(t, ': ', 1) FROM unnest(troubles) AS t);
	PERFORM stockalert.note_watch_problem(watch, note_troubles.row_key, split_part(t, ': ', 1), substr(t, strpos(t, ': ') + 2)) FROM unnest(troubles) AS t;
END
$$;
COMMENT ON FUNCTION stockalert.note_troubles(bigint, text, text[]) IS 'Notes what is wrong with a row of a watched table and forgets what no longer is. For the owner.';

CREATE FUNCTION stockalert.mapped_fields(watch bigint) RETURNS text[]
	LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp
	RETURN ARRAY(SELECT c.field FROM stockalert.watched_columns AS c WHERE c.watch_id = watch);
COMMENT ON FUNCTION stockalert.mapped_fields(bigint) IS 'Fields that columns of a watched table stand for. For the owner.';
