# One alert, fourteen receivers, each with a fault of its own: what was accepted was accepted once, all tries carry
# one id, what may have arrived says so, and nobody waits for the neighbour.
use strict;
use warnings;
use File::Temp qw(tempdir);
use IO::Socket::INET;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);
use Shop;

my $files = tempdir(CLEANUP => 1);
my @tls = make_ca($files);
my $peer   = start_peer('http_peer.py', '--record', "$files/requests", @tls);
my $other  = start_peer('http_peer.py', '--record', "$files/forged", '--cert', "$files/ca/other.pem", '--key', "$files/ca/other.key");
# Taken, so that nobody else gets it, and not listened on.
my $unheard = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Proto => 'tcp') or die $!;
my $nobody = $unheard->sockport;

my $node = new_server('http', live($files), 'stockalert.send_timeout = 10s', 'stockalert.retry_base = 100', 'stockalert.retry_cap = 300', 'stockalert.storm_after = 10000', 'stockalert.digest_after = 1000');
my $secret = 'whsec_Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5';

# Name, path, outcome and whether perhaps twice, requests that must have come, at least (+) or exactly.
my @cases = (
	[ 'ok',       '/ok',                     'sent f', '1' ],
	[ 'rolls',    '/seq/500,503,200',        'sent t', '3' ],
	[ 'busy',     '/seq/429,429,200',        'sent f', '3' ],
	[ 'later',    '/seq/429,200?after=2',    'sent f', '2' ],
	[ 'nonsense', '/seq/429,200?after=soon', 'sent f', '2' ],
	[ 'negative', '/seq/503,200?after=-1',   'sent t', '2' ],
	[ 'reset',    '/seq/reset,200',          'sent t', '2' ],
	[ 'hang',     '/seq/hang,200',           'sent t', '2' ],
	[ 'drip',     '/drip',                   'sent f', '1' ],
	[ 'huge',     '/huge',                   'sent f', '1' ],
	[ 'partial',  '/partial',                'sent f', '1' ],
	[ 'page',     '/page',                   'sent f', '1' ],
	[ 'gone',     '/400',                    'dead f', '1' ],
	[ 'refused',  undef,                     'waits f', '0' ],
	[ 'forged',   undef,                     'waits f', '0' ],
	[ 'moved',    '/redirect',               'waits f', '1' ],
	[ 'headers',  '/headers',                'any',    '+' ],
);

sub sql
{
	return $node->safe_psql('postgres', $_[0]);
}

sub requests
{
	my ($name) = @_;

	return grep { !defined $name || $_->{path} =~ m{^/$name/} } map { decode_json($_) } split /\n/, slurp_file("$files/requests");
}

sub delivery_is
{
	my ($delivery, $state) = @_;

	$node->append_conf('postgresql.conf', "stockalert.delivery = '$delivery'");
	$node->reload;
	wait_until($node, "SELECT state FROM stockalert.worker_status() WHERE role = 'sender'", $state, "delivery is $delivery");
	return;
}

install_shop($node, 'postgres', 200, 'log', 'console');
sql(q{DELETE FROM stockalert.subscribers; INSERT INTO stockalert.subscribers (name, time_zone) VALUES ('All', 'UTC');
	SELECT stockalert.set_channel('webhook', per_second => 1000, burst => 100)});
foreach my $case (@cases)
{
	my ($name, $path) = @$case;
	my $port = $name eq 'refused' ? $nobody : $name eq 'forged' ? $other : $peer;

	set_secret($node, "webhook:$name", "localhost:$port", "https://localhost:$port/$name" . ($path || '/ok') . "#$secret");
}
wait_until($node, q{SELECT count(*) FROM stockalert.credential_status WHERE state = 'ok'}, scalar(@cases), 'the worker opens the secrets');
sql("INSERT INTO stockalert.subscriber_contacts (subscriber_id, channel, address) SELECT subscriber_id, 'webhook', 'webhook:' || n FROM stockalert.subscribers, unnest('{"
	. join(',', map { $_->[0] } @cases) . "}'::text[]) AS n");
