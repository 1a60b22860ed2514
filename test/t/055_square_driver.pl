# How Square is read, whatever it answers: paging, faults, back-off, tokens, webhooks, and the syncer's own life.
# The peer answers word for word what is told here; what becomes of stock is the matter of 056 and later.
use strict;
use warnings;
use Digest::SHA qw(hmac_sha256_base64);
use File::Temp qw(tempdir);
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);
use Shop;

my $files = tempdir(CLEANUP => 1);
mkdir "$files/square" or die;
my @tls = make_ca($files);
my $peer = start_peer('square_script.py', '--record', "$files/requests", '--dir', "$files/square",
	@tls);

my $node = new_server('square', live($files), 'stockalert.retry_base = 50',
	'stockalert.retry_cap = 200', 'stockalert.send_timeout = 5s', 'restart_after_crash = on');

sub sql
{
	return $node->safe_psql('postgres', $_[0]);
}

sub set_answers
{
	my ($name, $value) = @_;

	open(my $out, '>', "$files/square/$name.new") or die;
	print $out encode_json($value);
	close $out;
	rename "$files/square/$name.new", "$files/square/$name" or die;
	return;
}

sub answers
{
	my ($name) = @_;

	return decode_json(slurp_file("$files/square/$name"));
}

sub requests
{
	my ($from, $path) = @_;
	my @all = map { decode_json($_) } split /\n/, slurp_file("$files/requests");

	return grep { !defined $path || $_->{path} =~ $path } @all[ ($from || 0) .. $#all ];
}

sub error
{
	my ($status, $code, %more) = @_;

	return { status => $status, json => { errors => [ { category => 'API_ERROR', code => $code, detail => 'as told' } ] }, %more };
}

sub page
{
	my ($cursor, @counts) = @_;

	return { json => { counts => \@counts, defined $cursor ? (cursor => $cursor) : () } };
}

sub stream
{
	my ($columns, $name) = @_;

	return sql("SELECT concat_ws('|', $columns) FROM stockalert.sync_streams WHERE stream = '" . ($name || 'counts') . q{'});
}

sub request_counts
{
	sql(q{UPDATE stockalert.sync_streams SET requested_at = clock_timestamp(), next_attempt_at = NULL WHERE stream = 'counts';
		SELECT stockalert.wake_syncer()});
	return;
}

# One round of counts against a script; returns its requests.
sub round
{
	my ($what, $expected, @script) = @_;
	my $before = scalar(() = requests());

	set_answers('script', \@script);
	sql(q{UPDATE stockalert.sync_streams SET error_class = NULL, error_at = NULL WHERE stream = 'counts'});
	request_counts();
	wait_until($node, q{SELECT CASE WHEN finished_at > requested_at THEN coalesce(error_class, 'ok') END FROM stockalert.sync_streams
		WHERE stream = 'counts'}, $expected, "$what: $expected");
	return requests($before);
}

# Sets delivery and what else is said; that it is so shows that the syncer read it.  Only live delivery calls the outside.
sub delivery_is
{
	my ($delivery, $state, @lines) = @_;

	$node->append_conf('postgresql.conf', join("\n", @lines, "stockalert.delivery = '$delivery'"));
	$node->reload;
	wait_until($node, "SELECT state FROM stockalert.worker_status() WHERE role = 'syncer' AND database = 'postgres'", $state, "delivery is $delivery");
	return;
}

# --- the first import

my $token = 'EAAAcanary-of-the-personal-token';
sql('CREATE EXTENSION stockalert; SELECT stockalert.ensure_installation()');
set_answers('pages', { '/oauth2/token/status' => { scopes => [ 'ITEMS_READ', 'INVENTORY_READ' ], merchant_id => 'MERCHANT1', expires_at => '' },
	'/v2/locations' => { locations => [] } });
sql(qq{INSERT INTO stockalert.sources (name, kind) VALUES ('shop', 'square');
	INSERT INTO stockalert.connections (source_id, name, base_url, checked_at) VALUES (1, 'shop', 'https://localhost:$peer', now());
	INSERT INTO stockalert.sync_streams (connection_id, stream)
		SELECT 1, unnest('{locations,catalog,counts,movements,orders,vendors,transfers}'::text[]); SELECT stockalert.wake_syncer()});
wait_until($node, "SELECT state || ' ' || state_reason FROM stockalert.connections", 'misconfigured the credential is not set. '
	. 'Seal the token with stockalert-seal and store it with set_credential().', 'without a credential the connection says what to do');
is(scalar(() = requests()), 0, 'and nothing leaves');
set_secret($node, 'square', "connect.squareup.com:443", $token);
wait_until($node, "SELECT state || ' ' || split_part(state_reason, '. ', 1) FROM stockalert.connections",
	'misconfigured the credential is sealed for another host than the connection\'s', 'a token goes where it was sealed for alone');
is(scalar(() = requests()), 0, 'so nothing left');
set_secret($node, 'square', "localhost:$peer", $token);
wait_until($node, "SELECT string_agg(stream, ' ' ORDER BY stream) FROM stockalert.sync_streams WHERE last_success_at IS NOT NULL AND error_class IS NULL",
	'catalog counts locations movements transfers vendors', 'the right credential is heeded at once, and every stream is read');
my @first = requests();
is(join(' ', map { "$_->{method} $_->{path}" } @first), 'GET /v2/locations GET /v2/catalog/list?types=ITEM%2CCATEGORY%2CMEASUREMENT_UNIT '
	. 'POST /v2/inventory/counts/batch-retrieve POST /v2/inventory/changes/batch-retrieve POST /v2/vendors/search POST /v2/transfer-orders/search',
	'one request a stream, in order');
foreach my $header ([ 'Authorization', "Bearer $token" ], [ 'Square-Version', '2025-10-16' ], [ 'Accept', 'application/json' ],
	[ 'User-Agent', 'StockAlert' ])
{
	is(scalar(grep { $_->{headers}{ $header->[0] } eq $header->[1] } @first), 6, "each has $header->[0]");
}
is(sql('SELECT state FROM stockalert.connections'), 'ok', 'the connection is well');
wait_until($node, "SELECT count(*) FROM stockalert.worker_status() WHERE role = 'syncer' AND state = 'running'", '1', 'the syncer is seen');

sql('UPDATE stockalert.connections SET check_requested_at = clock_timestamp(); SELECT stockalert.wake_syncer()');
wait_until($node, "SELECT concat_ws(' ', merchant_id, scopes, token_expires_at) FROM stockalert.connections WHERE checked_at >= check_requested_at",
	'MERCHANT1 {ITEMS_READ,INVENTORY_READ}', 'a check tells seller, scopes and expiry');
is((requests(-1))[-1]{body}, '', 'and asks without a body');
sql('UPDATE stockalert.connections SET scopes = NULL');

# --- pages, cursors

my @asked = round('three pages', 'ok', page('a'), page('b'), page(undef));
is(join(' ', map { decode_json($_->{body})->{cursor} || '-' } @asked), '- a b', 'each cursor is handed back');
is(stream('pages'), '3', 'and the pages are counted');
@asked = round('a lost cursor', 'ok', page('a'), error(400, 'INVALID_CURSOR'), page('c'), page(undef));
is(join(' ', map { decode_json($_->{body})->{cursor} || '-' } @asked), '- a - c', 'begins again without it');
@asked = round('a cursor lost for ever', 'cursor', map { error(400, 'INVALID_CURSOR') } 1 .. 9);
is(scalar(@asked), 4, 'ends after four tries');
@asked = round('a cursor that repeats', 'ok', page('a'), page('b'), page('a'), page(undef));
is(scalar(@asked), 4, 'is noticed, and the stream begins again');
delivery_is('log', 'off', 'stockalert.sync_pages = 5');
delivery_is('live', 'running');
@asked = round('an answer without end', 'limit', map { page("c$_") } 1 .. 20);
is(scalar(@asked), 5, 'is read as far as a setting allows');
like(stream('error_detail'), qr/the answer has no end: 5 pages were read/, 'which is what is said');
@asked = round('one that ends there', 'ok', (map { page("c$_") } 1 .. 4), page(undef));
$node->append_conf('postgresql.conf', 'stockalert.sync_pages = 10000');
$node->reload;
@asked = round('a cursor that always repeats', 'cursor', map { page('a') } 1 .. 20);
ok(@asked <= 8, 'ends');
round('an empty cursor', 'ok', page(''));
@asked = round('an answer without an end', 'ok', { fault => 'huge' }, page('x'), page(undef));
is(join(' ', map { decode_json($_->{body})->{limit} } @asked), '1000 500 500', 'is asked for again with half the rows');

# --- what goes by

foreach my $case ([ 'rate limited', error(429, 'RATE_LIMITED') ], [ 'a server error', error(500, 'INTERNAL_SERVER_ERROR') ],
	[ 'a page of a gateway', { status => 502, text => '<html><body>Bad Gateway</body></html>' } ], [ 'unavailable', { status => 503, text => '' } ],
	[ 'HTML with 200', { text => '<html>Welcome to the hotel</html>' } ], [ 'truncated JSON', { text => '{"counts":[{"catalog_object_id":"A"' } ],
	[ 'half an answer', { fault => 'partial' } ], [ 'a connection that resets', { fault => 'reset' } ], [ 'silence', { fault => 'hang' } ],
	[ 'an array', { text => '[]' } ], [ 'errors in a 200', error(200, 'TEMPORARY_ERROR') ])
{
	@asked = round($case->[0], 'ok', $case->[1], page(undef));
	is(scalar(@asked), 2, 'one try more');
}
my $started = time;
round('Retry-After', 'ok', error(429, 'RATE_LIMITED', headers => { 'Retry-After' => '2' }), page(undef));
cmp_ok(time - $started, '>=', 1.9, 'is honoured');
@asked = round('a long Retry-After', 'rate_limited', error(429, 'RATE_LIMITED', headers => { 'Retry-After' => '600' }));
is(scalar(@asked), 1, 'ends the round');
is(stream('next_attempt_at - error_at BETWEEN \'590 seconds\' AND \'610 seconds\''), 't', 'and the next is not before');
# The whole connection rests; reading the settings anew wakes it.
$node->reload;
@asked = round('a fault that stays', 'transient', map { error(503, 'SERVICE_UNAVAILABLE') } 1 .. 20);
is(scalar(@asked), 6, 'ends after six tries');
is(stream('error_status', 'counts') . ' ' . stream('error_code'), '503 SERVICE_UNAVAILABLE', 'and is kept as it was');
round('rows that never were JSON', 'schema', map { { text => 'not JSON' } } 1 .. 20);

# --- what does not

@asked = round('a missing scope', 'scope', error(403, 'INSUFFICIENT_SCOPES'));
is(scalar(@asked), 1, 'is not asked for again');
is(stream('error_detail'), 'INSUFFICIENT_SCOPES: as told', 'and told in Square\'s words');
is(sql('SELECT state FROM stockalert.connections'), 'ok', 'the other streams go on');
round('a request Square never takes', 'permanent', error(400, 'INVALID_VALUE'));
round('an expired personal token', 'expired', error(401, 'ACCESS_TOKEN_EXPIRED'));
is(sql('SELECT state FROM stockalert.connections'), 'expired', 'the connection says so');
round('and a new one', 'ok', page(undef));
is(sql('SELECT state FROM stockalert.connections'), 'ok', 'is well again');
round('a revoked token', 'revoked', error(401, 'ACCESS_TOKEN_REVOKED'));
is(sql('SELECT state FROM stockalert.connections'), 'revoked', 'stops the connection');
round('somebody asks', 'ok', page(undef));

# --- rows that are odd

round('bytes that jsonb refuses', 'ok', { text => '{"counts":[{"catalog_object_id":"A\\u0000B","state":"IN_STOCK\\ud800","quantity":1e99999,"location_id":"L"}]}' });

# --- OAuth

sub oauth
{
	my ($access, $refresh, %more) = @_;

	return JSON::PP->new->canonical->encode({ access_token => $access, refresh_token => $refresh, client_id => 'client', client_secret => 'canary-secret',
		expires_at => '2099-01-01T00:00:00Z', %more });
}

sub sealed_once
{
	return sql("SELECT md5(sealed) FROM stockalert.credentials WHERE name = 'square'");
}

set_answers('tokens', { access => 'access-right', refresh => 'refresh-first', single => JSON::PP::true });
set_secret($node, 'square', "localhost:$peer", oauth('access-old', 'refresh-first'));
my $sealed = sealed_once();
@asked = round('an expired token', 'ok');
is(join(' ', map { $_->{path} } @asked), '/v2/inventory/counts/batch-retrieve /oauth2/token /v2/inventory/counts/batch-retrieve', 'is renewed once, and the call repeated once');
is($asked[1]{body}, '{"grant_type":"refresh_token","refresh_token":"refresh-first","client_id":"client","client_secret":"canary-secret"}', 'as Square wants it');
ok(!exists $asked[1]{headers}{Authorization}, 'without the old token');
isnt(sealed_once(), $sealed, 'the new one is stored');
is(sql("SELECT (token_refreshed_at > now() - interval '1 minute')::text || (token_expires_at > now() + interval '29 days')::text FROM stockalert.connections"),
	'truetrue', 'with its time');
is(sql("SELECT count(*) FROM stockalert.audit_log WHERE action = 'renew_credential'"), '1', 'and noted');
@asked = round('the next round', 'ok');
is(scalar(@asked), 1, 'uses what was stored');
sql("UPDATE stockalert.connections SET token_refreshed_at = now() - interval '8 days'");
@asked = round('after a week', 'ok');
is(join(' ', map { $_->{path} } @asked), '/oauth2/token /v2/inventory/counts/batch-retrieve', 'it is renewed before it ends');

# While a token is on its way its credential is sealed anew, as when keys change: the new token counts all the same.
sub lock_credential
{
	my $session = $node->background_psql('postgres');

	$session->query_safe('BEGIN');
	$session->query_safe("SELECT FROM stockalert.credentials WHERE name = 'square' FOR UPDATE");
	return $session;
}

sub wait_for_renewal
{
	my ($before) = @_;

	for (1 .. 1800)
	{
		last if requests($before, qr/oauth2/);
		sleep 0.05;
	}
	return is(scalar(() = requests($before, qr/oauth2/)), 1, 'a new token was told');
}

set_answers('tokens', { access => 'access-beyond', refresh => 'refresh-second', single => JSON::PP::true });
set_secret($node, 'square', "localhost:$peer", oauth('access-old', 'refresh-second'));
my $resealing = lock_credential();
my $asked_before = scalar(() = requests());
request_counts();
wait_for_renewal($asked_before);
my $again = seal($node, 'square', "localhost:$peer", oauth('access-old', 'refresh-second'));
$resealing->query_safe("UPDATE stockalert.credentials SET sealed = stockalert.read_envelope('$again') WHERE name = 'square'");
$resealing->query_safe('COMMIT');
$resealing->quit;
wait_until($node, "SELECT count(*) FROM stockalert.audit_log WHERE action = 'renew_credential'", '3', 'sealed anew meanwhile: it is stored');
@asked = round('the next round', 'ok');
is(scalar(@asked), 1, 'uses it');

# The answer is there and the store is not: a lock is in the way, and then the power fails.
sub renew_and_crash
{
	my $lock = lock_credential();

	set_answers('tokens', { %{ answers('tokens') }, access => 'access-unknown' });
	my $before = scalar(() = requests());
	set_answers('script', []);
	request_counts();
	wait_for_renewal($before);
	sleep 0.5;
	is(scalar(() = requests($before, qr/counts/)), 1, 'and not used before it is stored');
	kill_worker($node, 'syncer');
	$lock->{run}->kill_kill;
	$node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_stat_activity WHERE backend_type = 'stockalert syncer'") or die;
	return;
}

set_answers('tokens', { %{ answers('tokens') }, single => JSON::PP::false });
renew_and_crash();
@asked = round('a crash between renewal and store, tokens for many uses', 'ok');
is(sql('SELECT state FROM stockalert.connections'), 'ok', 'goes by');
set_answers('tokens', { %{ answers('tokens') }, single => JSON::PP::true });
renew_and_crash();
round('tokens for one use', 'revoked');
like(sql('SELECT state_reason FROM stockalert.connections'), qr/^the provider refuses the refresh token \(UNAUTHORIZED: .*\); one for one use is lost where/,
	'are lost, and the connection says why');
like(sql(q{SELECT remedy FROM stockalert.health() WHERE "check" = 'connection shop'}), qr/let the seller grant access again/, 'and what to do');
unlike(sql('SELECT state_reason FROM stockalert.connections'), qr/refresh-|access-|canary/, 'without a secret');
set_answers('tokens', { access => $token, refresh => '-' });
set_secret($node, 'square', "localhost:$peer", $token);
round('a new credential', 'ok', page(undef));

# --- webhooks

sub push_webhook
{
	my ($body, $key, $url) = @_;
	my $signature = hmac_sha256_base64($url . $body, $key);

	$signature .= '=' while length($signature) % 4;
	return sql("SELECT stockalert.receive_square_webhook(\$body\$$body\$body\$, '$signature')");
}

my ($key, $url) = ('canary-webhook-key', 'https://shop.example/square');
set_secret($node, 'square_webhook', 'connect.squareup.com:443', "$key#$url");
my $event = '{"merchant_id":"MERCHANT1","type":"inventory.count.updated","event_id":"e-1","created_at":"2026-03-01T09:00:00Z","data":{}}';
my $before = scalar(() = requests());
my $pushed = sql('SELECT clock_timestamp()');
is(push_webhook($event, $key, $url), 'accepted', 'a webhook is taken');
wait_until($node, "SELECT state || ' ' || event_id || ' ' || octet_length(body) FROM stockalert.webhook_inbox WHERE inbox_id = 1", 'verified e-1 0', 'and verified');
wait_until($node, "SELECT count(*) FROM stockalert.sync_streams WHERE stream IN ('counts', 'movements') AND finished_at > requested_at
	AND requested_at > '$pushed'", '2', 'what it tells of is read at once');
is(scalar(() = requests($before, qr/inventory/)), 2, 'once each');
push_webhook($event, $key, $url);
wait_until($node, 'SELECT state FROM stockalert.webhook_inbox WHERE inbox_id = 2', 'duplicate', 'the same event again is known');
push_webhook($event =~ s/e-1/e-2/r, 'another key', $url);
wait_until($node, 'SELECT concat_ws(\' \', state, event_id) FROM stockalert.webhook_inbox WHERE inbox_id = 3', 'forged', 'a forged one is not even read');
push_webhook($event =~ s/e-1/e-3/r, $key, 'https://shop.example/other');
wait_until($node, 'SELECT state FROM stockalert.webhook_inbox WHERE inbox_id = 4', 'forged', 'nor one for another URL');
push_webhook('{"merchant_id":"MERCHANT1","type":"payment.created","event_id":"e-4"}', $key, $url);
wait_until($node, 'SELECT state FROM stockalert.webhook_inbox WHERE inbox_id = 5', 'ignored', 'what is of no stream is ignored');
push_webhook('no JSON', $key, $url);
wait_until($node, 'SELECT state FROM stockalert.webhook_inbox WHERE inbox_id = 6', 'failed', 'and what is no JSON');
is(scalar(() = requests($before, qr/inventory/)), 2, 'none of them asked for anything');

# --- the syncer's own life

sub syncer_pid
{
	return sql("SELECT coalesce(max(pid), 0) FROM pg_stat_activity WHERE backend_type = 'stockalert syncer'");
}

sub let_hang
{
	set_answers('script', [ { fault => 'hang' } ]);
	request_counts();
	wait_until($node, "SELECT query FROM pg_stat_activity WHERE backend_type = 'stockalert syncer'", 'stockalert: sync counts page 1', 'a request hangs, and is seen');
	return;
}

# For which it would wait two minutes.
delivery_is('log', 'off', 'stockalert.send_timeout = 60s');
delivery_is('live', 'running');
let_hang();
my $pid = syncer_pid();
$started = time;
kill 'TERM', $pid;
sleep 0.02 while kill(0, $pid) && time - $started < 60;
cmp_ok(time - $started, '<', 30, 'SIGTERM ends the syncer while a request hangs');
wait_until($node, "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'stockalert syncer' AND pid <> $pid", '1', 'and another one starts');
wait_until($node, q{SELECT (finished_at > requested_at)::text || coalesce(error_class, '') FROM stockalert.sync_streams WHERE stream = 'counts'}, 'true', 'which reads what the first did not');
let_hang();
cmp_ok(seconds_for($node, 'CREATE DATABASE copy TEMPLATE postgres', 'template1'), '<', 30, 'CREATE DATABASE TEMPLATE gets the database');
wait_until($node, "SELECT state FROM stockalert.worker_status() WHERE role = 'syncer' AND database = 'copy'", 'paused_clone', 'the copy reads nothing');
cmp_ok(seconds_for($node, 'DROP DATABASE copy'), '<', 30, 'DROP DATABASE gets it');
delivery_is('log', 'off');
$before = scalar(() = requests());
request_counts();
sleep 1;
is(scalar(() = requests($before)), 0, 'nothing leaves');
$node->append_conf('postgresql.conf', "stockalert.delivery = 'live'");
$node->reload;
wait_until($node, q{SELECT finished_at > requested_at FROM stockalert.sync_streams WHERE stream = 'counts'}, 't', 'live again, it is read');
sql('UPDATE stockalert.connections SET enabled = false; SELECT stockalert.wake_syncer()');
wait_until($node, "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'stockalert syncer'", '0', 'without a connection there is no syncer');
sql('UPDATE stockalert.connections SET enabled = true; SELECT stockalert.wake_syncer()');
wait_until($node, "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'stockalert syncer'", '1', 'with one there is');
sql('DROP EXTENSION stockalert CASCADE');
wait_until($node, "SELECT count(*) FROM pg_stat_activity WHERE backend_type LIKE 'stockalert s%'", '0', 'DROP EXTENSION ends it');

my $log = slurp_file($node->logfile);
unlike($log, qr/canary|access-|refresh-/, 'no secret is in the log');
unlike($log, qr/PANIC|TRAP|ERROR:  (?!canceling)/, 'and no error');
done_testing();
