-- shop.sql: the shop as it is before StockAlert: a role of its own, its order
-- lines, its suppliers' terms, its orders; and what StockAlert grants it.
-- Run by the superuser.
\set QUIET on
CREATE EXTENSION pg_cron;
CREATE EXTENSION stockalert;

-- The application, an ordinary role: writes stock and sales, nothing else.  The
-- buyer sets thresholds and takes care of alerts.  The administrator sets
-- channels and secrets and owns the periodic jobs.
CREATE ROLE shop LOGIN IN ROLE stockalert_writer;
CREATE ROLE buyer LOGIN IN ROLE stockalert_manager;
CREATE ROLE administrator LOGIN IN ROLE stockalert_admin;
GRANT USAGE ON SCHEMA cron TO administrator;
-- They live in 2011 here.
GRANT SET ON PARAMETER stockalert.as_of TO shop, buyer, administrator;

CREATE SCHEMA shop AUTHORIZATION shop;
GRANT USAGE ON SCHEMA shop TO buyer, administrator;
ALTER DEFAULT PRIVILEGES FOR ROLE shop IN SCHEMA shop GRANT SELECT ON TABLES TO buyer;
INSERT INTO stockalert.sources (name) VALUES ('shop');

-- Waits until everything queued is sent: a day of the replay takes no time, a mail does.
CREATE PROCEDURE public.drain() LANGUAGE plpgsql AS $$
DECLARE
	deadline timestamptz := clock_timestamp() + interval '30 seconds';
	waiting text;
BEGIN
	WHILE EXISTS (SELECT 1 FROM stockalert.queue) LOOP
		IF clock_timestamp() > deadline THEN
			SELECT string_agg(format('%s %s %s: %s', g.count, g.stage, g.channel, g.why), '; ') INTO waiting FROM (
				SELECT count(*), q.stage, q.channel, coalesce(q.last_error, 'no reason given') AS why
				FROM stockalert.queue AS q GROUP BY 2, 3, 4) AS g;
			RAISE EXCEPTION 'messages are still waiting after 30 s' USING DETAIL = waiting,
				HINT = (SELECT string_agg(concat_ws(' ', w.role, w.state, w.detail), '; ') FROM stockalert.worker_status() AS w);
		END IF;
		COMMIT;
		PERFORM pg_sleep(0.005);
	END LOOP;
END
$$;

\c - shop
\set QUIET on
CREATE TABLE shop.order_lines (
	invoice_no text,
	stock_code text,
	quantity integer,
	invoice_ts timestamp,
	unit_price numeric,
	customer_id integer,
	country text,
	line bigint GENERATED ALWAYS AS IDENTITY
);
CREATE TABLE shop.descriptions (stock_code text PRIMARY KEY, description text);

-- What StockAlert will know from a later version on: the suppliers' terms.
CREATE TABLE shop.supply (item_id bigint PRIMARY KEY, price numeric, chance integer, pack integer, moq integer, lead_days integer);
-- The plan, made anew each Sunday evening.
CREATE TABLE shop.plan (item_id bigint PRIMARY KEY, velocity float8, deviation float8, reorder_point float8, order_up_to float8,
	low numeric, critical numeric);
CREATE TABLE shop.orders (order_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, item_id bigint, quantity numeric, reason text,
	ordered_at timestamptz, due date, received_at timestamptz);
-- What the replay did to each item, and what it asked for and got; written
-- before the stock is touched, and later held against the alerts.
CREATE TABLE shop.ledger (entry bigint GENERATED ALWAYS AS IDENTITY, at timestamptz, item_id bigint, what text,
	available numeric, low numeric, critical numeric, asked numeric, served numeric);

-- Times are clock times in London; set_clock() sets the clock of the session.
CREATE FUNCTION shop.london(day date, clock time) RETURNS timestamptz LANGUAGE sql AS $$
	SELECT (day + clock) AT TIME ZONE 'Europe/London'
$$;
CREATE FUNCTION shop.set_clock(day date, clock time) RETURNS text LANGUAGE sql AS $$
	SELECT set_config('stockalert.as_of', to_char(shop.london(day, clock) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI"+00"'), false)
$$;
