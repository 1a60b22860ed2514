-- Square's locations and catalog: items, categories, units, prices, thresholds,
-- presence, SKUs, deletions; answers as they are published, and absurd ones.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL timezone = 'UTC';
SELECT done, next FROM stockalert.add_square_connection('tea shops', 'production');
SELECT connection_id AS c FROM stockalert.connections WHERE name = 'tea shops' \gset

-- Locations: the published answer, one that rests, one whose time zone nobody knows, one without a name.
SELECT * FROM stockalert.square_apply_locations(:c, '{"locations": [
	{"id": "18YC4JDH91E1H", "name": "Grant Park", "timezone": "America/Los_Angeles", "currency": "USD", "status": "ACTIVE", "merchant_id": "3MYCJG5GVYQ8Q", "business_name": "Jet Fuel Coffee"},
	{"id": "3Z4V4WHQK64X9", "name": "Midtown", "timezone": "America/New_York", "currency": "USD", "status": "ACTIVE", "merchant_id": "3MYCJG5GVYQ8Q"},
	{"id": "TOKYO", "name": "Midtown", "timezone": "Asia/Tokyo", "currency": "JPY", "status": "ACTIVE"},
	{"id": "OLD", "name": "Old   \u0007 place", "timezone": "Mars/Olympus", "currency": "euro", "status": "INACTIVE"}, 17, null, {"name": "no id"}], "cursor": "x"}');
SELECT x.external_id, l.code, l.name, l.time_zone, l.currency, l.active FROM stockalert.locations AS l
	JOIN stockalert.location_refs AS x USING (location_id) JOIN stockalert.sources AS s USING (source_id) WHERE s.name = 'tea shops' ORDER BY 1;
SELECT stream, external_id, reason FROM stockalert.sync_problems ORDER BY 1, 2;
SELECT merchant_id FROM stockalert.connections WHERE connection_id = :c;
-- Again: nothing is written.
SELECT rows, changed FROM stockalert.square_apply_locations(:c, '{"locations": [{"id": "18YC4JDH91E1H", "name": "Grant Park", "timezone": "America/Los_Angeles", "currency": "USD", "status": "ACTIVE"}]}');

-- Somebody's own item, which Square sells too.
SELECT done FROM stockalert.add_item('TEA-MUG', 'Mug of somebody');
\set page '{"objects": [{"type": "CATEGORY", "id": "CAT1", "category_data": {"name": "Beverages"}}, {"type": "CATEGORY", "id": "CAT2", "category_data": {"name": "Tea", "parent_category": {"id": "CAT1"}}}, {"type": "TAX", "id": "TAX1", "tax_data": {"name": "Sales Tax"}}, {"type": "MEASUREMENT_UNIT", "id": "UNIT1", "measurement_unit_data": {"precision": 2}}, {"type": "SOMETHING_NEW", "id": "NEW1"}, {"type": "ITEM", "id": "ITEM1", "updated_at": "2025-03-01T10:00:00.123456789Z", "present_at_all_locations": true, "item_data": {"name": "Tea - Black", "description": "A delicious blend.", "categories": [{"id": "CAT1", "ordinal": 0}], "reporting_category": {"id": "CAT2"}, "variations": [{"type": "ITEM_VARIATION", "id": "V1", "present_at_all_locations": true, "item_variation_data": {"item_id": "ITEM1", "name": "Regular", "sku": "TEA-MUG", "pricing_type": "FIXED_PRICING", "price_money": {"amount": 150, "currency": "USD"}, "track_inventory": true, "inventory_alert_type": "LOW_QUANTITY", "inventory_alert_threshold": 10, "location_overrides": [{"location_id": "3Z4V4WHQK64X9", "inventory_alert_type": "NONE"}, {"location_id": "TOKYO", "inventory_alert_type": "LOW_QUANTITY", "inventory_alert_threshold": 3}, {"location_id": "18YC4JDH91E1H", "sold_out": true}]}}, {"type": "ITEM_VARIATION", "id": "V2", "present_at_all_locations": false, "present_at_location_ids": ["TOKYO"], "item_variation_data": {"item_id": "ITEM1", "name": "Large", "sku": "TEA-MUG", "price_money": {"amount": 225, "currency": "JPY"}, "measurement_unit_id": "UNIT1", "track_inventory": false}}, {"type": "ITEM_VARIATION", "id": "V3", "item_variation_data": {"item_id": "ITEM1", "name": "Bulk", "pricing_type": "VARIABLE_PRICING", "inventory_alert_type": "NONE", "location_overrides": [{"location_id": "TOKYO", "track_inventory": true, "inventory_alert_threshold": 4}]}}]}}, {"type": "ITEM", "id": "ITEM2", "updated_at": "2025-03-02T10:00:00Z", "absent_at_location_ids": ["3Z4V4WHQK64X9"], "item_data": {"name": "Wine", "category_id": "CAT1", "variations": [{"type": "ITEM_VARIATION", "id": "BOTTLE", "absent_at_location_ids": ["TOKYO"], "item_variation_data": {"sku": "BOTTLE", "name": "Bottle", "price_money": {"amount": 12500, "currency": "BHD"}, "track_inventory": true, "stockable": true, "vendor_information": [{"vendor_id": "VENDOR1", "unit_cost_money": {"amount": 7250, "currency": "BHD"}}]}}, {"type": "ITEM_VARIATION", "id": "GLASS", "item_variation_data": {"name": "Glass", "track_inventory": true, "stockable": false, "stockable_conversion": {"stockable_item_variation_id": "BOTTLE", "stockable_quantity": "1", "nonstockable_quantity": "5"}}}]}}, {"type": "ITEM", "id": "ITEM3", "item_data": {"name": "Christmas cake", "is_archived": true, "variations": [{"id": "CAKE", "item_variation_data": {"name": "Regular", "sku": "CAKE", "price_money": {"amount": null, "currency": "USD"}}}, {"id": "", "item_variation_data": {}}]}}, {"type": "ITEM", "id": "DEL1", "is_deleted": true}]}'
SELECT clock_timestamp() AS started \gset
SELECT * FROM stockalert.square_apply_catalog(:c, :'page', :'started');
SELECT v.external_id, i.sku, i.name, i.category, i.price, i.cost, i.quantity_step AS step, i.active, v.tracked, v.everywhere AS every, v.except_at, v.stock_of, v.stock_units::numeric(10, 5)
	FROM stockalert.square_variations AS v JOIN stockalert.items AS i USING (item_id) WHERE v.connection_id = :c ORDER BY 1;
