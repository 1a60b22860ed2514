-- delivery_latency.sql: of what the receiver wrote down (:file), from just before the commit to its last byte:
-- count, p50 and p95 in ms of the 300, count and p50 of the 25.
COPY received FROM :'file' (DELIMITER ' ');
SELECT count(*) FILTER (WHERE NOT idle), percentile_disc(0.5) WITHIN GROUP (ORDER BY ms) FILTER (WHERE NOT idle),
	percentile_disc(0.95) WITHIN GROUP (ORDER BY ms) FILTER (WHERE NOT idle), count(*) FILTER (WHERE idle),
	percentile_disc(0.5) WITHIN GROUP (ORDER BY ms) FILTER (WHERE idle)
FROM (SELECT l.idle, round(r.us / 1000.0 - extract(epoch FROM l.at) * 1000, 2) AS ms
	FROM received AS r JOIN stockalert.messages AS m ON m.message_id = split_part(r.id, '.', 2)::bigint
	JOIN stockalert.alerts AS a ON a.alert_id = ANY (m.alert_ids) JOIN lowered AS l ON l.item_id = a.item_id) AS t;
