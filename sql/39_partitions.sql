-- Month partitions of sales, stock changes and deliveries, made ahead of time.
-- The parents carry no index or key; each child gets its own here.

CREATE FUNCTION stockalert.index_partition(parent text, child text) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF parent = 'sales' THEN
		EXECUTE format('CREATE UNIQUE INDEX %I ON stockalert.%I (source_id, location_id, sold_at, source_line)', child || '_key', child);
		EXECUTE format('CREATE INDEX %I ON stockalert.%I USING brin (sold_at)', child || '_sold_at_idx', child);
		EXECUTE format('CREATE INDEX %I ON stockalert.%I USING brin (recorded_at)', child || '_recorded_at_idx', child);
		EXECUTE format('GRANT SELECT ON stockalert.%I TO stockalert_writer', child);
	ELSIF parent = 'stock_changes' THEN
		EXECUTE format('CREATE INDEX %I ON stockalert.%I (location_id, item_id, changed_at)', child || '_pair_idx', child);
		EXECUTE format('CREATE INDEX %I ON stockalert.%I USING brin (recorded_at)', child || '_recorded_at_idx', child);
	ELSE
		EXECUTE format('CREATE INDEX %I ON stockalert.%I (message_id)', child || '_message_id_idx', child);
		EXECUTE format('CREATE INDEX %I ON stockalert.%I (finished_at, message_id) WHERE outcome IN (''dead'', ''expired'')', child || '_dead_idx', child);
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.index_partition(text, text) IS 'Gives a partition of sales, stock changes or deliveries its indexes and grants. For the owner.';

CREATE FUNCTION stockalert.make_partition(parent text, month timestamptz) RETURNS boolean
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	child text := format('%s_%s', parent, to_char(month AT TIME ZONE 'UTC', 'YYYY_MM'));
	next_month timestamptz := ((month AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC';
BEGIN
	PERFORM pg_advisory_xact_lock('stockalert.sales'::regclass::oid::bigint);
	IF to_regclass(format('stockalert.%I', child)) IS NOT NULL OR stockalert.default_holds(parent, month, next_month) THEN
		RETURN false;
	END IF;
	EXECUTE format('CREATE TABLE stockalert.%I PARTITION OF stockalert.%I FOR VALUES FROM (%L) TO (%L)', child, parent, month, next_month);
	EXECUTE format('COMMENT ON TABLE stockalert.%I IS %L', child, parent || ' of ' || to_char(month AT TIME ZONE 'UTC', 'YYYY-MM') || ' (UTC).');
	PERFORM stockalert.index_partition(parent, child);
	RETURN true;
END
$$;
COMMENT ON FUNCTION stockalert.make_partition(text, timestamptz) IS
	'Makes the partition of a month (its first moment in UTC) and tells whether it is new; none where the default partition has rows of that month. For the owner.';

CREATE FUNCTION stockalert.make_sales_months(moments timestamptz[]) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	-- History has its months; what is older than ten years, or yet to come, stays together.
	PERFORM stockalert.make_partition('sales', m.month) FROM (
		SELECT DISTINCT date_trunc('month', u.at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' AS month FROM unnest(moments) AS u (at)
		WHERE u.at > stockalert.as_of() - interval '10 years' AND u.at < stockalert.as_of() + interval '1 month' ORDER BY 1) AS m
		WHERE to_regclass('stockalert.sales_' || to_char(m.month AT TIME ZONE 'UTC', 'YYYY_MM')) IS NULL;
END
$$;
COMMENT ON FUNCTION stockalert.make_sales_months(timestamptz[]) IS 'Makes the partitions of sales that these times need. For the owner.';

CREATE FUNCTION stockalert.make_partitions(first date DEFAULT NULL, last date DEFAULT NULL) RETURNS integer
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	parent text;
	month timestamptz;
	made integer := 0;
	-- Months begin in UTC, so that the same partitions come out everywhere.
	from_month timestamptz := date_trunc('month', coalesce(first::timestamp, stockalert.as_of() AT TIME ZONE 'UTC')) AT TIME ZONE 'UTC';
	to_month timestamptz := date_trunc('month', coalesce(last::timestamp, (stockalert.as_of() AT TIME ZONE 'UTC') + interval '2 months')) AT TIME ZONE 'UTC';
BEGIN
	IF NOT isfinite(from_month) OR NOT isfinite(to_month) OR to_month - from_month > interval '1300 months' THEN
		RAISE EXCEPTION 'too many months'
			USING ERRCODE = 'invalid_parameter_value', DETAIL = format('From %s to %s.', first, last),
				  HINT = 'Make at most 100 years of partitions in one call.';
	END IF;
	FOREACH parent IN ARRAY ARRAY['sales', 'stock_changes', 'deliveries'] LOOP
		month := from_month;
		WHILE month <= to_month LOOP
			IF stockalert.make_partition(parent, month) THEN
				made := made + 1;
			END IF;
			month := ((month AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC';
		END LOOP;
	END LOOP;
	RETURN made;
END
$$;
COMMENT ON FUNCTION stockalert.make_partitions(date, date) IS
	'Makes the month partitions of sales, stock changes and deliveries from the month of first to that of last (NULL: this month to two ahead) and returns how many are new. A month whose rows already lie in the default partition is left there.';

CREATE FUNCTION stockalert.default_holds(parent text, from_time timestamptz, to_time timestamptz) RETURNS boolean
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF parent = 'sales' THEN
		RETURN EXISTS (SELECT 1 FROM stockalert.sales_default AS d WHERE d.sold_at >= from_time AND d.sold_at < to_time);
	END IF;
	IF parent = 'stock_changes' THEN
		RETURN EXISTS (SELECT 1 FROM stockalert.stock_changes_default AS d WHERE d.changed_at >= from_time AND d.changed_at < to_time);
	END IF;
	RETURN EXISTS (SELECT 1 FROM stockalert.deliveries_default AS d WHERE d.finished_at >= from_time AND d.finished_at < to_time);
END
$$;
COMMENT ON FUNCTION stockalert.default_holds(text, timestamptz, timestamptz) IS 'Tells whether the default partition has rows of this time. For the owner.';

SELECT stockalert.index_partition('sales', 'sales_default');
SELECT stockalert.index_partition('stock_changes', 'stock_changes_default');
SELECT stockalert.index_partition('deliveries', 'deliveries_default');
GRANT EXECUTE ON FUNCTION stockalert.make_partitions(date, date) TO stockalert_manager;
