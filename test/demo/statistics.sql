-- statistics.sql: the eight weeks in figures.  Variables: first, last.
\set QUIET on
\pset footer off
\pset border 1
\pset linestyle ascii
\pset tuples_only on
\pset format unaligned
SELECT format('alerts       %s opened, %s opened again within a day, %s worsened, %s resolved, %s open now',
	count(*) FILTER (WHERE event = 'opened'), count(*) FILTER (WHERE event = 'reopened'), count(*) FILTER (WHERE event = 'worsened'),
	count(*) FILTER (WHERE event = 'resolved'), (SELECT active FROM stockalert.alert_stats())) FROM stockalert.alert_events;
SELECT format('mean time    %s to acknowledge (order), %s until restocked',
	to_char(mean_time_to_acknowledge, 'FMDDD "d" HH24 "h"'), to_char(justify_hours(mean_time_to_restock), 'FMDD "d" HH24 "h"')) FROM stockalert.alert_stats();
SELECT format('orders       %s for %s units, %s received', count(*), to_char(sum(quantity), 'FM999,999,999'), count(received_at)) FROM shop.orders;
SELECT format('units        %s asked for, %s served (%s %%)', to_char(sum(asked), 'FM999,999,999'), to_char(sum(served), 'FM999,999,999'),
	round(100 * sum(served) / sum(asked), 1)) FROM shop.ledger WHERE asked > 0;
SELECT format('%-12s %s', d.channel, string_agg(format('%s %s', d.count, d.what), ', ' ORDER BY d.what)) FROM (
	SELECT d.channel, count(*), CASE m.kind WHEN 'summary' THEN 'daily summaries' WHEN 'digest' THEN 'digests' WHEN 'reminder' THEN 'reminders' ELSE 'single alerts' END AS what
	FROM stockalert.deliveries AS d JOIN stockalert.messages AS m USING (message_id) WHERE d.outcome = 'sent' GROUP BY 1, 3) AS d GROUP BY d.channel ORDER BY d.channel;
\echo
\echo 'week from    units sold                                    items out at the end of it'
WITH days AS (SELECT d::date AS day FROM generate_series(:'first'::date, :'last'::date, interval '1 day') AS d), weeks AS (
	SELECT min(day) AS first, max(day) AS last FROM days GROUP BY (day - :'first'::date) / 7), figures AS (
	SELECT w.first, (SELECT coalesce(sum(l.served), 0) FROM shop.ledger AS l WHERE l.what = 'sold' AND l.at >= shop.london(w.first, '00:00') AND l.at < shop.london(w.last + 1, '00:00')) AS units,
		(SELECT count(*) FROM (SELECT DISTINCT ON (l.item_id) l.available FROM shop.ledger AS l WHERE l.at < shop.london(w.last + 1, '00:00') ORDER BY l.item_id, l.entry DESC) AS s WHERE s.available <= 0) AS out
	FROM weeks AS w)
SELECT format('%s  %s %-33s %s %s', to_char(f.first, 'DD Mon YYYY'), lpad(to_char(f.units, 'FM999,999'), 8), repeat('#', round(32 * f.units / max(f.units) OVER ())::integer),
	lpad(f.out::text, 4), repeat('#', round(24.0 * f.out / greatest(max(f.out) OVER (), 1))::integer)) FROM figures AS f ORDER BY f.first;
