-- The hot row: one per location and item.  Everything else is decided from it.
-- No index on a column that changes, so that updates stay heap-only (HOT).

CREATE TABLE stockalert.stock_levels (
	location_id bigint NOT NULL REFERENCES stockalert.locations,
	item_id bigint NOT NULL REFERENCES stockalert.items,
	on_hand numeric NOT NULL DEFAULT 0,
	reserved numeric NOT NULL DEFAULT 0,
	quiet_below numeric,
	quiet_above numeric,
	class text,
	active boolean NOT NULL DEFAULT true,
	par_level numeric,
	on_order numeric NOT NULL DEFAULT 0,
	in_transit numeric NOT NULL DEFAULT 0,
	PRIMARY KEY (location_id, item_id),
	CONSTRAINT "on_hand is a finite number with at most 5 decimals" CHECK (stockalert.is_quantity(on_hand)),
	CONSTRAINT "reserved is not negative, at most 5 decimals" CHECK (stockalert.is_quantity(reserved) AND reserved >= 0),
	CONSTRAINT "par_level is positive, at most 5 decimals" CHECK (stockalert.is_quantity(par_level) AND par_level > 0),
	CONSTRAINT "on_order is not negative, at most 5 decimals" CHECK (stockalert.is_quantity(on_order) AND on_order >= 0),
	CONSTRAINT "in_transit is not negative, at most 5 decimals" CHECK (stockalert.is_quantity(in_transit) AND in_transit >= 0)
) WITH (fillfactor = 70);
COMMENT ON TABLE stockalert.stock_levels IS
	'Stock of an item at a location. Available = on_hand - reserved decides alerts; plain INSERT and UPDATE are welcome, a trigger watches.';
COMMENT ON COLUMN stockalert.stock_levels.on_hand IS 'Units there; negative where more was sold than counted.';
COMMENT ON COLUMN stockalert.stock_levels.reserved IS 'Units promised to customers.';
COMMENT ON COLUMN stockalert.stock_levels.on_order IS 'Units ordered from a supplier and not received.';
COMMENT ON COLUMN stockalert.stock_levels.in_transit IS 'Units on the way from another location.';
COMMENT ON COLUMN stockalert.stock_levels.par_level IS 'Stock the shelf should hold; what percentages are of. NULL: not set.';
COMMENT ON COLUMN stockalert.stock_levels.active IS 'False: the item is not carried here any more and raises nothing.';
COMMENT ON COLUMN stockalert.stock_levels.class IS 'Written by StockAlert only: ok, low, critical, out, over or inactive; NULL until judged.';
COMMENT ON COLUMN stockalert.stock_levels.quiet_below IS
	'Written by StockAlert only: the nearest lower value of available at which anything would change; NULL: none.';
COMMENT ON COLUMN stockalert.stock_levels.quiet_above IS
	'Written by StockAlert only: the nearest higher value of available at which anything would change; NULL: none.';

GRANT SELECT ON stockalert.stock_levels, stockalert.items, stockalert.locations, stockalert.sources,
	stockalert.item_refs, stockalert.location_refs TO stockalert_writer;
GRANT INSERT (location_id, item_id, on_hand, reserved, on_order, in_transit, par_level, active),
	UPDATE (on_hand, reserved, on_order, in_transit, par_level, active) ON stockalert.stock_levels TO stockalert_writer;
GRANT DELETE ON stockalert.stock_levels TO stockalert_writer;
GRANT INSERT, UPDATE ON stockalert.items, stockalert.locations TO stockalert_writer;
