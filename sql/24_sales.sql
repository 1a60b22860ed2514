-- Sales: append-only facts, by month.  They never change stock.
-- A partitioned parent carries no index, key or foreign key: a dump with
-- partitions made at run time would not restore.  sql/38_partitions.sql adds
-- them to each child.

CREATE TABLE stockalert.sales (
	location_id bigint NOT NULL,
	item_id bigint NOT NULL,
	sold_at timestamptz NOT NULL,
	quantity numeric NOT NULL,
	kind text NOT NULL DEFAULT 'sale',
	unit_price numeric,
	source_id bigint,
	source_line text,
	recorded_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	CONSTRAINT "quantity is a finite number with at most 5 decimals" CHECK (stockalert.is_quantity(quantity)),
	CONSTRAINT "unit_price is a finite number with at most 5 decimals" CHECK (stockalert.is_quantity(unit_price)),
	CONSTRAINT "kind is sale, return, waste, transfer, correction or inferred" CHECK (kind IN ('sale', 'return', 'waste', 'transfer', 'correction', 'inferred')),
	CONSTRAINT "sold_at is between 1970 and 2200" CHECK (sold_at >= '1970-01-01 00:00+00' AND sold_at < '2200-01-01 00:00+00'),
	CONSTRAINT "source_line is 1 to 192 characters without control characters" CHECK (stockalert.is_label(source_line, 192))
) PARTITION BY RANGE (sold_at);
COMMENT ON TABLE stockalert.sales IS
	'Sales, returns and other movements as they happened. Demand = sale + inferred - return; waste, transfers and corrections are not demand. Append-only; changes no stock.';
COMMENT ON COLUMN stockalert.sales.quantity IS 'Units, positive for a sale; returns are positive too with kind return, or negative with kind sale: both net out.';
COMMENT ON COLUMN stockalert.sales.kind IS 'inferred: not seen sold; the stock of a watched table went down by it (watch_table(infer_sales => true)).';
COMMENT ON COLUMN stockalert.sales.source_line IS 'Key of the line in its source: the same key at the same time and place is stored once. NULL: no check for doubles.';
COMMENT ON COLUMN stockalert.sales.recorded_at IS 'When the row arrived, which may be days after the sale.';

CREATE TABLE stockalert.sales_default PARTITION OF stockalert.sales DEFAULT;
COMMENT ON TABLE stockalert.sales_default IS 'Sales of months without a partition of their own.';

GRANT SELECT, INSERT ON stockalert.sales TO stockalert_writer;