SELECT v.external_id, x.external_id AS place, r.low, r.fires, r.origin, r.applied_at IS NOT NULL AS applied FROM stockalert.rules AS r
	JOIN stockalert.square_variations AS v USING (item_id) LEFT JOIN stockalert.location_refs AS x USING (location_id) WHERE v.connection_id = :c ORDER BY 1, 2 NULLS FIRST;
SELECT v.external_id, x.external_id AS place, o.tracked, o.sold_out_until FROM stockalert.square_overrides AS o JOIN stockalert.square_variations AS v USING (item_id)
	JOIN stockalert.location_refs AS x USING (location_id) ORDER BY 1, 2;
SELECT external_id, reason FROM stockalert.sync_problems WHERE stream = 'catalog' ORDER BY 1, 2;
-- The same page changes nothing and writes nothing of items and rules.
CREATE TEMPORARY TABLE before ON COMMIT DROP AS SELECT 'item' AS what, ctid::text AS place, item_id AS id FROM stockalert.items UNION ALL SELECT 'rule', ctid::text, rule_id FROM stockalert.rules;
SELECT rows, changed FROM stockalert.square_apply_catalog(:c, :'page', NULL);
SELECT count(*) AS written FROM (SELECT 'item' AS what, ctid::text, item_id AS id FROM stockalert.items
	UNION ALL SELECT 'rule', ctid::text, rule_id FROM stockalert.rules EXCEPT SELECT * FROM before) AS x;

-- A category is named anew; a SKU becomes free, and goes to who waits for it.
SELECT changed FROM stockalert.square_apply_catalog(:c, '{"objects": [{"type": "CATEGORY", "id": "CAT2", "category_data": {"name": "Fine tea"}}, {"type": "MEASUREMENT_UNIT", "id": "UNIT1", "measurement_unit_data": {"precision": 0}}], "latest_time": "2025-03-03T10:00:00.999999999Z"}', NULL);
SELECT newest, newest_text FROM stockalert.square_apply_catalog(:c, '{"objects": [], "latest_time": "2025-03-03T10:00:00.999999999Z"}', NULL);
SELECT i.sku, i.category, i.quantity_step FROM stockalert.items AS i JOIN stockalert.square_variations AS v USING (item_id) WHERE v.external_id IN ('V1', 'V2') ORDER BY 1;
-- An item that lists one variation less, with another threshold and no exceptions.
SELECT changed FROM stockalert.square_apply_catalog(:c, '{"objects": [{"type": "ITEM", "id": "ITEM1", "item_data": {"name": "Tea", "variations": [
	{"id": "V1", "item_variation_data": {"name": "Regular", "sku": "TEA-1", "inventory_alert_type": "LOW_QUANTITY", "inventory_alert_threshold": 4}},
	{"id": "V2", "item_variation_data": {"name": "Large", "sku": "TEA-MUG", "track_inventory": true}}]}}]}', NULL);
