-- Signatures while bodies are written.

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

GRANT EXECUTE ON FUNCTION stockalert.square_apply_changes(bigint, jsonb), stockalert.square_apply_orders(bigint, jsonb) TO stockalert_worker;
