# Messages of a megabyte, a hundred of them, at a receiver that takes its time: the sender has few of them in its memory
# at a time, all arrive once, and small ones to others do not wait for them.
use strict;
use warnings;
use File::Temp qw(tempdir);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);
use Shop;

my $large = 100;
my $small = 50;
my $files = tempdir(CLEANUP => 1);
my $port  = start_peer('http_peer.py', '--record', "$files/requests");

make_key("$files/key");
my $node = new_server('large', "stockalert.delivery = 'live'", "stockalert.key_file = '$files/key'", 'stockalert.allow_http = on',
	"stockalert.allowed_networks = '127.0.0.1'", 'stockalert.send_timeout = 60s', 'stockalert.storm_after = 10000');
my $secret = 'whsec_Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5';

sub sql { return $node->safe_psql('postgres', $_[0]) }

install_shop($node, 'postgres', 20, 'log', 'console');
sql("SELECT stockalert.set_channel('webhook', per_second => 1000, burst => 1000)");
set_secret($node, "webhook:$_", "localhost:$port", "http://localhost:$port/$_/" . ($_ eq 'large' ? 'slow?ms=400' : 'ok') . "#$secret") foreach qw(large small);
wait_until($node, q{SELECT count(*) FROM stockalert.credential_status WHERE state = 'ok'}, 2, 'the worker opens the secrets');

# --- what a message row says of its length

sql("UPDATE stockalert.channels SET enabled = false WHERE channel = 'webhook'; UPDATE stockalert.subscriber_contacts SET channel = 'webhook', address = 'webhook:small'; UPDATE stockalert.stock_levels SET on_hand = 5 WHERE item_id = 1");
wait_until($node, q{SELECT q.bytes > 0 AND q.bytes = octet_length(m.body) + coalesce(octet_length(m.html), 0) FROM stockalert.queue AS q JOIN stockalert.messages AS m USING (message_id)}, 't', 'as long as its texts');

# --- a hundred that were given up

sql("INSERT INTO stockalert.messages (kind, ref, channel, recipient, subject, body, occurred_at)
		SELECT 'test', 'LARGE1', 'webhook', 'webhook:large', 'large', format('{\"type\":\"test\",\"text\":\"%s %s\"}', n, repeat('a', 1000000)), now() FROM generate_series(1, $large) AS n;
	INSERT INTO stockalert.messages (kind, ref, channel, recipient, subject, body, occurred_at)
		SELECT 'test', 'SMALL1', 'webhook', 'webhook:small', 'small', format('{\"type\":\"test\",\"text\":\"%s\"}', n), now() FROM generate_series(1, $small) AS n;
	INSERT INTO stockalert.deliveries (message_id, queue_id, channel, outcome, attempts, maybe_twice, occurred_at, created_at)
		SELECT message_id, 0, 'webhook', 'dead', 1, false, occurred_at, created_at FROM stockalert.messages WHERE kind = 'test';
	SELECT stockalert.retry_delivery(message_id) FROM stockalert.messages WHERE kind = 'test' ORDER BY message_id");
wait_until($node, q{SELECT count(*), bool_and(q.bytes = octet_length(m.body)) FROM stockalert.queue AS q JOIN stockalert.messages AS m USING (message_id) WHERE m.kind = 'test'}, ($large + $small) . '|t',
	'all wait, and each is as long as its text');

# --- and go out at once

# What the sender has for itself, at most, until all of an endpoint are sent.
sub most_until_sent
{
	my ($ref, $count, $most) = @_;
	my $sender = sender_pid($node);
	my $until  = time + 120;
	my $sent;

	do
	{
		my ($anonymous) = slurp_file("/proc/$sender/status") =~ /^RssAnon:\s+(\d+) kB/m;

		$most = $anonymous if $anonymous > $most;
		$sent = sql("SELECT count(*) FROM stockalert.deliveries AS d JOIN stockalert.messages AS m USING (message_id) WHERE m.ref = '$ref' AND d.outcome = 'sent'");
		sleep 0.01;
	} while ($sent < $count && time < $until);
	is($sent, $count, "$ref: all are sent");
	return $most;
}

sql("UPDATE stockalert.channels SET enabled = true WHERE channel = 'webhook'");
my $most = most_until_sent('SMALL1', $small, 0);
$most = most_until_sent('LARGE1', $large, $most);
cmp_ok(sql("SELECT count(*) FROM stockalert.deliveries AS d JOIN stockalert.messages AS m USING (message_id) WHERE m.ref = 'LARGE1' AND d.outcome = 'sent'
	AND d.finished_at > (SELECT max(s.finished_at) FROM stockalert.deliveries AS s JOIN stockalert.messages AS n USING (message_id) WHERE n.ref = 'SMALL1')"), '>', $large / 2,
	'the small ones do not wait for the large ones');
cmp_ok($most, '<=', 32 * 1024, "the sender never has more than $most kB");
my (%times, $requests);
open(my $record, '<', "$files/requests") or die 'no record';
while (my $line = <$record>)
{
	$requests++;
	$times{$1}++ if $line =~ /"webhook-id": "([^"]+)"/i;
}
close $record;
is("$requests " . scalar(keys %times), join(' ', ($large + $small + 1) x 2), 'each was received, once');
$node->stop;
done_testing();
