-- Series of daily sales with a weekday, as many as the M5 competition has (variable series), 56 days each; most sell rarely.
SELECT setseed(0.3);
CREATE TABLE demand_series AS
SELECT s.id, date '2026-01-05' AS first_day, s.history
  FROM (SELECT i.id, array_agg(floor(-ln(1 - random()) * i.velocity * (CASE WHEN d.n % 7 > 4 THEN 1.4 ELSE 0.84 END) + random() * 0.5)::float8 ORDER BY d.n) AS history
		FROM (SELECT id, 0.2 + 8 * random() ^ 4 AS velocity FROM generate_series(1, :series) id) i CROSS JOIN generate_series(0, 55) d (n)
		GROUP BY i.id) s;
CREATE TABLE demand_profile AS SELECT '{0.84,0.84,0.84,0.84,0.84,1.4,1.4}'::float8[] AS profile;
ANALYZE demand_series, demand_profile;