SELECT changed FROM stockalert.square_apply_catalog(:c, '{"objects": [{"type": "ITEM", "id": "ITEM1", "item_data": {"name": "Tea", "variations": [
	{"id": "V1", "item_variation_data": {"name": "Regular", "sku": "TEA-1", "inventory_alert_type": "LOW_QUANTITY", "inventory_alert_threshold": 4}},
	{"id": "V2", "item_variation_data": {"name": "Large", "sku": "TEA-MUG", "track_inventory": true}}]}}]}', NULL);
SELECT v.external_id, i.sku, i.name, i.category, i.active, v.gone FROM stockalert.square_variations AS v JOIN stockalert.items AS i USING (item_id) WHERE v.parent_id = 'ITEM1' ORDER BY 1;
SELECT v.external_id, r.location_id IS NULL AS everywhere, r.low FROM stockalert.rules AS r JOIN stockalert.square_variations AS v USING (item_id) ORDER BY 1, 2;
-- Deleted; come back; not met by a round over everything.
SELECT changed FROM stockalert.square_apply_catalog(:c, '{"objects": [{"type": "ITEM", "id": "ITEM1", "is_deleted": true, "updated_at": "2025-03-04T10:00:00Z"}]}', NULL);
SELECT bool_or(i.active) FROM stockalert.square_variations AS v JOIN stockalert.items AS i USING (item_id) WHERE v.parent_id = 'ITEM1';
SELECT clock_timestamp() AS started \gset
SELECT changed FROM stockalert.square_apply_catalog(:c, '{"objects": [{"type": "ITEM", "id": "ITEM1", "item_data": {"name": "Tea", "variations": [{"id": "V1", "item_variation_data": {"name": "Regular", "sku": "TEA-1"}}]}}]}', :'started');
SELECT stockalert.square_finish_catalog(:c, :'started');
SELECT v.external_id, i.active FROM stockalert.square_variations AS v JOIN stockalert.items AS i USING (item_id) ORDER BY 1;

-- Absurd pages: nothing is raised.
SELECT rows, changed, problems FROM unnest('{null,"{}","[]","17","{\"objects\": 5}","{\"objects\": [1, null, [], {}, \"x\"]}","{\"objects\": [{\"type\": \"ITEM\", \"id\": \"X\", \"item_data\": 7}]}","{\"objects\": [{\"type\": \"ITEM\", \"id\": \"X\", \"item_data\": {\"name\": {\"a\": 1}, \"variations\": [3, {\"id\": \"XV\", \"item_variation_data\": {\"sku\": [1], \"price_money\": \"much\", \"inventory_alert_threshold\": -4, \"inventory_alert_type\": \"LOW_QUANTITY\", \"location_overrides\": {\"a\": 1}, \"stockable\": false, \"stockable_conversion\": {\"nonstockable_quantity\": \"0\"}}}]}}]}"}'::jsonb[]) AS p,
	stockalert.square_apply_catalog(:c, p, NULL);
SELECT i.sku, i.name, i.price, r.low FROM stockalert.square_variations AS v JOIN stockalert.items AS i USING (item_id) LEFT JOIN stockalert.rules AS r USING (item_id) WHERE v.external_id = 'XV';
SELECT rows, changed, problems FROM unnest('{null,"{}","{\"locations\": \"none\"}"}'::jsonb[]) AS p, stockalert.square_apply_locations(:c, p);

-- Removed and made again: the same items, under their keys.
SELECT count(*) AS items FROM stockalert.items \gset
SELECT done FROM stockalert.remove_connection('tea shops');
SELECT count(*) FROM stockalert.square_variations;
SELECT done, next FROM stockalert.add_square_connection('tea shops', locations => '{18YC4JDH91E1H}');
SELECT connection_id AS c FROM stockalert.connections WHERE name = 'tea shops' \gset
SELECT changed FROM stockalert.square_apply_catalog(:c, :'page', NULL);
SELECT count(*) - :items AS more FROM stockalert.items;
-- Only one location is read now: the others rest.
SELECT changed FROM stockalert.square_apply_locations(:c, '{"locations": [{"id": "18YC4JDH91E1H", "name": "Grant Park", "timezone": "America/Los_Angeles", "currency": "USD", "status": "ACTIVE"},
	{"id": "3Z4V4WHQK64X9", "name": "Midtown", "timezone": "America/New_York", "currency": "USD", "status": "ACTIVE"}, {"id": "NEWER", "name": "Newer", "timezone": "UTC", "status": "ACTIVE"}]}');
SELECT x.external_id, l.active FROM stockalert.locations AS l JOIN stockalert.location_refs AS x USING (location_id) JOIN stockalert.sources AS s USING (source_id) WHERE s.name = 'tea shops' ORDER BY 1;
ROLLBACK;
