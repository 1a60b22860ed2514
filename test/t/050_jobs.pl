# pg_cron really runs the jobs: in its own database and in another, with a limit of time, and none
# is left to fail once the extension is gone.
use strict;
use warnings;
use PostgreSQL::Test::Utils;
use Shop;
use Test::More;

my $node = new_server('jobs', "shared_preload_libraries = 'pg_cron,stockalert'", "cron.database_name = 'postgres'",
	'cron.use_background_workers = on', 'max_worker_processes = 32', "stockalert.job_timeout = '10s'");

# Schedules the command of each job for once, as soon as the server has started; pg_cron counts in minutes otherwise.
sub run_at_start
{
	my (@jobs) = @_;

	$node->safe_psql('postgres', "SELECT cron.schedule('stockalert_$_', '\@reboot', command) FROM stockalert.job_list() WHERE job = 'stockalert_$_'") foreach @jobs;
	$node->restart;
	return;
}

install_shop($node, 'postgres', 3, 'log', 'server log');
$node->safe_psql('postgres', q{
	CREATE EXTENSION pg_cron;
	CREATE ROLE boss LOGIN IN ROLE stockalert_admin;
	GRANT USAGE ON SCHEMA cron TO boss;
});

# --- as an ordinary administrator ------------------------------------------------------------
like($node->safe_psql('postgres', 'SET ROLE boss; SELECT done FROM stockalert.schedule_jobs()'), qr/^8 jobs scheduled/, 'boss schedules');
is(value($node, q{SELECT string_agg(DISTINCT username, ',') FROM cron.job}), 'boss', 'the jobs are of who scheduled them');
is($node->safe_psql('postgres', 'SET ROLE boss; SELECT count(*), count(what_to_do) FROM stockalert.jobs_status'), '8|0', 'and all is well');
is(value($node, q{SELECT count(*) FROM stockalert.jobs_status WHERE next_due <= now() OR next_due > now() + interval '1 day'}), '0', 'each is due some time from now on');
is(value($node, q{SELECT next_due <= now() + interval '15 minutes' FROM stockalert.jobs_status WHERE job = 'learn'}), 't', 'what never ran is done soon');
is($node->safe_psql('postgres', 'SET ROLE boss; SELECT count(DISTINCT job) FROM stockalert.job_runs'), '8', 'who may read what they did');
$node->append_conf('postgresql.conf', "stockalert.check_interval = '5min'\nstockalert.reminder_time = '10:30'");
$node->reload;
wait_until($node, q{SELECT string_agg(concat_ws(' ', job, schedule, wanted_schedule), '; ' ORDER BY job) FROM stockalert.jobs_status WHERE what_to_do LIKE 'SELECT * FROM stockalert.schedule_jobs();%'},
	'check */15 * * * * */5 * * * *; remind 0 9 * * * 30 10 * * *; sync */15 * * * * */5 * * * *', 'a changed setting shows, with the call that reschedules');
is($node->safe_psql('postgres', q{SELECT state FROM stockalert.health() WHERE "check" = 'jobs'}), 'warn', 'in health() too');
$node->safe_psql('postgres', 'SET ROLE boss; SELECT FROM stockalert.schedule_jobs()');
is(value($node, q{SELECT count(what_to_do) FROM stockalert.jobs_status}), '0', 'which it does');
is(value($node, 'SELECT count(*) FROM cron.job'), '8', 'in place');
foreach my $wrong ('24:00', '9', '9:5', '09:00:00', 'nine', '')
{
	my (undef, undef, $said) = $node->psql('postgres', "ALTER SYSTEM SET stockalert.reminder_time = '$wrong'");
	like($said, qr/invalid value for parameter "stockalert.reminder_time": "\Q$wrong\E"/, "no time of day: $wrong");
}

