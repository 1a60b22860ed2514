-- Words of messages, where somebody changed them.  What has no row here is
-- built in, in English.

CREATE FUNCTION stockalert.check_template(body text) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_check_template';
COMMENT ON FUNCTION stockalert.check_template(text) IS
	'Returns true where every placeholder of a template is known: {item}, {sku}, {location}, {quantity}, {threshold}, {days_left}, {suggested}, {supplier}, {count}, {name}, {shop}, {time}, {ref}; {{ and }} are braces. NULL for NULL. Errors: 22023 another one, with the list as a hint.';

CREATE TABLE stockalert.templates (
	kind text NOT NULL,
	channel text NOT NULL DEFAULT 'any',
	language text NOT NULL DEFAULT 'en',
	part text NOT NULL,
	body text NOT NULL,
	PRIMARY KEY (kind, part, channel, language),
	CONSTRAINT "kind is a severity, a kind, resolved, digest, summary or test"
		CHECK (kind IN ('low', 'critical', 'out', 'stockout_risk', 'negative_stock', 'overstock', 'dead_stock', 'resolved', 'digest', 'summary', 'test')),
	CONSTRAINT "channel is any, email, slack, sms, whatsapp, webhook or log" CHECK (channel IN ('any', 'email', 'slack', 'sms', 'whatsapp', 'webhook', 'log')),
	CONSTRAINT "language is such as en or pt-BR" CHECK (language ~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$'),
	CONSTRAINT "part is emoji, subject, heading, lead, closing, brief or such"
		CHECK (part IN ('emoji', 'subject', 'heading', 'lead', 'lead_again', 'closing', 'closing_escalated', 'brief')),
	CONSTRAINT "body is 1 to 1000 characters without control characters" CHECK (stockalert.is_label(body, 1000)),
	CONSTRAINT "body has known placeholders only" CHECK (stockalert.check_template(body))
);
COMMENT ON TABLE stockalert.templates IS
	'Words of messages in the place of the built-in English ones: INSERT INTO stockalert.templates (kind, part, body) VALUES (''low'', ''subject'', ''{item} is low at {location}'').';
COMMENT ON COLUMN stockalert.templates.kind IS 'What is told: low, critical, out, stockout_risk, negative_stock, overstock, dead_stock, resolved, digest, summary or test.';
COMMENT ON COLUMN stockalert.templates.channel IS 'any: every channel without a row of its own.';
COMMENT ON COLUMN stockalert.templates.language IS 'Only rows of stockalert.language are used.';
COMMENT ON COLUMN stockalert.templates.part IS
	'emoji and subject of e-mail and Slack; heading of the box; lead: the sentence before it, lead_again of a reminder; closing: the sentence after it, closing_escalated of an escalation; brief: the sentence of SMS and WhatsApp.';
COMMENT ON COLUMN stockalert.templates.body IS 'Plain text with placeholders, see check_template(); escaped for each channel.';
GRANT SELECT ON stockalert.templates TO stockalert_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON stockalert.templates TO stockalert_manager;
GRANT EXECUTE ON FUNCTION stockalert.check_template(text) TO stockalert_manager;
