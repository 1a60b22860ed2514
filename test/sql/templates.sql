-- Words of messages that somebody changes: what may stand in a template, and who may write one.
\set VERBOSITY default
INSERT INTO stockalert.templates (kind, part, body) VALUES ('low', 'subject', '{item} {sku} {location} {quantity} {threshold} {days_left} {suggested} {supplier}'),
	('digest', 'lead', '{{braces}} {count} {name} {shop} {time} {ref} %s $1 \'), ('test', 'lead', 'plain');
SELECT kind, channel, language, part, body FROM stockalert.templates ORDER BY 1;
INSERT INTO stockalert.templates (kind, part, body) VALUES ('low', 'lead', 'Buy {itme} now');
UPDATE stockalert.templates SET body = body || '{' WHERE kind = 'low';
INSERT INTO stockalert.templates (kind, part, body) VALUES ('low', 'lead', '}');
INSERT INTO stockalert.templates (kind, part, body) VALUES ('low', 'lead', E'a\nb');
INSERT INTO stockalert.templates (kind, part, body) VALUES ('low', 'lead', repeat('x', 1001));
INSERT INTO stockalert.templates (kind, part, body) VALUES ('high', 'lead', 'x');
INSERT INTO stockalert.templates (kind, part, body) VALUES ('low', 'body', 'x');
INSERT INTO stockalert.templates (kind, part, channel, body) VALUES ('low', 'lead', 'fax', 'x');
INSERT INTO stockalert.templates (kind, part, language, body) VALUES ('low', 'lead', 'English', 'x');
INSERT INTO stockalert.templates (kind, part, body) VALUES ('low', 'subject', 'twice');
SELECT stockalert.check_template(NULL), stockalert.check_template('');
SET ROLE stockalert_viewer;
SELECT count(*) FROM stockalert.templates;
SET ROLE stockalert_manager;
DELETE FROM stockalert.templates;
RESET ROLE;
SELECT stockalert.whatsapp_template();
