# Nothing committed is lost: kill -9 of the sender and of the server in mid-delivery, answers that refuse for
# now or for good, a relay that is missing or not configured, a copy of the database, a standby.
use strict;
use warnings;
use File::Temp qw(tempdir);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);
use Shop;

my $mails = tempdir(CLEANUP => 1);
my $port  = start_peer('smtp_peer.py', '--dir', $mails);
my $node  = new_server('crash', "stockalert.delivery = 'live'", "stockalert.smtp_hosts = '127.0.0.1:$port'",
	"stockalert.allowed_networks = '127.0.0.0/8'", 'stockalert.allow_http = on', 'stockalert.retry_base = 100',
	'stockalert.retry_cap = 1000', 'stockalert.digest_after = 1000', 'stockalert.storm_after = 10000', 'restart_after_crash = on');

# The subjects of the mails that arrived, each with how often it came.
sub mails_by_item
{
	my %seen;

	foreach my $file (glob("$mails/*.eml"))
	{
		my $mail = slurp_file($file);
		my ($body) = $mail =~ /(Item [0-9]+)\b/;

		$seen{$body}++ if defined $body;
	}
	return \%seen;
}

sub lower
{
	my ($from, $to, $quantity) = @_;

	$node->safe_psql('postgres', "UPDATE stockalert.stock_levels SET on_hand = $quantity WHERE item_id BETWEEN $from AND $to");
	return;
}

install_shop($node, 'postgres', 400, 'email', 'slow@example.com');

# --- not configured: it waits and says so

lower(1, 1, 7);
wait_until($node, 'SELECT state, attempts, claims, last_error FROM stockalert.queue', 'P|0|0|email is not configured',
	'without a relay the message waits, no attempt is burnt');
$node->safe_psql('postgres', "SELECT stockalert.set_channel('email', host => '127.0.0.1', port => $port, security => 'none',
	sender => 'shop\@example.com', per_second => 1000, burst => 1000)");
wait_until($node, 'SELECT outcome FROM stockalert.deliveries', 'sent', 'configured, it is sent');

# --- kill -9 of the sender while transfers run: all arrive, and only those in flight perhaps twice

lower(2, 13, 7);
wait_until($node, "SELECT count(*) > 0 FROM stockalert.queue WHERE state = 'I'", 't', 'messages are in flight');
my $unsettled = value($node, 'SELECT count(*) FROM stockalert.queue');
kill_sender($node);
$node->safe_psql('postgres', "UPDATE stockalert.subscriber_contacts SET address = 'ann\@example.com'");
wait_until($node, "SELECT count(*) FROM stockalert.deliveries WHERE outcome = 'sent'", 13, 'every message is sent in the end');
my $seen = mails_by_item();
is(scalar(keys %$seen), 13, 'and has arrived');
my $doubled = grep { $_ > 1 } values %$seen;
cmp_ok($doubled, '<=', $unsettled, 'twice came at most what was not settled');
cmp_ok(value($node, 'SELECT count(*) FROM stockalert.deliveries WHERE maybe_twice'), '>=', $doubled, 'and each of those is marked');
is(value($node, 'SELECT epoch > 1 FROM stockalert.sender'), 't', 'a new sender has a new epoch');

# --- kill -9 of the whole server

lower(14, 140, 7);
wait_until($node, "SELECT count(*) > 20 FROM stockalert.deliveries", 't', 'some are sent');
my ($postmaster) = slurp_file($node->data_dir . '/postmaster.pid') =~ /^(\d+)/;
$node->kill9;
sleep 0.05 while kill 0, $postmaster;
$node->start;
wait_until($node, "SELECT count(*) FROM stockalert.deliveries WHERE outcome = 'sent'", 140, 'after kill -9 of the server the rest is sent');
is(scalar(keys %{ mails_by_item() }), 140, 'and has arrived');

# --- an orderly stop loses nothing and doubles nothing

lower(141, 200, 7);
wait_until($node, "SELECT count(*) > 141 FROM stockalert.deliveries", 't', 'some are sent');
my $started = time;
$node->stop('fast');
my $took = time - $started;
cmp_ok($took, '<', 30, 'a fast stop waits for answers, but not long');
$node->start;
wait_until($node, "SELECT count(*) FROM stockalert.deliveries WHERE outcome = 'sent'", 200, 'all are sent after it');
$seen = mails_by_item();
my @twice = grep { /Item (\d+)/ && $1 > 140 && $seen->{$_} > 1 } keys %$seen;
# An answer that takes longer than the second it is given is an answer that never came.
$took < 0.9 ? is(join(' ', @twice), '', 'none of them twice') :
	is(join(' ', grep { value($node, "SELECT d.maybe_twice FROM stockalert.deliveries AS d JOIN stockalert.messages AS m USING (message_id) WHERE m.subject LIKE '%$_'") ne 't' } @twice), '',
	'none of them twice without a mark');

