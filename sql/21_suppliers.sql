-- Who delivers what, on which terms.  Terms are set for an item, for a category
-- or for everything, by supplier or for whoever delivers; the narrower one wins,
-- field by field (sql/61_supply.sql).

CREATE FUNCTION stockalert.are_price_breaks(price_breaks numeric[], unit_cost numeric) RETURNS boolean
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN price_breaks IS NULL OR coalesce(array_ndims(price_breaks) = 2 AND array_length(price_breaks, 2) = 2
		AND array_length(price_breaks, 1) <= 20
		AND (SELECT bool_and(coalesce(b.quantity > b.quantity_before AND b.cost <= b.cost_before AND b.cost >= 0
				AND stockalert.is_quantity(b.quantity) AND stockalert.is_quantity(b.cost), false))
			FROM (SELECT price_breaks[n][1] AS quantity, price_breaks[n][2] AS cost,
				CASE WHEN n = 1 THEN 0 ELSE price_breaks[n - 1][1] END AS quantity_before,
				CASE WHEN n = 1 THEN unit_cost ELSE price_breaks[n - 1][2] END AS cost_before
				FROM generate_series(1, array_length(price_breaks, 1)) AS n) AS b), false);
COMMENT ON FUNCTION stockalert.are_price_breaks(numeric[], numeric) IS
	'Tells whether an array can be the price breaks of a unit cost: up to 20 pairs {quantity, unit cost}, quantities rising, costs not rising from the unit cost on, such as {{10,1.20},{50,1.00}}. NULL price_breaks: true.';

CREATE TABLE stockalert.suppliers (
	supplier_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	name text NOT NULL UNIQUE,
	currency text,
	lead_time_days double precision,
	lead_time_sd_days double precision,
	review_days double precision,
	minimum_order numeric,
	contact text,
	active boolean NOT NULL DEFAULT true,
	created_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	CONSTRAINT "name is 1 to 192 characters without control characters" CHECK (stockalert.is_label(name, 192)),
	CONSTRAINT "currency is three capital letters, such as EUR" CHECK (currency ~ '^[A-Z]{3}$'),
	CONSTRAINT "lead_time_days is from 0 to 1000" CHECK (lead_time_days BETWEEN 0 AND 1000),
	CONSTRAINT "lead_time_sd_days is from 0 to 1000" CHECK (lead_time_sd_days BETWEEN 0 AND 1000),
	CONSTRAINT "review_days is from 0 to 1000" CHECK (review_days BETWEEN 0 AND 1000),
	CONSTRAINT "minimum_order is not negative, at most 5 decimals" CHECK (stockalert.is_quantity(minimum_order) AND minimum_order >= 0),
	CONSTRAINT "contact is at most 4096 characters" CHECK (pg_catalog.char_length(contact) <= 4096)
);
COMMENT ON TABLE stockalert.suppliers IS 'Who delivers, and what holds for all that they deliver. NULL: not set here.';
COMMENT ON COLUMN stockalert.suppliers.currency IS 'Currency of their prices. NULL: that of the location that orders.';
COMMENT ON COLUMN stockalert.suppliers.lead_time_days IS 'Mean days from order to delivery.';
COMMENT ON COLUMN stockalert.suppliers.lead_time_sd_days IS 'Standard deviation of the days from order to delivery.';
COMMENT ON COLUMN stockalert.suppliers.review_days IS 'Days from one order to the next.';
COMMENT ON COLUMN stockalert.suppliers.minimum_order IS 'Least value of one order, in their currency.';
COMMENT ON COLUMN stockalert.suppliers.contact IS 'Where to order; a note for people.';
COMMENT ON COLUMN stockalert.suppliers.active IS 'False: nothing is ordered there any more.';

