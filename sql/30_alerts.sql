-- Alerts, their history, and who was told.

CREATE TABLE stockalert.alerts (
	alert_id bigint GENERATED ALWAYS AS IDENTITY,
	location_id bigint NOT NULL,
	item_id bigint NOT NULL,
	kind text NOT NULL DEFAULT 'stock',
	severity text NOT NULL,
	worst text NOT NULL,
	quantity numeric NOT NULL,
	threshold numeric,
	low numeric,
	critical numeric,
	maximum numeric,
	fires text,
	rule_id bigint,
	threshold_from text,
	on_hand numeric NOT NULL,
	reserved numeric NOT NULL,
	par_level numeric,
	velocity double precision,
	reorder_point numeric,
	order_up_to numeric,
	opened_at timestamptz NOT NULL,
	reopened_at timestamptz,
	acknowledged_at timestamptz,
	acknowledged_by text,
	acknowledged_note text,
	snoozed_until timestamptz,
	snoozed_by text,
	escalated_at timestamptz,
	escalated_by text,
	resolved_at timestamptz,
	resolved_by text,
	resolved_note text,
	held_until timestamptz,
	-- One index for those who know the number alone and those who know both.
	PRIMARY KEY (alert_id, location_id),
	CONSTRAINT "kind is stock, stockout_risk, overstock, dead_stock or negative_stock" CHECK (kind IN ('stock', 'stockout_risk', 'overstock', 'dead_stock', 'negative_stock')),
	CONSTRAINT "severity is low, critical or out" CHECK (severity IN ('low', 'critical', 'out')),
	CONSTRAINT "worst is low, critical or out" CHECK (worst IN ('low', 'critical', 'out'))
);
COMMENT ON TABLE stockalert.alerts IS 'One open alert per location, item and kind, with every input of the decision that opened or last changed it.';
COMMENT ON COLUMN stockalert.alerts.quantity IS 'Available stock at the last change of severity; today''s is in stock_levels.';
COMMENT ON COLUMN stockalert.alerts.threshold IS 'The threshold that fired, in units (0 for out).';
COMMENT ON COLUMN stockalert.alerts.threshold_from IS 'Where the threshold came from: rule, setting, subscriber, none; demand for kinds that follow from it.';
COMMENT ON COLUMN stockalert.alerts.velocity IS 'Units per day, where a threshold was made of it; so are reorder_point and order_up_to.';
COMMENT ON COLUMN stockalert.alerts.worst IS 'The worst severity of this alert so far.';
COMMENT ON COLUMN stockalert.alerts.escalated_at IS 'Last brought to the escalation subscribers; of an earlier opening where it is before reopened_at.';
COMMENT ON COLUMN stockalert.alerts.escalated_by IS 'A role, or stockalert where the time without acknowledgement did it.';
COMMENT ON COLUMN stockalert.alerts.held_until IS 'Resolved by hand while still low: no new alert before this time unless stock recovers or gets worse.';
-- An alert is written with its stock level locked, and that has the foreign
-- keys: looking them up again would be a third of what an alert costs.  What is
-- left to do is to keep items and locations that have a history.
CREATE FUNCTION stockalert.keep_alerted() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF TG_TABLE_NAME = 'locations' AND EXISTS (SELECT FROM stockalert.alerts AS a WHERE a.location_id = (to_jsonb(old) ->> 'location_id')::bigint)
		OR TG_TABLE_NAME = 'items' AND EXISTS (SELECT FROM stockalert.locations AS l
			JOIN stockalert.alerts AS a ON a.location_id = l.location_id AND a.item_id = (to_jsonb(old) ->> 'item_id')::bigint) THEN
		RAISE EXCEPTION '% with alerts cannot be deleted', CASE TG_TABLE_NAME WHEN 'items' THEN 'an item' ELSE 'a location' END
			USING ERRCODE = 'foreign_key_violation', DETAIL = 'Its alerts are history and stay.',
				  HINT = format('UPDATE stockalert.%I SET active = false, or DELETE FROM stockalert.alerts first.', TG_TABLE_NAME);
	END IF;
	RETURN old;
END
$$;
COMMENT ON FUNCTION stockalert.keep_alerted() IS 'Row trigger of items and locations: refuses to delete what has alerts. Error 23503.';
CREATE TRIGGER items_keep_alerted BEFORE DELETE ON stockalert.items FOR EACH ROW EXECUTE FUNCTION stockalert.keep_alerted();
COMMENT ON TRIGGER items_keep_alerted ON stockalert.items IS 'Alerts are history.';
CREATE TRIGGER locations_keep_alerted BEFORE DELETE ON stockalert.locations FOR EACH ROW EXECUTE FUNCTION stockalert.keep_alerted();
COMMENT ON TRIGGER locations_keep_alerted ON stockalert.locations IS 'Alerts are history.';
CREATE UNIQUE INDEX alerts_one_open_key ON stockalert.alerts (location_id, item_id, kind) WHERE resolved_at IS NULL;
CREATE INDEX alerts_held_idx ON stockalert.alerts (held_until) WHERE held_until IS NOT NULL;
CREATE INDEX alerts_item_idx ON stockalert.alerts (location_id, item_id, kind, alert_id);

CREATE TABLE stockalert.alert_events (
	event_id bigint GENERATED ALWAYS AS IDENTITY,
	alert_id bigint NOT NULL,
	location_id bigint NOT NULL,
	item_id bigint NOT NULL,
	event text NOT NULL,
	severity text NOT NULL,
	quantity numeric NOT NULL,
	actor text NOT NULL DEFAULT SESSION_USER,
	note text,
	occurred_at timestamptz NOT NULL,
	recorded_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	PRIMARY KEY (alert_id, event_id),
	CONSTRAINT "event is one of the life of an alert" CHECK (event IN ('opened', 'worsened', 'eased', 'resolved', 'reopened', 'acknowledged', 'snoozed', 'escalated', 'crossed'))
);
COMMENT ON TABLE stockalert.alert_events IS 'Append-only history of alerts: what happened, when, by whom.';
COMMENT ON COLUMN stockalert.alert_events.occurred_at IS 'Time in the life of the shop (stockalert.as_of); what the 24-hour rule compares.';
COMMENT ON COLUMN stockalert.alert_events.event IS 'crossed: a subscriber''s own threshold was crossed inside an open alert.';

CREATE TABLE stockalert.notices (
	alert_id bigint NOT NULL,
	subscriber_id bigint NOT NULL REFERENCES stockalert.subscribers ON DELETE CASCADE,
	channel text NOT NULL,
	accepted_at timestamptz NOT NULL,
	worst text NOT NULL,
	resolved_at timestamptz,
	PRIMARY KEY (alert_id, subscriber_id, channel)
);
COMMENT ON TABLE stockalert.notices IS 'Who was told of which alert on which channel, when last, and how bad it was then. Carries the 24-hour rule.';
COMMENT ON COLUMN stockalert.notices.accepted_at IS 'occurred_at of the last message about low stock that a provider accepted.';
COMMENT ON COLUMN stockalert.notices.resolved_at IS 'occurred_at of the last "back in stock" that a provider accepted; NULL: none.';