# --- refused for now, for good; the others go on

$node->safe_psql('postgres', "UPDATE stockalert.subscriber_contacts SET address = 'seq-450-450-250\@example.com'");
lower(201, 201, 7);
wait_until($node, "SELECT outcome, attempts FROM stockalert.deliveries ORDER BY finished_at DESC LIMIT 1", 'sent|3',
	'450 twice, then 250: three attempts');
$node->safe_psql('postgres', "UPDATE stockalert.subscriber_contacts SET address = '550\@example.com'");
lower(202, 202, 7);
wait_until($node, "SELECT outcome, status, attempts FROM stockalert.deliveries ORDER BY finished_at DESC LIMIT 1", 'dead|550|1',
	'550: dead at once');
wait_until($node, "SELECT failed FROM stockalert.worker_status() WHERE role = 'sender'", 1, 'and counted');
$node->safe_psql('postgres', "UPDATE stockalert.subscriber_contacts SET address = 'ann\@example.com'");

# --- a message that kills its sender is given up, others are not

$node->safe_psql('postgres', "UPDATE stockalert.subscriber_contacts SET address = 'hang\@example.com'");
lower(203, 203, 7);
for my $death (1 .. 3)
{
	wait_until($node, "SELECT claims FROM stockalert.queue WHERE state = 'I'", $death, "claim $death is counted before it is sent");
	kill_sender($node);
}
wait_until($node, "SELECT outcome, error_class, maybe_twice FROM stockalert.deliveries ORDER BY finished_at DESC LIMIT 1",
	'dead|poison|t', 'three deaths with it in hand: given up');
$node->safe_psql('postgres', "UPDATE stockalert.subscriber_contacts SET address = 'ann\@example.com'");
lower(204, 204, 7);
wait_until($node, "SELECT count(*) FROM stockalert.deliveries WHERE outcome = 'sent'", 202, 'the next one is sent');

# --- what a dead sender had in hand is taken up again, also where the first try to do so fails

$node->safe_psql('postgres', "UPDATE stockalert.subscriber_contacts SET address = 'hang\@example.com'");
lower(271, 271, 7);
wait_until($node, "SELECT claims FROM stockalert.queue WHERE state = 'I'", 1, 'in hand');
$node->stop('immediate');
$node->append_conf('postgresql.conf', "stockalert.delivery = 'off'");
$node->start;
wait_until($node, "SELECT state, claims FROM stockalert.queue", 'P|1', 'taken back');
$node->safe_psql('postgres', "UPDATE stockalert.subscriber_contacts SET address = 'ann\@example.com'");
my $locker = $node->background_psql('postgres');
$locker->query_safe('BEGIN; LOCK TABLE stockalert.subscribers');
$node->append_conf('postgresql.conf', "stockalert.delivery = 'live'");
$node->reload;
foreach my $waits (1, 0)
{
	wait_until($node, "SELECT count(*) FROM pg_locks WHERE relation = 'stockalert.subscribers'::regclass AND NOT granted", $waits, $waits ? 'its claim waits' : 'and is given up');
}
$locker->quit;
wait_until($node, "SELECT count(*) FROM stockalert.deliveries WHERE outcome = 'sent'", 203, 'it is sent');

# --- an event that cannot be routed dies alone

$node->safe_psql('postgres', q{
	ALTER TABLE stockalert.messages ADD CONSTRAINT "for the test" CHECK (subject NOT LIKE '%Item 206') NOT VALID;
	UPDATE stockalert.stock_levels SET on_hand = 7 WHERE item_id BETWEEN 205 AND 207});
wait_until($node, "SELECT count(*) FROM stockalert.deliveries WHERE error_class = 'route'", 1, 'one event is given up');
wait_until($node, "SELECT count(*) FROM stockalert.deliveries WHERE outcome = 'sent'", 205, 'its neighbours are sent');

# --- a hanging peer: nobody else waits for it

$node->safe_psql('postgres', "UPDATE stockalert.subscriber_contacts SET address = 'hang\@example.com'");
lower(208, 240, 7);
wait_until($node, "SELECT count(*) > 20 FROM stockalert.queue WHERE state = 'I'", 't', 'transfers hang');
$node->safe_psql('postgres', 'CREATE DATABASE unrelated');
cmp_ok(seconds_for($node, 'DROP DATABASE unrelated'), '<', 30, 'DROP DATABASE of another database does not wait');
wait_until($node, "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'stockalert sender' AND backend_xmin IS NOT NULL", 0,
	'no snapshot is held');
$node->safe_psql('postgres', "CREATE TABLE hanging AS SELECT queue_id FROM stockalert.queue WHERE state = 'I'");
$started = time;
$node->stop('fast');
cmp_ok(time - $started, '<', 30, 'nor does a fast stop');
$node->start;
wait_until($node, "SELECT count(*) > 20 AND count(*) FILTER (WHERE q.maybe_twice) BETWEEN 1 AND 32 FROM hanging JOIN stockalert.queue AS q USING (queue_id)", 't',
	'what had no answer is marked, what had no connection is not');

