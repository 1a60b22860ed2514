-- rule_change.sql: CPU milliseconds of a plain UPDATE of all pairs, of a rule change that moves the quiet range of
-- each, of the check after it, of a check with nothing to do, and of one that judges all anew.
VACUUM stockalert.stock_levels;
SELECT cpu() AS t \gset
UPDATE stockalert.stock_levels SET quiet_below = quiet_below, quiet_above = quiet_above;
SELECT round((cpu() - :t)::numeric, 1);
VACUUM stockalert.stock_levels;
SELECT cpu() AS t \gset
UPDATE stockalert.rules SET low = CASE low WHEN 6 THEN 7 ELSE 6 END WHERE location_id IS NOT NULL;
SELECT round((cpu() - :t)::numeric, 1);
SELECT cpu() AS t \gset
SELECT stockalert.check_stock() \g /dev/null
SELECT round((cpu() - :t)::numeric, 1);
SELECT cpu() AS t \gset
SELECT stockalert.check_stock() \g /dev/null
SELECT round((cpu() - :t)::numeric, 1);
SELECT cpu() AS t \gset
SELECT stockalert.check_stock(recompute => true) \g /dev/null
SELECT round((cpu() - :t)::numeric, 1);
