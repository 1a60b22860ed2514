# The server's life around a delivery: commands that drop or copy what the sender works in while a peer hangs,
# a sender told to go, a sender without a slot, without preload, in a standby; nothing lost, nobody held up.
use strict;
use warnings;
use File::Temp qw(tempdir);
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);
use Shop;

my $mails = tempdir(CLEANUP => 1);
my $port  = start_peer('smtp_peer.py', '--dir', $mails);
my @settings = ("stockalert.delivery = 'live'", "stockalert.smtp_hosts = '127.0.0.1:$port'", "stockalert.allowed_networks = '127.0.0.0/8'",
	'stockalert.allow_http = on', 'stockalert.retry_base = 100', 'stockalert.retry_cap = 500', 'stockalert.digest_after = 1000', 'stockalert.storm_after = 10000',
	'max_prepared_transactions = 2');

# Mails that came from a shop, by item.
sub mails_from
{
	my ($sender) = @_;
	my %seen;

	foreach my $file (glob("$mails/*.eml"))
	{
		my $mail = slurp_file($file);

		$seen{$1}++ if $mail =~ /^X-Peer-From: \Q$sender\E/m && $mail =~ /^Item Name: +Item (\d+)/m;
	}
	return \%seen;
}

sub open_shop
{
	my ($node, $database, $recipient) = @_;

	install_shop($node, $database, 60, 'email', $recipient);
	$node->safe_psql($database, "SELECT stockalert.set_channel('email', host => '127.0.0.1', port => $port, security => 'none',
		sender => '$database\@example.com', per_second => 1000, burst => 1000)");
	return;
}

# The peer takes these mails and never answers, for which the sender waits a minute; half of it is long.
sub hang
{
	my ($node, $database) = @_;

	open_shop($node, $database, 'hang@example.com');
	$node->safe_psql($database, 'UPDATE stockalert.stock_levels SET on_hand = 7 WHERE item_id <= 20');
	wait_until($node, "SELECT count(*) > 10 FROM stockalert.queue WHERE state = 'I'", 't', "$database: the peer hangs", $database);
	return;
}

# --- without preload: alerts are recorded; with it, all of them are told

my $node = new_server('life', @settings, "shared_preload_libraries = ''");
my (undef, undef, $error) = $node->psql('postgres', 'CREATE EXTENSION stockalert');
like($error, qr/WARNING:  alerts are recorded but nothing is sent\n.*\nHINT:  .*shared_preload_libraries = '...,stockalert'/s, 'CREATE EXTENSION says what is missing');
$node->safe_psql('postgres', 'DROP EXTENSION stockalert');
open_shop($node, 'postgres', 'ann@example.com');
$node->safe_psql('postgres', 'UPDATE stockalert.stock_levels SET on_hand = 7 WHERE item_id <= 3');
is(value($node, 'SELECT count(*) FROM stockalert.active_alerts'), 3, 'without preload alerts open');
is(value($node, 'SELECT count(*) FROM stockalert.queue'), 3, 'and wait');
like(value($node, q{SELECT finding FROM stockalert.health() WHERE "check" = 'worker'}), qr/not preloaded/, 'health() says why');
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'stockalert'\nmax_worker_processes = 2");
my $offset = -s $node->logfile;
$node->restart;

# --- no slot for a worker: said once, nothing else suffers

wait_until($node, "SELECT state FROM stockalert.worker_status() WHERE role = 'sender'", 'waiting', 'without a free slot the sender waits');
like(value($node, "SELECT detail FROM stockalert.worker_status() WHERE role = 'sender'"), qr/max_worker_processes/, 'and worker_status() says for what');
$node->safe_psql('postgres', 'UPDATE stockalert.stock_levels SET on_hand = 7 WHERE item_id = 4');
is(value($node, 'SELECT count(*) FROM stockalert.active_alerts'), 4, 'alerts open');
$node->wait_for_log(qr/no worker process is free.*HINT/s, $offset);
is(scalar(() = log_since($node, $offset) =~ /WARNING:  no worker process is free for stockalert\n.*\n.*HINT:  Raise max_worker_processes/g), 1, 'one warning with the hint');
$node->append_conf('postgresql.conf', 'max_worker_processes = 16');
$node->restart;
wait_until($node, 'SELECT count(*) FROM stockalert.deliveries', 4, 'with preload and slot all is sent');
is(join(' ', map { "$_=" . mails_from('postgres@example.com')->{$_} } sort keys %{ mails_from('postgres@example.com') }), '1=1 2=1 3=1 4=1', 'each once');

