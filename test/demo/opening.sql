-- opening.sql: the superuser copies the opening stock in, as replication or a
-- restore does; the administrator's jobs are registered, and one more for the
-- next start of the server.  Variable: first.
\set QUIET on
SET session_replication_role = replica;
INSERT INTO stockalert.stock_levels (location_id, item_id, on_hand, par_level) SELECT location_id, item_id, on_hand, par_level FROM shop.opening;
RESET session_replication_role;
SELECT shop.london(:'first'::date - 1, '22:00') AS clock \gset
ALTER ROLE administrator SET stockalert.as_of = :'clock';
\c - administrator
\set QUIET on
SELECT done FROM stockalert.schedule_jobs() \g /dev/null
SELECT cron.schedule('check when the server starts', '@reboot', command) FROM stockalert.job_list() WHERE job = 'stockalert_check' \g /dev/null
