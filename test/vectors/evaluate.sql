-- Evaluates the cases (variable cases: a CSV file of cases.py) and reports per file; ends with an error if a
-- row is wrong or none was tried.
\set ON_ERROR_STOP on
SET extra_float_digits = 1;
CREATE TEMP TABLE cases (file text, number integer, expression text, expected float8, tolerance float8, absolute float8);
CREATE TEMP TABLE answers (file text, number integer, expression text, expected float8, tolerance float8, absolute float8,
	actual float8, problem text);
\set copy '\\copy cases from ' :'cases' ' (format csv)'
:copy
DO $evaluate$
DECLARE
	c record;
	value float8;
	trouble text;
BEGIN
	FOR c IN SELECT * FROM cases LOOP
		value := NULL;
		trouble := NULL;
		IF c.expression <> '' THEN
			BEGIN
				EXECUTE 'SELECT (' || c.expression || ')::float8' INTO value;
			EXCEPTION WHEN OTHERS THEN
				trouble := SQLERRM;
			END;
		END IF;
		INSERT INTO answers VALUES (c.file, c.number, c.expression, c.expected, c.tolerance, c.absolute, value, trouble);
	END LOOP;
END
$evaluate$;
CREATE TEMP VIEW verdicts AS
SELECT *, coalesce(expression, '') <> '' AS tried, abs(actual - expected) / greatest(abs(expected), 1e-300) AS difference,
	coalesce(actual = expected OR abs(actual - expected) <= greatest(tolerance * abs(expected), absolute), false) AS good
FROM answers;
-- A row is right if all its numbers are.
CREATE TEMP VIEW judged AS
SELECT file, number, bool_or(tried) AS tried, bool_and(good) AS good,
	max(difference) FILTER (WHERE tried AND abs(actual - expected) > absolute) AS difference
FROM verdicts GROUP BY file, number;
SELECT file, count(*) FILTER (WHERE tried) AS "rows tried", count(*) FILTER (WHERE tried AND good) AS "rows right",
	count(*) FILTER (WHERE NOT tried) AS "not covered yet", coalesce(max(difference), 0) AS "worst difference"
FROM judged GROUP BY file ORDER BY file;
SELECT file, number, left(expression, 100) AS wrong, expected, actual, problem FROM verdicts WHERE tried AND NOT good ORDER BY file, number LIMIT 20;
SELECT 1 / (count(*) FILTER (WHERE tried) > 0 AND count(*) FILTER (WHERE tried AND NOT good) = 0)::int AS all_right FROM judged \g /dev/null
