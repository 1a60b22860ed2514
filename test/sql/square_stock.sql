-- Square's counts and transfers in stock levels: states, older and newer ones,
-- absurd ones, sold out, not tracked, what is on its way.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL timezone = 'UTC';
SELECT done FROM stockalert.add_subscriber('manager', log => true);
SELECT done FROM stockalert.add_square_connection();
SELECT connection_id AS c FROM stockalert.connections \gset
SELECT changed FROM stockalert.square_apply_locations(:c, '{"locations": [{"id": "ROME", "name": "Rome", "timezone": "Europe/Rome", "currency": "EUR"}, {"id": "TOKYO", "name": "Tokyo", "timezone": "Asia/Tokyo", "currency": "JPY"}]}');
SELECT changed FROM stockalert.square_apply_catalog(:c, '{"objects": [{"type": "ITEM", "id": "I", "item_data": {"name": "Wine", "variations": [
	{"id": "RED", "item_variation_data": {"sku": "RED", "track_inventory": true, "inventory_alert_type": "LOW_QUANTITY", "inventory_alert_threshold": 5}},
	{"id": "WHITE", "item_variation_data": {"sku": "WHITE"}}, {"id": "FREE", "item_variation_data": {"sku": "FREE", "track_inventory": false}},
	{"id": "GLASS", "item_variation_data": {"sku": "GLASS", "stockable": false, "stockable_conversion": {"stockable_item_variation_id": "RED", "stockable_quantity": "1", "nonstockable_quantity": "5"}}},
	{"id": "ROMAN", "present_at_all_locations": false, "present_at_location_ids": ["ROME"], "item_variation_data": {"sku": "ROMAN", "track_inventory": true}}]}}]}', clock_timestamp());
CREATE VIEW pg_temp.stock AS SELECT location, sku, on_hand, reserved, on_order, in_transit, class FROM stockalert.stock_status ORDER BY 1, 2;

SELECT stockalert.sync_begin(:c, 'counts', true);
-- The published count; each state; a sum of the same page twice; what is to be passed over in silence; what is absurd.
SELECT * FROM stockalert.square_apply_counts(:c, '{"errors": [], "cursor": "abc", "counts": [
	{"catalog_object_id": "RED", "catalog_object_type": "ITEM_VARIATION", "state": "IN_STOCK", "location_id": "ROME", "quantity": "79", "calculated_at": "2025-11-16T22:28:01.223Z"},
	{"catalog_object_id": "RED", "catalog_object_type": "ITEM_VARIATION", "state": "IN_STOCK", "location_id": "ROME", "quantity": "78", "calculated_at": "2025-11-16T22:28:01.222Z"},
	{"catalog_object_id": "RED", "state": "RESERVED_FOR_SALE", "location_id": "ROME", "quantity": "2.50000", "calculated_at": "2025-11-16T22:28:01.223Z"},
	{"catalog_object_id": "RED", "state": "ORDERED_FROM_VENDOR", "location_id": "ROME", "quantity": "12", "calculated_at": "2025-11-16T22:28:01.223Z"},
	{"catalog_object_id": "RED", "state": "IN_TRANSIT_TO", "location_id": "ROME", "quantity": "3", "calculated_at": "2025-11-16T22:28:01.223Z"},
	{"catalog_object_id": "RED", "state": "WASTE", "location_id": "ROME", "quantity": "3", "calculated_at": "2025-11-16T22:28:01.223Z"},
	{"catalog_object_id": "RED", "state": "IN_STOCK", "location_id": "TOKYO", "quantity": "5", "calculated_at": "2025-11-16T22:28:01Z"},
	{"catalog_object_id": "WHITE", "state": "IN_STOCK", "location_id": "ROME", "quantity": "-12.12345", "calculated_at": "2025-11-16T22:28:01.45545500679Z"},
	{"catalog_object_id": "WHITE", "state": "IN_STOCK", "location_id": "TOKYO", "quantity": "123456789012345678901.12345", "calculated_at": "2025-11-16T22:28:01Z"},
	{"catalog_object_id": "WHITE", "state": "RESERVED_FOR_SALE", "location_id": "TOKYO", "quantity": "-4", "calculated_at": "2025-11-16T22:28:01Z"},
	{"catalog_object_id": "FREE", "state": "IN_STOCK", "location_id": "ROME", "quantity": "1", "calculated_at": "2025-11-16T22:28:01Z"},
	{"catalog_object_id": "GLASS", "state": "IN_STOCK", "location_id": "ROME", "quantity": "1", "calculated_at": "2025-11-16T22:28:01Z"},
	{"catalog_object_id": "ROMAN", "state": "IN_STOCK", "location_id": "TOKYO", "quantity": "0", "calculated_at": "2025-11-16T22:28:01Z"},
	{"catalog_object_id": "ROMAN", "state": "ORDERED_FROM_VENDOR", "location_id": "ROME", "quantity": "6", "calculated_at": "2025-11-16T22:28:01Z"},
	{"catalog_object_id": "RED", "state": "UNTRACKED", "location_id": "ROME", "quantity": "1", "calculated_at": "2025-11-16T22:28:01Z"},
	{"catalog_object_id": "RED", "state": "SUPPORTED_BY_NEWER_VERSION", "location_id": "ROME", "quantity": "1", "calculated_at": "2025-11-16T22:28:01Z"},
	{"catalog_object_id": "RED", "state": "HOVERING", "location_id": "ROME", "quantity": "1", "calculated_at": "2025-11-16T22:28:01Z"},
	{"catalog_object_id": "NOBODY", "state": "IN_STOCK", "location_id": "ROME", "quantity": "1", "calculated_at": "2025-11-16T22:28:01Z"},
	{"catalog_object_id": "RED", "state": "IN_STOCK", "location_id": "NOWHERE", "quantity": "1", "calculated_at": "2025-11-16T22:28:01Z"},
	{"catalog_object_id": "RED", "state": "IN_STOCK", "location_id": "ROME", "quantity": "1e400", "calculated_at": "2025-11-16T22:28:01Z"},
	{"catalog_object_id": "RED", "state": "IN_STOCK", "location_id": "ROME", "quantity": "1234567890123456789012", "calculated_at": "2025-11-16T22:28:01Z"},
	{"catalog_object_id": "RED", "state": "IN_STOCK", "location_id": "ROME", "quantity": "1", "calculated_at": "yesterday"},
	{"catalog_object_id": "RED"}, 5, null, ["x"]]}');
