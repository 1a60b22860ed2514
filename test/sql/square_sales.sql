-- Square's inventory changes as sales, of both shapes, late ones and doubles;
-- orders for what is not tracked, never both; vendors.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL timezone = 'UTC';
SET LOCAL stockalert.as_of = '2025-03-10 12:00+00';
SELECT done FROM stockalert.add_square_connection();
SELECT connection_id AS c FROM stockalert.connections \gset
SELECT changed FROM stockalert.square_apply_locations(:c, '{"locations": [{"id": "ROME", "name": "Rome", "timezone": "Europe/Rome", "currency": "EUR"}, {"id": "TOKYO", "name": "Tokyo", "timezone": "Asia/Tokyo", "currency": "JPY"}]}');
SELECT changed FROM stockalert.square_apply_catalog(:c, '{"objects": [{"type": "ITEM", "id": "I", "item_data": {"name": "Wine", "variations": [
	{"id": "RED", "item_variation_data": {"sku": "RED", "track_inventory": true, "location_overrides": [{"location_id": "TOKYO", "track_inventory": false}], "vendor_information": [{"vendor_id": "MACRO", "unit_cost_money": {"amount": 399, "currency": "EUR"}}]}},
	{"id": "FREE", "item_variation_data": {"sku": "FREE", "track_inventory": false}},
	{"id": "GLASS", "item_variation_data": {"sku": "GLASS", "stockable": false, "stockable_conversion": {"stockable_item_variation_id": "RED", "stockable_quantity": "1", "nonstockable_quantity": "3"}}},
	{"id": "CUP", "item_variation_data": {"sku": "CUP", "stockable": false, "stockable_conversion": {"stockable_item_variation_id": "FREE", "stockable_quantity": "1", "nonstockable_quantity": "4"}}}]}}]}', clock_timestamp());
CREATE VIEW pg_temp.sold AS SELECT l.code, i.sku, s.sold_at, s.kind, s.quantity, s.unit_price, s.source_line FROM stockalert.sales AS s
	JOIN stockalert.locations AS l USING (location_id) JOIN stockalert.items AS i USING (item_id) ORDER BY s.sold_at, s.source_line, l.code;
\set changes '{"changes": [{"type": "ADJUSTMENT", "adjustment": {"id": "A1", "from_state": "IN_STOCK", "to_state": "SOLD", "location_id": "ROME", "catalog_object_id": "RED", "quantity": "3", "total_price_money": {"amount": 2550, "currency": "EUR"}, "occurred_at": "2025-03-07T23:30:00.123456789Z", "created_at": "2025-03-10T08:00:00.987654321Z"}}, {"type": "ADJUSTMENT", "adjustment": {"id": "A2", "from_state": "UNLINKED_RETURN", "to_state": "IN_STOCK", "location_id": "ROME", "catalog_object_id": "RED", "quantity": "1", "occurred_at": "2025-03-08T10:00:00Z", "created_at": "2025-03-08T10:00:01Z"}}, {"type": "ADJUSTMENT", "adjustment": {"id": "A3", "from_state": "SOLD", "to_state": "IN_STOCK", "location_id": "ROME", "catalog_object_id": "RED", "quantity": "0.50000", "occurred_at": "2025-03-08T11:00:00Z", "created_at": "2025-03-08T11:00:01Z"}}, {"type": "ADJUSTMENT", "adjustment": {"id": "A4", "from_state": "IN_STOCK", "to_state": "WASTE", "location_id": "ROME", "catalog_object_id": "RED", "quantity": "2", "occurred_at": "2025-03-08T12:00:00Z", "created_at": "2025-03-08T12:00:01Z"}}, {"type": "ADJUSTMENT", "adjustment": {"id": "A5", "from_state": "NONE", "to_state": "IN_STOCK", "location_id": "ROME", "catalog_object_id": "RED", "quantity": "24", "occurred_at": "2025-03-08T13:00:00Z", "created_at": "2025-03-08T13:00:01Z"}}, {"type": "PHYSICAL_COUNT", "physical_count": {"id": "P1", "state": "IN_STOCK", "location_id": "ROME", "catalog_object_id": "RED", "quantity": "86", "occurred_at": "2025-03-08T14:00:00Z", "created_at": "2025-03-08T14:00:01Z"}}, {"type": "TRANSFER", "transfer": {"id": "T1", "state": "IN_STOCK", "from_location_id": "ROME", "to_location_id": "TOKYO", "catalog_object_id": "RED", "quantity": "6", "occurred_at": "2025-03-08T15:00:00Z", "created_at": "2025-03-08T15:00:01Z"}}, {"type": "ADJUSTMENT", "adjustment": {"id": "T2", "from_state": "IN_STOCK", "to_state": "IN_STOCK", "from_location_id": "TOKYO", "to_location_id": "ROME", "catalog_object_id": "RED", "quantity": "2", "occurred_at": "2025-03-08T16:00:00Z", "created_at": "2025-03-08T16:00:01Z"}}, {"type": "ADJUSTMENT", "adjustment": {"id": "A6", "from_state": "IN_STOCK", "to_state": "SOLD", "location_id": "ROME", "catalog_object_id": "GLASS", "quantity": "1", "occurred_at": "2025-03-08T17:00:00Z", "created_at": "2025-03-08T17:00:01Z"}}, {"type": "ADJUSTMENT", "adjustment": {"id": "A7", "from_state": "RESERVED_FOR_SALE", "to_state": "SOLD", "location_id": "ROME", "catalog_object_id": "RED", "quantity": "1", "occurred_at": "2023-03-08T17:00:00Z", "created_at": "2023-03-08T17:00:01Z"}}, {"type": "ADJUSTMENT", "adjustment": {"id": "A8", "from_state": "IN_STOCK", "to_state": "SOLD", "location_id": "ROME", "catalog_object_id": "UNHEARD", "quantity": "1", "occurred_at": "2025-03-08T17:00:00Z", "created_at": "2025-03-08T17:00:01Z"}}, {"type": "ADJUSTMENT", "adjustment": {"id": "A9", "from_state": "IN_STOCK", "to_state": "SOLD", "location_id": "ROME", "catalog_object_id": "RED", "quantity": "a lot", "occurred_at": "2025-03-08T17:00:00Z"}}, {"type": "ADJUSTMENT", "adjustment": {"id": "A10", "from_state": "IN_STOCK", "to_state": "SOLD", "location_id": "ROME", "catalog_object_id": "RED", "quantity": "1", "occurred_at": "0001-03-08T17:00:00Z"}}, {"type": "TELEPORT", "teleport": {}}, 4, {"type": "ADJUSTMENT"}], "errors": []}'
SELECT * FROM stockalert.square_apply_changes(:c, :'changes');
SELECT * FROM sold;
SELECT external_id, reason FROM stockalert.sync_problems ORDER BY 1, 2;
-- Each month has its partition; the same once more is no other sale.
SELECT DISTINCT s.tableoid::regclass FROM stockalert.sales AS s ORDER BY 1;
SELECT rows, changed FROM stockalert.square_apply_changes(:c, :'changes');
-- What sold three days ago and came today is demand of that day, at the shop's clock.
SELECT days_folded > 0 AS folded FROM stockalert.refresh_demand();
SELECT d.day, d.units FROM stockalert.demand_days AS x JOIN stockalert.items AS i USING (item_id), stockalert.history_days(x.history) AS d
	WHERE i.sku = 'RED' AND d.day >= '2025-03-07' AND d.units <> 0 ORDER BY 1;
