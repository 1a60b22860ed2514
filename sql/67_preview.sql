-- What if: BEGIN; UPDATE ...; SELECT * FROM stockalert.preview(); ROLLBACK.

CREATE FUNCTION stockalert.is_own_transaction(xid xid) RETURNS boolean
	LANGUAGE c STABLE STRICT PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'stockalert_is_own_transaction';
COMMENT ON FUNCTION stockalert.is_own_transaction(xid) IS
	'Tells whether a row with this xmin was written by the current transaction. NULL for NULL. For the owner.';

CREATE FUNCTION stockalert.preview(OUT location text, OUT sku text, OUT item text, OUT event text, OUT severity text, OUT quantity numeric,
	OUT threshold numeric, OUT alert_id bigint, OUT subscriber text, OUT channel text, OUT told boolean, OUT reason text, OUT form text) RETURNS SETOF record
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT l.code, i.sku, i.name, q.event, q.severity, q.quantity, a.threshold, q.alert_id, r.subscriber, r.channel,
		r.queue_id IS NOT NULL AND r.verdict IS NULL, CASE WHEN r.queue_id IS NULL THEN 'there is nobody to tell' ELSE r.verdict END,
		CASE WHEN r.queue_id IS NULL OR r.verdict IS NOT NULL THEN NULL
			WHEN count(*) OVER (PARTITION BY r.contact_id, r.verdict IS NULL, q.event = 'resolved') > current_setting('stockalert.digest_after')::integer THEN 'digest'
			ELSE 'message' END
	FROM stockalert.queue AS q
	JOIN stockalert.alerts AS a ON a.alert_id = q.alert_id AND a.location_id = q.location_id
	JOIN stockalert.items AS i ON i.item_id = q.item_id
	JOIN stockalert.locations AS l ON l.location_id = q.location_id
	LEFT JOIN stockalert.event_routes AS r ON r.queue_id = q.queue_id
	WHERE q.stage = 'event' AND stockalert.is_own_transaction(q.xmin)
		AND ((SELECT stockalert.sees_all_locations()) OR q.location_id = ANY ((SELECT stockalert.visible_locations())::bigint[]))
	ORDER BY q.queue_id, r.subscriber, r.channel, r.contact_id;
$$;
COMMENT ON FUNCTION stockalert.preview() IS
	'What this transaction would tell if it committed, one row for each event and contact: told, else the one reason why not; form: a message of its own, or in one digest. Nothing where it changed no alert. For what-if: ROLLBACK takes everything back.';

GRANT EXECUTE ON FUNCTION stockalert.preview() TO stockalert_viewer;
