-- Pieces of the page that dashboard_html() returns.  Everything that comes from
-- a table goes through html_text(); nothing else puts data into the page.  In
-- plpgsql on purpose: SQL functions that call each other are planned at each call.

CREATE FUNCTION stockalert.html_text(value text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	-- not strict: NULL shows as a dash
	AS $$ BEGIN RETURN coalesce(replace(replace(replace(replace(replace(value, '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&quot;'), '''', '&#39;'), '&#8211;'); END $$;
COMMENT ON FUNCTION stockalert.html_text(text) IS 'A text as text of an HTML page, inside or outside of quoted attributes: & < > " and '' escaped; a dash for NULL.';

CREATE FUNCTION stockalert.html_row(cells text[]) RETURNS text
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	AS $$
DECLARE
	cell text;
	whole text := '';
BEGIN
	FOREACH cell IN ARRAY cells LOOP
		whole := whole || CASE WHEN cell LIKE '<td%' THEN cell ELSE '<td>' || coalesce(cell, '') || '</td>' END;
	END LOOP;
	RETURN '<tr>' || whole || E'</tr>\n';
END
$$;
COMMENT ON FUNCTION stockalert.html_row(text[]) IS 'A row of a table of cells that are HTML already, with or without their <td>. NULL for NULL.';

CREATE FUNCTION stockalert.html_item(item text, sku text, location text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	AS $$ BEGIN RETURN format('<td><b>%s</b><small>%s &#183; %s</small></td>', stockalert.html_text(item), stockalert.html_text(sku), stockalert.html_text(location)); END $$;
COMMENT ON FUNCTION stockalert.html_item(text, text, text) IS 'A cell that names an item and where it is. NULL for NULL.';

CREATE FUNCTION stockalert.html_table(headings text[], rows text, empty text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	-- not strict: no rows, no table
	AS $$ SELECT CASE WHEN rows IS NULL THEN format(E'<p class="none">%s</p>\n', stockalert.html_text(empty))
		ELSE format(E'<div class="wide"><table><thead><tr>%s</tr></thead>\n<tbody>\n%s</tbody></table></div>\n',
			(SELECT string_agg(format('<th scope="col"%s>%s</th>', CASE WHEN h.heading LIKE '#%' THEN ' class="n"' ELSE '' END, stockalert.html_text(ltrim(h.heading, '#'))), '' ORDER BY h.n) FROM unnest(headings) WITH ORDINALITY AS h (heading, n)), rows) END $$;
COMMENT ON FUNCTION stockalert.html_table(text[], text, text) IS 'A table with these headings (# before those of numbers) around rows that are HTML already; the sentence empty where there are none.';

CREATE FUNCTION stockalert.html_class(class text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	AS $$ BEGIN RETURN format('<span class="tag %s">%s</span>', CASE WHEN class IN ('out', 'critical', 'low', 'ok', 'over', 'warn', 'error') THEN class ELSE 'other' END, stockalert.html_text(class)); END $$;
COMMENT ON FUNCTION stockalert.html_class(text) IS 'A class, severity or state as a coloured word. NULL for NULL.';

CREATE FUNCTION stockalert.show_age(age interval) RETURNS text
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	s CONSTANT numeric := greatest(trunc(extract(epoch FROM age)), 0);
BEGIN
	RETURN CASE WHEN s < 60 THEN 'just now' WHEN s < 3600 THEN format('%s min', div(s, 60)) WHEN s < 86400 THEN format('%s h', div(s, 3600))
		ELSE format('%s d', div(s, 86400)) END;
END
$$;
COMMENT ON FUNCTION stockalert.show_age(interval) IS 'How long ago something was, in one unit: just now, 5 min, 3 h, 12 d. NULL for NULL.';

CREATE FUNCTION stockalert.show_days(days double precision) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	-- not strict: NULL shows as a dash
	AS $$ BEGIN RETURN CASE WHEN days IS NULL OR days = 'Infinity' THEN NULL WHEN days < 0.05 THEN '0' WHEN days < 10 THEN round(days::numeric, 1)::text
		WHEN days < 1000 THEN round(days::numeric)::text ELSE '999+' END; END $$;
COMMENT ON FUNCTION stockalert.show_days(double precision) IS 'Days as people read them: one decimal under 10, 999+ at the end; NULL for NULL and Infinity.';

CREATE FUNCTION stockalert.svg_line(units double precision[], first_x integer, highest double precision, style text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	-- A day without stock is a gap, so a new line starts after it.
	RETURN (SELECT string_agg(format('<polyline class="%s" points="%s"/>', style, part.points), '' ORDER BY part.g)
	FROM (SELECT p.g, string_agg(format('%s,%s', p.x, p.y), ' ' ORDER BY p.x) || CASE WHEN count(*) = 1 THEN format(' %s,%s', min(p.x) + 1, min(p.y)) ELSE '' END AS points
		FROM (SELECT first_x + 3 * (v.n - 1) AS x, round((27 - 25 * v.value / highest)::numeric, 1) AS y, v.n - row_number() OVER (ORDER BY v.n) AS g
			FROM unnest(units) WITH ORDINALITY AS v (value, n) WHERE v.value IS NOT NULL) AS p
		GROUP BY p.g) AS part);
END
$$;
COMMENT ON FUNCTION stockalert.svg_line(double precision[], integer, double precision, text) IS
	'Values of successive days as lines of an SVG of height 28, 3 units a day from first_x on; a NULL is a gap. highest > 0 is at the top. style: name of a CSS class. NULL for NULL.';

CREATE FUNCTION stockalert.svg_history(units double precision[], ahead double precision[]) RETURNS text
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	highest CONSTANT double precision := greatest(1, (SELECT max(u) FROM unnest(units || ahead) AS u));
BEGIN
	RETURN format('<svg viewBox="0 0 132 28" width="132" height="28" role="img" aria-label="%s">%s<line class="today" x1="90" y1="0" x2="90" y2="28"/>%s</svg>',
		format('%s sold in 30 days, %s expected in the next 14', coalesce(round((SELECT sum(u) FROM unnest(units) AS u)::numeric), 0),
			coalesce(round((SELECT sum(u) FROM unnest(ahead) AS u)::numeric), 0)),
		stockalert.svg_line(units, 2, highest, 'sold'), stockalert.svg_line(ahead, 93, highest, 'ahead'));
END
$$;
COMMENT ON FUNCTION stockalert.svg_history(double precision[], double precision[]) IS
	'A small picture: units of 30 days, oldest first (NULL: no stock), and dashed the 14 days ahead. NULL for NULL.';

CREATE FUNCTION stockalert.dashboard_style() RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$ SELECT -- lint: not strict (no arguments)
':root{color-scheme:light dark;--ground:#f1f5f9;--paper:#fff;--ink:#0f172a;--soft:#64748b;--rule:#e2e8f0;--out:#b91c1c;--critical:#c2410c;--low:#a16207;--ok:#15803d;--over:#1d4ed8}
@media (prefers-color-scheme:dark){:root{--ground:#0b1120;--paper:#162032;--ink:#e2e8f0;--soft:#94a3b8;--rule:#2b3950;--out:#f87171;--critical:#fb923c;--low:#facc15;--ok:#4ade80;--over:#60a5fa}}
*{box-sizing:border-box}body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,Helvetica,Arial,sans-serif}
main{max-width:1120px;margin:0 auto;padding:20px 16px 48px}h1{font-size:24px;margin:0}h2{font-size:17px;margin:0 0 10px}.sub,.none,footer{color:var(--soft)}.sub{margin:2px 0 18px}
section{background:var(--paper);border:1px solid var(--rule);border-radius:10px;padding:16px;margin:0 0 16px}.none{margin:0}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(104px,1fr));gap:10px;margin:0 0 12px}.cards div{border:1px solid var(--rule);border-radius:8px;padding:10px 12px;background:var(--paper)}
.cards b{display:block;font-size:22px;line-height:1.2;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}.cards span{color:var(--soft);font-size:13px}
.bar{display:flex;height:10px;border-radius:5px;overflow:hidden;background:var(--rule)}.bar i{display:block;min-width:2px}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}th{font-size:12px;text-align:left;color:var(--soft);font-weight:600;white-space:nowrap}
th,td{padding:7px 16px 7px 0;border-bottom:1px solid var(--rule);vertical-align:middle}tr:last-child td{border-bottom:0}.n{text-align:right}td.n{white-space:nowrap}td.d{white-space:nowrap}
td b{font-weight:600;overflow-wrap:anywhere}td small{display:block;color:var(--soft);overflow-wrap:anywhere}
.tag{display:inline-block;border-radius:99px;padding:1px 9px;font-size:12px;font-weight:600;border:1px solid currentColor;color:var(--soft);white-space:nowrap}
.out,.error{color:var(--out)}.critical{color:var(--critical)}.low,.warn{color:var(--low)}.ok{color:var(--ok)}.over{color:var(--over)}.tag.out,.tag.error{color:var(--out)}.tag.critical{color:var(--critical)}.tag.low,.tag.warn{color:var(--low)}.tag.ok{color:var(--ok)}.tag.over{color:var(--over)}
i.out{background:var(--out)}i.critical{background:var(--critical)}i.low{background:var(--low)}i.ok{background:var(--ok)}i.over{background:var(--over)}
polyline{fill:none;stroke:var(--over);stroke-width:1.5;stroke-linejoin:round}polyline.ahead{stroke-dasharray:2 2;stroke:var(--soft)}line.today{stroke:var(--rule)}svg{display:block}
code{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere}footer{font-size:13px}
td:first-child{min-width:8.5em}@media (max-width:640px){th{white-space:normal}svg{width:88px}th,td{padding-right:10px}main{padding:14px 10px 32px}section{padding:12px}th:nth-child(n+6),td:nth-child(n+6){display:none}.keep th,.keep td{display:table-cell}}
@media print{body{background:#fff}section{break-inside:avoid}}' $$;
COMMENT ON FUNCTION stockalert.dashboard_style() IS 'The style sheet of dashboard_html(). Never NULL.';