SELECT * FROM stock;
SELECT external_id, reason, times, left(sample, 60) AS sample FROM stockalert.sync_problems ORDER BY 1, 2;
SELECT p.external_id, x.external_id AS place, l.in_stock, l.in_stock_at FROM stockalert.square_levels AS l JOIN stockalert.square_variations AS p USING (item_id)
	JOIN stockalert.location_refs AS x USING (location_id) ORDER BY 1, 2;
-- A first import tells of its alerts at its end, once.
SELECT count(*) AS open FROM stockalert.alerts WHERE resolved_at IS NULL;
SELECT count(*) AS events FROM stockalert.queue;
SELECT stockalert.sync_end(:c, 'counts', true, '2025-11-16 22:28:01+00');
SELECT stage, lane, event FROM stockalert.queue;
DELETE FROM stockalert.queue;

-- Again, a thousandth older, and newer: only what differs is written.
CREATE TEMPORARY TABLE before ON COMMIT DROP AS SELECT ctid::text AS place, location_id, item_id FROM stockalert.stock_levels;
SELECT rows, changed, problems FROM stockalert.square_apply_counts(:c, '{"counts": [
	{"catalog_object_id": "RED", "state": "IN_STOCK", "location_id": "ROME", "quantity": "79", "calculated_at": "2025-11-16T22:28:01.223Z"},
	{"catalog_object_id": "RED", "state": "IN_STOCK", "location_id": "TOKYO", "quantity": "500", "calculated_at": "2025-11-16T22:28:00.999Z"},
	{"catalog_object_id": "WHITE", "state": "IN_STOCK", "location_id": "TOKYO", "quantity": "123456789012345678901.12345", "calculated_at": "2025-11-17T22:28:01Z"}]}');
SELECT count(*) AS written FROM (SELECT ctid::text, location_id, item_id FROM stockalert.stock_levels EXCEPT SELECT * FROM before) AS x;
SELECT rows, changed, problems FROM stockalert.square_apply_counts(:c, '{"counts": [
	{"catalog_object_id": "RED", "state": "IN_STOCK", "location_id": "ROME", "quantity": "4", "calculated_at": "2025-11-18T22:28:01.223Z"},
	{"catalog_object_id": "RED", "state": "RESERVED_FOR_SALE", "location_id": "ROME", "quantity": "0", "calculated_at": "2025-11-18T22:28:01.223Z"},
	{"catalog_object_id": "ROMAN", "state": "IN_STOCK", "location_id": "ROME", "quantity": "50", "calculated_at": "2025-11-18T22:28:01.223Z"}]}');
SELECT * FROM stock WHERE sku IN ('RED', 'ROMAN');
SELECT event, severity, quantity FROM stockalert.queue ORDER BY queue_id;

