-- The README's chapter about an app's own tables, statement by statement as it stands there.
\getenv source PG_ABS_SRCDIR
\setenv README :source/../README.md
CREATE ROLE regress_stranger;
GRANT stockalert_manager TO regress_stranger;
GRANT CREATE ON SCHEMA public TO regress_stranger;
ALTER TABLE stockalert.alerts ALTER alert_id RESTART;
SET timezone = 'UTC';
SET stockalert.as_of = '2026-03-02 09:00+00';
SET ROLE regress_stranger;
\! awk '/^## /{c = /The tables of an app you have/} !c{next} /^```/{n += /sql/; i = /sql/; next} i{sub(/ *-- .*/, ""); print > ("results/watch_readme." n)}' "$README"
\i results/watch_readme.1
\i results/watch_readme.2
RESET ROLE;
-- Who hears of it: events wait here, where nothing is sent.
SELECT event, subscriber, channel, address, coalesce(verdict, 'TOLD') AS verdict FROM stockalert.event_routes ORDER BY queue_id, channel;
SET ROLE regress_stranger;
\i results/watch_readme.3
RESET ROLE;
SELECT sku, name, category, owner_key FROM stockalert.items;
SELECT h.event, h.severity, h.quantity, h.actor, h.note FROM stockalert.alert_list AS l, stockalert.alert_history(l.alert_id) AS h;
SELECT done FROM stockalert.unwatch_table('items');
SELECT done FROM stockalert.unwatch_subscribers('users');
DROP TABLE public.items, public.users;
TRUNCATE stockalert.stock_levels, stockalert.alerts, stockalert.alert_events, stockalert.queue, stockalert.rules, stockalert.stock_changes,
	stockalert.subscriber_refs, stockalert.audit_log, stockalert.unsettled;
DELETE FROM stockalert.subscribers;
DELETE FROM stockalert.item_refs;
DELETE FROM stockalert.items;
DELETE FROM stockalert.locations;
DELETE FROM stockalert.sources;
REVOKE CREATE ON SCHEMA public FROM regress_stranger;
DROP ROLE regress_stranger;
