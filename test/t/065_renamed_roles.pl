# Roles that get another name: a shop's own, which scopes and people are kept by name for, and StockAlert's, which are looked
# for by name.  Renamed back, all is as before.
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
is(places_of('store_b'), 'main, second', 'renamed, it sees all');
is(health_of('store roles'), 'error|unknown: store_a', 'which health() reports');
my (undef, undef, $error) = $node->psql('postgres', q{SELECT stockalert.get_preferences('store_b')});
like($error, qr/subscriber "store_b"/, 'and its person is not found by the new name');
$node->safe_psql('postgres', q{SELECT stockalert.restrict_role('store_b', '{second}'); SELECT stockalert.unrestrict_role('store_a');
	UPDATE stockalert.subscribers SET role_name = 'store_b' WHERE role_name = 'store_a'});
is(places_of('store_b'), 'second', 'said anew, it sees itself again');
is(health_of('store roles') =~ s/\|.*//r, 'ok', 'and health() is content');
is($node->safe_psql('postgres', q{SELECT (stockalert.find_subscriber('store_b')).name}), 'Ann', 'and its person is found');

$node->safe_psql('postgres', q{BEGIN; ALTER ROLE store_b RENAME TO store_c; SELECT stockalert.restrict_role('store_c', '{second}'), stockalert.unrestrict_role('store_b'); COMMIT;
	ALTER ROLE store_c RENAME TO store_b; BEGIN; SELECT stockalert.restrict_role('store_b', '{second}'), stockalert.unrestrict_role('store_c'); COMMIT});
is(places_of('store_b'), 'second', 'all in one transaction works too');

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
is(health_of('worker') =~ s/\|.*//r, 'error', 'and health() says so');
$node->safe_psql('postgres', 'ALTER ROLE workers RENAME TO stockalert_worker; SELECT stockalert.start_worker()');
wait_until($node, 'SELECT count(*) FROM stockalert.deliveries', 1, 'with its name back it is told');
$node->stop;
done_testing();
