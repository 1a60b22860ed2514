# Square's stock, sales, catalog and transfers against a stand-in that remembers: after a full import, after what changed,
# with tokens that end, and after the power failed in mid import the tables say what the stand-in knows.
use strict;
use warnings;
use JSON::PP;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);
use Shop;
use SquareShop;

# An analyze of the server's own would look like a write of ours.
my $shop = SquareShop->new('import', 300, 'autovacuum = off');
my ($node, $square) = @{$shop}{qw(node square)};

sub sql
{
	return $shop->sql(@_);
}

# --- a first import

$shop->same('a first import');
is($square->log->{concurrency}, 1, 'with one request at a time');
is(sql("SELECT count(*) FROM stockalert.check_connection() WHERE state = 'ok'"), '1', 'the connection is well');
wait_until($node, "SELECT missing_scopes::text || (merchant_id IS NOT NULL) FROM stockalert.check_connection('shop')", '{}true', 'and its token may do all');

sql("UPDATE stockalert.connections SET merchant_id = NULL, check_requested_at = NULL, checked_at = now() - interval '25 hours'");
sql('SELECT stockalert.wake_syncer()');
wait_until($node, q{SELECT checked_at > now() - interval '1 minute' AND merchant_id IS NOT NULL FROM stockalert.connections}, 't', 'which is looked up daily');

# --- nothing happened

wait_until($node, 'SELECT coalesce(checked_at >= check_requested_at, true) FROM stockalert.connections', 't', 'no check is under way');
my $before = $square->log->{requests}[-1]{number};
my $writes = q{SELECT string_agg(c.relname || query_to_xml(format('SELECT count(*) AS n, md5(string_agg(ctid::text || xmin::text, '' '' ORDER BY ctid)) AS sum FROM ONLY %s',
		c.oid::regclass), false, true, '')::text, ' ' ORDER BY c.relname) FROM pg_class AS c
	WHERE c.relnamespace = 'stockalert'::regnamespace AND c.relkind = 'r' AND c.relname NOT IN ('connections', 'sync_streams', 'sync_problems')};
my $written = sql($writes);
$shop->sync('an idle round');
my %calls;
$calls{ $_->{path} }++ foreach grep { $_->{number} > $before } @{ $square->log->{requests} };
is(join(' ', map { "$_ $calls{$_}" } sort keys %calls), '/v2/catalog/search 1 /v2/inventory/changes/batch-retrieve 1 /v2/inventory/counts/batch-retrieve 1 /v2/locations 1 '
	. '/v2/orders/search 1 /v2/transfer-orders/search 1 /v2/vendors/search 1', 'costs one request a stream');
is(sql($writes), $written, 'and writes no facts');

# --- nothing happens, and nobody asks

sub rounds
{
	return scalar grep { $_->{path} eq '/v2/vendors/search' } @{ $square->log->{requests} };
}
sql(q{ALTER TABLE stockalert.connections DROP CONSTRAINT "sync_every is from a minute to a week"});
sql(q{UPDATE stockalert.connections SET sync_every = '1 second'});
my $rounds = rounds();
sleep 0.1 until rounds() > $rounds;
my $trace = q{SELECT pg_snapshot_xmax(pg_current_snapshot())};
my $told = sql(q{SELECT min(last_success_at) FROM stockalert.sync_status});
my $noted = sql(q{SELECT string_agg(s::text, ' ' ORDER BY stream) FROM stockalert.sync_streams AS s});
my $traced = sql($trace);
$rounds = rounds();
for (1 .. 600)
{
	last if rounds() >= $rounds + 3;
	sleep 0.1;
}
cmp_ok(rounds(), '>=', $rounds + 3, 'rounds that are due by themselves');
is(sql($trace), $traced, 'take no transaction number, so that they write nothing');
is(sql(q{SELECT string_agg(s::text, ' ' ORDER BY stream) FROM stockalert.sync_streams AS s}), $noted, 'not even when a stream was last read');
is(sql("SELECT min(last_success_at) > '$told' FROM stockalert.sync_status"), 't', 'which the server remembers');
is(sql("SELECT bool_and(last_sync_at > '$told') FROM stockalert.location_list WHERE active"), 't', 'location by location');
my $sold = sql('SELECT clock_timestamp()');
$square->tell('sell', { location => $shop->{open}[0], variation => $shop->{variations}[0], quantity => 1 });
wait_until($node, "SELECT last_success_at > '$sold' AND rows_changed > 0 FROM stockalert.sync_streams WHERE stream = 'counts'", 't', 'a round that meets something new is written');
sql(q{UPDATE stockalert.connections SET sync_every = '15 minutes'});
$shop->sync('all is as usual');

