# A signed webhook: the receiver verifies it in another language, repetitions carry the same id, a secret is changed
# without a gap, and answers mean what Standard Webhooks say.  SA_GOLDEN=write renews test/data/messages.
use strict;
use warnings;
use Encode;
use File::Temp qw(tempdir);
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Shop;

my $files = tempdir(CLEANUP => 1);
my @tls = make_ca($files);
my $peer = start_peer('http_peer.py', '--record', "$files/requests", @tls);

my $secret = 'whsec_Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5';
my $newer  = 'whsec_bmV3Y2FuYXJ5bmV3Y2FuYXJ5bmV3Y2FuYXJ5';
my $node = new_server('webhook', live($files), "stockalert.shop_name = 'Café Kiosk'",
	'stockalert.send_timeout = 10s', 'stockalert.retry_base = 100', 'stockalert.digest_after = 5', 'stockalert.storm_after = 1000', 'log_min_messages = debug1');
install_shop($node, 'postgres', 60, 'webhook', 'webhook:erp');

sub sql
{
	return $node->safe_psql('postgres', $_[0]);
}

sub lower
{
	my ($item, $quantity) = @_;

	sql("SET stockalert.as_of = '2026-03-01 09:00+00'; UPDATE stockalert.stock_levels SET on_hand = $quantity WHERE item_id = $item");
	return;
}

my $done = 0;

# The next delivery ends so.
sub next_ends
{
	my ($expected, $what) = @_;

	$done++;
	wait_until($node, 'SELECT count(*) FROM stockalert.deliveries', $done, "$what: comes to an end");
	is(sql('SELECT concat_ws(\'|\', outcome, status, error_class) FROM stockalert.deliveries ORDER BY finished_at DESC LIMIT 1'), $expected, $what);
	return;
}

sub requests
{
	return map { decode_json($_) } split /\n/, slurp_file("$files/requests");
}

# Compares a body with test/data/messages/NAME.
sub golden
{
	my ($name, $body) = @_;
	my $got  = JSON::PP->new->utf8->canonical->pretty->encode(decode_json(Encode::encode_utf8($body)));

	$got =~ s/("ref" : )"[0-9A-Z]{6}"/$1"REF"/;
	$got =~ s/("timestamp" : )"(?!2026-03-01)[^"]*"/$1"NOW"/;
	is_golden($name, $got);
	return;
}

sub set_url
{
	my ($script, $secrets) = @_;

	set_secret($node, 'webhook:erp', "localhost:$peer", "https://localhost:$peer/canary/$script#$secrets");
	sql("SELECT stockalert.set_channel('webhook')");
	return;
}

sub verified
{
	my ($key) = @_;
	my ($out, $err) = run_command([ 'python3', 'test/peers/verify_webhook.py', "$files/requests", $key ]);

	is($err, '', 'the requests can be verified');
	return split /\n/, $out;
}

# --- what is missing is said

lower(1, 7);
wait_until($node, 'SELECT state FROM stockalert.queue', 'P', 'without a channel it waits');
sql("SELECT stockalert.set_channel('webhook', per_second => 1000, burst => 100)");
wait_until($node, 'SELECT last_error FROM stockalert.queue', 'webhook credentials not configured', 'without a credential it says so');
set_secret($node, 'webhook:erp', "localhost:$peer", "https://localhost:$peer/canary/ok");
wait_until($node, 'SELECT left(last_error, 49) FROM stockalert.queue', 'webhook credential has no signing secret behind \'', 'without a signing secret too');
set_secret($node, 'webhook:erp', "localhost:$peer", "http://localhost:$peer/canary/ok#$secret");
wait_until($node, 'SELECT last_error FROM stockalert.queue', 'webhook credential is an http URL and stockalert.allow_http is off', 'unencrypted it does not leave');
is(scalar(() = requests()), 0, 'nothing left so far');

# --- sent, signed, verified

