-- verify.sql: what the demo promises, one row each: ok or MISSING, what, figures.
-- Variables: mails, posts (received by the two servers), first, last.
\set QUIET on
\pset tuples_only on
\pset format unaligned
\pset fieldsep '|'

-- Each change of the replay's own ledger, classified by plain comparisons, beside the one before it.
CREATE TEMP TABLE crossings AS
WITH ranked AS (
	SELECT l.*, CASE WHEN l.available <= 0 THEN 3 WHEN l.available <= l.critical THEN 2 WHEN l.available <= l.low THEN 1 ELSE 0 END AS rank
	FROM shop.ledger AS l), steps AS (
	SELECT r.*, coalesce(lag(r.rank) OVER w, 0) AS rank_before FROM ranked AS r WINDOW w AS (PARTITION BY r.item_id ORDER BY r.entry))
SELECT s.*, (ARRAY['low', 'critical', 'out'])[s.rank] AS severity FROM steps AS s WHERE s.rank > s.rank_before;

-- Answered by an event of that instant and severity; or, where stock had not
-- risen a tenth above the threshold, by the alert that was still open.
CREATE TEMP TABLE answered AS
SELECT c.*, EXISTS (SELECT 1 FROM stockalert.alert_events AS e WHERE e.item_id = c.item_id AND e.severity = c.severity
		AND e.event IN ('opened', 'reopened', 'worsened')
		AND (e.occurred_at = c.at OR c.what = 'opening' AND e.occurred_at < shop.london(:'first', '00:00'))) AS by_event,
	c.rank_before = 0 AND EXISTS (SELECT 1 FROM stockalert.alert_events AS e
		JOIN stockalert.alerts AS a USING (alert_id, location_id)
		WHERE e.item_id = c.item_id AND e.event IN ('opened', 'reopened') AND e.occurred_at < c.at
			AND NOT EXISTS (SELECT 1 FROM stockalert.alert_events AS r WHERE r.alert_id = e.alert_id AND r.event = 'resolved'
				AND r.occurred_at BETWEEN e.occurred_at AND c.at)) AS by_open_alert
FROM crossings AS c;

CREATE TEMP VIEW promises (kept, promise, figures) AS
SELECT count(*) FILTER (WHERE event IN ('opened', 'reopened')) > 0 AND count(*) FILTER (WHERE event = 'resolved') > 0,
	'alerts opened and resolved', format('%s and %s', count(*) FILTER (WHERE event IN ('opened', 'reopened')), count(*) FILTER (WHERE event = 'resolved'))
	FROM stockalert.alert_events
UNION ALL
SELECT count(*) > 0 AND count(*) FILTER (WHERE NOT by_event AND NOT by_open_alert) = 0, 'no threshold crossed without an alert',
	format('%s crossings in the ledger, %s answered at once, %s within an alert still open, %s missed', count(*), count(*) FILTER (WHERE by_event),
		count(*) FILTER (WHERE NOT by_event AND by_open_alert), count(*) FILTER (WHERE NOT by_event AND NOT by_open_alert))
	FROM answered
UNION ALL
SELECT count(*) = 0, 'no alert without a crossing', format('%s', count(*))
	FROM stockalert.alert_events AS e WHERE e.event IN ('opened', 'reopened', 'worsened') AND NOT EXISTS (
		SELECT 1 FROM crossings AS c WHERE c.item_id = e.item_id AND (c.at = e.occurred_at OR c.what = 'opening'))
UNION ALL
SELECT count(*) = 0, 'stock is what the ledger says', format('%s items differ', count(*))
	FROM (SELECT DISTINCT ON (item_id) item_id, available FROM shop.ledger ORDER BY item_id, entry DESC) AS l
	JOIN stockalert.stock_levels AS s USING (item_id) WHERE s.on_hand <> l.available
UNION ALL
SELECT count(*) = :mails AND count(*) > 0, 'every e-mail was received once', format('%s sent, %s received', count(*), :mails)
	FROM stockalert.deliveries WHERE channel = 'email' AND outcome = 'sent'
UNION ALL
SELECT count(*) = :posts AND count(*) > 0, 'every Slack message was received once', format('%s sent, %s received', count(*), :posts)
	FROM stockalert.deliveries WHERE channel = 'slack' AND outcome = 'sent'
UNION ALL
SELECT count(*) FILTER (WHERE outcome IN ('dead', 'expired')) = 0 AND (SELECT count(*) FROM stockalert.queue) = 0, 'nothing given up, nothing waiting',
	format('%s dead or expired, %s superseded before they were sent, %s waiting', count(*) FILTER (WHERE outcome IN ('dead', 'expired')),
		count(*) FILTER (WHERE outcome = 'superseded'), (SELECT count(*) FROM stockalert.queue))
	FROM stockalert.deliveries
UNION ALL
SELECT count(*) = (:'last'::date - :'first'::date + 1), 'a summary by e-mail every day', format('%s in %s days', count(*), :'last'::date - :'first'::date + 1)
	FROM stockalert.messages AS m JOIN stockalert.deliveries AS d USING (message_id) WHERE m.kind = 'summary' AND d.channel = 'email' AND d.outcome = 'sent'
UNION ALL
SELECT count(*) > 0 AND count(*) FILTER (WHERE e.event = 'opened') = count(*), 'the check that pg_cron ran found the stock no trigger saw',
	format('%s alerts opened by it', count(*)) FROM stockalert.alert_events AS e WHERE e.occurred_at < shop.london(:'first', '00:00') AND e.actor = 'administrator'
UNION ALL
SELECT count(*) > 0, 'pg_cron says so too', coalesce(string_agg(format('%s: %s, %s', d.command, d.status, d.return_message), '; '), 'no run')
	FROM cron.job_run_details AS d WHERE d.username = 'administrator' AND d.status = 'succeeded' AND d.command LIKE '%run_job(''check'')%';

SELECT CASE WHEN p.kept THEN 'ok' ELSE 'MISSING' END, p.promise, p.figures FROM promises AS p;