-- Sold out at Tokyo whatever the count; counted again once that is over; then not tracked there; then archived.
\set wine '{"objects": [{"type": "ITEM", "id": "I", "item_data": {"name": "Wine", "is_archived": ARCHIVED, "variations": [{"id": "RED", "item_variation_data": {"sku": "RED", "track_inventory": true, "inventory_alert_type": "LOW_QUANTITY", "inventory_alert_threshold": 5, "location_overrides": [{"location_id": "TOKYO", OVERRIDE}]}}]}}]}'
SELECT rows, changed FROM stockalert.square_apply_counts(:c, '{"counts": [{"catalog_object_id": "RED", "state": "IN_STOCK", "location_id": "TOKYO", "quantity": "40", "calculated_at": "2025-11-19T22:28:01.223Z"}]}');
SELECT changed FROM stockalert.square_apply_catalog(:c, replace(replace(:'wine', 'OVERRIDE', '"sold_out": true'), 'ARCHIVED', 'false')::jsonb, NULL);
SELECT * FROM stock WHERE sku = 'RED';
SELECT rows, changed FROM stockalert.square_apply_counts(:c, '{"counts": [{"catalog_object_id": "RED", "state": "IN_STOCK", "location_id": "TOKYO", "quantity": "41", "calculated_at": "2025-11-20T22:28:01.223Z"}]}');
SELECT * FROM stock WHERE sku = 'RED' AND location = 'Tokyo';
SELECT changed FROM stockalert.square_apply_catalog(:c, replace(replace(:'wine', 'OVERRIDE', '"sold_out": false'), 'ARCHIVED', 'false')::jsonb, NULL);
SELECT * FROM stock WHERE sku = 'RED' AND location = 'Tokyo';
SELECT changed FROM stockalert.square_apply_catalog(:c, replace(replace(:'wine', 'OVERRIDE', '"sold_out": true, "sold_out_valid_until": "2025-12-01T00:00:00Z"'), 'ARCHIVED', 'false')::jsonb, NULL);
SELECT on_hand FROM stock WHERE sku = 'RED' AND location = 'Tokyo';
SELECT stockalert.square_finish_counts(:c, now());
SELECT count(*) FROM stockalert.square_overrides WHERE sold_out_until IS NOT NULL;
SELECT changed FROM stockalert.square_apply_catalog(:c, replace(replace(:'wine', 'OVERRIDE', '"track_inventory": false'), 'ARCHIVED', 'false')::jsonb, NULL);
SELECT * FROM stock WHERE sku = 'RED';
SELECT changed FROM stockalert.square_apply_catalog(:c, replace(replace(:'wine', 'OVERRIDE', '"ordinal": 1'), 'ARCHIVED', 'true')::jsonb, NULL);
SELECT * FROM stock WHERE sku = 'RED';
SELECT resolved_note FROM stockalert.alerts AS a JOIN stockalert.items AS i USING (item_id) WHERE i.sku = 'RED' AND resolved_at IS NOT NULL ORDER BY alert_id DESC LIMIT 1;
SELECT changed FROM stockalert.square_apply_catalog(:c, replace(replace(:'wine', 'OVERRIDE', '"ordinal": 1'), 'ARCHIVED', 'false')::jsonb, NULL);
SELECT * FROM stock WHERE sku = 'RED';
-- An item that came up before the catalog knew it: counts are read whole once more.
SELECT full_requested FROM stockalert.sync_streams WHERE stream = 'counts';
SELECT changed FROM stockalert.square_apply_catalog(:c, '{"objects": [{"type": "ITEM", "id": "N", "item_data": {"name": "Known at last", "variations": [{"id": "NOBODY", "item_variation_data": {}}]}}]}', NULL);
SELECT full_requested FROM stockalert.sync_streams WHERE stream = 'counts';
SELECT count(*) FROM stockalert.sync_problems WHERE external_id = 'NOBODY';

-- An item that the catalog still does not know once it was read again was deleted at Square: that was said once.
SELECT rows, problems FROM stockalert.square_apply_counts(:c, '{"counts": [{"catalog_object_id": "DELETED", "state": "IN_STOCK", "location_id": "ROME", "quantity": "1", "calculated_at": "2025-11-16T22:28:01Z"}]}');
SELECT external_id, reason FROM stockalert.sync_problem_list WHERE external_id = 'DELETED';
SELECT stockalert.sync_begin(:c, 'catalog', false), stockalert.sync_end(:c, 'catalog', true);
SELECT rows, problems FROM stockalert.square_apply_counts(:c, '{"counts": [{"catalog_object_id": "DELETED", "state": "IN_STOCK", "location_id": "ROME", "quantity": "1", "calculated_at": "2025-11-16T22:28:01Z"},
	{"catalog_object_id": "MADE", "state": "IN_STOCK", "location_id": "ROME", "quantity": "1", "calculated_at": "2025-11-16T22:28:01Z"}]}');