my $sender = sender_pid($node);
my $started = time;
sql('UPDATE stockalert.stock_levels SET on_hand = 7 WHERE item_id = 1');
wait_until($node, q{SELECT count(*) FROM stockalert.deliveries AS d JOIN stockalert.messages AS m USING (message_id) WHERE m.recipient = 'webhook:ok'}, 1, 'the healthy one is told');
cmp_ok(time - $started, '<', 10, 'before the time of those that hang is up');
# The endless headers come to an end sooner or later.
wait_until($node, q{SELECT count(*) FROM stockalert.deliveries AS d JOIN stockalert.messages AS m USING (message_id) WHERE m.recipient <> 'webhook:headers'},
	scalar(grep { $_->[2] =~ /^(sent|dead)/ } @cases), 'all that can be told are')
	or diag(sql(q{SELECT string_agg(m.recipient || ' ' || q.attempts || ' ' || coalesce(q.last_error, ''), E'\n') FROM stockalert.queue AS q JOIN stockalert.messages AS m USING (message_id)}));

foreach my $case (@cases)
{
	my ($name, undef, $outcome, $count) = @$case;
	my @requests = requests($name);
	my %ids = map { (map { lc } keys %{ $_->{headers} }) && $_->{headers}{ (grep { lc eq 'webhook-id' } keys %{ $_->{headers} })[0] } => 1 } @requests;

	is(sql(qq{SELECT concat_ws(' ', coalesce(d.outcome, 'waits'), coalesce(d.maybe_twice, q.maybe_twice)) FROM stockalert.messages AS m LEFT JOIN stockalert.deliveries AS d USING (message_id)
		LEFT JOIN stockalert.queue AS q ON q.message_id = m.message_id WHERE m.recipient = 'webhook:$name'}), $outcome, "$name: $outcome") unless $outcome eq 'any';
	is(scalar(@requests), $count, "$name: $count requests") unless $count eq '+';
	is(scalar(keys %ids), 1, "$name: under one id") if @requests;
	cmp_ok(scalar(grep { $_->{answer} eq '200' } @requests), '<=', 1, "$name: accepted once at most");
}
my @later = requests('later');
cmp_ok($later[1]{time} - $later[0]{time}, '>=', 2, 'Retry-After in seconds is kept');
my @negative = requests('negative');
cmp_ok($negative[1]{time} - $negative[0]{time}, '<', 10, 'nonsense in it is none');
is(sql(q{SELECT bool_and(attempts = 0) FROM stockalert.queue JOIN stockalert.messages USING (message_id) WHERE recipient IN ('webhook:forged', 'webhook:moved')}), 't',
	'a false certificate and a redirect burn no attempt');
ok(!-s "$files/forged", 'nothing was said to the forged one');
is(scalar(grep { $_->{path} =~ /redirected/ } requests()), 0, 'the redirect was not followed');
is(sender_pid($node), $sender, 'one sender all the time');
my ($anonymous) = slurp_file("/proc/$sender/status") =~ /^RssAnon:\s+(\d+) kB/m;
cmp_ok($anonymous, '<=', 32 * 1024, "it is small: $anonymous kB");
is(sql(q{SELECT count(*) FROM stockalert.queue AS q JOIN stockalert.messages AS m USING (message_id) WHERE m.recipient NOT IN ('webhook:refused', 'webhook:forged', 'webhook:moved', 'webhook:headers')}),
	0, 'the rest of the queue is empty');

# --- the rate of an endpoint, also after a restart of the sender: no burst

sql(q{UPDATE stockalert.subscriber_contacts SET enabled = address = 'webhook:ok'; SELECT stockalert.set_channel('webhook', per_second => 10, burst => 1)});
delivery_is('off', 'off');
sql('UPDATE stockalert.stock_levels SET on_hand = 7 WHERE item_id BETWEEN 101 AND 112');
sql("SELECT pg_terminate_backend($sender)");
wait_until($node, "SELECT state FROM stockalert.worker_status() WHERE role = 'sender' AND pid <> $sender", 'off', 'another sender');
my $since = time;
delivery_is('live', 'running');
wait_until($node, q{SELECT count(*) FROM stockalert.deliveries AS d JOIN stockalert.messages AS m USING (message_id) WHERE m.recipient = 'webhook:ok' AND d.outcome = 'sent'}, 13, 'a dozen is told');
# A slow receiver sees them late, never early.
my @times = map { $_->{time} } requests('ok');
is(join(' ', grep { $times[$_] - $since < ($_ - 1) * 0.1 - 0.01 } 1 .. $#times), '', 'at the rate of the channel, without a burst after the restart');

unlike(slurp_file($node->logfile), qr/PANIC|FATAL:  (?!terminating)|ERROR|\Q$secret\E|Y2FuYXJ5/, 'no error and no secret in the log');
$node->stop;
done_testing();
