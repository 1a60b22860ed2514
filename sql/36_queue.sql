-- The queue: hot and local.  A writer's transaction leaves one row per alert
-- event (or reminder, or summary); the sender routes it into messages, one row
-- each, and sends those.  What a person is not to be told yet is held, one row
-- for each contact, and judged again when its time comes.  Never in a dump.

CREATE TABLE stockalert.queue (
	queue_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	stage text NOT NULL DEFAULT 'event',
	lane smallint NOT NULL DEFAULT 1,
	event text NOT NULL,
	alert_id bigint,
	location_id bigint,
	item_id bigint,
	severity text,
	quantity numeric,
	subscriber_id bigint,
	contact_id bigint,
	occurred_at timestamptz NOT NULL,
	message_id bigint,
	channel text,
	endpoint text,
	state "char" NOT NULL DEFAULT 'P',
	attempts smallint NOT NULL DEFAULT 0,
	claims smallint NOT NULL DEFAULT 0,
	maybe_twice boolean NOT NULL DEFAULT false,
	epoch integer,
	next_attempt_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	last_error text,
	created_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	bytes integer NOT NULL DEFAULT 0,
	CONSTRAINT "stage is event, held or message" CHECK (stage IN ('event', 'held', 'message')),
	CONSTRAINT "a held row names its contact" CHECK (stage <> 'held' OR (contact_id IS NOT NULL AND channel IS NOT NULL)),
	CONSTRAINT "a message row names its message, channel and endpoint" CHECK (stage <> 'message'
		OR (message_id IS NOT NULL AND channel IS NOT NULL AND endpoint IS NOT NULL)),
	CONSTRAINT "lane is 0 to 2" CHECK (lane BETWEEN 0 AND 2),
	CONSTRAINT "state is P (pending) or I (in flight)" CHECK (state IN ('P', 'I'))
) WITH (fillfactor = 45, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_cost_delay = 0);
COMMENT ON TABLE stockalert.queue IS 'What is still to be told. stage event: to be routed; held: news for one contact that waits for a reason (last_error) and is then told at once; message: to be sent. A finished row moves to deliveries.';
COMMENT ON COLUMN stockalert.queue.lane IS '0 urgent (out, critical), 1 normal, 2 bulk (summaries, digests).';
COMMENT ON COLUMN stockalert.queue.event IS 'Name of the alert event, or reminder, summary, takeover, test, retry (of message_id).';
COMMENT ON COLUMN stockalert.queue.contact_id IS 'Of a held row: whom it is for.';
COMMENT ON COLUMN stockalert.queue.endpoint IS 'Key of the rate limit and circuit breaker: the channel, or the credential where each has its own. Of an event test: the address.';
COMMENT ON COLUMN stockalert.queue.claims IS 'Times a sender took the row since it last had a result; counted before the payload is touched.';
COMMENT ON COLUMN stockalert.queue.attempts IS 'Times it was tried and answered.';
COMMENT ON COLUMN stockalert.queue.maybe_twice IS 'The outcome of an earlier try is unknown.';
COMMENT ON COLUMN stockalert.queue.epoch IS 'Incarnation of the sender that claimed it; an older one is dead.';
COMMENT ON COLUMN stockalert.queue.bytes IS 'Of a message row: length of body and html, of which the sender has only so much in hand.';
-- A writer maintains the first one only; the others are of rows that the sender writes, and it alone.
CREATE INDEX queue_events_idx ON stockalert.queue (lane, queue_id) WHERE stage = 'event';
-- None is on state, claims or epoch: a claim writes these alone, and no index, where its page has room for the row once more.
CREATE INDEX queue_due_idx ON stockalert.queue (endpoint, lane, queue_id) WHERE stage = 'message';
-- Its condition is no other's: a planner to whom the queue is empty would as soon read all of those.
CREATE INDEX queue_told_idx ON stockalert.queue (subscriber_id, alert_id, channel) WHERE message_id IS NOT NULL;
CREATE INDEX queue_held_idx ON stockalert.queue (contact_id, queue_id) WHERE stage = 'held';
CREATE INDEX queue_held_due_idx ON stockalert.queue (next_attempt_at) WHERE stage = 'held';
-- What was tried is found by its time; what is new by its number, from where the last claim ended.
CREATE INDEX queue_retry_idx ON stockalert.queue (endpoint, next_attempt_at) WHERE stage = 'message' AND last_error IS NOT NULL;