SELECT changed FROM stockalert.square_apply_changes(:c, '{"changes": [{"type": "ADJUSTMENT", "adjustment": {"id": "LATE", "from_state": "IN_STOCK", "to_state": "SOLD", "location_id": "ROME", "catalog_object_id": "RED", "quantity": "7", "occurred_at": "2025-03-07T22:30:00Z", "created_at": "2025-03-10T11:59:00Z"}}]}');
SELECT days_folded FROM stockalert.refresh_demand();
SELECT d.day, d.units FROM stockalert.demand_days AS x JOIN stockalert.items AS i USING (item_id), stockalert.history_days(x.history) AS d
	WHERE i.sku = 'RED' AND d.day >= '2025-03-07' AND d.units <> 0 ORDER BY 1;

-- Orders: only lines of what is not tracked there; returns; gift cards, drafts and lines without an item are passed over.
DELETE FROM stockalert.sales;
\set orders '{"orders": [{"id": "O1", "location_id": "ROME", "state": "COMPLETED", "created_at": "2025-03-08T09:00:00Z", "closed_at": "2025-03-08T09:05:00Z", "updated_at": "2025-03-08T09:05:01.5Z", "line_items": [{"uid": "L1", "catalog_object_id": "FREE", "quantity": "QUANTITY", "item_type": "ITEM", "gross_sales_money": {"amount": 500, "currency": "EUR"}}, {"uid": "L2", "catalog_object_id": "RED", "quantity": "2", "item_type": "ITEM"}, {"uid": "L3", "catalog_object_id": "GLASS", "quantity": "2"}, {"uid": "L4", "catalog_object_id": "CUP", "quantity": "2"}, {"uid": "L5", "name": "Ad hoc", "quantity": "1"}, {"uid": "L6", "catalog_object_id": "FREE", "quantity": "1", "item_type": "GIFT_CARD"}, {"uid": "L7", "catalog_object_id": "FREE", "quantity": "NaN"}, {"uid": "L8", "catalog_object_id": "UNHEARD", "quantity": "1"}]}, {"id": "O2", "location_id": "TOKYO", "state": "COMPLETED", "closed_at": "2025-03-08T09:06:00Z", "line_items": [{"uid": "L1", "catalog_object_id": "RED", "quantity": "2"}], "returns": [{"source_order_id": "O0", "return_line_items": [{"uid": "R1", "catalog_object_id": "FREE", "quantity": "1", "item_type": "ITEM"}, {"uid": "R2", "item_type": "CUSTOM_AMOUNT"}]}]}, {"id": "O3", "location_id": "ROME", "state": "OPEN", "line_items": [{"uid": "L1", "catalog_object_id": "FREE", "quantity": "9"}]}, {"id": "O4", "location_id": "ROME", "state": "CANCELED", "closed_at": "2025-03-08T09:07:00Z", "line_items": [{"uid": "L1", "catalog_object_id": "FREE", "quantity": "9"}]}, 4, {"id": "O5", "state": "COMPLETED", "line_items": 4, "returns": [5]}]}'
SELECT * FROM stockalert.square_apply_orders(:c, replace(:'orders', 'QUANTITY', '2')::jsonb);
SELECT * FROM sold;
SELECT external_id, reason FROM stockalert.sync_problems WHERE stream = 'orders' ORDER BY 1, 2;
SELECT changed FROM stockalert.square_apply_orders(:c, replace(:'orders', 'QUANTITY', '2')::jsonb);
-- An order that was changed adds the difference, once.
SELECT changed FROM stockalert.square_apply_orders(:c, replace(:'orders', 'QUANTITY', '5')::jsonb);
SELECT changed FROM stockalert.square_apply_orders(:c, replace(:'orders', 'QUANTITY', '5')::jsonb);
SELECT changed FROM stockalert.square_apply_orders(:c, replace(:'orders', 'QUANTITY', '1')::jsonb);
SELECT sku, kind, quantity, source_line FROM sold WHERE source_line LIKE 'O1:L1%';
SELECT blocked FROM stockalert.sync_plan() WHERE stream = 'orders';

