-- delivery_shop.sql: the one subscriber of shop.sql is told by webhook:bench and by nothing else, as fast as it goes.
DELETE FROM stockalert.subscriber_contacts;
INSERT INTO stockalert.subscriber_contacts (subscriber_id, channel, address)
	SELECT subscriber_id, 'webhook', 'webhook:bench' FROM stockalert.subscribers;
SELECT stockalert.set_channel('webhook', per_second => 10000, burst => 10000) \g /dev/null
-- Higher than a shop may set it: nothing is to wait for it here.
ALTER TABLE stockalert.channels DROP CONSTRAINT "per_second is above 0 and at most 10000";
UPDATE stockalert.channels SET per_second = 1000000 WHERE channel = 'webhook';
CREATE TABLE lowered (item_id bigint PRIMARY KEY, at timestamptz NOT NULL);
CREATE TABLE received (us bigint NOT NULL, id text NOT NULL);
-- One item after the other runs low, with the time just before its commit and a rest behind it.
CREATE PROCEDURE lower_items(first integer, many integer, rest float8) LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN first .. first + many - 1 LOOP
		UPDATE stockalert.stock_levels SET on_hand = 4 WHERE location_id = 1 AND item_id = i;
		INSERT INTO lowered VALUES (i, clock_timestamp());
		COMMIT;
		PERFORM pg_sleep(rest);
	END LOOP;
END
$$;
