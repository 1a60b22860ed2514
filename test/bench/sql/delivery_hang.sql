-- delivery_hang.sql: :many messages to each of the endpoints webhook:hang1 to webhook:hang5, as they are after routing.
WITH new AS (
	INSERT INTO stockalert.messages (kind, ref, channel, recipient, subject, body, occurred_at)
	SELECT 'test', 'BENCH2', 'webhook', 'webhook:hang' || h, 'Test', '{"type":"test"}', now()
	FROM generate_series(1, 5) AS h, generate_series(1, :many) RETURNING message_id, recipient, occurred_at)
INSERT INTO stockalert.queue (stage, lane, event, occurred_at, message_id, channel, endpoint)
	SELECT 'message', 1, 'test', occurred_at, message_id, 'webhook', recipient FROM new;
