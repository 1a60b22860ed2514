# A dump goes into a new server three ways, with every row, index and right; it tells nobody before
# confirm_takeover(), and then everybody once.  Stock and alerts work meanwhile, with and without the key.
use strict;
use warnings;
use File::Temp qw(tempdir);
use IPC::Run;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);
use Shop;

my $files = tempdir(CLEANUP => 1);
my @tls = make_ca($files);
my $relay = start_peer('smtp_peer.py', '--dir', "$files/mail", @tls, '--user', 'shop@example.com', '--password', 'canary one');
make_key("$files/key");
my @settings = ("stockalert.delivery = 'live'", "stockalert.ca_file = '$files/ca/ca.pem'", "stockalert.allowed_networks = '127.0.0.1'",
	"stockalert.digest_after = 3");
my $old = new_server('old', @settings, "stockalert.key_file = '$files/key'");

sub mails
{
	return map { decode_json(scalar `test/peers/read_mail.py $_`) } sort glob("$files/mail/*.eml");
}

# Count and digest of the rows of every table, but for those that are registered nowhere and stay behind.
sub rows_of
{
	my ($node, $database) = @_;

	return $node->safe_psql($database, q{
		SELECT c.relname, (pg_catalog.xpath('/row/n/text()', x))[1], (pg_catalog.xpath('/row/sum/text()', x))[1]
		FROM pg_class AS c, LATERAL (SELECT query_to_xml(format(
			'SELECT count(*) AS n, md5(string_agg(t::text, E''\n'' ORDER BY t::text)) AS sum FROM ONLY %s AS t', c.oid::regclass), false, true, '') AS x) AS q
		WHERE c.relnamespace = 'stockalert'::regnamespace AND c.relkind = 'r'
			AND NOT EXISTS (SELECT FROM pg_depend AS d JOIN pg_extension AS e ON e.oid = d.refobjid AND d.deptype = 'e' WHERE d.objid = c.oid AND NOT c.oid = ANY (e.extconfig))
		ORDER BY 1});
}

# Everything else that a database is: objects, owners, rights, indexes, partitions, comments, sequences.
sub shape_of
{
	my ($node, $database) = @_;

	return join "\n", sort split /\n/, $node->safe_psql($database, q{
		SELECT 'relation', c.relname, c.relkind, c.relowner::regrole, (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(c.relacl) AS a),
			c.reloptions, pg_get_expr(c.relpartbound, c.oid), (SELECT i.inhparent::regclass FROM pg_inherits AS i WHERE i.inhrelid = c.oid),
			obj_description(c.oid, 'pg_class'), EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = c.oid AND d.deptype = 'e')
			FROM pg_class AS c WHERE c.relnamespace = 'stockalert'::regnamespace ORDER BY 2;
		SELECT 'column rights', a.attrelid::regclass, a.attname, a.attacl FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
			WHERE c.relnamespace = 'stockalert'::regnamespace AND a.attacl IS NOT NULL ORDER BY 2, 3;
		SELECT 'function', p.oid::regprocedure, p.proowner::regrole, p.proacl FROM pg_proc AS p WHERE p.pronamespace = 'stockalert'::regnamespace ORDER BY 2;
		SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'stockalert' ORDER BY 2;
		SELECT 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'stockalert'::regnamespace ORDER BY 2, 3, 4;
		SELECT 'trigger', tgrelid::regclass, pg_get_triggerdef(oid), tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY 2, 3;
		SELECT 'policy', p.polrelid::regclass, p.polname, p.polcmd, p.polroles, pg_get_expr(p.polqual, p.polrelid), c.relrowsecurity FROM pg_policy AS p JOIN pg_class AS c ON c.oid = p.polrelid ORDER BY 2, 3;
		SELECT 'sequence', s.sequencename, s.last_value FROM pg_sequences AS s, pg_extension AS e
			WHERE s.schemaname = 'stockalert' AND e.extname = 'stockalert' AND format('%I.%I', s.schemaname, s.sequencename)::regclass = ANY (e.extconfig) ORDER BY 2;
		SELECT 'dumped', c::regclass FROM pg_extension, unnest(extconfig) AS c WHERE extname = 'stockalert' ORDER BY 2});
}

