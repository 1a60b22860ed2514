-- Thresholds.  A rule covers one item at one location, an item, a category at a
-- location, a category, a location, or everything; the narrower one wins, field
-- by field (src/pure/rule_choice.h).

CREATE TABLE stockalert.rules (
	rule_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	location_id bigint REFERENCES stockalert.locations ON DELETE CASCADE,
	item_id bigint REFERENCES stockalert.items ON DELETE CASCADE,
	category text,
	origin text NOT NULL DEFAULT 'manual',
	unit text NOT NULL DEFAULT 'units',
	low numeric,
	critical numeric,
	maximum numeric,
	fires text,
	enabled boolean NOT NULL DEFAULT true,
	note text,
	set_by text NOT NULL DEFAULT SESSION_USER,
	set_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	applied_at timestamptz,
	CONSTRAINT "a rule is for an item or for a category, not both" CHECK (item_id IS NULL OR category IS NULL),
	CONSTRAINT "category is 1 to 192 characters without control characters" CHECK (stockalert.is_label(category, 192)),
	CONSTRAINT "origin is manual, table, square or computed" CHECK (origin IN ('manual', 'table', 'square', 'computed')),
	CONSTRAINT "a rule from Square or a watched table is for an item" CHECK (origin NOT IN ('square', 'table') OR item_id IS NOT NULL),
	CONSTRAINT "unit is units, percent, days, computed or greatest" CHECK (unit IN ('units', 'percent', 'days', 'computed', 'greatest')),
	CONSTRAINT "what is computed has origin computed" CHECK ((unit = 'computed') = (origin = 'computed')),
	CONSTRAINT "a computed rule has no low of its own; unit greatest takes one" CHECK (unit <> 'computed' OR low IS NULL),
	CONSTRAINT "greatest needs a low to compare the reorder point with" CHECK (unit <> 'greatest' OR low IS NOT NULL),
	CONSTRAINT "fires is below or at_or_below" CHECK (fires IN ('below', 'at_or_below')),
	CONSTRAINT "low is not negative, at most 5 decimals" CHECK (stockalert.is_quantity(low) AND low >= 0),
	CONSTRAINT "critical is not negative, at most 5 decimals" CHECK (stockalert.is_quantity(critical) AND critical >= 0),
	CONSTRAINT "maximum is positive, at most 5 decimals" CHECK (stockalert.is_quantity(maximum) AND maximum > 0),
	CONSTRAINT "critical is not above low" CHECK (critical <= low),
	CONSTRAINT "maximum is above low" CHECK (maximum > low),
	CONSTRAINT "percentages are at most 1000" CHECK (unit <> 'percent'
		OR (coalesce(low, 0) <= 1000 AND coalesce(critical, 0) <= 1000 AND coalesce(maximum, 0) <= 1000)),
	CONSTRAINT "days of cover are at most 3650" CHECK (unit <> 'days'
		OR (coalesce(low, 0) <= 3650 AND coalesce(critical, 0) <= 3650 AND coalesce(maximum, 0) <= 3650)),
	CONSTRAINT "a rule sets low, critical or maximum" CHECK (unit = 'computed' OR low IS NOT NULL OR critical IS NOT NULL OR maximum IS NOT NULL)
);
COMMENT ON TABLE stockalert.rules IS 'Thresholds by scope. NULL in low, critical or maximum: not set here, inherit. 0: alert only when out.';
COMMENT ON COLUMN stockalert.rules.unit IS
	'units: absolute. percent: of the par level. days: of cover, times the velocity of the pair, in whole steps. computed: low is the computed reorder point; critical and maximum in units. greatest: low is the greater of the number here and the computed reorder point. Where the pair has no par level, no demand or no reorder point yet, percent, days and computed say nothing, as if the rule were not there. Where low follows demand and no rule sets critical, critical is half of low: about what sells while an order is on its way.';
COMMENT ON COLUMN stockalert.rules.fires IS
	'below: fires under the value; at_or_below: at the value too; NULL: at_or_below for a computed reorder point, else the setting stockalert.threshold_fires.';
COMMENT ON COLUMN stockalert.rules.origin IS 'At the same scope manual wins over table (a watched table''s), table over square and square over computed. Rules of unit computed have origin computed, so that one made by hand can stand beside them.';
COMMENT ON COLUMN stockalert.rules.applied_at IS 'Written by StockAlert only: when the rule was first applied to stock.';
CREATE UNIQUE INDEX rules_scope_key ON stockalert.rules (item_id, location_id, category, origin) NULLS NOT DISTINCT;
CREATE INDEX rules_location_id_idx ON stockalert.rules (location_id);

CREATE FUNCTION stockalert.name_rule_origin() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	new.origin := 'computed';
	RETURN new;
END
$$;
COMMENT ON FUNCTION stockalert.name_rule_origin() IS 'Row trigger of rules: what is computed has origin computed, also where it is not said.';
CREATE TRIGGER rules_name_origin BEFORE INSERT ON stockalert.rules FOR EACH ROW
	WHEN (new.unit = 'computed' AND new.origin = 'manual') EXECUTE FUNCTION stockalert.name_rule_origin();
COMMENT ON TRIGGER rules_name_origin ON stockalert.rules IS 'What is computed has origin computed.';
