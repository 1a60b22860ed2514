-- What stock means now: the thresholds in force, the class, what happens to the
-- alert, the quiet range.  One function decides; trigger, check, views ask it.

CREATE TYPE stockalert.decision AS (
	class text,
	action text,
	threshold numeric,
	low numeric,
	critical numeric,
	maximum numeric,
	fires text,
	rule_id bigint,
	threshold_from text,
	quiet_below numeric,
	quiet_above numeric,
	in_band boolean,
	velocity double precision,
	reorder_point numeric,
	order_up_to numeric
);
COMMENT ON TYPE stockalert.decision IS
	'What one look at an item''s stock means: class, action on the alert, thresholds in force with their origin, quiet range; velocity, reorder point and order-up-to where thresholds were made of them.';

-- not strict: NULL keys mean all
CREATE FUNCTION stockalert.judge_pairs(location_ids bigint[], item_ids bigint[], only_moving boolean DEFAULT false, or_busy boolean DEFAULT false)
	RETURNS TABLE (location_id bigint, item_id bigint, category text, on_hand numeric, reserved numeric, available numeric, par_level numeric,
		seen_below numeric, seen_above numeric, class_before text, alert_id bigint, alert_severity text, moves boolean, busy boolean, place tid,
		class text, action text, threshold numeric, low numeric, critical numeric, maximum numeric, fires text, rule_id bigint, threshold_from text,
		quiet_below numeric, quiet_above numeric, in_band boolean, velocity double precision, reorder_point numeric, order_up_to numeric)
	LANGUAGE c STABLE ROWS 100 AS 'MODULE_PATHNAME', 'stockalert_judge_pairs';
COMMENT ON FUNCTION stockalert.judge_pairs(bigint[], bigint[], boolean, boolean) IS
	'Decides about these pairs as they stand: what is stored (seen_*, class_before, the newest alert of kind stock) and what it should be; moves: they differ. item_ids NULL: all pairs of these locations, both NULL: all pairs. only_moving: nothing of the others, and no more than is to be written where the alert stays as it is; or_busy: those too that somebody is writing. place: of the row version that was judged. For the owner. Errors: 22004 a key is NULL, 2202E keys differ in number.';

-- One pair at a time, as people ask; what judges many asks judge_pairs() itself.
-- No security barrier: it would keep the planner from looking up single pairs; nobody but the owner reads it.
CREATE VIEW stockalert.stock_decisions AS
SELECT s.location_id, s.item_id, j.category, s.on_hand, s.reserved, s.on_hand - s.reserved AS available, s.par_level,
	s.quiet_below, s.quiet_above, s.class AS class_before, j.alert_id, j.alert_severity,
	ROW(j.class, j.action, j.threshold, j.low, j.critical, j.maximum, j.fires, j.rule_id, j.threshold_from, j.quiet_below, j.quiet_above,
		j.in_band, j.velocity, j.reorder_point, j.order_up_to)::stockalert.decision AS decision
FROM stockalert.stock_levels AS s
CROSS JOIN LATERAL stockalert.judge_pairs(ARRAY[s.location_id], ARRAY[s.item_id]) AS j;
COMMENT ON VIEW stockalert.stock_decisions IS
	'The decision about every item at every location, as of now: what trigger and check act on. For the owner; people read stock_status.';

-- not strict: NULL edges are open
CREATE FUNCTION stockalert.is_quiet(on_hand numeric, reserved numeric, quiet_below numeric, quiet_above numeric) RETURNS boolean
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_is_quiet';
COMMENT ON FUNCTION stockalert.is_quiet(numeric, numeric, numeric, numeric) IS
	'Tells whether on_hand - reserved lies strictly between the two edges, where nothing can matter to anybody; a NULL edge is no edge. False where on_hand or reserved is NULL.';

-- not strict: written_since NULL looks at quantities alone
CREATE FUNCTION stockalert.stirred_pairs(written_since xid8[] DEFAULT NULL, writers xid[] DEFAULT NULL, OUT checked bigint, OUT location_ids bigint[], OUT item_ids bigint[], OUT places tid[],
	OUT negative_location_ids bigint[], OUT negative_item_ids bigint[], OUT unmatched_location_ids bigint[], OUT unmatched_item_ids bigint[])
	LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'stockalert_stirred_pairs';
COMMENT ON FUNCTION stockalert.stirred_pairs(xid8[], xid[]) IS
	'Counts all stock levels and returns the keys and places of those that were never judged (class NULL), are not quiet (is_quiet) or were written by one of these transactions or a later one, but not by the writer that stands beside it, in no order, the keys of those with less than nothing available, and of those whose class does not go with whether an alert of kind stock is open: the check''s one look at every pair. For the owner. Error 42501 for who may not read stock_levels and alerts.';

CREATE FUNCTION stockalert.await_writers(location_ids bigint[], item_ids bigint[]) RETURNS void
	LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'stockalert_await_writers';
COMMENT ON FUNCTION stockalert.await_writers(bigint[], bigint[]) IS
	'Waits until nobody else is writing the stock levels of these pairs, for some twenty writers one after another, and locks nothing: for callers that hold no stock level yet. For the owner. Error 2202E keys differ in number or are NULL.';

CREATE FUNCTION stockalert.lock_pairs(location_ids bigint[], item_ids bigint[], places tid[] DEFAULT '{}',
	OUT locked_location_ids bigint[], OUT locked_item_ids bigint[], OUT locked_places tid[], OUT left_location_ids bigint[], OUT left_item_ids bigint[])
	LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'stockalert_lock_pairs';
COMMENT ON FUNCTION stockalert.lock_pairs(bigint[], bigint[], tid[]) IS
	'Locks the stock levels of these pairs in key order and returns those it could lock and those it left because somebody is writing them: it never waits, so that it is in no deadlock. Pairs that are not there are in neither. places: where the first of the pairs lay when last seen, to find them sooner. For the owner. Errors: 2202E keys differ in number or are NULL, 40001 as any UPDATE.';

CREATE FUNCTION stockalert.lock_places(places tid[]) RETURNS bigint
	LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'stockalert_lock_places';
COMMENT ON FUNCTION stockalert.lock_places(tid[]) IS
	'Locks these versions of stock levels, as judge_pairs() returned them in the same statement, and returns how many it could: not those that somebody is writing or has written since. It never waits. For the owner. Error 40001 as any UPDATE.';
