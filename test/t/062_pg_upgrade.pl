# pg_upgrade carries everything over: the catalog, every row, partitions, watched tables, sealed credentials.  The new cluster
# is another one, so it tells nobody before confirm_takeover(), and then opens the secrets it was given.
use strict;
use warnings;
use Cwd;
use File::Temp qw(tempdir);
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Catalog;
use Shop;

my $files = tempdir(CLEANUP => 1);
my @tls = make_ca($files);
my $relay = start_peer('smtp_peer.py', '--dir', "$files/mail", @tls,
	'--user', 'shop@example.com', '--password', 'canary one');
make_key("$files/key");
my @settings = ("stockalert.delivery = 'live'", "stockalert.ca_file = '$files/ca/ca.pem'", "stockalert.allowed_networks = '127.0.0.1'",
	"stockalert.digest_after = 3", "stockalert.key_file = '$files/key'");
my $old = new_server('old', @settings);

# Every row of every table, local ones too, but for the sender's own.
sub rows_of
{
	my ($node) = @_;

	return $node->safe_psql('postgres', q{
		SELECT c.oid::regclass, query_to_xml(format('SELECT count(*) AS n, md5(string_agg(t::text, E''\n'' ORDER BY t::text)) AS sum FROM ONLY %s AS t', c.oid::regclass), false, true, '')::text
		FROM pg_class AS c WHERE c.relnamespace = 'stockalert'::regnamespace AND c.relkind = 'r' AND c.relname <> 'sender' ORDER BY 1});
}