# --- a copy made by TEMPLATE tells nobody until told to

$node->safe_psql('postgres', "UPDATE stockalert.subscriber_contacts SET address = 'ann\@example.com'");
# One that nothing holds back: no rate, no failed try.
$node->safe_psql('postgres', q{WITH m AS (INSERT INTO stockalert.messages (kind, ref, channel, recipient, subject, body, occurred_at) VALUES ('test', 'COPIED', 'log', 'x', 'x', 'x', now()) RETURNING message_id)
	INSERT INTO stockalert.queue (stage, event, occurred_at, message_id, channel, endpoint) SELECT 'message', 'test', now(), message_id, 'log', 'log' FROM m});
cmp_ok(seconds_for($node, 'CREATE DATABASE staging TEMPLATE postgres', 'template1'), '<', 30, 'CREATE DATABASE ... TEMPLATE, the peer still hanging');
wait_until($node, "SELECT state FROM stockalert.worker_status() WHERE database = 'staging'", 'paused_clone', 'the copy is paused');
cmp_ok(value($node, "SELECT count(*) FROM stockalert.queue WHERE stage = 'message'", 'staging'), '>', 0, 'with messages that waited');
$node->safe_psql('staging', 'UPDATE stockalert.stock_levels SET on_hand = 7 WHERE item_id = 300');
my $sent = value($node, "SELECT count(*) FROM stockalert.deliveries WHERE outcome = 'sent'", 'staging');
sleep 0.5;
is(value($node, "SELECT count(*) FROM stockalert.deliveries WHERE outcome = 'sent'", 'staging'), $sent, 'it sends nothing');
is(value($node, 'SELECT count(*) FROM stockalert.deliveries WHERE finished_at > (SELECT started_at FROM stockalert.sender)', 'staging'), 0, 'nor did it when it started');
$node->safe_psql('staging', 'SELECT stockalert.confirm_takeover()');
wait_until($node, "SELECT m.kind FROM stockalert.deliveries AS d JOIN stockalert.messages AS m USING (message_id) WHERE d.outcome = 'sent' ORDER BY d.finished_at DESC LIMIT 1",
	'digest', 'taken over: one digest of what is open', 'staging');
is(value($node, "SELECT count(*) FROM stockalert.deliveries WHERE outcome = 'sent'", 'staging'), $sent + 1, 'and nothing else');

# --- a standby is gone that every commit waits for: a sender that is told to stop does not

my $waiting = "FROM pg_stat_activity WHERE backend_type = 'stockalert sender' AND datname = 'postgres' AND wait_event = 'SyncRep'";

# It takes the server a moment to know.
sub lose_standby
{
	my ($first, $last) = @_;

	$node->append_conf('postgresql.conf', "synchronous_standby_names = 'nobody'");
	$node->reload;
	foreach my $item ($first .. $last)
	{
		lower($item, $item, 7);
		sleep 0.5;
		last if value($node, "SELECT count(*) $waiting") == 1;
	}
	wait_until($node, "SELECT count(*) $waiting AND EXISTS (SELECT FROM stockalert.queue)", 1, 'what is claimed waits for the standby');
	return;
}

{
	local $ENV{PGOPTIONS} = '-c synchronous_commit=local';
	lose_standby(241, 255);
	$started = time;
	$node->stop('fast');
	cmp_ok(time - $started, '<', 30, 'what is in hand is settled without it');
	$node->append_conf('postgresql.conf', "synchronous_standby_names = ''");
	$node->start;
	wait_until($node, 'SELECT count(*) FROM stockalert.queue', 0, 'all of it is sent');
	lose_standby(256, 269);
	wait_until($node, "SELECT CASE WHEN EXISTS (SELECT FROM stockalert.queue) THEN (SELECT -count(pg_cancel_backend(pid)) $waiting) ELSE (SELECT count(*) $waiting) END",
		1, 'somebody ends that: then what is settled waits');
	$started = time;
	$node->stop('fast');
	cmp_ok(time - $started, '<', 30, 'until it is told to stop');
	$node->append_conf('postgresql.conf', "synchronous_standby_names = ''");
	$node->start;
}

# --- a standby sends nothing before its promotion

$node->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'base', has_streaming => 0);
$standby->set_standby_mode;
$standby->append_conf('postgresql.conf', "primary_conninfo = ''");
$node->stop;
$standby->start;
is(value($standby, "SELECT count(*) FROM pg_stat_activity WHERE backend_type ~ '^stockalert'"), 0, 'nothing runs in a standby');
$standby->promote;
wait_until($standby, "SELECT count(*) FROM stockalert.worker_status() WHERE database = 'postgres' AND pid IS NOT NULL", 1, 'promotion starts the sender');
$standby->stop;
done_testing();
