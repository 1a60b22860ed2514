-- The reader of stored numerics against the server's own arithmetic, on every
-- shape of them: short and long headers, any scale, trailing zeros, 26 digits.
-- Each answer counts disagreements and must be 0.
BEGIN;

CREATE FUNCTION pg_temp.expected(q numeric) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
	SELECT q NOT IN ('NaN', 'Infinity', '-Infinity') AND abs(q) < 1e21::numeric AND q * 100000 = trunc(q * 100000)
$$;

-- Hand-picked: both sides of every border.
CREATE TEMP TABLE picked AS
SELECT q::numeric AS q, w AS fits FROM (VALUES
	('0', true), ('-0', true), ('0.00000', true), ('0.00000000000000000000', true), ('1', true), ('-1', true),
	('0.1', true), ('0.00001', true), ('-0.00001', true), ('0.000010', true), ('0.00001000000000000000', true),
	('0.000001', false), ('0.0000100001', false), ('0.00009', true), ('0.000099', false), ('0.0001', true), ('0.99999', true),
	('0.999999', false), ('9999', true), ('10000', true), ('10000.00001', true), ('10000.000001', false), ('99999999', true),
	('100000000', true), ('1.50000000000000000000', true), ('1.50000000000000000001', false),
	('999999999999999999999', true), ('999999999999999999999.99999', true), ('-999999999999999999999.99999', true),
	('1000000000000000000000', false), ('-1000000000000000000000', false), ('999999999999999999999.999999', false),
	('123456789012345678901.23456', true), ('1234567890123456789012345', false), ('1e24', false), ('1e28', false), ('1e100', false),
	('1e1000', false), ('1e-5', true), ('1e-6', false), ('1e-1000', false), ('1e20', true), ('1e21', false),
	('NaN', false), ('Infinity', false), ('-Infinity', false), ('123456789012345678901234567890', false)) AS v (q, w);
SELECT q, fits, stockalert.is_quantity(q) AS answer FROM picked WHERE stockalert.is_quantity(q) IS DISTINCT FROM fits OR pg_temp.expected(q) <> fits;
SELECT stockalert.is_quantity(NULL) IS NULL AS null_for_null;

-- Every scale and exponent; the declared scale makes trailing zeros and, from 64 on, long headers.
CREATE TEMP TABLE shapes AS
SELECT (sign * m * (10::numeric ^ e))::numeric AS q FROM
	(VALUES (1), (-1)) AS s (sign), (VALUES (1), (7), (10), (123), (9999), (10001), (99999), (100000), (123456789)) AS n (m), generate_series(-12, 22) AS e
UNION ALL SELECT round(q, scale) FROM picked, generate_series(0, 20) AS scale WHERE q NOT IN ('NaN', 'Infinity', '-Infinity') AND abs(q) < 1e30
UNION ALL SELECT round((1.5 * 10::numeric ^ e)::numeric, 70) FROM generate_series(-6, 22) AS e
UNION ALL SELECT (g * 0.00001)::numeric FROM generate_series(-30000, 30000) AS g
UNION ALL SELECT ((g * 7919 % 1000003) * 12345678901.0 / 100000)::numeric(40, 5) FROM generate_series(1, 20000) AS g;
SELECT count(*) > 80000 AS many, count(DISTINCT scale(q)) > 20 AS many_scales FROM shapes;
SELECT count(*) AS disagreements FROM shapes WHERE stockalert.is_quantity(q) IS DISTINCT FROM pg_temp.expected(q);
-- The same from a table, where short ones are stored packed and unaligned.
CREATE TEMP TABLE stored (pad "char", q numeric, pad2 "char", r numeric);
INSERT INTO stored SELECT 'x', q, 'y', -q FROM shapes;
SELECT count(*) AS disagreements FROM stored WHERE stockalert.is_quantity(q) IS DISTINCT FROM pg_temp.expected(q)
	OR stockalert.is_quantity(r) IS DISTINCT FROM pg_temp.expected(q);

-- is_quiet: strictly between, NULL edges are open.
CREATE FUNCTION pg_temp.quiet(h numeric, r numeric, b numeric, a numeric) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
	SELECT coalesce(h - r > b, true) AND coalesce(h - r < a, true)
$$;
CREATE TEMP TABLE grid AS
SELECT h, r, b, a FROM
	(VALUES (0), (0.00001), (1), (4.99999), (5), (5.00001), (-3), (10), (100000), (999999999999999999999.99999), (-999999999999999999999.99999)) AS x (h),
	(VALUES (0), (0.00001), (1.5), (999999999999999999999.99999)) AS y (r),
	(VALUES (NULL), (-0.00001), (0), (4.99999), (5.00), (-1999999999999999999999.99998)) AS z (b),
	(VALUES (NULL), (0.00001), (5), (5.00001), (10.000), (999999999999999999999.99999)) AS w (a);
SELECT count(*) AS tried, count(*) FILTER (WHERE stockalert.is_quiet(h, r, b, a)) AS quiet FROM grid
	WHERE b IS NULL OR stockalert.is_quantity(b);
SELECT count(*) AS disagreements FROM grid
	WHERE (b IS NULL OR stockalert.is_quantity(b)) AND stockalert.is_quiet(h, r, b, a) IS DISTINCT FROM pg_temp.quiet(h, r, b, a);
SELECT count(*) AS disagreements FROM generate_series(-300, 300) AS g, generate_series(0, 30, 3) AS b, generate_series(0, 3) AS s
	WHERE stockalert.is_quiet(round(g * 0.1, s), 0.1 * s, b, b + 7.5) IS DISTINCT FROM pg_temp.quiet(round(g * 0.1, s), 0.1 * s, b, b + 7.5);
-- What cannot be read is never quiet.
SELECT stockalert.is_quiet(NULL, 0, NULL, NULL) AS no_stock, stockalert.is_quiet(1, NULL, NULL, NULL) AS no_reserved,
	stockalert.is_quiet('NaN', 0, NULL, NULL) AS nan, stockalert.is_quiet(1, 'Infinity', NULL, NULL) AS infinite,
	stockalert.is_quiet(1, 0, 'NaN', NULL) AS below, stockalert.is_quiet(1, 0, NULL, 'NaN') AS above, stockalert.is_quiet(1, 0, NULL, NULL) AS open;

-- Other predicates of values.
SELECT label, stockalert.is_label(label, 5) FROM (VALUES ('a'), ('abcde'), ('abcdef'), (''), (' a'), ('a '), ('a b'), (E'a\tb'), (E'a\x7f'),
	(U&'a\0085b'), (U&'a\00A0b'), ('äöüßé'), (U&'\+01F355'), (NULL)) AS v (label);
SELECT left(zone, 20) AS zone, stockalert.is_time_zone(zone) FROM (VALUES ('UTC'), ('Europe/Rome'), ('Asia/Kolkata'), ('Mars/Base'), (''), ('+3'), ('../UTC'),
	(repeat('A', 300)), (NULL)) AS v (zone);
ROLLBACK;