-- Vendors: one that is there already is found by its name; another of the same name; terms from the catalog.
INSERT INTO stockalert.suppliers (name, contact) VALUES ('Macro Brewing', 'ask for Ada');
SELECT rows, changed, problems, newest_text FROM stockalert.square_apply_vendors(:c, '{"vendors": [
	{"id": "MACRO", "name": "Macro Brewing", "status": "ACTIVE", "updated_at": "2022-03-16T01:15:35.774Z", "contacts": [{"name": "Joe Burrow", "email_address": "joe@joesfreshseafood.com", "phone_number": "1-212-555-4250", "ordinal": 0}]},
	{"id": "OTHER", "name": "Macro Brewing", "status": "INACTIVE", "contacts": [{"name": "Eve", "removed": true}, {"name": "Bob", "email_address": "bob@example.com"}]}, {"id": 5}, null, {"name": "nobody"}]}');
SELECT v.external_id, s.name, s.contact, s.active FROM stockalert.square_vendors AS v JOIN stockalert.suppliers AS s USING (supplier_id) ORDER BY 1;
SELECT s.name, i.sku, t.unit_cost, i.cost FROM stockalert.supplier_items AS t JOIN stockalert.suppliers AS s USING (supplier_id) JOIN stockalert.items AS i USING (item_id);
SELECT changed FROM stockalert.square_apply_vendors(:c, '{"vendors": [{"id": "OTHER", "name": "Micro Brewing", "contacts": [{"name": "Bob", "email_address": "bob@example.com"}]}]}');
SELECT v.external_id, s.name, s.contact, s.active FROM stockalert.square_vendors AS v JOIN stockalert.suppliers AS s USING (supplier_id) ORDER BY 1;
-- Another price, and then no vendor: what people added of terms stays.
SELECT changed FROM stockalert.square_apply_catalog(:c, '{"objects": [{"type": "ITEM", "id": "I2", "item_data": {"name": "Beer", "variations": [{"id": "BEER", "item_variation_data": {"sku": "BEER", "vendor_information": [{"vendor_id": "MACRO", "unit_cost_money": {"amount": 100, "currency": "EUR"}}, {"vendor_id": "OTHER", "unit_cost_money": {"amount": 90, "currency": "EUR"}}]}}]}}]}', NULL);
UPDATE stockalert.supplier_items SET pack = 24 WHERE unit_cost = 1;
SELECT s.name, t.unit_cost, t.pack, i.cost FROM stockalert.supplier_items AS t JOIN stockalert.suppliers AS s USING (supplier_id) JOIN stockalert.items AS i USING (item_id) WHERE i.sku = 'BEER' ORDER BY 1;
SELECT changed FROM stockalert.square_apply_catalog(:c, '{"objects": [{"type": "ITEM", "id": "I2", "item_data": {"name": "Beer", "variations": [{"id": "BEER", "item_variation_data": {"sku": "BEER"}}]}}]}', NULL);
SELECT s.name, t.unit_cost, t.pack FROM stockalert.supplier_items AS t JOIN stockalert.suppliers AS s USING (supplier_id) JOIN stockalert.items AS i USING (item_id) WHERE i.sku = 'BEER' ORDER BY 1;
ROLLBACK;