# --- a shop with something in every table

install_shop($old, 'postgres', 40, 'email', 'ann@example.com');
$old->safe_psql('postgres', qq{
	SELECT stockalert.make_partitions();
	SELECT stockalert.make_partitions('2026-01-01', '2026-03-01');
	SELECT stockalert.add_location('second', 'Second shop', 'Europe/Rome');
	INSERT INTO stockalert.sources (name, kind) VALUES ('till', 'table');
	INSERT INTO stockalert.item_refs SELECT 1, 'x' || item_id, item_id FROM stockalert.items;
	INSERT INTO stockalert.location_refs SELECT 1, 'l' || location_id, location_id FROM stockalert.locations;
	SELECT stockalert.set_threshold('SKU-5', low => 20, critical => 4, maximum => 500);
	SELECT stockalert.set_stock(sku, 100, 'second', par_level => 200) FROM stockalert.items;
	INSERT INTO stockalert.sales (location_id, item_id, sold_at, quantity, source_id, source_line)
		SELECT 1, 1 + n % 40, '2025-12-20 00:00+00'::timestamptz + n * interval '1 hour', 1.5, 1, 'line ' || n FROM generate_series(1, 2000) AS n;
	SELECT stockalert.add_subscriber('Bob', email => 'bob\@example.com', locations => '{second}');
	SELECT stockalert.set_channel('email', host => 'localhost', port => $relay, username => 'shop\@example.com', per_second => 1000, burst => 100);
	INSERT INTO stockalert.templates (kind, part, body) VALUES ('low', 'lead', 'Low for {name}: {{{item}}}');
});
set_secret($old, 'smtp', "localhost:$relay", 'canary one');
$old->safe_psql('postgres', q{
	UPDATE stockalert.stock_levels SET on_hand = 2 WHERE item_id IN (1, 2, 3, 4, 5);
	UPDATE stockalert.stock_levels SET on_hand = 0 WHERE item_id = 6 AND location_id = 1;
	SELECT stockalert.acknowledge_alert(1, 'ordered'), stockalert.snooze_alert(2, now() + interval '1 year');
	SELECT stockalert.resolve_alert(3, 'counted wrong');
	SELECT stockalert.escalate_alert(1), stockalert.check_stock_in('1 year'), stockalert.restrict_role('pg_monitor', '{second}');
	SELECT stockalert.add_supplier('Acme', lead_time_days => 3), stockalert.set_supply('SKU-1', 'Acme', pack => 12);
	UPDATE stockalert.stock_levels SET on_hand = -1 WHERE item_id = 7 AND location_id = 2;
	SELECT stockalert.refresh_demand('2026-03-20 12:00+00');
	SELECT stockalert.check_stock();
	UPDATE stockalert.stock_levels SET on_hand = 90 WHERE item_id = 4 AND location_id = 1});
