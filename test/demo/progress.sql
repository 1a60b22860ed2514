-- progress.sql: one line a week.  Variables: day (its last), week, seconds.
\set QUIET on
\pset tuples_only on
\pset format unaligned
SELECT format('week %s  %s to %s: %s units sold, %s alerts opened, %s resolved, %s items out, %s messages (%s s)', :week,
	to_char(:'day'::date - 6, 'DD Mon'), to_char(:'day'::date, 'DD Mon'),
	lpad(to_char((SELECT coalesce(sum(served), 0) FROM shop.ledger WHERE at >= w.since AND what = 'sold'), 'FM999,999'), 7),
	lpad(count(*) FILTER (WHERE event IN ('opened', 'reopened'))::text, 4), lpad(count(*) FILTER (WHERE event = 'resolved')::text, 4),
	lpad((SELECT count(*) FROM stockalert.stock_levels WHERE class = 'out')::text, 3),
	lpad((SELECT count(*) FROM stockalert.deliveries AS d WHERE d.outcome = 'sent' AND d.occurred_at >= w.since)::text, 4), :seconds)
FROM (SELECT shop.london(:'day'::date - 6, '00:00') AS since) AS w LEFT JOIN stockalert.alert_events AS e ON e.occurred_at >= w.since
GROUP BY w.since;
