# Whatever health() says is to be done can be pasted as it stands, by who sets a shop up and is no superuser: each
# state is brought about, its remedy run whole, and where it is a cure the state is gone.
use strict;
use warnings;
use File::Temp qw(tempdir);
use PostgreSQL::Test::Utils;
use Shop;
use Test::More;

my $files = tempdir(CLEANUP => 1);
make_key("$files/key");
# The sender waits, so that nothing changes between two looks.
my $node = new_server('remedies', "shared_preload_libraries = 'pg_cron,stockalert'", "cron.database_name = 'shop'",
	"stockalert.key_file = '$files/key'", 'stockalert.worker_enabled = off');
$node->safe_psql('postgres', 'CREATE ROLE shop_owner LOGIN; CREATE DATABASE shop OWNER shop_owner');
$node->safe_psql('shop', 'CREATE EXTENSION stockalert; GRANT stockalert_admin TO shop_owner');
wait_until($node, q{SELECT count(*) > 0 FROM stockalert.key_status WHERE active}, 't', 'the key is loaded', 'shop');

sub as_owner
{
	my ($sql) = @_;
	my ($code, $out, $err) = $node->psql('shop', $sql, on_error_stop => 1, extra_params => [ '-U', 'shop_owner' ]);

	return ($code, $out // '', $err // '');
}

# Whole statements, each with no more than a remark behind it, or a remark alone.
my $pasteable = qr/^(?:(?:SELECT|ALTER|RESET|VACUUM) [^;]*;(?: --[^\r\n]*)?|-- [^\r\n]*)$/s;

# Has the remedy of a check pasted; cure: the check is ok afterwards, or has nothing more to say.
sub paste
{
	my ($check, $cures, $what) = @_;
	my $row = qq{FROM stockalert.health() WHERE "check" = '$check' AND state <> 'ok'};
	my (undef, $remedy) = as_owner("SELECT remedy $row LIMIT 1");

	isnt($remedy, '', "$what: there is a remedy") or return;
	like($remedy, $pasteable, "$what: it is a statement or a remark");
	my ($code, undef, $err) = as_owner($remedy);
	is($code, 0, "$what: $remedy") or diag($err);
	is((as_owner("SELECT count(*) $row"))[1], '0', "$what: and it is well") if $cures;
	return;
}

# --- pg_cron is not there, or not for this role: each hint, pasted by a superuser, leads a step further
my @hints;
while (@hints < 5)
{
	my ($failed, undef, $said) = as_owner('SELECT stockalert.schedule_jobs()');

	last if !$failed;
	my ($hint) = $said =~ /HINT:  (?:As superuser: )?([A-Z][^;]*;)/ or last;
	push @hints, $hint;
	$node->safe_psql('shop', $hint);
}
is("@hints", 'CREATE EXTENSION pg_cron; GRANT USAGE ON SCHEMA cron TO shop_owner;', 'two hints, and the jobs are scheduled');
is((as_owner('SELECT done FROM stockalert.unschedule_jobs()'))[1], '8 jobs removed', 'and taken out');

# --- from an empty database ----------------------------------------------------------------------
paste('stock', 0, $_) foreach 'no location', 'no item';
paste('stock', 1, 'no stock');
paste('recipients', 1, 'nobody to tell');
paste('channels', 1, 'no way to tell them');
paste('jobs', 1, 'no job');
paste('credential smtp', 0, 'no password of the relay');
paste('worker', 0, 'a worker that waits');

# --- what happens later: check, whether its remedy cures, what brings it about -------------------
my @states = (
	[ 'coverage', 1, q{UPDATE stockalert.subscribers SET categories = '{x}'} ],
	[ 'coverage', 1, q{UPDATE stockalert.subscribers SET categories = '{x}'} ],
	[ 'unheard', 1, q{UPDATE stockalert.subscribers SET minimum_severity = 'out'; SELECT stockalert.set_threshold(low => 10, critical => 2); SELECT stockalert.set_stock('LED-8', 5)} ],
	[ 'demand', 1, q{SELECT stockalert.record_sale('LED-8', 1, sold_at => now() - interval '3 days')} ],
	[ 'rules', 0, q{SELECT stockalert.set_threshold('LED-8', low => 20, unit => 'percent')} ],
	[ 'partitions', 1, q{SELECT stockalert.make_partitions(); DO $$ BEGIN EXECUTE 'DROP TABLE stockalert.deliveries_' || to_char(now() AT TIME ZONE 'UTC', 'YYYY_MM'); END $$} ],
	[ 'store roles', 1, q{CREATE ROLE ghost; SELECT stockalert.restrict_role('ghost', '{main}'); DROP ROLE ghost} ],
	[ 'channels', 1, q{SELECT stockalert.set_channel('slack'); UPDATE stockalert.channels SET state = 'broken', state_reason = 'host chat.example:443 is not in stockalert.slack_hosts' WHERE channel = 'slack'} ],
	[ 'queue', 0, q{INSERT INTO stockalert.queue (lane, event, occurred_at, created_at) VALUES (2, 'takeover', now(), now() - interval '1 hour')} ],
	[ 'dead letters', 0, q{INSERT INTO stockalert.deliveries (message_id, queue_id, channel, outcome, attempts, maybe_twice, occurred_at, created_at) VALUES (1, 1, 'email', 'dead', 1, false, now(), now())} ],
	[ 'stock', 1, q{ALTER TABLE stockalert.stock_levels DISABLE TRIGGER USER; INSERT INTO stockalert.items (sku, name) VALUES ('X', 'X'); INSERT INTO stockalert.stock_levels (location_id, item_id) SELECT 1, item_id FROM stockalert.items WHERE sku = 'X'; ALTER TABLE stockalert.stock_levels ENABLE TRIGGER USER} ],
	[ 'watched tables', 1, q{ALTER TABLE public.parts DISABLE TRIGGER USER} ],
	[ 'watched tables', 1, q{DROP TRIGGER stockalert_stock ON public.parts} ],
	[ 'watched tables', 1, q{ALTER TABLE public.parts DROP COLUMN name} ],
	[ 'watched tables', 0, q{UPDATE public.parts SET n = 'NaN'} ],
	[ 'watched tables', 0, q{ALTER TABLE public.parts DROP COLUMN n} ],
	[ 'watched tables', 1, q{DROP TABLE public.parts} ],
	[ 'connection shop', 0, q{SELECT stockalert.add_square_connection('shop')} ],
	# What Square said is said to whoever looks, and is never part of what is pasted.
	[ 'connection shop', 0, q{UPDATE stockalert.connections SET state = 'revoked', state_reason = E'Square says:\nDROP TABLE parts;'} ],
	[ 'connection shop', 0, q{UPDATE stockalert.connections SET state = 'expired'} ],
	[ 'connection shop', 0, q{UPDATE stockalert.connections SET base_url = 'https://Square.example', state = 'expired'} ],
	[ 'connection shop', 0, q{UPDATE stockalert.connections SET state = 'ok', token_expires_at = now()} ],
	[ 'connection shop', 0, q{UPDATE stockalert.connections SET token_expires_at = NULL, state = 'misconfigured', state_reason = 'The server has other hosts in mind.'} ],
	[ 'connection shop', 0, q{UPDATE stockalert.connections SET state = 'stopped'} ],
	[ 'connection shop', 1, q{UPDATE stockalert.connections SET enabled = false} ],
	(map { [ 'connection shop', 0, qq{UPDATE stockalert.connections SET state = 'ok', scopes = NULL; UPDATE stockalert.sync_streams SET requested_at = NULL, error_at = now(),
		error_class = '$_', error_status = 400, error_code = E'A\nB' WHERE stream = 'locations'} ] } qw(rate_limited transient cursor schema limit permanent scope revoked)),
	[ 'connection shop', 0, q{UPDATE stockalert.sync_streams SET error_class = NULL; UPDATE stockalert.connections SET scopes = '{ITEMS_READ}', checked_at = now()} ],
	[ 'webhooks', 0, q{INSERT INTO stockalert.webhook_inbox (body, signature, state) VALUES ('{}', 'x', 'forged')} ],
	[ 'addresses', 0, q{SELECT stockalert.add_subscriber('Cy', sms => '+15005550006'); SELECT stockalert.set_channel('sms', sender => '+15005550009'); UPDATE stockalert.subscriber_contacts SET suppressed_at = now(), suppressed_for = 'opted_out' WHERE channel = 'sms'} ],
	[ 'jobs', 0, q{INSERT INTO stockalert.job_runs (job, due_at, ended_at, result, sqlstate, detail) VALUES ('sync', now(), now(), 'failed', '55000', 'x')} ],
	# No setting of one session alone, as each look is another session's.
	[ 'clock', 0, q{GRANT SET ON PARAMETER stockalert.as_of TO shop_owner; ALTER ROLE shop_owner SET stockalert.as_of = '2030-01-01 00:00+00'} ]);
my ($code, undef, $err) = as_owner(q{CREATE TABLE public.parts (id integer PRIMARY KEY, n numeric, name text); INSERT INTO public.parts VALUES (1, 50, 'Bolt');
	SELECT stockalert.watch_table('public.parts', item => 'id', quantity => 'n', name => 'name')});
is($code, 0, 'a table of the app is watched') or diag($err);
foreach my $state (@states)
{
	my ($check, $cures, $cause) = @$state;

	# From the first state of a connection that has its token on, which nobody opens here.
	if ($check eq 'connection shop' && $cause =~ /state = 'revoked'/)
	{
		$node->append_conf('postgresql.conf', "stockalert.delivery = 'live'");
		$node->reload;
		wait_until($node, 'SHOW stockalert.delivery', 'live', 'calls would go out', 'shop');
		set_secret($node, 'square', 'connect.squareupsandbox.com:443', 'EAAAEtoken', 'shop');
	}

	$node->safe_psql('shop', $cause);
	paste($check, $cures, $cause =~ s/\s+/ /gr);
}

# --- and what else says what to do next ----------------------------------------------------------
foreach my $remedy (split /\n/, $node->safe_psql('shop', q{SELECT regexp_replace(remedy, '\s+', ' ', 'g') FROM stockalert.health() WHERE remedy IS NOT NULL
	UNION SELECT what_to_do FROM stockalert.jobs_status WHERE what_to_do IS NOT NULL UNION SELECT remedy FROM stockalert.sync_status WHERE remedy IS NOT NULL
	UNION SELECT remedy FROM stockalert.check_connection('shop')}))
{
	like($remedy, $pasteable, "it is a statement or a remark: $remedy");
}
$node->stop;
done_testing();
