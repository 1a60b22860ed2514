-- What is remembered of Square beyond what every source has: never read by the
-- rest of the extension, only by the functions that apply its answers.

CREATE TABLE stockalert.square_objects (
	connection_id bigint NOT NULL REFERENCES stockalert.connections ON DELETE CASCADE,
	external_id text COLLATE "C" NOT NULL,
	type text NOT NULL,
	name text,
	parent_id text,
	quantity_step numeric,
	seen_at timestamptz NOT NULL,
	PRIMARY KEY (connection_id, external_id),
	CONSTRAINT "type is CATEGORY or MEASUREMENT_UNIT" CHECK (type IN ('CATEGORY', 'MEASUREMENT_UNIT'))
);
COMMENT ON TABLE stockalert.square_objects IS 'Categories and measurement units of Square, which its items refer to.';
COMMENT ON COLUMN stockalert.square_objects.parent_id IS 'Of a category: the one that it is part of.';
COMMENT ON COLUMN stockalert.square_objects.quantity_step IS 'Of a unit: the smallest quantity, such as 0.001.';

CREATE TABLE stockalert.square_variations (
	connection_id bigint NOT NULL REFERENCES stockalert.connections ON DELETE CASCADE,
	external_id text COLLATE "C" NOT NULL,
	item_id bigint NOT NULL REFERENCES stockalert.items ON DELETE CASCADE,
	parent_id text COLLATE "C" NOT NULL,
	category_ids text[],
	unit_id text,
	tracked boolean,
	gone boolean NOT NULL DEFAULT false,
	everywhere boolean NOT NULL DEFAULT true,
	except_at text[],
	stock_of text COLLATE "C",
	stock_units numeric,
	seen_at timestamptz NOT NULL,
	PRIMARY KEY (connection_id, external_id)
) WITH (fillfactor = 80);
CREATE INDEX square_variations_parent_id_idx ON stockalert.square_variations (connection_id, parent_id);
CREATE INDEX square_variations_item_id_idx ON stockalert.square_variations (item_id);
CREATE INDEX square_variations_untracked_idx ON stockalert.square_variations (connection_id) WHERE tracked IS NOT TRUE AND NOT gone;
COMMENT ON TABLE stockalert.square_variations IS 'Item variations of Square, each an item here.';
COMMENT ON COLUMN stockalert.square_variations.parent_id IS 'The item that it is a variation of.';
COMMENT ON COLUMN stockalert.square_variations.category_ids IS 'Categories of the item, the one for reports first.';
COMMENT ON COLUMN stockalert.square_variations.tracked IS 'Whether Square counts its stock; NULL: not said, then it does where it has counted some.';
COMMENT ON COLUMN stockalert.square_variations.gone IS 'Deleted or archived.';
COMMENT ON COLUMN stockalert.square_variations.everywhere IS 'Sold at all locations but those of except_at; false: at those of except_at only.';
COMMENT ON COLUMN stockalert.square_variations.stock_of IS 'Where it has no stock of its own: the variation whose stock it takes.';
COMMENT ON COLUMN stockalert.square_variations.stock_units IS 'Units of stock_of that one unit of it takes.';
COMMENT ON COLUMN stockalert.square_variations.seen_at IS 'When it was last read, or the start of the full round that did.';

CREATE TABLE stockalert.square_overrides (
	connection_id bigint NOT NULL REFERENCES stockalert.connections ON DELETE CASCADE,
	item_id bigint NOT NULL REFERENCES stockalert.items ON DELETE CASCADE,
	location_id bigint NOT NULL REFERENCES stockalert.locations ON DELETE CASCADE,
	tracked boolean,
	sold_out_until timestamptz,
	PRIMARY KEY (item_id, location_id)
);
CREATE INDEX square_overrides_sold_out_idx ON stockalert.square_overrides (connection_id) WHERE sold_out_until IS NOT NULL;
COMMENT ON TABLE stockalert.square_overrides IS 'What Square says of an item at one location, where that differs.';
COMMENT ON COLUMN stockalert.square_overrides.tracked IS 'Whether stock is counted there; NULL: as elsewhere.';
COMMENT ON COLUMN stockalert.square_overrides.sold_out_until IS 'Until then it counts as sold out, whatever its count; infinity: until somebody says otherwise. NULL: it does not.';

-- By the million: it refers to nothing that would be looked up for each row.
CREATE TABLE stockalert.square_levels (
	location_id bigint NOT NULL,
	item_id bigint NOT NULL,
	connection_id bigint NOT NULL,
	in_stock numeric,
	in_stock_at timestamptz,
	reserved numeric,
	reserved_at timestamptz,
	ordered numeric,
	ordered_at timestamptz,
	in_transit numeric,
	in_transit_at timestamptz,
	PRIMARY KEY (location_id, item_id)
) WITH (fillfactor = 80);
COMMENT ON TABLE stockalert.square_levels IS
	'Counts of Square as they came, and when Square calculated each: an older one never replaces a newer. NULL: never counted, which is not zero.';

CREATE TABLE stockalert.square_vendors (
	connection_id bigint NOT NULL REFERENCES stockalert.connections ON DELETE CASCADE,
	external_id text COLLATE "C" NOT NULL,
	supplier_id bigint NOT NULL REFERENCES stockalert.suppliers ON DELETE CASCADE,
	adopted boolean NOT NULL,
	PRIMARY KEY (connection_id, external_id)
);
CREATE INDEX square_vendors_supplier_id_idx ON stockalert.square_vendors (supplier_id);
COMMENT ON TABLE stockalert.square_vendors IS 'Vendors of Square, each a supplier here.';
COMMENT ON COLUMN stockalert.square_vendors.adopted IS 'The supplier was there before, under the same name; what people wrote of it stays.';

CREATE TABLE stockalert.square_vendor_items (
	connection_id bigint NOT NULL REFERENCES stockalert.connections ON DELETE CASCADE,
	vendor_id text COLLATE "C" NOT NULL,
	item_id bigint NOT NULL REFERENCES stockalert.items ON DELETE CASCADE,
	unit_cost numeric,
	PRIMARY KEY (item_id, vendor_id, connection_id)
);
COMMENT ON TABLE stockalert.square_vendor_items IS 'Which vendor delivers which item at what price, as Square''s catalog says; terms of suppliers are made of it.';

CREATE TABLE stockalert.square_transfers (
	connection_id bigint NOT NULL REFERENCES stockalert.connections ON DELETE CASCADE,
	transfer_id text COLLATE "C" NOT NULL,
	line text COLLATE "C" NOT NULL,
	location_id bigint NOT NULL REFERENCES stockalert.locations ON DELETE CASCADE,
	item_id bigint NOT NULL REFERENCES stockalert.items ON DELETE CASCADE,
	pending numeric NOT NULL,
	seen_at timestamptz NOT NULL,
	PRIMARY KEY (connection_id, transfer_id, line)
);
CREATE INDEX square_transfers_pair_idx ON stockalert.square_transfers (location_id, item_id);
COMMENT ON COLUMN stockalert.square_transfers.seen_at IS 'When it was last read; -infinity: by a round that took one page.';
COMMENT ON TABLE stockalert.square_transfers IS 'Lines of transfers between locations of which something is still on its way to location_id.';
