-- delivery_lower.sql: one item after the other runs low, with the time just before its commit: 300 at 25 a second,
-- then 25 after a rest each.
DO $$
BEGIN
	FOR i IN 1 .. 325 LOOP
		UPDATE stockalert.stock_levels SET on_hand = 4 WHERE location_id = 1 AND item_id = i;
		INSERT INTO lowered VALUES (i, clock_timestamp(), i > 300);
		COMMIT;
		PERFORM pg_sleep(CASE WHEN i < 300 THEN 0.04 ELSE 0.5 END);
	END LOOP;
END
$$;
