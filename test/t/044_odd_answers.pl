# Answers made to hurt: bodies that unpack to gigabytes, encodings nobody knows, lengths without meaning, no HTTP at all,
# 100 Continue for ever.  The sender stays small, the neighbour is told at once, nothing is told more often than it says.
use strict;
use warnings;
use File::Temp qw(tempdir);
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);
use Shop;

my $files = tempdir(CLEANUP => 1);
my @tls = make_ca($files);
my $peer = start_peer('http_peer.py', '--record', "$files/requests", @tls);
my $node = new_server('odd', live($files), 'stockalert.retry_base = 100', 'stockalert.retry_cap = 200', 'stockalert.max_attempts = 3',
	'stockalert.storm_after = 10000');

# What the status says counts, where there was one; the others are tried and given up, and may have arrived.
my %cases = (
	'ok'       => [ '/ok',                        'sent f',  1 ],
	'bomb'     => [ '/bomb',                      'sent f',  1 ],
	'transfer' => [ '/bomb?by=Transfer-Encoding', 'sent f',  1 ],
	'coding'   => [ '/coding',                    'sent f',  1 ],
	'length'   => [ '/length',                    'any',     '+' ],
	'nonsense' => [ '/nonsense',                  'dead t',  3 ],
	'continue' => [ '/continue',                  'dead t',  3 ],
);

sub sql
{
	return $node->safe_psql('postgres', $_[0]);
}

install_shop($node, 'postgres', 20, 'log', 'console');
sql(q{DELETE FROM stockalert.subscribers; INSERT INTO stockalert.subscribers (name, time_zone) VALUES ('All', 'UTC');
	SELECT stockalert.set_channel('webhook', per_second => 1000, burst => 100)});
foreach my $name (sort keys %cases)
{
	set_secret($node, "webhook:$name", "localhost:$peer", "https://localhost:$peer/$name$cases{$name}[0]#whsec_Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5");
}
wait_until($node, q{SELECT count(*) FROM stockalert.credential_status WHERE state = 'ok'}, scalar(keys %cases), 'the worker opens the secrets');
sql("INSERT INTO stockalert.subscriber_contacts (subscriber_id, channel, address) SELECT subscriber_id, 'webhook', 'webhook:' || n FROM stockalert.subscribers, unnest('{"
	. join(',', sort keys %cases) . "}'::text[]) AS n");
my $sender  = sender_pid($node);
my $started = time;
sql('UPDATE stockalert.stock_levels SET on_hand = 7 WHERE item_id = 1');
wait_until($node, q{SELECT count(*) FROM stockalert.deliveries AS d JOIN stockalert.messages AS m USING (message_id) WHERE m.recipient = 'webhook:ok'}, 1, 'the healthy one is told');
cmp_ok(time - $started, '<', 30, 'and not when the time of the others is up');
wait_until($node, q{SELECT count(*) FROM stockalert.queue}, 0, 'all come to an end');
my @requests = map { decode_json($_) } split /\n/, slurp_file("$files/requests");
foreach my $name (sort keys %cases)
{
	my (undef, $outcome, $count) = @{ $cases{$name} };

	is(sql("SELECT concat_ws(' ', d.outcome, d.maybe_twice) FROM stockalert.messages AS m JOIN stockalert.deliveries AS d USING (message_id) WHERE m.recipient = 'webhook:$name'"),
		$outcome, "$name: $outcome") unless $outcome eq 'any';
	is(scalar(grep { $_->{path} =~ m{^/$name/} } @requests), $count, "$name: $count requests") unless $count eq '+';
}
is(sender_pid($node), $sender, 'one sender all the time');
my ($anonymous) = slurp_file("/proc/$sender/status") =~ /^RssAnon:\s+(\d+) kB/m;
cmp_ok($anonymous, '<=', 32 * 1024, "it is small: $anonymous kB");
my ($peak) = slurp_file("/proc/$sender/status") =~ /^VmHWM:\s+(\d+) kB/m;
cmp_ok($peak, '<=', 96 * 1024, "and was, all its shared memory included: $peak kB");
$node->stop;
done_testing();
