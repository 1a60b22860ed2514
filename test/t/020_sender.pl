# From an UPDATE by an ordinary role to a message, by the workers; and what happens to them meanwhile:
# termination, DROP and CREATE EXTENSION, commands that want a database alone, a server without preload.
use strict;
use warnings;
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);
use Shop;

my $node = new_server('shop');

# CPU time of a process, in hundredths of a second.
sub ticks
{
	my ($pid) = @_;
	my @fields = split / /, slurp_file("/proc/$pid/stat") =~ s/^.*\) //r;

	return $fields[11] + $fields[12];
}

sub sender_state
{
	return value($node, "SELECT coalesce((SELECT state FROM stockalert.worker_status() WHERE role = 'sender' AND database = 'postgres'), 'none')");
}

# --- nothing before CREATE EXTENSION: no role to work as, nobody in anybody's database

is(value($node, "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'stockalert launcher'"), 1, 'the launcher runs');
is(value($node, "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'stockalert sender'"), 0, 'no sender before the extension');

# --- alert to message

install_shop($node, 'postgres', 23, 'log', 'console');
$node->safe_psql('postgres', 'CREATE ROLE till LOGIN; GRANT stockalert_writer TO till');
wait_until($node, "SELECT state FROM stockalert.worker_status() WHERE role = 'sender' AND database = 'postgres'",
	'running', 'CREATE EXTENSION starts a sender');
is(value($node, "SELECT usename FROM pg_stat_activity WHERE backend_type = 'stockalert sender'"), 'stockalert_worker',
	'it works as stockalert_worker');
is(value($node, "SELECT rolsuper FROM pg_roles WHERE rolname = 'stockalert_worker'"), 'f', 'which is no superuser');

my $offset = -s $node->logfile;
$node->safe_psql('postgres', 'SET ROLE till; UPDATE stockalert.stock_levels SET on_hand = 7 WHERE item_id = 1');
$node->wait_for_log(qr/stockalert message: channel=log .*Item 1/, $offset);
wait_until($node, 'SELECT outcome, attempts, maybe_twice FROM stockalert.deliveries', 'logged|1|f', 'the delivery is recorded');
is(value($node, 'SELECT count(*) FROM stockalert.queue'), 0, 'and the queue is empty');
is(value($node, "SELECT channel, worst FROM stockalert.notices"), 'log|low', 'it is remembered who was told');
wait_until($node, "SELECT routed, sent, failed FROM stockalert.worker_status() WHERE role = 'sender' AND database = 'postgres'",
	'1|1|0', 'worker_status() counts');

$node->safe_psql('postgres', 'BEGIN; UPDATE stockalert.stock_levels SET on_hand = 7 WHERE item_id = 2; ROLLBACK');
$node->safe_psql('postgres', 'UPDATE stockalert.stock_levels SET on_hand = 7 WHERE item_id = 3');
wait_until($node, 'SELECT count(*) FROM stockalert.deliveries', 2, 'a later message arrives');
is(value($node, "SELECT count(*) FROM stockalert.messages WHERE subject LIKE '%Item 2'"), 0, 'a rollback tells nobody');

wait_until($node, "SELECT query, coalesce(backend_xmin::text, 'no snapshot'), coalesce(xact_start::text, 'no transaction') FROM pg_stat_activity WHERE backend_type = 'stockalert sender'",
	'stockalert: waiting|no snapshot|no transaction', 'no transaction is open while it waits, and it shows what it does');

# --- more than digest_after at once: one message

$node->safe_psql('postgres', 'UPDATE stockalert.stock_levels SET on_hand = 5 WHERE item_id BETWEEN 4 AND 20');
wait_until($node, "SELECT kind, cardinality(alert_ids) FROM stockalert.messages ORDER BY message_id DESC LIMIT 1", 'digest|17',
	'17 alerts become one digest');
wait_until($node, 'SELECT count(*) FROM stockalert.notices', 19, 'and each alert counts as told');

# --- back in stock, and superseded messages

$node->safe_psql('postgres', 'UPDATE stockalert.stock_levels SET on_hand = 50 WHERE item_id = 1');
wait_until($node, "SELECT count(*) FROM stockalert.messages WHERE subject LIKE '%Back in Stock%'", 1, 'back in stock is told');
$node->append_conf('postgresql.conf', "stockalert.delivery = 'off'");
$node->reload;
wait_until($node, "SELECT state FROM stockalert.worker_status() WHERE role = 'sender' AND database = 'postgres'", 'off', 'delivery = off pauses');
$node->safe_psql('postgres', 'UPDATE stockalert.stock_levels SET on_hand = 1 WHERE item_id = 2');
$node->safe_psql('postgres', 'UPDATE stockalert.stock_levels SET on_hand = 90 WHERE item_id = 2');
sleep 0.3;
is(value($node, "SELECT count(*) FROM stockalert.queue WHERE stage = 'event'"), 2, 'while it is off nothing is routed');
# In one second of these nothing else wakes it.
my $turns = 100;
for (1 .. 20)
{
	my $idle = ticks(sender_pid($node));

	sleep 1;
	$turns = ticks(sender_pid($node)) - $idle;
	last if $turns <= 5;
}
cmp_ok($turns, '<=', 5, 'and it does not turn in circles');
$node->append_conf('postgresql.conf', "stockalert.delivery = 'log'");
$node->reload;
wait_until($node, 'SELECT count(*) FROM stockalert.queue', 0, 'on again: the queue drains');
is(value($node, "SELECT count(*) FROM stockalert.messages WHERE subject LIKE '%Item 2'"), 0,
	'what was low and is back again meanwhile is not told at all');

# --- SIGTERM: a new sender, nothing else

