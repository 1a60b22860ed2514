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
	in_band boolean
);
COMMENT ON TYPE stockalert.decision IS
	'What one look at an item''s stock means: class, action on the alert, thresholds in force with their origin, quiet range.';

-- not strict: absent rules and alerts are NULL
CREATE FUNCTION stockalert.decide(level stockalert.stock_levels, step numeric, active boolean, newest stockalert.alerts,
	own_explicit numeric[], own_all numeric[],
	rule_1 stockalert.rules, rule_2 stockalert.rules, rule_3 stockalert.rules, rule_4 stockalert.rules,
	rule_5 stockalert.rules, rule_6 stockalert.rules, rule_7 stockalert.rules, rule_8 stockalert.rules)
	RETURNS stockalert.decision
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_decide';
COMMENT ON FUNCTION stockalert.decide(stockalert.stock_levels, numeric, boolean, stockalert.alerts, numeric[], numeric[],
	stockalert.rules, stockalert.rules, stockalert.rules, stockalert.rules, stockalert.rules, stockalert.rules, stockalert.rules, stockalert.rules) IS
	'Decides about one item at one location. Rules come narrowest first, NULL where there is none; each field is taken from the first that sets it. NULL for a NULL level.';

-- No security barrier: it would keep the planner from looking up single pairs; nobody but the owner reads it.
CREATE VIEW stockalert.stock_decisions AS
SELECT s.location_id, s.item_id, i.category, s.on_hand, s.reserved, s.on_hand - s.reserved AS available, s.par_level,
	s.quiet_below, s.quiet_above, s.class AS class_before, (last.newest).alert_id AS alert_id, (last.newest).severity AS alert_severity,
	stockalert.decide(s, i.quantity_step, s.active AND i.active AND l.active, last.newest, own.explicit, own.everyone,
		il_manual, il_square, i_manual, i_square, cl, c, loc, everything) AS decision
FROM stockalert.stock_levels AS s
JOIN stockalert.items AS i ON i.item_id = s.item_id
JOIN stockalert.locations AS l ON l.location_id = s.location_id
LEFT JOIN stockalert.rules AS il_manual ON il_manual.item_id = s.item_id AND il_manual.location_id = s.location_id
	AND il_manual.category IS NULL AND il_manual.origin = 'manual' AND il_manual.enabled
LEFT JOIN stockalert.rules AS il_square ON il_square.item_id = s.item_id AND il_square.location_id = s.location_id
	AND il_square.category IS NULL AND il_square.origin = 'square' AND il_square.enabled
LEFT JOIN stockalert.rules AS i_manual ON i_manual.item_id = s.item_id AND i_manual.location_id IS NULL
	AND i_manual.category IS NULL AND i_manual.origin = 'manual' AND i_manual.enabled
LEFT JOIN stockalert.rules AS i_square ON i_square.item_id = s.item_id AND i_square.location_id IS NULL
	AND i_square.category IS NULL AND i_square.origin = 'square' AND i_square.enabled
LEFT JOIN stockalert.rules AS cl ON cl.category = i.category AND cl.location_id = s.location_id
	AND cl.item_id IS NULL AND cl.origin = 'manual' AND cl.enabled
LEFT JOIN stockalert.rules AS c ON c.category = i.category AND c.location_id IS NULL
	AND c.item_id IS NULL AND c.origin = 'manual' AND c.enabled
LEFT JOIN stockalert.rules AS loc ON loc.location_id = s.location_id
	AND loc.item_id IS NULL AND loc.category IS NULL AND loc.origin = 'manual' AND loc.enabled
LEFT JOIN stockalert.rules AS everything ON everything.location_id IS NULL
	AND everything.item_id IS NULL AND everything.category IS NULL AND everything.origin = 'manual' AND everything.enabled
LEFT JOIN LATERAL (
	SELECT a AS newest FROM stockalert.alerts AS a
	WHERE a.location_id = s.location_id AND a.item_id = s.item_id AND a.kind = 'stock'
	ORDER BY a.alert_id DESC LIMIT 1) AS last ON true
LEFT JOIN LATERAL (
	SELECT pg_catalog.array_agg(DISTINCT b.own_threshold) FILTER (WHERE b.own_threshold IS NOT NULL) AS explicit,
		pg_catalog.array_agg(DISTINCT coalesce(b.own_threshold, 5)) AS everyone
	FROM stockalert.subscribers AS b
	WHERE b.enabled AND (b.location_ids IS NULL OR s.location_id = ANY (b.location_ids))
		AND (b.categories IS NULL OR i.category = ANY (b.categories))) AS own ON true;
COMMENT ON VIEW stockalert.stock_decisions IS
	'The decision about every item at every location, as of now: what trigger and check act on. For the owner; people read stock_status.';

-- not strict: NULL edges are open
CREATE FUNCTION stockalert.is_quiet(on_hand numeric, reserved numeric, quiet_below numeric, quiet_above numeric) RETURNS boolean
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_is_quiet';
COMMENT ON FUNCTION stockalert.is_quiet(numeric, numeric, numeric, numeric) IS
	'Tells whether on_hand - reserved lies strictly between the two edges, where nothing can matter to anybody; a NULL edge is no edge. False where on_hand or reserved is NULL.';

CREATE FUNCTION stockalert.stirred_pairs(OUT checked bigint, OUT location_ids bigint[], OUT item_ids bigint[])
	LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'stockalert_stirred_pairs';
COMMENT ON FUNCTION stockalert.stirred_pairs() IS
	'Counts all stock levels and returns the keys of those that were never judged (class NULL) or are not quiet (is_quiet), in no order: the check''s one look at every pair. For the owner. Error 42501 for who may not read stock_levels.';
