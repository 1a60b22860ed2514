-- Evaluates the cases (variable cases: a CSV file) and reports per file; ends with an error if a row is wrong.
\set ON_ERROR_STOP on
SET extra_float_digits = 1;
CREATE TEMP TABLE cases (file text, number integer, expression text, expected float8, tolerance float8, actual float8, problem text);
\set copy '\\copy cases (file, number, expression, expected, tolerance) from ' :'cases' ' (format csv)'
:copy
DO $evaluate$
DECLARE
	c record;
	value float8;
BEGIN
	FOR c IN SELECT ctid, expression FROM cases WHERE expression <> '' LOOP
		BEGIN
			EXECUTE 'SELECT (' || c.expression || ')::float8' INTO value;
			UPDATE cases SET actual = value WHERE ctid = c.ctid;
		EXCEPTION WHEN OTHERS THEN
			UPDATE cases SET problem = SQLERRM WHERE ctid = c.ctid;
		END;
	END LOOP;
END
$evaluate$;
CREATE TEMP VIEW verdicts AS
SELECT *, coalesce(expression, '') <> '' AS tried, abs(actual - expected) / greatest(abs(expected), 1e-300) AS difference,
	coalesce(actual = expected OR abs(actual - expected) <= greatest(tolerance * abs(expected), 1e-12 * (abs(expected) < 1)::int), false) AS good
FROM cases;
SELECT file, count(*) FILTER (WHERE tried) AS tried, count(*) FILTER (WHERE tried AND good) AS "right",
	count(*) FILTER (WHERE NOT tried) AS "not covered", max(difference) FILTER (WHERE tried AND actual <> expected) AS "worst difference"
FROM verdicts GROUP BY file ORDER BY file;
SELECT file, number, left(expression, 100) AS wrong, expected, actual, problem FROM verdicts WHERE tried AND NOT good ORDER BY file, number LIMIT 20;
SELECT 1 / (count(*) FILTER (WHERE tried) > 0 AND count(*) FILTER (WHERE tried AND NOT good) = 0)::int AS all_right FROM verdicts \g /dev/null
