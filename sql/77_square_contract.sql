-- Signatures while bodies are written.

CREATE FUNCTION stockalert.square_apply_catalog(connection_id bigint, page jsonb, full_run timestamptz, OUT rows integer, OUT changed integer, OUT problems integer, OUT newest timestamptz, OUT newest_text text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	rows := 0;
	changed := 0;
	problems := 0;
END
$$;
COMMENT ON FUNCTION stockalert.square_apply_catalog(bigint, jsonb, timestamptz) IS 'Applies a page of the catalog (list or search). For the worker.';

CREATE FUNCTION stockalert.square_apply_changes(connection_id bigint, page jsonb, OUT rows integer, OUT changed integer, OUT problems integer, OUT newest timestamptz, OUT newest_text text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	rows := 0;
	changed := 0;
	problems := 0;
END
$$;
COMMENT ON FUNCTION stockalert.square_apply_changes(bigint, jsonb) IS 'Applies a page of inventory changes. For the worker.';

CREATE FUNCTION stockalert.square_apply_orders(connection_id bigint, page jsonb, OUT rows integer, OUT changed integer, OUT problems integer, OUT newest timestamptz, OUT newest_text text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	rows := 0;
	changed := 0;
	problems := 0;
END
$$;
COMMENT ON FUNCTION stockalert.square_apply_orders(bigint, jsonb) IS 'Applies a page of orders. For the worker.';

CREATE FUNCTION stockalert.square_apply_vendors(connection_id bigint, page jsonb, OUT rows integer, OUT changed integer, OUT problems integer, OUT newest timestamptz, OUT newest_text text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	rows := 0;
	changed := 0;
	problems := 0;
END
$$;
COMMENT ON FUNCTION stockalert.square_apply_vendors(bigint, jsonb) IS 'Applies a page of vendors. For the worker.';

CREATE FUNCTION stockalert.square_apply_transfers(connection_id bigint, page jsonb, OUT rows integer, OUT changed integer, OUT problems integer, OUT newest timestamptz, OUT newest_text text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	rows := 0;
	changed := 0;
	problems := 0;
END
$$;
COMMENT ON FUNCTION stockalert.square_apply_transfers(bigint, jsonb) IS 'Applies a page of transfer orders. For the worker.';

CREATE FUNCTION stockalert.square_finish_catalog(connection_id bigint, started timestamptz) RETURNS integer
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN 0;
END
$$;
COMMENT ON FUNCTION stockalert.square_finish_catalog(bigint, timestamptz) IS 'Ends a full round of catalog that began at a time; returns rows changed. For the worker.';

CREATE FUNCTION stockalert.square_finish_counts(connection_id bigint, started timestamptz) RETURNS integer
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN 0;
END
$$;
COMMENT ON FUNCTION stockalert.square_finish_counts(bigint, timestamptz) IS 'Ends a full round of counts that began at a time; returns rows changed. For the worker.';

CREATE FUNCTION stockalert.square_finish_transfers(connection_id bigint, started timestamptz) RETURNS integer
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN 0;
END
$$;
COMMENT ON FUNCTION stockalert.square_finish_transfers(bigint, timestamptz) IS 'Ends a full round of transfers that began at a time; returns rows changed. For the worker.';

GRANT EXECUTE ON FUNCTION stockalert.square_apply_catalog(bigint, jsonb, timestamptz),
	stockalert.square_apply_changes(bigint, jsonb),
	stockalert.square_apply_orders(bigint, jsonb),
	stockalert.square_apply_vendors(bigint, jsonb),
	stockalert.square_apply_transfers(bigint, jsonb),
	stockalert.square_finish_catalog(bigint, timestamptz),
	stockalert.square_finish_counts(bigint, timestamptz),
	stockalert.square_finish_transfers(bigint, timestamptz) TO stockalert_worker;