set_url('ok', $secret);
next_ends('sent|200', 'an alert is posted');
my ($first) = requests();
is($first->{headers}{'Content-Type'}, 'application/json; charset=utf-8', 'as JSON');
like($first->{headers}{'webhook-id'}, qr/^stockalert\.1\.[0-9a-f-]{36}$/, 'under an id of the message and this installation');
golden('webhook_low.json', $first->{body});
is_deeply([ map { (split / /)[1] } verified($secret) ], ['right'], 'its signature is right');
is_deeply([ map { (split / /)[1] } verified($newer) ], ['wrong'], 'and wrong for another secret');

lower(1, 50);
next_ends('sent|200', 'back in stock');
like((requests())[-1]{body}, qr/^\{"type":"stock\.alert\.resolved","timestamp":"2026-03-01T09:00:00Z",/, 'has a type of its own');

sql(q{UPDATE stockalert.items SET name = '"{}],"x\\' || '<b>' || repeat('é', 300) WHERE item_id = 2});
lower(2, 0);
next_ends('sent|200', 'a hostile name');
is(length(decode_json(Encode::encode_utf8((requests())[-1]{body}))->{data}{alert}{item}), 200, 'stays one string, cut');

sql("SET stockalert.as_of = '2026-03-01 09:00+00'; UPDATE stockalert.stock_levels SET on_hand = item_id % 3 WHERE item_id BETWEEN 10 AND 21");
next_ends('sent|200', 'twelve alerts make one');
golden('webhook_digest.json', (requests())[-1]{body});
sql("SELECT stockalert.test_channel('webhook', 'Ann')");
next_ends('sent|200', 'a test message');
golden('webhook_test.json', (requests())[-1]{body});

# --- while a secret is changed, each receiver can verify

set_url('ok/both', "$newer#$secret");
lower(3, 2);
next_ends('sent|200', 'with two secrets');
like((verified($_))[-1], qr/both right/, 'either verifies it') foreach $secret, $newer;

# --- answers

foreach my $case ([ 'seq/500,429,200', 'sent|200', 3 ], [ 'seq/502,200', 'sent|200', 2 ], [ 'seq/hang,204', 'sent|204', 2 ],
	[ 'seq/reset,200', 'sent|200', 2 ], [ '400', 'dead|400|rejected', 1 ])
{
	my ($script, $ends, $times) = @$case;

	set_url($script, $secret);
	lower(20 + $done, 2);
	next_ends($ends, "$script is $ends");
	my @tries = grep { $_->{path} eq "/canary/$script" } requests();
	my %ids = map { $_->{headers}{'webhook-id'} => 1 } @tries;

	is(scalar(@tries), $times, "after $times tries");
	is(scalar(keys %ids), 1, 'under one id');
}
is((grep { !/ right / } grep { !/both/ } verified($secret)), 0, 'all of them were signed right');

foreach my $case ([ '410', 'HTTP 410: the receiver wants no more messages' ],
	[ 'redirect', 'HTTP 302: the address has moved; redirects are not followed' ],
	[ '404', 'HTTP 404: the address or its credential is not accepted' ])
{
	my ($script, $why) = @$case;

	sql('DELETE FROM stockalert.queue');
	set_url($script, $secret);
	lower(40 + $done++, 2);
	wait_until($node, "SELECT last_error FROM stockalert.queue WHERE stage = 'message' ORDER BY queue_id DESC LIMIT 1", $why, $why);
	wait_until($node, "SELECT state FROM stockalert.channels WHERE channel = 'webhook'", 'broken', 'and the channel waits');
}
ok(!(grep { $_->{path} eq '/redirected' } requests()), 'the redirect was not followed');
unlike(slurp_file($node->logfile), qr/canary|whsec_[A-Za-z0-9]/, 'neither path nor secret is in the log, even at debug1');
is(sql("SELECT count(*) FROM stockalert.deliveries WHERE error LIKE '%canary%'"), 0, 'nor in what is kept of the answers');
$node->stop;
done_testing();
