# Where a secret may leave traces, and where a bad answer may: with everything logged, explained and counted, whatever
# fails, the secret is found nowhere (R7, R13, R16); certificates and versions of TLS that prove nothing get nothing (R40);
# endless answers end, and the sender does not grow (R39).
use strict;
use warnings;
use File::Temp qw(tempdir);
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);
use Shop;

my $canary = 'canaryinthepath0001';
my $files = tempdir(CLEANUP => 1);
my @tls = make_ca($files);
my %port;

# Answers of Slack's stand-in with one certificate or another.
foreach my $name ('server', 'other', 'expired', 'stranger')
{
	$port{$name} = start_peer('http_peer.py', '--record', "$files/$name", '--cert', "$files/ca/$name.pem", '--key', "$files/ca/$name.key");
}
$port{tls11} = start_peer('http_peer.py', '--record', "$files/tls11", @tls, '--tls11');
my $node = new_server('traces', "shared_preload_libraries = 'auto_explain,pg_stat_statements,stockalert'", live($files),
	"stockalert.slack_hosts = '" . join(', ', map { "localhost:$_" } values %port) . "'", 'stockalert.retry_base = 100', 'stockalert.send_timeout = 10s', 'stockalert.storm_after = 1000',
	'log_statement = all', 'log_min_messages = debug5', 'log_min_error_statement = debug5', 'log_min_duration_statement = 0', 'log_error_verbosity = verbose',
	'log_parameter_max_length_on_error = -1', 'auto_explain.log_min_duration = 0', 'auto_explain.log_verbose = on', 'auto_explain.log_nested_statements = on',
	'pg_stat_statements.track = all', 'log_temp_files = 0', 'debug_print_parse = on', 'debug_print_plan = on', 'wal_level = logical');
my $envelope;

sub sql
{
	return $node->safe_psql('postgres', $_[0]);
}

my $item = 0;

# Sets the URL of Slack and lets an item run low; returns what then waits and why, or that it was sent.
sub send_to
{
	my ($name, $path) = @_;

	sql('DELETE FROM stockalert.queue');
	sql("UPDATE stockalert.channels SET state = 'active', state_reason = NULL");
	set_secret($node, 'slack', "localhost:$port{$name}", "https://localhost:$port{$name}/services/$canary/$path");
	$item++;
	sql("UPDATE stockalert.stock_levels SET on_hand = 7 WHERE item_id = $item");
	for (1 .. 900)
	{
		my $what = sql("SELECT last_error FROM stockalert.queue WHERE last_error IS NOT NULL UNION ALL SELECT d.outcome || coalesce(': ' || d.error, '') FROM stockalert.deliveries AS d"
			. " JOIN stockalert.messages AS m USING (message_id) WHERE m.subject LIKE '%Item $item' LIMIT 1");
		return $what if $what ne '';
		sleep 0.1;
	}
	return 'nothing came of it';
}

install_shop($node, 'postgres', 60, 'slack', 'slack');
sql('CREATE EXTENSION pg_stat_statements');
sql("SELECT stockalert.set_channel('slack', per_second => 1000, burst => 100)");
like(send_to('server', 'ok'), qr/^sent/, 'what is in order is sent');
foreach my $case (
	[ 'other', qr/certificate is not trusted/, 'of an authority nobody trusts' ],
	[ 'expired', qr/certificate is not trusted/, 'expired' ],
	[ 'stranger', qr/certificate is not trusted/, 'for another host' ],
	[ 'tls11', qr/TLS|SSL|encrypt/i, 'TLS 1.1' ])
{
	my ($name, $why, $what) = @$case;

	like(send_to($name, 'ok'), $why, "$what: refused");
	is(-s "$files/$name", 0, 'and nothing was told');
}

# --- answers without an end

my $pid = sender_pid($node);
sub resident
{
	return (slurp_file("/proc/$pid/status") =~ /^VmRSS:\s+(\d+) kB/m)[0];
}
send_to('server', 'huge');
my $before = resident();
foreach my $path ('huge', 'headers', 'drip', 'hang', 'huge', 'headers', 'huge', 'headers')
{
	my $started = time;
	my $what = send_to('server', $path);

	unlike($what, qr/nothing came/, "$path: $what");
	cmp_ok(time - $started, '<', 45, 'within its time');
}
cmp_ok(resident() - $before, '<', 16 * 1024, 'the sender did not grow');
is(sender_pid($node), $pid, 'and is the same as before');

# --- every kind of error around the statement that holds the envelope

my $sealed = seal($node, 'slack', "localhost:$port{server}", "https://localhost:$port{server}/services/$canary/ok");
foreach my $statement (
	"SELECT stockalert.set_credential('slack', '$sealed')", "SELECT stockalert.no_such_function('$sealed')", "SELECT 'x' 'y' ('$sealed'",
	"BEGIN READ ONLY; SELECT stockalert.set_credential('slack', '$sealed')", "SET ROLE stockalert_viewer; SELECT stockalert.set_credential('slack', '$sealed')",
	"SELECT stockalert.set_credential('slack', '$sealed'), 1 / (length(current_user::text) - length(session_user::text))", "DO \$\$BEGIN PERFORM stockalert.set_credential('slack', '$sealed'); END\$\$",
	"PREPARE p AS SELECT stockalert.set_credential('slack', \$1); EXECUTE p('$sealed'); EXECUTE p(NULL)", "SET statement_timeout = '1ms'; SELECT stockalert.set_credential('slack', '$sealed'), pg_sleep(1)",
	"SELECT * FROM stockalert.rotate_credentials()", "SELECT * FROM stockalert.credential_status, stockalert.key_status, stockalert.health()")
{
	$node->psql('postgres', $statement, on_error_stop => 0);
}
like(send_to('server', 'ok'), qr/^sent/, 'after all that it is still in order');
my $quiet = "SET log_statement = 'none'; SET log_min_duration_statement = -1; SET debug_print_parse = off; SET debug_print_plan = off; SET auto_explain.log_min_duration = -1;\n"
	. "SET client_min_messages = error; SET log_min_messages = error;\n";
is(sql("${quiet}SELECT count(*) FROM pg_stat_statements WHERE query LIKE '%$canary%'"), 0, 'not in pg_stat_statements');
is(sql("${quiet}SELECT count(*) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND query LIKE '%$canary%'"), 0, 'nor in pg_stat_activity');
IPC::Run::run([ 'pg_dumpall', '-f', "$files/dump.sql", '-d', $node->connstr('postgres') ]) or die 'no dump';
IPC::Run::run([ 'pg_basebackup', '-D', "$files/backup", '-c', 'fast', '-d', $node->connstr('postgres') ]) or die 'no backup';
sql('CHECKPOINT');
$node->stop;

sub holders
{
	my ($text) = @_;
	my $found = '';

	IPC::Run::run([ 'grep', '-raFl', '-e', $text, $node->data_dir, $node->logfile, "$files/dump.sql", "$files/backup" ], '>', \$found);
	return join(' ', map { s/.*\///r } sort split /\n/, $found);
}

like(slurp_file("$files/server"), qr/$canary/, 'the receiver was called by it');
like(holders('Main shop'), qr/dump\.sql/, 'what is no secret is found');
like(holders(substr($sealed, 60, 30)), qr/traces\.log/, 'and the envelope in the log');
is(holders($canary), '', 'the secret in no file');
done_testing();
