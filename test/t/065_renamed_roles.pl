# Roles that get another name: a shop's own, whose scope goes with them while people are kept by name, and StockAlert's,
# which are looked for by name.  Renamed back, all is as before.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Shop;

my $node = new_server('names');
install_shop($node, 'postgres', 3, 'log', 'console');
$node->safe_psql('postgres', q{
	SELECT stockalert.add_location('second', 'Second shop', 'UTC');
	CREATE ROLE store_a; GRANT stockalert_manager TO store_a; SELECT stockalert.restrict_role('store_a', '{second}');
	UPDATE stockalert.subscribers SET role_name = 'store_a'});

sub places_of
{
	my ($role) = @_;

	return $node->safe_psql('postgres', "SET ROLE $role; SELECT string_agg(code, ', ' ORDER BY code) FROM stockalert.location_list");
}

sub health_of
{
	my ($check) = @_;

	return $node->safe_psql('postgres', qq{SELECT state, finding FROM stockalert.health() WHERE "check" = '$check'});
}

# --- a shop's own role

is(places_of('store_a'), 'second', 'a store sees itself');
$node->safe_psql('postgres', 'ALTER ROLE store_a RENAME TO store_b');
is(places_of('store_b'), 'second', 'renamed, it sees what it saw');
is(health_of('store roles'), 'ok|1 restricted to locations', 'and health() is content');
$node->safe_psql('postgres', 'CREATE ROLE store_a; GRANT stockalert_manager TO store_a');
is(places_of('store_a'), 'second', 'whoever gets the old name sees no more');
$node->safe_psql('postgres', 'SELECT stockalert.daily_upkeep()');
is(places_of('store_a') . '; ' . places_of('store_b'), 'second; second', 'which upkeep leaves so');
is($node->safe_psql('postgres', q{BEGIN; SELECT done FROM stockalert.unrestrict_role('store_b'); SET LOCAL ROLE store_a;
	SELECT string_agg(code, ', ' ORDER BY code) FROM stockalert.location_list; ROLLBACK}),
	"store_b sees all locations\nsecond", 'nor when the other is let go');
my (undef, undef, $error) = $node->psql('postgres', q{SELECT stockalert.get_preferences('store_b')});
like($error, qr/subscriber "store_b"/, 'its person is not found by the new name');
$node->safe_psql('postgres', q{UPDATE stockalert.subscribers SET role_name = 'store_b' WHERE role_name = 'store_a'});
is($node->safe_psql('postgres', q{SELECT (stockalert.find_subscriber('store_b')).name}), 'Ann', 'but when said anew');
$node->safe_psql('postgres', q{SELECT stockalert.restrict_role('store_a', '{main}')});
is(places_of('store_a') . '; ' . places_of('store_b'), 'main; second', 'a scope of its own is its own');
$node->safe_psql('postgres', q{BEGIN; ALTER ROLE store_a RENAME TO x; ALTER ROLE store_b RENAME TO store_a; ALTER ROLE x RENAME TO store_b; SELECT stockalert.restrict_role('store_a', '{second}'); COMMIT});
is(places_of('store_a') . '; ' . places_of('store_b'), 'second; second', 'where two change names neither sees all');
$node->safe_psql('postgres', q{SELECT stockalert.unrestrict_role('store_b')});
is(places_of('store_a') . '; ' . places_of('store_b'), 'second; main, second', 'and where one is let go');
$node->safe_psql('postgres', q{DROP OWNED BY store_b; DROP ROLE store_b; ALTER ROLE store_a RENAME TO store_b; SELECT stockalert.daily_upkeep()});
is($node->safe_psql('postgres', 'SELECT role_name FROM stockalert.role_scopes'), 'store_b', 'upkeep gives the scope the name that the role has');
# What a dump brings is a name, and a number of another server.
$node->safe_psql('postgres', q{UPDATE stockalert.role_scopes SET role_oid = 1});
is(places_of('store_b'), 'second', 'a name alone restricts');
$node->safe_psql('postgres', q{SELECT stockalert.daily_upkeep(); ALTER ROLE store_b RENAME TO store_c});
is(places_of('store_c'), 'second', 'and upkeep learns which role it is');
$node->safe_psql('postgres', q{ALTER ROLE store_c RENAME TO store_b; DELETE FROM stockalert.role_scopes; INSERT INTO stockalert.role_scopes (role_name, location_ids, role_oid)
	SELECT 'store_gone', ARRAY[location_id], 'store_b'::regrole::oid FROM stockalert.locations WHERE code = 'main'});
is(places_of('store_b'), 'main, second', 'a number that came with another name says nothing');
is(health_of('store roles'), 'error|unknown: store_gone', 'and health() that nobody has that name');
$node->safe_psql('postgres', q{SELECT stockalert.unrestrict_role('store_gone'), stockalert.restrict_role('store_b', '{second}')});

# --- StockAlert's

$node->safe_psql('postgres', 'ALTER ROLE stockalert_viewer RENAME TO viewers');
is(places_of('store_b'), 'second', 'rights go with a renamed stockalert_viewer');
$node->safe_psql('postgres', 'ALTER ROLE viewers RENAME TO stockalert_viewer; ALTER ROLE stockalert_admin RENAME TO admins');
(undef, undef, $error) = $node->psql('postgres', 'SET ROLE store_b; SELECT * FROM stockalert.location_list');
like($error, qr/role "stockalert_admin" does not exist/, 'without stockalert_admin a restricted role sees an error, not more');
$node->safe_psql('postgres', 'ALTER ROLE admins RENAME TO stockalert_admin');
is(places_of('store_b'), 'second', 'with its name back it sees itself');
$node->safe_psql('postgres', 'ALTER ROLE stockalert_worker RENAME TO workers');
$node->restart;
$node->safe_psql('postgres', 'UPDATE stockalert.stock_levels SET on_hand = 5 WHERE item_id = 1');
is($node->safe_psql('postgres', 'SELECT count(*) FROM stockalert.queue'), 1, 'without stockalert_worker an alert is recorded and waits');
wait_until($node, q{SELECT state FROM stockalert.health() WHERE "check" = 'worker'}, 'error', 'and health() says so');
$node->safe_psql('postgres', 'ALTER ROLE workers RENAME TO stockalert_worker; SELECT stockalert.start_worker()');
wait_until($node, 'SELECT count(*) FROM stockalert.deliveries', 1, 'with its name back it is told');
$node->stop;
done_testing();