my $pid = sender_pid($node);
$node->safe_psql('postgres', "SELECT pg_terminate_backend($pid)");
wait_until($node, "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'stockalert sender' AND pid <> $pid", 1,
	'pg_terminate_backend: the launcher starts another');
my $launcher = value($node, "SELECT pid FROM pg_stat_activity WHERE backend_type = 'stockalert launcher'");
$node->safe_psql('postgres', "SELECT pg_terminate_backend($launcher)");
wait_until($node, "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'stockalert launcher' AND pid <> $launcher", 1,
	'and the postmaster another launcher');
is(value($node, "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'stockalert sender'"), 1, 'which leaves the sender alone');
$node->safe_psql('postgres', 'SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE backend_type ~ \'^stockalert\'');
$node->safe_psql('postgres', 'UPDATE stockalert.stock_levels SET on_hand = 7 WHERE item_id = 2');
wait_until($node, "SELECT count(*) FROM stockalert.messages WHERE subject LIKE '%Item 2'", 1, 'a cancel does no harm');

# --- a commit wakes it: of messages each after the other, none waits for the five seconds after which it looks by itself

my @took;
foreach my $item (21 .. 23)
{
	my $from    = -s $node->logfile;
	my $started = time;

	$node->safe_psql('postgres', "UPDATE stockalert.stock_levels SET on_hand = 7 WHERE item_id = $item");
	$node->wait_for_log(qr/stockalert message: channel=log .*Item $item/, $from);
	push @took, time - $started;
}
cmp_ok((sort { $a <=> $b } @took[ 1, 2 ])[0], '<', 4, 'the commit wakes the sender');

# --- DROP EXTENSION, and again CREATE

$offset = -s $node->logfile;
cmp_ok(seconds_for($node, 'DROP EXTENSION stockalert CASCADE'), '<', 30, 'DROP EXTENSION does not wait for the sender');
wait_until($node, "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'stockalert sender'", 0, 'whose work is over');
install_shop($node, 'postgres', 2, 'log', 'console');
$node->safe_psql('postgres', 'UPDATE stockalert.stock_levels SET on_hand = 7 WHERE item_id = 1');
wait_until($node, "SELECT outcome FROM stockalert.deliveries", 'logged', 'made anew, it works anew');
$node->safe_psql('postgres', 'BEGIN; DROP EXTENSION stockalert; CREATE EXTENSION stockalert; COMMIT') for 1 .. 3;
wait_until($node, "SELECT count(*) FROM stockalert.worker_status() WHERE database = 'postgres' AND state = 'running'", 1,
	'also when dropped and made in one transaction');
unlike(log_since($node, $offset), qr/ERROR|FATAL|PANIC/, 'without an error in the log');

# --- commands that want a database for themselves

$node->safe_psql('postgres', 'CREATE DATABASE other');
install_shop($node, 'other', 2, 'log', 'console');
wait_until($node, "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'stockalert sender' AND datname = 'other'", 1,
	'a second database has a sender of its own');
$offset = -s $node->logfile;
cmp_ok(seconds_for($node, 'CREATE DATABASE copy TEMPLATE other'), '<', 30, 'CREATE DATABASE ... TEMPLATE finds the template free');
wait_until($node, "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'stockalert sender' AND datname = 'other'", 1,
	'and the sender comes back');
wait_until($node, "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'stockalert sender' AND datname = 'copy'", 1,
	'the copy has one too');
cmp_ok(seconds_for($node, 'ALTER DATABASE other RENAME TO renamed'), '<', 30, 'ALTER DATABASE ... RENAME');
wait_until($node, "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'stockalert sender' AND datname = 'renamed'", 1,
	'the sender follows');
cmp_ok(seconds_for($node, 'DROP DATABASE copy'), '<', 30, 'DROP DATABASE');
wait_until($node, "SELECT count(*) FROM stockalert.worker_status() WHERE role = 'sender'", 2, 'its slot is free again');
cmp_ok(seconds_for($node, 'DROP DATABASE renamed'), '<', 30, 'DROP DATABASE of the other');
unlike(log_since($node, $offset), qr/ERROR|FATAL|PANIC/, 'without an error in the log');
$node->safe_psql('postgres', 'CREATE ROLE nobody');
my ($code, undef, $err) = $node->psql('postgres', 'SET ROLE nobody; DROP DATABASE postgres');
isnt($code, 0, 'who may not drop a database');
wait_until($node, "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'stockalert sender' AND datname = 'postgres'", 1,
	'does not chase the sender away');

# --- restart; then a server that does not preload

$node->restart;
wait_until($node, "SELECT count(*) FROM stockalert.worker_status() WHERE database = 'postgres' AND state = 'running'", 1,
	'after a restart the sender is found without a ping');
$node->append_conf('postgresql.conf', "stockalert.databases = 'elsewhere'");
$node->reload;
wait_until($node, "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'stockalert sender'", 0, 'stockalert.databases keeps it out');
$node->append_conf('postgresql.conf', "shared_preload_libraries = ''");
$node->restart;
is(value($node, 'SELECT state, detail FROM stockalert.worker_status()'),
	"not preloaded|nothing is sent before postgresql.conf says shared_preload_libraries = '...,stockalert' and the server is restarted",
	'worker_status() says what is missing');
$node->safe_psql('postgres', 'CREATE DATABASE bare');
($code, undef, $err) = $node->psql('bare', 'CREATE EXTENSION stockalert');
is($code, 0, 'CREATE EXTENSION works without preload');
like($err, qr/WARNING:  alerts are recorded but nothing is sent/, 'and warns');
like($err, qr/HINT: .*shared_preload_libraries = '...,stockalert'/, 'with the line to set');
$node->stop;
done_testing();
