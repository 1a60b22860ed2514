-- A million items to judge; the service level differs, as it does between categories.
SELECT setseed(0.3);
CREATE TABLE formula_rows AS
SELECT 1 + random() * 20 AS velocity, 1 + random() * 30 AS lead_time, random() * 3 AS lead_time_sd, random() * 100 AS on_hand, random() * 50 AS mse,
	0.9 + random() * 0.05 AS service_level
  FROM generate_series(1, 1000000);
ANALYZE formula_rows;