# What a point of sale and jobs leave behind; the connection is off, as there is nobody to ask.
$old->safe_psql('postgres', q{
	INSERT INTO stockalert.sources (name, kind) VALUES ('square', 'square');
	INSERT INTO stockalert.connections (source_id, name, enabled, chosen_locations) VALUES ((SELECT source_id FROM stockalert.sources WHERE kind = 'square'), 'north', false, '{L1}');
	INSERT INTO stockalert.sync_streams (connection_id, stream, watermark, watermark_text) VALUES (1, 'counts', '2026-03-01 12:00:00.123+00', '2026-03-01T12:00:00.123Z');
	INSERT INTO stockalert.sync_problems (connection_id, stream, external_id, reason) VALUES (1, 'counts', 'V1', 'unknown variation');
	INSERT INTO stockalert.square_objects (connection_id, external_id, type, name, seen_at) VALUES (1, 'C1', 'CATEGORY', 'Lamps', '2026-03-01');
	INSERT INTO stockalert.square_variations (connection_id, external_id, item_id, parent_id, except_at, seen_at) VALUES (1, 'V2', 2, 'P2', '{L9}', '2026-03-01');
	INSERT INTO stockalert.square_overrides (connection_id, item_id, location_id, tracked) VALUES (1, 2, 1, true);
	INSERT INTO stockalert.square_levels (location_id, item_id, connection_id, in_stock, in_stock_at) VALUES (1, 2, 1, 2.5, '2026-03-01');
	INSERT INTO stockalert.square_vendors (connection_id, external_id, supplier_id, adopted) VALUES (1, 'W1', 1, true);
	INSERT INTO stockalert.square_vendor_items (connection_id, vendor_id, item_id, unit_cost) VALUES (1, 'W1', 2, 1.25);
	INSERT INTO stockalert.square_transfers (connection_id, transfer_id, line, location_id, item_id, pending, seen_at) VALUES (1, 'T1', '1', 2, 2, 4, '2026-03-01');
	INSERT INTO stockalert.delivery_fates (provider_id, message_id, channel, fate, decided_at) VALUES (repeat($$SM$$, 17), 1, $$sms$$, $$delivered$$, now());
	SELECT stockalert.run_job('check');
	SELECT stockalert.note_schedule(substr(job, 12), schedule) FROM stockalert.job_list()});
is($old->safe_psql('postgres', q{SELECT string_agg(DISTINCT scheduled::text, ' ') FROM stockalert.jobs_status}), 'true', 'its jobs are scheduled, as far as can be known');
# Apps' tables, one with a column less than it was made with: its columns have other numbers after a restore.
$old->safe_psql('postgres', q{
	CREATE TABLE public.parts (was integer, id integer PRIMARY KEY, n integer, name text);
	ALTER TABLE public.parts DROP COLUMN was;
	INSERT INTO public.parts VALUES (1, 50, 'Bolt'), (2, NULL, 'Nut');
	CREATE TABLE public.staff (id integer PRIMARY KEY, name text);
	INSERT INTO public.staff VALUES (1, 'Cy');
	SELECT stockalert.watch_table('public.parts', item => 'id', quantity => 'n', name => 'name'), stockalert.watch_subscribers('public.staff', key => 'id', name => 'name')});
wait_until($old, 'SELECT count(*) FROM stockalert.queue', 0, 'all is told');
is($old->safe_psql('postgres', q{SELECT string_agg(DISTINCT tableoid::regclass::text, ' ') FROM stockalert.sales}),
	'stockalert.sales_2026_01 stockalert.sales_2026_02 stockalert.sales_2026_03 stockalert.sales_default', 'sales lie in partitions made at run time');
my ($rows, $shape) = (rows_of($old, 'postgres'), shape_of($old, 'postgres'));
is(join(' ', grep { !/_\d\d\d\d_\d\d|^(?:deliveries|stock_changes)_default/ } $rows =~ /^(\w+)\|0\|/mg), '', 'no table is empty');
my $open = $old->safe_psql('postgres', 'SELECT count(*) FROM stockalert.active_alerts');

# --- dump and restore, three ways

sub quiet_ok
{
	my ($what, @command) = @_;
	my ($out, $err) = ('', '');

	IPC::Run::run(\@command, '>', \$out, '2>', \$err, IPC::Run::timeout(240));
	is($? >> 8, 0, "$what: done");
	is($err, '', "$what: without a word");
	return;
}