# --- settings meant for people do not stop the sender; a prepared transaction is told after its commit

my $pid = sender_pid($node);
$node->safe_psql('postgres', q{ALTER DATABASE postgres SET default_transaction_read_only = on; ALTER DATABASE postgres SET statement_timeout = 1;
	ALTER ROLE stockalert_worker SET search_path = nowhere; ALTER ROLE stockalert_worker SET default_transaction_isolation = serializable});
$node->safe_psql('template1', "SELECT pg_terminate_backend($pid)");
wait_until($node, "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'stockalert sender' AND pid <> $pid", 1, 'a new sender, with odd settings', 'template1');
$node->safe_psql('template1', 'ALTER DATABASE postgres RESET ALL');
$node->safe_psql('postgres', 'UPDATE stockalert.stock_levels SET on_hand = 7 WHERE item_id = 5');
wait_until($node, 'SELECT count(*) FROM stockalert.deliveries', 5, 'sends all the same');
$node->safe_psql('template1', 'ALTER ROLE stockalert_worker RESET ALL');
$node->safe_psql('postgres', "BEGIN; UPDATE stockalert.stock_levels SET on_hand = 7 WHERE item_id = 6; PREPARE TRANSACTION 'p'");
is(value($node, 'SELECT count(*) FROM stockalert.alerts'), 5, 'prepared: no alert is seen');
$node->safe_psql('postgres', "COMMIT PREPARED 'p'");
wait_until($node, 'SELECT count(*) FROM stockalert.deliveries', 6, 'committed: it is told');

# --- somebody locks the queue for a while

my $locker = $node->background_psql('postgres');
$locker->query_safe('BEGIN; LOCK TABLE stockalert.queue');
my $writer = IPC::Run::start([ 'psql', '-Xqc', 'UPDATE stockalert.stock_levels SET on_hand = 7 WHERE item_id = 7', '-d', $node->connstr('postgres') ],
	'>', \my $out, '2>', \my $err, IPC::Run::timeout(180));
wait_until($node, "SELECT count(*) FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid) WHERE l.relation = 'stockalert.queue'::regclass AND NOT l.granted AND a.query LIKE 'UPDATE%'", 1, 'a writer waits');
$locker->query_safe('COMMIT');
$locker->quit;
ok($writer->finish, 'and goes on');
wait_until($node, 'SELECT count(*) FROM stockalert.deliveries', 7, 'the writer waited, the message came');

# --- the sender is told to go in mid-delivery: nothing lost, nothing twice

$node->safe_psql('postgres', q{UPDATE stockalert.subscriber_contacts SET address = 'held@example.com'; UPDATE stockalert.stock_levels SET on_hand = 7 WHERE item_id BETWEEN 8 AND 15});
wait_until($node, "SELECT count(*) > 5 FROM stockalert.queue WHERE state = 'I'", 't', 'mails are on their way');
$node->safe_psql('postgres', 'SELECT pg_terminate_backend(' . sender_pid($node) . ')');
append_to_file("$mails/let_go", '');
wait_until($node, 'SELECT count(*) FROM stockalert.deliveries', 15, 'after pg_terminate_backend() all is sent');
my $seen = mails_from('postgres@example.com');
is(scalar(keys %$seen), 15, 'and has arrived');
my $twice = grep { $seen->{$_} > 1 } keys %$seen;
cmp_ok(value($node, 'SELECT count(*) FROM stockalert.deliveries WHERE maybe_twice'), '>=', $twice, 'what came twice is marked so');

# --- commands that want what the sender works in, the peer hanging

my $started;
$node->safe_psql('postgres', "CREATE DATABASE $_") foreach qw(shop1 shop2 shop3 unrelated);
$offset = -s $node->logfile;
hang($node, 'shop1');
wait_until($node, "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'stockalert sender' AND (backend_xmin IS NOT NULL OR xact_start IS NOT NULL)", 0,
	'the sender holds neither snapshot nor transaction');
