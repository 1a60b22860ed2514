CALL forget_stock();
SELECT cpu() AS before \gset
BEGIN;
COPY staged FROM :'file';
MERGE INTO stockalert.stock_levels AS s
	USING (SELECT l.location_id, x.item_id, t.quantity FROM staged AS t JOIN stockalert.item_refs AS x ON x.external_id = t.object
		JOIN stockalert.location_refs AS l ON l.external_id = t.place WHERE t.state = 'IN_STOCK') AS t ON s.location_id = t.location_id AND s.item_id = t.item_id
	WHEN MATCHED AND s.on_hand <> t.quantity THEN UPDATE SET on_hand = t.quantity
	WHEN NOT MATCHED THEN INSERT (location_id, item_id, on_hand) VALUES (t.location_id, t.item_id, t.quantity);
COMMIT;
SELECT cpu() - :before AS ms;
