-- Where stock is and what it is: sources, locations, items, and the keys that
-- other systems know them by.

CREATE TABLE stockalert.sources (
	source_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	name text NOT NULL UNIQUE,
	kind text NOT NULL DEFAULT 'sql',
	created_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	CONSTRAINT "name is 1 to 63 characters without control characters" CHECK (stockalert.is_label(name, 63)),
	CONSTRAINT "kind is sql, table, square or demo" CHECK (kind IN ('sql', 'table', 'square', 'demo'))
);
COMMENT ON TABLE stockalert.sources IS 'Systems that items, locations, stock and sales come from.';
COMMENT ON COLUMN stockalert.sources.kind IS 'sql: called functions or plain SQL; table: a watched table; square: a Square connection; demo: load_demo().';

CREATE TABLE stockalert.locations (
	location_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	code text NOT NULL UNIQUE,
	name text NOT NULL,
	time_zone text NOT NULL DEFAULT pg_catalog.current_setting('TimeZone'),
	currency text,
	active boolean NOT NULL DEFAULT true,
	created_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	CONSTRAINT "code is 1 to 63 characters without control characters" CHECK (stockalert.is_label(code, 63)),
	CONSTRAINT "name is 1 to 512 characters without control characters" CHECK (stockalert.is_label(name, 512)),
	CONSTRAINT "time_zone is one the server knows, such as Europe/Rome" CHECK (stockalert.is_time_zone(time_zone)),
	CONSTRAINT "currency is three capital letters, such as EUR" CHECK (currency ~ '^[A-Z]{3}$')
);
COMMENT ON TABLE stockalert.locations IS 'Shops and warehouses. Clock times of a location are in its time zone.';
COMMENT ON COLUMN stockalert.locations.code IS 'The short name that functions take, such as main.';

CREATE TABLE stockalert.items (
	item_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	sku text NOT NULL UNIQUE,
	name text NOT NULL,
	category text,
	cost numeric,
	price numeric,
	quantity_step numeric NOT NULL DEFAULT 1,
	description text,
	model_number text,
	owner_key text,
	active boolean NOT NULL DEFAULT true,
	created_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	CONSTRAINT "sku is 1 to 192 characters without control characters" CHECK (stockalert.is_label(sku, 192)),
	CONSTRAINT "name is 1 to 512 characters without control characters" CHECK (stockalert.is_label(name, 512)),
	CONSTRAINT "category is 1 to 192 characters without control characters" CHECK (stockalert.is_label(category, 192)),
	CONSTRAINT "cost is not negative, at most 5 decimals" CHECK (stockalert.is_quantity(cost) AND cost >= 0),
	CONSTRAINT "price is not negative, at most 5 decimals" CHECK (stockalert.is_quantity(price) AND price >= 0),
	CONSTRAINT "quantity_step is positive, at most 5 decimals" CHECK (stockalert.is_quantity(quantity_step) AND quantity_step > 0),
	CONSTRAINT "description is at most 4096 characters" CHECK (pg_catalog.char_length(description) <= 4096),
	CONSTRAINT "model_number is 1 to 192 characters without control characters" CHECK (stockalert.is_label(model_number, 192)),
	CONSTRAINT "owner_key is 1 to 192 characters without control characters" CHECK (stockalert.is_label(owner_key, 192))
);
COMMENT ON TABLE stockalert.items IS 'What is sold. Cost and price are per unit, in the currency of the location.';
COMMENT ON COLUMN stockalert.items.owner_key IS
	'subscribers.app_key of whom it belongs to: of the subscribers that an app brought only that one hears of it; others as they hear of everything. NULL: nobody''s.';
COMMENT ON COLUMN stockalert.items.sku IS 'The key that functions take.';
COMMENT ON COLUMN stockalert.items.quantity_step IS 'Smallest unit of stock: 1 for pieces, 0.001 for goods by weight.';

CREATE TABLE stockalert.location_refs (
	source_id bigint NOT NULL REFERENCES stockalert.sources,
	external_id text COLLATE "C" NOT NULL,
	location_id bigint NOT NULL REFERENCES stockalert.locations ON DELETE CASCADE,
	PRIMARY KEY (source_id, external_id),
	CONSTRAINT "external_id is 1 to 192 characters without control characters" CHECK (stockalert.is_label(external_id, 192))
);
COMMENT ON TABLE stockalert.location_refs IS 'Keys by which a source knows a location.';
CREATE INDEX location_refs_location_id_idx ON stockalert.location_refs (location_id);

CREATE TABLE stockalert.item_refs (
	source_id bigint NOT NULL REFERENCES stockalert.sources,
	external_id text COLLATE "C" NOT NULL,
	item_id bigint NOT NULL REFERENCES stockalert.items ON DELETE CASCADE,
	PRIMARY KEY (source_id, external_id),
	CONSTRAINT "external_id is 1 to 192 characters without control characters" CHECK (stockalert.is_label(external_id, 192))
);
COMMENT ON TABLE stockalert.item_refs IS 'Keys by which a source knows an item.';
CREATE INDEX item_refs_item_id_idx ON stockalert.item_refs (item_id);
