-- The item trigger: alerts in the very transaction that makes stock low.

CREATE FUNCTION stockalert.apply_decisions(location_ids bigint[], item_ids bigint[], places tid[] DEFAULT '{}',
	OUT opened bigint, OUT worsened bigint, OUT eased bigint, OUT resolved bigint, OUT reopened bigint, OUT queued bigint)
	LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'stockalert_apply_decisions';
COMMENT ON FUNCTION stockalert.apply_decisions(bigint[], bigint[], tid[]) IS
	'Judges these pairs as they stand and writes alerts, events, queue, class and quiet range. For the owner; lock the rows first, in key order. places: where the first of them lie, to find them sooner.';

CREATE FUNCTION stockalert.applied_so_far(OUT opened bigint, OUT worsened bigint, OUT eased bigint, OUT resolved bigint, OUT reopened bigint, OUT queued bigint)
	LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'stockalert_applied_so_far';
COMMENT ON FUNCTION stockalert.applied_so_far() IS
	'What this session did to alerts since it began, by triggers too (and where it was rolled back): the difference of two calls counts what happened between them. For the owner.';

CREATE FUNCTION stockalert.item_trigger() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'stockalert_item_trigger';
COMMENT ON FUNCTION stockalert.item_trigger() IS
	'Row trigger of stock_levels: leaves at once while stock stays in its quiet range, else judges the row.';

CREATE FUNCTION stockalert.item_statement_trigger() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'stockalert_item_statement_trigger';
COMMENT ON FUNCTION stockalert.item_statement_trigger() IS
	'Statement trigger of stock_levels: judges the rows that the row trigger left for it, in one statement.';

CREATE TRIGGER item_trigger
	AFTER INSERT OR DELETE OR UPDATE OF location_id, item_id, on_hand, reserved, par_level, active ON stockalert.stock_levels
	FOR EACH ROW EXECUTE FUNCTION stockalert.item_trigger();
COMMENT ON TRIGGER item_trigger ON stockalert.stock_levels IS 'Raises alerts in the transaction that changes stock.';

CREATE TRIGGER item_statement_trigger
	AFTER INSERT OR DELETE OR UPDATE OF location_id, item_id, on_hand, reserved, par_level, active ON stockalert.stock_levels
	FOR EACH STATEMENT EXECUTE FUNCTION stockalert.item_statement_trigger();
COMMENT ON TRIGGER item_statement_trigger ON stockalert.stock_levels IS 'Completes bulk changes of stock, set-based.';
