-- delivery_latency.sql: of what the receiver wrote down (:file) about :many items from :first on, from just before the
-- commit to its last byte: count, p50 and p95 in ms.
TRUNCATE received;
COPY received FROM :'file' (DELIMITER ' ');
SELECT count(*), percentile_disc(0.5) WITHIN GROUP (ORDER BY ms), percentile_disc(0.95) WITHIN GROUP (ORDER BY ms)
FROM (SELECT round(r.us / 1000.0 - extract(epoch FROM l.at) * 1000, 2) AS ms
	FROM received AS r JOIN stockalert.messages AS m ON m.message_id = split_part(r.id, '.', 2)::bigint
	JOIN stockalert.alerts AS a ON a.alert_id = ANY (m.alert_ids) JOIN lowered AS l ON l.item_id = a.item_id
	WHERE l.item_id >= :first AND l.item_id < :first + :many) AS t;
