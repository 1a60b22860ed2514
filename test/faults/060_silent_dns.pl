# A name server that never answers: who is reached by a name waits, everybody else is told at once, and the sender stops
# when it is told to.  In a network of its own (user namespaces), where that name server is the only one.
use strict;
use warnings;

# Before anything else has turned the output away.
BEGIN
{
	my @apart = ('unshare', '--user', '--map-current-user', '--net', '--mount', '--keep-caps');

	if (!$ENV{SA_APART})
	{
		print("1..0 # SKIP no namespaces for users here\n") && exit 0 if system("@apart true 2>/dev/null") != 0;
		$ENV{SA_APART} = 1;
		exec @apart, $^X, (map { "-I$_" } @INC), $0 or die $!;
	}
}
use File::Temp qw(tempdir);
use IO::Socket::INET;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);
use Shop;

my $files = tempdir(CLEANUP => 1);
append_to_file("$files/resolv.conf", "nameserver 127.0.0.1\noptions timeout:30 attempts:5\n");
append_to_file("$files/nsswitch.conf", "hosts: files dns\n");
system('ip', 'link', 'set', 'lo', 'up') == 0 or die 'no loopback';
system('mount', '--bind', "$files/$_", "/etc/$_") == 0 || die "no $_ of our own" foreach 'resolv.conf', 'nsswitch.conf';
my $silent = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => 53, Proto => 'udp') or die "no name server: $!";

my @tls = make_ca($files);
my $peer = start_peer('http_peer.py', '--record', "$files/requests", @tls);
my $node = new_server('silent', live($files), 'stockalert.storm_after = 100000', 'stockalert.digest_after = 1000', 'stockalert.retry_base = 100', 'stockalert.retry_cap = 1000',
	'stockalert.connect_timeout = 2s', 'stockalert.send_timeout = 3s');
install_shop($node, 'postgres', 200, 'log', 'console');

sub sql
{
	return $node->safe_psql('postgres', $_[0]);
}
sql(q{DELETE FROM stockalert.subscribers; INSERT INTO stockalert.subscribers (name, time_zone) VALUES ('All', 'UTC'); SELECT stockalert.set_channel('webhook', per_second => 1000, burst => 100)});
set_secret($node, 'webhook:ok', "localhost:$peer", "https://localhost:$peer/ok#whsec_Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5");
set_secret($node, "webhook:lost$_", "lost$_.example:$peer", "https://lost$_.example:$peer/ok#whsec_Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5") foreach 1 .. 12;
wait_until($node, q{SELECT count(*) FROM stockalert.credential_status WHERE state = 'ok'}, 13, 'the worker opens the secrets');
my $item = 0;

# Seconds from an item that runs low until the healthy one has heard, a few times: the middle and the worst.
sub delays
{
	my ($times) = @_;
	my @late;

	foreach (1 .. $times)
	{
		my $before = () = slurp_file("$files/requests") =~ /\n/g;
		my $started = time;

		$item++;
		sql("UPDATE stockalert.stock_levels SET on_hand = 7 WHERE item_id = $item");
		sleep 0.005 while (() = slurp_file("$files/requests") =~ /\n/g) == $before && time < $started + 10;
		push @late, time - $started;
		sleep 0.1;
	}
	return (sort { $a <=> $b } @late)[ $times / 2, -1 ];
}

sql(q{INSERT INTO stockalert.subscriber_contacts (subscriber_id, channel, address) SELECT subscriber_id, 'webhook', 'webhook:ok' FROM stockalert.subscribers});
my ($alone) = delays(20);
sql(q{INSERT INTO stockalert.subscriber_contacts (subscriber_id, channel, address) SELECT subscriber_id, 'webhook', 'webhook:lost' || n FROM stockalert.subscribers, generate_series(1, 12) AS n});
my ($middle, $worst) = delays(60);
diag(sprintf('alone: median %.0f ms; with a dozen look-ups hanging: median %.0f ms, worst %.0f ms', map { 1000 * $_ } $alone, $middle, $worst));
cmp_ok($middle, '<', 2 * $alone + 0.05, 'who needs no name server is told as before');
cmp_ok($worst, '<', 1, 'each time');
ok($silent->recv(my $question, 512), 'the name server was asked');
like(sql(q{SELECT string_agg(DISTINCT last_error, '; ') FROM stockalert.queue WHERE last_error IS NOT NULL}), qr/./, 'those that wait say why');
is(sql(q{SELECT count(*) FROM stockalert.deliveries AS d JOIN stockalert.messages AS m USING (message_id) WHERE m.recipient <> 'webhook:ok' AND d.outcome = 'sent'}), 0, 'and went nowhere');
my $sender = sender_pid($node);
my ($threads) = slurp_file("/proc/$sender/status") =~ /^Threads:\s+(\d+)/m;
cmp_ok($threads, '<=', 40, "look-ups that hang are bounded: $threads threads");
my $started = time;
$node->stop('fast');
cmp_ok(time - $started, '<', 2, 'a fast stop does not wait for them');
done_testing();