quiet_ok('pg_dump -Fc', 'pg_dump', '-Fc', '-f', "$files/dump", '-d', $old->connstr('postgres'));
quiet_ok('pg_dump', 'pg_dump', '-f', "$files/dump.sql", '-d', $old->connstr('postgres'));
unlike(slurp_file("$files/dump.sql"), qr/COPY stockalert\.(?:queue|sender|unsettled) /, 'the queue and what belongs to this server stay behind');
$old->stop;
my $mails = () = mails();
my $new = new_server('new', @settings);
my @ways = ('at_once', 'two_jobs', 'plain');
$new->safe_psql('postgres', "CREATE DATABASE $_") foreach @ways;
quiet_ok('pg_restore -1', 'pg_restore', '-1', '-d', $new->connstr('at_once'), "$files/dump");
quiet_ok('pg_restore -j2', 'pg_restore', '-j2', '-d', $new->connstr('two_jobs'), "$files/dump");
quiet_ok('psql', 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-o', '/dev/null', '-d', $new->connstr('plain'), '-f', "$files/dump.sql");
foreach my $way (@ways)
{
	is(rows_of($new, $way), $rows, "$way: every row of every table");
	is(shape_of($new, $way), $shape, "$way: owners, rights, indexes, constraints, partitions, sequences");
	is($new->safe_psql($way, 'SELECT alerts_opened, alerts_worsened, alerts_resolved, events_queued FROM stockalert.check_stock()'), '0|0|0|0',
		"$way: a check finds nothing new");
	is($new->safe_psql($way, 'SELECT alerts_opened, alerts_worsened, alerts_resolved, events_queued FROM stockalert.check_stock(recompute => true)'),
		'0|0|0|0', "$way: nor does one from scratch");
	# But that it looked.
	is(rows_of($new, $way) =~ s/^watched_\w+\|.*$//mgr, $rows =~ s/^watched_\w+\|.*$//mgr, "$way: and neither wrote anything");
	is($new->safe_psql($way, q{SELECT string_agg(table_name || ' ' || state, ', ') FROM stockalert.watch_status}), 'public.parts ok, public.staff ok',
		"$way: watched tables are watched");
	$new->safe_psql($way, q{UPDATE public.parts SET n = 40 WHERE id = 1; INSERT INTO public.staff VALUES (2, 'Di')});
	is($new->safe_psql($way, q{SELECT s.on_hand, b.name FROM stockalert.stock_levels AS s JOIN stockalert.items AS i USING (item_id), stockalert.subscribers AS b
		WHERE i.name = 'Bolt' AND b.app_key = '2'}), '40|Di', "$way: and mirrored");
	wait_until($new, "SELECT state FROM stockalert.worker_status() WHERE role = 'sender' AND database = '$way'", 'paused_clone',
		"$way: the sender knows that it is a copy", $way);
}

# --- the copies work, and say nothing

foreach my $way (@ways)
{
	$new->safe_psql($way, 'UPDATE stockalert.stock_levels SET on_hand = 1 WHERE item_id IN (20, 1) AND location_id = 1');
	is($new->safe_psql($way, "SELECT count(*), count(*) FILTER (WHERE item = 'Item 1') FROM stockalert.active_alerts WHERE location = 'main' AND sku IN ('SKU-1', 'SKU-20')"),
		'2|1', "$way: a new alert opens, an open one stays one");
	is($new->safe_psql($way, q{INSERT INTO stockalert.sales (location_id, item_id, sold_at, quantity, source_id, source_line)
		SELECT 1, 1, '2026-02-10', 1, 1, 'new' RETURNING tableoid::regclass}), 'stockalert.sales_2026_02', "$way: a sale finds its partition");
	my ($code, undef, $error) = $new->psql($way, q{INSERT INTO stockalert.sales (location_id, item_id, sold_at, quantity, source_id, source_line)
		SELECT 1, 1, '2026-02-10', 1, 1, 'new'});
	like($error, qr/duplicate key/, "$way: and the second one its key");
	$new->safe_psql($way, 'SELECT stockalert.make_partitions(), stockalert.make_partitions(\'2027-01-01\', \'2027-01-31\')');
}
like($new->safe_psql('plain', q{SELECT finding || ' ' || remedy FROM stockalert.health() WHERE "check" = 'worker'}),
	qr/paused_clone.*SELECT \* FROM stockalert\.confirm_takeover\(\);/, 'health() says what to do');
sleep 1;
is(scalar(() = mails()), $mails, 'nobody was told anything');
is($new->safe_psql('plain', "SELECT count(*) FROM stockalert.queue WHERE event = 'opened'"), 1, 'the event waits');

# --- one takes over, still without its key

my ($said, $next) = split /\|/, $new->safe_psql('at_once', 'SELECT * FROM stockalert.confirm_takeover()');
is($said, 'this database sends from now on', 'confirm_takeover()');
like($next, qr/^SELECT \* FROM stockalert\.schedule_jobs\(\);/, 'and the jobs are to be scheduled anew');
is($new->safe_psql('at_once', q{SELECT string_agg(DISTINCT scheduled::text || ' ' || what_to_do, ' ') FROM stockalert.jobs_status}),
	'false SELECT * FROM stockalert.schedule_jobs();', 'as pg_cron knows of none here');
like($new->safe_psql('at_once', q{SELECT finding || ' ' || remedy FROM stockalert.health() WHERE "check" = 'jobs'}),
	qr/^no job is scheduled.*SELECT \* FROM stockalert\.schedule_jobs\(\);$/, 'health() says so too');
wait_until($new, "SELECT state FROM stockalert.worker_status() WHERE role = 'sender' AND database = 'at_once'", 'no_key', 'its state is no_key', 'at_once');
wait_until($new, "SELECT count(*), bool_and(last_error LIKE 'email credential: %') FROM stockalert.waiting_messages WHERE stage = 'message' AND event = 'digest'", '2|t',
	'one digest for each subscriber waits, and says for what', 'at_once');
$new->safe_psql('at_once', 'UPDATE stockalert.stock_levels SET on_hand = 1 WHERE item_id = 21 AND location_id = 1');
is($new->safe_psql('at_once', "SELECT severity FROM stockalert.active_alerts WHERE sku = 'SKU-21'"), 'critical', 'stock and alerts go on');
is($new->safe_psql('at_once', "SELECT max(alert_id) > 10 AND count(*) = count(DISTINCT alert_id) FROM stockalert.alerts"), 't', 'numbers go on');
$new->append_conf('postgresql.conf', "stockalert.key_file = '$files/key'");
$new->reload;
wait_until($new, 'SELECT count(*) FROM stockalert.queue', 0, 'with its key it sends', 'at_once');
my @told = (mails())[ $mails .. $mails + 10 ];
@told = sort { $a->{headers}{to} cmp $b->{headers}{to} } grep { defined } @told;
is(join(', ', map { $_->{headers}{to} } @told), 'Ann <ann@example.com>, Ann <ann@example.com>, Bob <bob@example.com>',
	'a digest each, and the alert since then for whom it concerns');
my ($ann) = grep { $_->{html_text} =~ /Item 20\b/ } @told;
my ($bob) = grep { $_->{headers}{to} =~ /bob/ } @told;
foreach my $item (1, 2, 5, 6, 20)
{
	like($ann->{html_text}, qr/\bItem $item\b/, "Ann hears of item $item");
}
unlike($ann->{html_text}, qr/\bItem 8\b/, 'and of nothing else');
like($bob->{html_text}, qr/Second shop/, 'Bob hears of his shop');
unlike($bob->{html_text}, qr/Main shop|Item (?:6|20)\b/, 'and of no other');
is($new->safe_psql('at_once', q{SELECT stockalert.confirm_takeover()::text LIKE '%sends already%'}), 't', 'a second confirm_takeover() does nothing');
$new->safe_psql('at_once', 'UPDATE stockalert.stock_levels SET on_hand = 100 WHERE item_id = 20 AND location_id = 1');
wait_until($new, "SELECT count(*) FROM stockalert.deliveries AS d JOIN stockalert.messages AS m USING (message_id) WHERE m.subject LIKE '%Back in Stock%Item 20%' AND d.outcome = 'sent'",
	1, 'from then on all is as ever', 'at_once');
is(scalar(() = mails()), $mails + 4, 'and nobody heard more than that');
wait_until($new, "SELECT string_agg(DISTINCT state, ',') FROM stockalert.worker_status() WHERE database IN ('plain', 'two_jobs')", 'paused_clone',
	'the other copies stay silent', 'plain');
unlike(slurp_file($new->logfile), qr/canary|WARNING:  (?!stockalert email)|PANIC|FATAL|ERROR:  (?!duplicate key)/, 'nothing unexpected in the log');
$new->stop;
done_testing();