# The catalog, but for what the server itself writes anew: parentheses of nested ANDs and ORs, and which rights pg_dump takes for given.
sub catalog
{
	my ($node) = @_;

	return map { /"(?:constraint|trigger)"/ ? tr/()//dr : $_ } grep { !/"rights as made"/ } catalog_of($node, 'postgres');
}

install_shop($old, 'postgres', 20, 'email', 'ann@example.com');
$old->safe_psql('postgres', qq{
	SELECT stockalert.make_partitions('2026-01-01', '2026-03-01');
	SELECT stockalert.set_channel('email', host => 'localhost', port => $relay, username => 'shop\@example.com', per_second => 1000, burst => 100);
	INSERT INTO stockalert.sources (name, kind) VALUES ('till', 'table');
	INSERT INTO stockalert.sales (location_id, item_id, sold_at, quantity, source_id, source_line)
		SELECT 1, 1 + n % 20, '2025-12-20 00:00+00'::timestamptz + n * interval '1 hour', 1.5, 1, 'line ' || n FROM generate_series(1, 2000) AS n;
	SELECT stockalert.refresh_demand('2026-03-20 12:00+00');
	CREATE TABLE public.parts (was integer, id integer PRIMARY KEY, n integer, name text);
	ALTER TABLE public.parts DROP COLUMN was;
	INSERT INTO public.parts VALUES (1, 50, 'Bolt');
	SELECT stockalert.watch_table('public.parts', item => 'id', quantity => 'n', name => 'name');
	CREATE ROLE store_a; GRANT stockalert_manager TO store_a; SELECT stockalert.restrict_role('store_a', '{main}')});
set_secret($old, 'smtp', "localhost:$relay", 'canary one');
$old->safe_psql('postgres', 'UPDATE stockalert.stock_levels SET on_hand = 5 WHERE item_id IN (1, 2)');
wait_until($old, 'SELECT count(*) FROM stockalert.queue', 0, 'all is told');
is(scalar(() = glob("$files/mail/*.eml")), 2, 'by mail');
$old->append_conf('postgresql.conf', "stockalert.delivery = 'off'");
$old->restart;
$old->safe_psql('postgres', 'UPDATE stockalert.stock_levels SET on_hand = 5 WHERE item_id = 3');
is($old->safe_psql('postgres', 'SELECT count(*) FROM stockalert.queue'), 1, 'but for an event');
my @catalog = catalog($old);
my $rows    = rows_of($old);
$old->stop;

my $new = PostgreSQL::Test::Cluster->new('new');
$new->init(extra => [ '--locale=C.UTF-8', '-E', 'UTF8' ]);
$new->append_conf('postgresql.conf', join("\n", "shared_preload_libraries = 'stockalert'", 'max_worker_processes = 16', @settings, ''));
chomp(my $bin = `pg_config --bindir`);
my $said = '';
my $top = getcwd();
chdir $files or die;
my $done = IPC::Run::run([ 'pg_upgrade', '--old-datadir', $old->data_dir, '--new-datadir', $new->data_dir, '--old-bindir', $bin, '--new-bindir', $bin,
		'--old-port', $old->port, '--new-port', $new->port, '--socketdir', $new->host ], '>&', \$said, IPC::Run::timeout(240));
ok($done, 'pg_upgrade') or diag($said);
chdir $top or die;
$new->start;
is(join("\n", differences([ catalog($new) ], \@catalog)), '', 'the catalog is the same');
is(rows_of($new), $rows, 'every row of every table too');
is($new->safe_psql('postgres', 'SELECT alerts_opened, alerts_worsened, alerts_resolved FROM stockalert.check_stock(recompute => true)'), '0|0|0', 'a check finds nothing new');
is($new->safe_psql('postgres', 'SELECT string_agg(table_name || state, $$ $$) FROM stockalert.watch_status'), 'public.partsok', 'the table of the app is watched');
$new->safe_psql('postgres', q{UPDATE public.parts SET n = 2; UPDATE stockalert.stock_levels SET on_hand = 5 WHERE item_id = 4});
is($new->safe_psql('postgres', q{SELECT string_agg(item || ' ' || severity, ', ' ORDER BY alert_id) FROM stockalert.active_alerts}),
	'Item 1 low, Item 2 low, Item 3 low, Bolt critical, Item 4 low', 'stock and alerts go on');
is($new->safe_psql('postgres', q{INSERT INTO stockalert.sales (location_id, item_id, sold_at, quantity, source_id, source_line) VALUES (1, 1, '2026-02-10', 1, 1, 'new')
	RETURNING tableoid::regclass}), 'stockalert.sales_2026_02', 'a sale finds its partition');
wait_until($new, "SELECT state FROM stockalert.worker_status() WHERE role = 'sender'", 'paused_clone', 'it tells nobody: it is another cluster');
is(scalar(() = glob("$files/mail/*.eml")), 2, 'no mail was sent');
$new->safe_psql('postgres', 'SELECT stockalert.confirm_takeover()');
wait_until($new, 'SELECT count(*) FROM stockalert.queue', 0, 'confirm_takeover(): it sends');
is($new->safe_psql('postgres', q{SELECT m.kind, cardinality(m.alert_ids), d.outcome FROM stockalert.messages AS m JOIN stockalert.deliveries AS d USING (message_id)
	ORDER BY m.message_id DESC LIMIT 1}), 'digest|5|sent', 'one digest of what is open, with the secret that was sealed before');
is(scalar(() = glob("$files/mail/*.eml")), 3, 'and nothing else');
is($new->safe_psql('postgres', q{SELECT string_agg(name || ' ' || state, ', ') FROM stockalert.credential_status}), 'smtp ok', 'the credential is good');

# --- and it can be removed from there

my ($code) = $new->psql('postgres', 'DROP EXTENSION stockalert');
isnt($code, 0, 'a watched table wants CASCADE');
$new->safe_psql('postgres', 'DROP EXTENSION stockalert CASCADE; UPDATE public.parts SET n = 3');
is($new->safe_psql('postgres', q{SELECT n, to_regnamespace('stockalert'), (SELECT count(*) FROM pg_trigger WHERE tgrelid = 'public.parts'::regclass), (SELECT count(*) FROM pg_roles WHERE rolname ~ '^stockalert_')
	FROM public.parts}), '3||0|8', 'the table of the app and the roles stay, and nothing else');
wait_until($new, "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'stockalert sender'", 0, 'the sender leaves');
unlike(slurp_file($new->logfile), qr/canary|PANIC|FATAL|ERROR:  (?!cannot drop extension)/, 'nothing unexpected in the log');
$new->stop;
done_testing();
