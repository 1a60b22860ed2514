-- The page for people: whole, escaped, and no more than its reader may see.
BEGIN;
SET LOCAL stockalert.as_of = '2026-03-02 10:00+00';
SET LOCAL timezone = 'UTC';
-- An empty shop has a page too.
SELECT xmlparse(DOCUMENT substr(page, length('<!DOCTYPE html>') + 1)) IS NOT NULL AS well_formed, page LIKE '%No alert is open.%' AS says_so, page LIKE '%<title>Stock: StockAlert</title>%' AS titled
	FROM stockalert.dashboard_html() AS page;

INSERT INTO stockalert.locations (code, name, time_zone, currency) VALUES ('a', 'Shop "A" & sons', 'UTC', 'EUR'), ('b', 'Shop B', 'UTC', 'JPY');
INSERT INTO stockalert.items (sku, name, category, cost, price, created_at) VALUES
	('<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', 'x', 2, 3, '2025-01-01'), ('AMP&', '&amp; ''quoted'' ]]> <!-- %s', 'x', 1, 2, '2025-01-01'), ('OK-1', 'Plenty', 'x', 1, 2, '2025-01-01');
SELECT stockalert.set_threshold(low => 10, critical => 4) IS NOT NULL AS ruled, (stockalert.add_supplier('<Acme> & Co', lead_time_days => 5)).done IS NOT NULL AS supplied;
SELECT stockalert.make_partitions('2026-01-01', '2026-04-01') IS NOT NULL AS made;
INSERT INTO stockalert.sales (location_id, item_id, sold_at, quantity)
	SELECT l.location_id, i.item_id, d, 3 + extract(dow FROM d)::int FROM stockalert.locations AS l, stockalert.items AS i, generate_series(timestamptz '2026-01-05 12:00+00', '2026-03-01 12:00+00', '1 day') AS d
	WHERE l.code IN ('a', 'b') AND i.sku <> 'OK-1';
INSERT INTO stockalert.stock_levels (location_id, item_id, on_hand)
	SELECT l.location_id, i.item_id, CASE i.sku WHEN 'OK-1' THEN 500 WHEN 'AMP&' THEN 3 ELSE -2 END FROM stockalert.locations AS l, stockalert.items AS i WHERE l.code IN ('a', 'b');
SELECT pairs_changed > 0 AS learned FROM stockalert.refresh_demand('2026-03-02 03:00+00');
SELECT stockalert.acknowledge_alert(min(alert_id), '<i>on it</i>') IS NOT NULL AS acknowledged FROM stockalert.alerts;

CREATE TEMP TABLE page AS SELECT stockalert.dashboard_html() AS all_places, stockalert.dashboard_html('a') AS a;
SELECT xmlparse(DOCUMENT substr(all_places, length('<!DOCTYPE html>') + 1)) IS NOT NULL AS well_formed, xmlparse(DOCUMENT substr(a, length('<!DOCTYPE html>') + 1)) IS NOT NULL AS one_too FROM page;
-- No element but ours, no attribute but ours, whatever things are called.
SELECT string_agg(DISTINCT m[1], ' ' ORDER BY m[1]) AS elements FROM page, regexp_matches(all_places || a, '<([a-zA-Z!][a-zA-Z0-9]*)', 'g') AS m;
SELECT all_places LIKE '%&lt;script&gt;alert(1)&lt;/script&gt;%' AS sku_escaped, all_places LIKE '%&quot;&gt;&lt;img src=x onerror=alert(1)&gt;%' AS name_escaped, all_places LIKE '%&amp;amp; &#39;quoted&#39; ]]&gt; &lt;!-- \%s%' AS twice_never FROM page;
-- What it tells.
CREATE FUNCTION pg_temp.words(html text) RETURNS text LANGUAGE sql AS $$ SELECT regexp_replace(regexp_replace(html, '<[^>]*>', ' ', 'g'), '\s+', ' ', 'g') $$;
SELECT regexp_replace(pg_temp.words(substr(all_places, strpos(all_places, '<main>'), strpos(all_places, 'Delivery and health') - strpos(all_places, '<main>'))), '(.{1,150})( |$)', E'\\1\n', 'g') AS all_places FROM page;
SELECT (length(a) - length(replace(a, '<svg', ''))) / 4 AS pictures_of_a, a LIKE '%Shop &quot;A&quot; &amp; sons%' AS named, a NOT LIKE '%Shop B%' AS of_no_other FROM page;
SELECT stockalert.dashboard_html('nowhere');
ROLLBACK;

-- A store sees its own, and nothing of what concerns all.
BEGIN;
CREATE ROLE regress_page_reader;
GRANT stockalert_viewer TO regress_page_reader;
INSERT INTO stockalert.locations (code, name) VALUES ('a', 'Shop A'), ('b', 'Shop B');
INSERT INTO stockalert.items (sku, name) VALUES ('X', 'Thing');
SELECT stockalert.restrict_role('regress_page_reader', '{a}') IS NOT NULL AS restricted;
INSERT INTO stockalert.stock_levels (location_id, item_id, on_hand) SELECT location_id, item_id, CASE code WHEN 'a' THEN 0 ELSE -77 END FROM stockalert.locations, stockalert.items WHERE code IN ('a', 'b');
SET LOCAL ROLE regress_page_reader;
SELECT page LIKE '%1 location,%' AS one, page NOT LIKE '%-77%' AS not_theirs, page NOT LIKE '%Delivery and health%' AS no_health FROM stockalert.dashboard_html() AS page;
ROLLBACK;
-- Pieces.
SELECT stockalert.html_text(NULL) AS dash, stockalert.html_text('a<b>&"''') AS escaped, stockalert.show_age('59 seconds') AS s, stockalert.show_age('61 minutes') AS h, stockalert.show_age('50 hours') AS d, stockalert.show_age('-1 day') AS future,
	stockalert.show_days('Infinity') AS never, stockalert.show_days(0) AS zero, stockalert.show_days(3.14159) AS few, stockalert.show_days(12.6) AS more, stockalert.show_days(1e9) AS many;
SELECT stockalert.svg_line('{1,NULL,2,3,NULL}', 0, 3, 'sold');
SELECT stockalert.svg_history('{}', '{}');