# --- what a shop does in a day

my ($open, $variations) = @{$shop}{qw(open variations)};

$shop->day;
$square->tell_all([ 'return' => { location => $open->[0], variation => $variations->[3], quantity => 1 } ],
	[ 'transfer-order' => { source => $open->[0], destination => $open->[1], lines => [ { variation => $variations->[4], quantity => '7' } ] } ],
	[ 'rename' => { item => (grep { $_->{id} eq $variations->[5] } @{ $square->truth('items')->{items} })[0]{item_id}, name => 'Another name' } ],
	[ 'set-threshold' => { variation => $variations->[6], threshold => 12 } ]);
$shop->sync('what changed is read');
$shop->same('what changed');
is(sql("SELECT count(*) FROM stockalert.items WHERE name LIKE 'Another name%'") > 0 ? 'renamed' : '', 'renamed', 'names, too');

# --- scopes, a revoked token

$square->tell('token-change', { token => 'all', scopes => [ 'MERCHANT_PROFILE_READ', 'ITEMS_READ', 'INVENTORY_READ' ] });
sql('SELECT stockalert.sync_now()');
wait_until($node, q{SELECT string_agg(stream || ' ' || error_class || ' ' || error_status, ', ' ORDER BY stream) FROM stockalert.sync_streams WHERE error_class IS NOT NULL},
	'orders scope 403, vendors scope 403', 'without two scopes two streams stop');
like(sql("SELECT remedy FROM stockalert.sync_status WHERE stream = 'vendors'"), qr/VENDOR_READ/, 'and say which is missing');
$square->tell('token-change', { token => 'all', scopes => [ 'MERCHANT_PROFILE_READ', 'ITEMS_READ', 'INVENTORY_READ', 'ORDERS_READ', 'VENDOR_READ' ] });
$shop->sync('with them');
$square->tell('token-change', { token => 'all', revoked => JSON::PP::true });
sql(q{SELECT stockalert.sync_now(what => 'counts')});
wait_until($node, 'SELECT state FROM stockalert.connections', 'revoked', 'a revoked token stops the connection');
$square->tell('token-change', { token => 'all', revoked => JSON::PP::false });
$shop->day;
$shop->set_token('EAAAstandinpersonal');
wait_until($node, 'SELECT state FROM stockalert.connections', 'ok', 'a new one is heeded');
$shop->sync('and all is read');
$shop->same('after a revoked token');

# --- OAuth: it ends, is renewed, and all goes on

my $granted = $square->tell('token', { kind => 'oauth', single_use => JSON::PP::true, expires_in => 2 });
$shop->set_token(JSON::PP->new->canonical->encode({ access_token => $granted->{access_token}, refresh_token => $granted->{refresh_token},
	client_id => 'sq0idp-standin', expires_at => '2099-01-01T00:00:00Z' }));
sleep 2;
$shop->day;
$shop->sync('a token that ended is renewed');
$shop->same('a renewed token');
is(sql("SELECT count(*) > 0 FROM stockalert.audit_log WHERE action = 'renew_credential'"), 't', 'and stored');

# --- the power fails in mid import

$square->tell('settings', { page_size => 10 });
$square->fault({ fault => 'slow', ms => 300, path => 'counts', skip => 20, times => -1 });
sql('SELECT stockalert.sync_now(everything => true)');
wait_until($node, "SELECT pages > 20 FROM stockalert.sync_streams WHERE stream = 'counts' AND started_at > requested_at", 't', 'a long import');
kill_worker($node, 'syncer');
$square->tell('clear-faults');
$square->tell('settings', { page_size => 100 });
$node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_stat_activity WHERE backend_type = 'stockalert syncer'") or die;
$shop->day;
$shop->sync('kill -9 in mid import');
$shop->same('kill -9 in mid import');

# --- the newer shape of answers

sql("SELECT stockalert.set_connection('shop', api_version => '2026-07-15')");
$shop->day;
$shop->sync('version 2026-07-15', undef, 'everything => true');
$shop->same('version 2026-07-15');

my $log = slurp_file($node->logfile);
unlike($log, qr/EAAA|EQAA/, 'no token is in the log');
unlike($log, qr/PANIC|TRAP|ERROR:  (?!canceling)/, 'and no error');
done_testing();
