-- However many webhooks come, a thousand wait at most, and the front is told to try again.
BEGIN;
SELECT done IS NOT NULL AS added FROM stockalert.add_square_connection('flooded');
SELECT answer, count(*) FROM generate_series(1, 1200) AS n CROSS JOIN LATERAL stockalert.receive_square_webhook('{"event_id":"' || n || '"}', 'signature') AS answer GROUP BY 1 ORDER BY 1;
SELECT count(*) AS waiting FROM stockalert.webhook_inbox;
SELECT stockalert.receive_square_webhook(repeat('x', 300000), 'signature') AS too_long, stockalert.receive_square_webhook('', 'signature') AS empty;
ROLLBACK;
