-- The sales of :day, 0.4 a pair, then the nightly run twice: CPU ms of the first, of the second, what the second wrote.
SET TimeZone = 'UTC';
INSERT INTO stockalert.sales (location_id, item_id, sold_at, quantity, source_id, source_line, recorded_at)
	SELECT 1 + p.pair % p.places, 1 + p.pair / p.places, t.at, 1 + floor(random() * 3), 1, 'x' || t.n, t.at
	FROM (SELECT n, :'day'::timestamptz + interval '9 hours' + random() * interval '9 hours' AS at FROM generate_series(1, :pairs * 4 / 10) AS n) AS t,
		LATERAL (SELECT floor(:pairs * power(random(), 2) + 0 * t.n)::integer AS pair, greatest(:pairs / 10000, 1) AS places) AS p;
SELECT cpu() AS begun \gset
SELECT pairs_changed FROM stockalert.refresh_demand(:'day'::timestamptz + interval '27 hours') \gset
SELECT cpu() AS ended \gset
SELECT pairs_changed AS again FROM stockalert.refresh_demand(:'day'::timestamptz + interval '27 hours') \gset
SELECT :ended - :begun, cpu() - :ended, :again;