# --- run by pg_cron, as boss ------------------------------------------------------------------
$node->safe_psql('postgres', q{
	SELECT stockalert.set_stock('SKU-1', 5);
	DELETE FROM cron.job;
	UPDATE stockalert.job_runs SET due_at = due_at - interval '1 day';
	ALTER TABLE stockalert.stock_levels DISABLE TRIGGER USER;
	UPDATE stockalert.stock_levels SET on_hand = 1 WHERE item_id = 2;
	ALTER TABLE stockalert.stock_levels ENABLE TRIGGER USER;
	INSERT INTO cron.job_run_details (jobid, runid, database, username, command, status, end_time)
		SELECT 1, 900, 'postgres', 'postgres', command, 'succeeded', now() - interval '40 days' FROM stockalert.job_list() LIMIT 1;
	CREATE OR REPLACE FUNCTION stockalert.request_syncs() RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint FROM pg_sleep(60)';
});
run_at_start('check', 'purge', 'sync');
wait_until($node, q{SELECT string_agg(concat_ws(' ', job, result, sqlstate), '; ' ORDER BY job) FROM stockalert.job_runs WHERE result <> 'scheduled'},
	'check ok; purge ok; sync failed 57014', 'pg_cron ran them; what takes too long is ended');
is(value($node, q{SELECT string_agg(severity, ',' ORDER BY item_id) FROM stockalert.alerts}), 'low,critical', 'the check found what no trigger saw');
wait_until($node, q{SELECT string_agg(DISTINCT status, ',') FROM cron.job_run_details}, 'succeeded', 'pg_cron is content');
is(value($node, 'SELECT count(*) FROM cron.job_run_details WHERE runid = 900'), '0', 'its log of our runs is purged');
is(value($node, q{SELECT last_result, left(last_detail, 5) FROM stockalert.jobs_status WHERE job = 'sync'}), 'failed|57014', 'the failure is told');
like(value($node, q{SELECT state || ': ' || finding FROM stockalert.health() WHERE "check" = 'jobs'}), qr/^error: failed: sync \(57014 canceling statement due to statement timeout \(It is ended after stockalert.job_timeout/, 'in health() too');

# --- pg_cron in another database --------------------------------------------------------------
$node->safe_psql('postgres', 'DELETE FROM cron.job; CREATE DATABASE "the shop"');
install_shop($node, 'the shop', 1, 'log', 'server log');
$node->safe_psql('postgres', 'GRANT CONNECT ON DATABASE "the shop" TO boss');
my (undef, undef, $refusal) = $node->psql('the shop', "SET ROLE boss; RESET ROLE; SELECT stockalert.schedule_jobs()");
like($refusal, qr/ERROR:  pg_cron lives in database "postgres"/, 'pg_cron is elsewhere');
my ($hint) = $refusal =~ /HINT:  (.*?;)\n?(?:CONTEXT|\z)/s;
$node->safe_psql('postgres', $hint);
is(value($node, q{SELECT count(*), min(database), count(DISTINCT jobname) FROM cron.job WHERE jobname LIKE 'stockalert\_%\_the shop'}), '8|the shop|8', 'the hint, pasted there, schedules all');
$node->safe_psql('postgres', q{UPDATE cron.job SET schedule = '@reboot' WHERE jobname = 'stockalert_check_the shop'});
$node->restart;
wait_until($node, q{SELECT job || ' ' || result FROM stockalert.job_runs}, 'check ok', 'and pg_cron runs it', 'the shop');
is(value($node, q{SELECT scheduled, on_time, what_to_do IS NULL FROM stockalert.jobs_status WHERE job = 'check'}, 'the shop'), 't|t|t', 'which jobs_status sees by what was done');

# --- the extension goes -----------------------------------------------------------------------
$node->safe_psql('postgres', 'DELETE FROM cron.job; DELETE FROM cron.job_run_details');
$node->safe_psql('postgres', "SELECT cron.schedule(job, '\@reboot', command) FROM stockalert.job_list()");
$node->safe_psql('postgres', 'DROP EXTENSION stockalert');
$node->restart;
wait_until($node, 'SELECT count(*) FROM cron.job', '0', 'jobs of an extension that is gone take themselves away');
# A run that ends after its job was taken away is noted as canceled, by pg_cron itself.
wait_until($node, q{SELECT count(*), count(*) FILTER (WHERE status <> 'succeeded' AND return_message <> 'job canceled') FROM cron.job_run_details}, '8|0', 'and none failed');
$node->stop;
done_testing();