cmp_ok(seconds_for($node, 'BEGIN; DROP EXTENSION stockalert CASCADE; ROLLBACK', 'shop1'), '<', 30, 'DROP EXTENSION, thought better of');
is(value($node, 'SELECT count(*) > 10 FROM stockalert.queue', 'shop1'), 't', 'leaves all there');
cmp_ok(seconds_for($node, 'DROP EXTENSION stockalert CASCADE', 'shop1'), '<', 30, 'DROP EXTENSION');
wait_until($node, "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'stockalert sender' AND datname = 'shop1'", 0, 'its sender goes');
open_shop($node, 'shop1', 'ann@example.com');
$node->safe_psql('shop1', 'UPDATE stockalert.stock_levels SET on_hand = 7 WHERE item_id = 40');
wait_until($node, 'SELECT outcome FROM stockalert.deliveries', 'sent', 'CREATE EXTENSION again: it sends again', 'shop1');
is(mails_from('shop1@example.com')->{40}, 1, 'its own message');
hang($node, 'shop2');
cmp_ok(seconds_for($node, 'DROP DATABASE unrelated'), '<', 30, 'DROP DATABASE of another');
cmp_ok(seconds_for($node, 'CREATE DATABASE copied TEMPLATE shop2'), '<', 30, 'CREATE DATABASE ... TEMPLATE of this one');
wait_until($node, "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'stockalert sender' AND datname = 'shop2'", 1, 'whose sender comes back');
wait_until($node, "SELECT state FROM stockalert.worker_status() WHERE role = 'sender' AND database = 'copied'", 'paused_clone', 'the copy is one');
cmp_ok(seconds_for($node, 'DROP DATABASE shop2'), '<', 30, 'DROP DATABASE of this one');
hang($node, 'shop3');
cmp_ok(seconds_for($node, 'DROP DATABASE shop3 WITH (FORCE)'), '<', 30, 'WITH (FORCE)');
$node->safe_psql('postgres', "UPDATE stockalert.subscriber_contacts SET address = 'ann\@example.com'; UPDATE stockalert.stock_levels SET on_hand = 7 WHERE item_id = 28");
wait_until($node, 'SELECT count(*) FROM stockalert.deliveries', 16, 'the other databases go on');
unlike(log_since($node, $offset), qr/ERROR|FATAL|PANIC|WARNING/, 'without an error in the log');

# --- a standby: what the primary did not send is sent after the promotion, once

$node->append_conf('postgresql.conf', "stockalert.delivery = 'off'");
$node->reload;
wait_until($node, "SELECT state FROM stockalert.worker_status() WHERE role = 'sender' AND database = 'postgres'", 'off', 'the primary keeps its messages');
$node->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->append_conf('postgresql.conf', "stockalert.delivery = 'live'\nstockalert.key_file = '/nowhere/key'");
$standby->start;
$node->safe_psql('postgres', 'UPDATE stockalert.stock_levels SET on_hand = 7 WHERE item_id BETWEEN 31 AND 33');
$node->wait_for_catchup($standby);
is(value($standby, 'SELECT count(*) FROM stockalert.queue'), 3, 'the standby has the events');
is(value($standby, "SELECT count(*) FROM pg_stat_activity WHERE backend_type ~ '^stockalert'"), 0, 'and no worker');
is(value($standby, 'SELECT count(*) FROM stockalert.worker_status() WHERE pid IS NOT NULL'), 0, 'worker_status() can be asked');
is(value($standby, 'SELECT count(*) > 0 FROM stockalert.health()'), 't', 'health() too');
is(value($standby, 'SELECT count(*) FROM stockalert.active_alerts'), 19, 'and the alerts');
$node->stop;
$standby->promote;
wait_until($standby, 'SELECT count(*) FROM stockalert.deliveries', 19, 'promoted, it sends them');
$seen = mails_from('postgres@example.com');
is(join(' ', map { $seen->{$_} } 31 .. 33), '1 1 1', 'each once');
wait_until($standby, "SELECT state FROM stockalert.worker_status() WHERE role = 'sender' AND database = 'postgres'", 'bad_key_file', 'its missing key is reported');
$standby->stop;
done_testing();