CREATE TABLE stockalert.supplier_items (
	supplier_item_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	supplier_id bigint REFERENCES stockalert.suppliers ON DELETE CASCADE,
	item_id bigint REFERENCES stockalert.items ON DELETE CASCADE,
	category text,
	lead_time_days double precision,
	lead_time_sd_days double precision,
	review_days double precision,
	pack numeric,
	moq numeric,
	unit_cost numeric,
	price_breaks numeric[],
	max_stock numeric,
	shelf_life_days integer,
	preferred boolean,
	CONSTRAINT "terms are for an item or for a category, not both" CHECK (item_id IS NULL OR category IS NULL),
	CONSTRAINT "category is 1 to 192 characters without control characters" CHECK (stockalert.is_label(category, 192)),
	CONSTRAINT "lead_time_days is from 0 to 1000" CHECK (lead_time_days BETWEEN 0 AND 1000),
	CONSTRAINT "lead_time_sd_days is from 0 to 1000" CHECK (lead_time_sd_days BETWEEN 0 AND 1000),
	CONSTRAINT "review_days is from 0 to 1000" CHECK (review_days BETWEEN 0 AND 1000),
	CONSTRAINT "pack is positive, at most 5 decimals" CHECK (stockalert.is_quantity(pack) AND pack > 0),
	CONSTRAINT "moq is not negative, at most 5 decimals" CHECK (stockalert.is_quantity(moq) AND moq >= 0),
	CONSTRAINT "unit_cost is not negative, at most 5 decimals" CHECK (stockalert.is_quantity(unit_cost) AND unit_cost >= 0),
	CONSTRAINT "price_breaks: rising quantities, costs falling from unit_cost" CHECK (stockalert.are_price_breaks(price_breaks, unit_cost)),
	CONSTRAINT "max_stock is positive, at most 5 decimals" CHECK (stockalert.is_quantity(max_stock) AND max_stock > 0),
	CONSTRAINT "shelf_life_days is from 1 to 3650" CHECK (shelf_life_days BETWEEN 1 AND 3650),
	CONSTRAINT "a supplier is preferred, not nobody" CHECK (supplier_id IS NOT NULL OR preferred IS NULL)
);
COMMENT ON TABLE stockalert.supplier_items IS
	'Terms of a supplier (NULL: of whoever delivers) for an item, a category, or everything. A supplier delivers what its rows cover. NULL in a term: not set here, inherit.';
COMMENT ON COLUMN stockalert.supplier_items.lead_time_days IS 'Mean days from order to delivery.';
COMMENT ON COLUMN stockalert.supplier_items.lead_time_sd_days IS 'Standard deviation of the days from order to delivery.';
COMMENT ON COLUMN stockalert.supplier_items.review_days IS 'Days from one order to the next.';
COMMENT ON COLUMN stockalert.supplier_items.pack IS 'Units of a pack; orders are whole packs.';
COMMENT ON COLUMN stockalert.supplier_items.moq IS 'Minimum order quantity in units; 0: none.';
COMMENT ON COLUMN stockalert.supplier_items.unit_cost IS 'Price of a unit, in the currency of the supplier.';
COMMENT ON COLUMN stockalert.supplier_items.price_breaks IS
	'Pairs {quantity, unit cost}: what each unit of an order costs from that quantity on; below the first: unit_cost.';
COMMENT ON COLUMN stockalert.supplier_items.max_stock IS 'Most units of position (on hand and on the way) that one location may have.';
COMMENT ON COLUMN stockalert.supplier_items.shelf_life_days IS 'Days after which goods are spoilt: no more is ordered than sells by then.';
COMMENT ON COLUMN stockalert.supplier_items.preferred IS 'True: order here where there are others; one supplier a scope, and the narrower scope wins. False: not, though a wider scope says so.';
CREATE UNIQUE INDEX supplier_items_scope_key ON stockalert.supplier_items (supplier_id, item_id, category) NULLS NOT DISTINCT;
CREATE UNIQUE INDEX supplier_items_preferred_key ON stockalert.supplier_items (item_id, category) NULLS NOT DISTINCT WHERE preferred;
CREATE INDEX supplier_items_item_id_idx ON stockalert.supplier_items (item_id);
CREATE INDEX supplier_items_category_idx ON stockalert.supplier_items (category);

GRANT SELECT, INSERT, UPDATE, DELETE ON stockalert.suppliers, stockalert.supplier_items TO stockalert_manager;
GRANT EXECUTE ON FUNCTION stockalert.are_price_breaks(numeric[], numeric) TO stockalert_viewer, stockalert_writer;
