-- An app's people as subscribers: names, addresses, thresholds; changes and
-- deletions; what cannot be used is noted; who was erased does not come back.
BEGIN;
SET LOCAL stockalert.as_of = '2026-03-02 09:00+00';
CREATE TABLE public.users (id integer PRIMARY KEY, name text, email text, phone_number text, notification_email text,
	notification_enabled boolean, alert_threshold integer, last_login timestamptz);
INSERT INTO public.users VALUES (1, 'Ann', 'ann@example.com', '+91 98765-43210', 'alerts@example.com', true, 5),
	(2, 'Bob', 'not an address', '12345', NULL, true, NULL), (3, 'Ann', 'ann2@example.com', NULL, NULL, false, 10);
SELECT done FROM stockalert.watch_subscribers('public.users', key => 'id', name => 'name', email => 'email', phone_number => 'phone_number',
	notification_email => 'notification_email', notification_enabled => 'notification_enabled', alert_threshold => 'alert_threshold');
CREATE VIEW pg_temp.people AS SELECT b.name, b.enabled, b.own_threshold, string_agg(c.channel || ' ' || c.address, ', ' ORDER BY c.channel) AS contacts
	FROM stockalert.subscribers AS b LEFT JOIN stockalert.subscriber_contacts AS c USING (subscriber_id) GROUP BY b.subscriber_id ORDER BY 1;
SELECT * FROM people;
SELECT row_key, kind, detail FROM stockalert.watch_troubles;
-- What is not mapped is no change.
UPDATE public.users SET last_login = now();
UPDATE public.users SET phone_number = '+14155550100', email = 'bob@example.com' WHERE id = 2;
UPDATE public.users SET notification_email = NULL, alert_threshold = 7, name = 'Ann Other' WHERE id = 1;
SELECT * FROM people;
SELECT row_key, kind, detail FROM stockalert.watch_troubles;
-- Two of one name in one statement, and back: each has one, no row fails.
SAVEPOINT s;
UPDATE public.users SET name = 'Same';
SELECT name, count(*) OVER () FROM people;
SELECT kind, detail FROM stockalert.watch_troubles WHERE kind = 'error';
UPDATE public.users SET name = 'Other ' || id;
SELECT name FROM people;
ROLLBACK TO s;
INSERT INTO public.users (id, name) VALUES (4, NULL);
DELETE FROM public.users WHERE id = 3;
SELECT * FROM people;
-- Erased here: the app's row stays the app's, and does not bring the person back.
SELECT done FROM stockalert.erase_subscriber('Bob');
UPDATE public.users SET email = 'bob2@example.com' WHERE id = 2;
SELECT tables FROM stockalert.check_watched();
SELECT * FROM people;
TRUNCATE public.users;
SELECT * FROM people;
INSERT INTO public.users (id, name, email) VALUES (5, 'Eve', 'eve@example.com');
SELECT done FROM stockalert.unwatch_subscribers('users');
UPDATE public.users SET name = 'Eva';
SELECT * FROM people;
ROLLBACK;
