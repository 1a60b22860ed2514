# Everything runs low in one transaction: 10,000 items here, 100,000 in test/faults.  Each of three channels gets one
# message for ten thousand; the writer is not held up by what is told, the sender stays small, the queue empties.
use strict;
use warnings;
use File::Temp qw(tempdir);
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);
use Shop;

my $items = $ENV{SA_FLOOD} || 10000;
my $digests = $items <= 10000 ? 1 : int($items / 10000);
my $files = tempdir(CLEANUP => 1);
my @tls = make_ca($files);
my $peer = start_peer('http_peer.py', '--alarm', 600, '--record', "$files/requests", @tls);
my $node = new_server('flood', live($files), "stockalert.slack_hosts = 'localhost:$peer'", "log_statement = 'none'");

sub sql
{
	return $node->safe_psql('postgres', $_[0]);
}

install_shop($node, 'postgres', $items, 'slack', 'slack');
sql(q{SELECT stockalert.set_channel(c, per_second => 1000, burst => 100) FROM unnest('{slack,webhook}'::text[]) AS c;
	INSERT INTO stockalert.subscriber_contacts (subscriber_id, channel, address) VALUES (1, 'webhook', 'webhook'), (1, 'log', 'console')});
set_secret($node, 'slack', "localhost:$peer", "https://localhost:$peer/services/canary/ok");
set_secret($node, 'webhook', "localhost:$peer", "https://localhost:$peer/hook/ok#whsec_Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5");
wait_until($node, q{SELECT count(*) FROM stockalert.credential_status WHERE state = 'ok'}, 2, 'the worker opens the secrets');
my $sender = sender_pid($node);
my $took = seconds_for($node, 'UPDATE stockalert.stock_levels SET on_hand = 5');
diag(sprintf('%d alerts in %.1f s of the writer', $items, $took));
is(sql('SELECT count(*) FROM stockalert.alerts'), $items, 'every item has its alert');
my $deadline = time + 300;
sleep 0.2 while sql('SELECT count(*) FROM stockalert.queue') ne '0' && time < $deadline;
is(sql('SELECT count(*) FROM stockalert.queue'), 0, 'the queue empties');
diag(sprintf('told %.1f s after', time - $deadline + 300));
is(sql(q{SELECT string_agg(m.channel || ' ' || m.kind || ' ' || d.outcome || ' ' || n, ', ' ORDER BY m.channel) FROM (
	SELECT x.channel, x.kind, min(x.message_id) AS message_id, count(*) || ' of ' || sum(cardinality(x.alert_ids)) AS n FROM stockalert.messages AS x GROUP BY 1, 2) AS m
	JOIN stockalert.deliveries AS d USING (message_id)}), "log digest logged $digests of $items, slack digest sent $digests of $items, webhook digest sent $digests of $items",
	"$digests for each channel, with all of it");
my @requests = map { decode_json($_) } split /\n/, slurp_file("$files/requests");
is(scalar(@requests), 2 * $digests, 'and no other request left');
cmp_ok(length($_->{body}), '<=', 20000, 'of a size that is taken') foreach @requests;
is(sql(q{SELECT count(*) FROM stockalert.notices}), 3 * $items, 'each alert counts as told by each channel');
is(sender_pid($node), $sender, 'one sender all the time');
my ($anonymous) = slurp_file("/proc/$sender/status") =~ /^RssAnon:\s+(\d+) kB/m;
diag("$anonymous kB");
cmp_ok($anonymous, '<=', 32 * 1024, 'it is small afterwards');
unlike(slurp_file($node->logfile), qr/PANIC|ERROR/, 'nothing failed');
$node->stop;
done_testing();