CREATE TABLE stockalert.sender (
	singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
	epoch integer NOT NULL,
	started_at timestamptz NOT NULL
);
COMMENT ON TABLE stockalert.sender IS 'Incarnation of the sender of this database, raised at each start. Local, never in a dump.';

CREATE TABLE stockalert.messages (
	message_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	kind text NOT NULL,
	ref text NOT NULL,
	subscriber_id bigint,
	contact_id bigint,
	channel text NOT NULL,
	recipient text NOT NULL,
	severity text,
	subject text NOT NULL,
	body text NOT NULL,
	html text,
	alert_ids bigint[] NOT NULL DEFAULT '{}',
	severities text[] NOT NULL DEFAULT '{}',
	occurred_at timestamptz NOT NULL,
	created_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	CONSTRAINT "kind is alert, digest, reminder, summary or test" CHECK (kind IN ('alert', 'digest', 'reminder', 'summary', 'test')),
	CONSTRAINT "each alert has its severity" CHECK (pg_catalog.cardinality(alert_ids) = pg_catalog.cardinality(severities)),
	CONSTRAINT "a message is at most 1 MiB" CHECK (pg_catalog.octet_length(body) + coalesce(pg_catalog.octet_length(html), 0) <= 1048576)
);
COMMENT ON TABLE stockalert.messages IS 'Messages as rendered, once: the same on every retry.';
COMMENT ON COLUMN stockalert.messages.contact_id IS 'Whom it is for; goes to the address that the contact has when it is sent. NULL: to recipient.';
COMMENT ON COLUMN stockalert.messages.ref IS 'Six characters shown in the message, by which a person finds it here.';
COMMENT ON COLUMN stockalert.messages.body IS 'Text part of an e-mail, JSON of Slack and webhooks, text of SMS.';
COMMENT ON COLUMN stockalert.messages.severities IS 'Severity told of each of alert_ids, in the same order.';

-- Limits count what one contact was sent lately; the purge goes by age.
CREATE INDEX messages_contact_idx ON stockalert.messages (contact_id, message_id) WHERE contact_id IS NOT NULL;
CREATE INDEX messages_created_idx ON stockalert.messages USING brin (created_at);

CREATE TABLE stockalert.deliveries (
	message_id bigint NOT NULL,
	queue_id bigint NOT NULL,
	channel text NOT NULL,
	subscriber_id bigint,
	outcome text NOT NULL,
	attempts smallint NOT NULL,
	maybe_twice boolean NOT NULL,
	status integer,
	provider_id text,
	error_class text,
	error text,
	occurred_at timestamptz NOT NULL,
	created_at timestamptz NOT NULL,
	finished_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	CONSTRAINT "outcome is sent, logged, dead, expired or superseded" CHECK (outcome IN ('sent', 'logged', 'dead', 'expired', 'superseded'))
) PARTITION BY RANGE (finished_at);
COMMENT ON TABLE stockalert.deliveries IS 'How each message ended. Insert-only, by month of finished_at.';
COMMENT ON COLUMN stockalert.deliveries.outcome IS 'sent: accepted by the provider; logged: stockalert.delivery = log; dead: refused for good or out of attempts; expired; superseded: no longer true before it was sent.';
COMMENT ON COLUMN stockalert.deliveries.status IS 'HTTP or SMTP status of the last answer; NULL: none came.';
COMMENT ON COLUMN stockalert.deliveries.error IS 'At most 200 printable characters of the answer, without secrets.';

CREATE TABLE stockalert.deliveries_default PARTITION OF stockalert.deliveries DEFAULT;
COMMENT ON TABLE stockalert.deliveries_default IS 'Deliveries of months without a partition of their own.';

GRANT SELECT, INSERT, UPDATE, DELETE ON stockalert.queue, stockalert.sender TO stockalert_worker;
GRANT SELECT, INSERT ON stockalert.messages, stockalert.deliveries TO stockalert_worker;
GRANT SELECT, INSERT, UPDATE ON stockalert.notices TO stockalert_worker;
GRANT SELECT ON stockalert.alerts, stockalert.alert_events, stockalert.items, stockalert.locations, stockalert.stock_levels,
	stockalert.subscribers, stockalert.subscriber_contacts TO stockalert_worker;