SELECT external_id, reason FROM stockalert.sync_problem_list WHERE external_id IN ('DELETED', 'MADE');
-- It is not forgotten by a round over everything, so that it is not said again; and where it comes back, it is read.
SELECT stockalert.sync_begin(:c, 'counts', true), stockalert.sync_end(:c, 'counts', true);
SELECT external_id, times FROM stockalert.sync_problems WHERE external_id IN ('DELETED', 'MADE');
SELECT changed FROM stockalert.square_apply_catalog(:c, '{"objects": [{"type": "ITEM", "id": "D", "item_data": {"name": "Back again", "variations": [{"id": "DELETED", "item_variation_data": {}}]}}]}', NULL);
SELECT full_requested FROM stockalert.sync_streams WHERE stream = 'counts';

-- Transfers: until they are read, counts say what is in transit.
SELECT in_transit FROM stock WHERE sku = 'RED' AND location = 'Rome';
SELECT clock_timestamp() AS started \gset
SELECT rows, changed, problems FROM stockalert.square_apply_transfers(:c, '{"transfer_orders": [
	{"id": "T1", "source_location_id": "TOKYO", "destination_location_id": "ROME", "status": "STARTED", "updated_at": "2025-01-15T10:32:00Z", "line_items": [
		{"uid": "1", "item_variation_id": "RED", "quantity_ordered": "5", "quantity_pending": "5", "quantity_received": "0"}, {"uid": "2", "item_variation_id": "ROMAN", "quantity_ordered": "9", "quantity_received": "2", "quantity_damaged": "1"}]},
	{"id": "T2", "source_location_id": "ROME", "destination_location_id": "TOKYO", "status": "PARTIALLY_RECEIVED", "line_items": [{"uid": "1", "item_variation_id": "RED", "quantity_pending": "1.5"}, {"uid": "2", "item_variation_id": "UNHEARD", "quantity_pending": "1"}]},
	{"id": "T3", "source_location_id": "ROME", "destination_location_id": "TOKYO", "status": "DRAFT", "line_items": [{"uid": "1", "item_variation_id": "RED", "quantity_pending": "100"}]}, 4, {"id": "T4", "line_items": 3}]}');
SELECT stockalert.square_finish_transfers(:c, :'started');
SELECT location, sku, in_transit FROM stock WHERE in_transit > 0;
-- Received in part, called off, and one that is no longer in the answer.
SELECT rows, changed FROM stockalert.square_apply_transfers(:c, '{"transfer_orders": [{"id": "T1", "destination_location_id": "ROME", "status": "PARTIALLY_RECEIVED", "line_items": [{"uid": "1", "item_variation_id": "RED", "quantity_pending": "2"}, {"uid": "2", "item_variation_id": "ROMAN", "quantity_pending": "0"}]}]}');
SELECT location, sku, in_transit FROM stock WHERE in_transit > 0;
SELECT clock_timestamp() AS started \gset
SELECT rows, changed FROM stockalert.square_apply_transfers(:c, '{"transfer_orders": [{"id": "T1", "destination_location_id": "ROME", "status": "CANCELED", "line_items": [{"uid": "1", "item_variation_id": "RED", "quantity_pending": "2"}]}]}', :'started');
SELECT stockalert.square_finish_transfers(:c, :'started');
SELECT location, sku, in_transit FROM stock WHERE in_transit > 0;
SELECT rows, changed FROM stockalert.square_apply_counts(:c, '{"counts": [{"catalog_object_id": "RED", "state": "IN_TRANSIT", "location_id": "ROME", "quantity": "77", "calculated_at": "2025-11-25T22:28:01.223Z"}]}');
SELECT location, sku, in_transit FROM stock WHERE in_transit > 0;

-- A time far ahead holds nothing back for longer than a day.
SELECT changed, newest < now() + interval '2 days' AS near FROM stockalert.square_apply_counts(:c, '{"counts": [{"catalog_object_id": "RED", "state": "IN_STOCK", "location_id": "ROME", "quantity": "8", "calculated_at": "9999-12-31T23:59:59Z"}]}');
SELECT in_stock_at < now() + interval '2 days' AS near FROM stockalert.square_levels AS l JOIN stockalert.items AS i USING (item_id) JOIN stockalert.locations AS p USING (location_id) WHERE i.sku = 'RED' AND p.code = 'Rome';
SELECT rows, changed, problems FROM unnest('{null,"{}","[]","{\"counts\": {}}"}'::jsonb[]) AS p, stockalert.square_apply_counts(:c, p);
SELECT changed, problems FROM stockalert.square_apply_counts(-1, '{"counts": [{"catalog_object_id": "RED", "state": "IN_STOCK", "location_id": "ROME", "quantity": "8", "calculated_at": "2025-12-31T23:59:59Z"}]}');
ROLLBACK;
